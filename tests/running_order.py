"""Which test files are begun first.

A file stays in one of two workers. Were a long one begun last, the other worker would have nothing
to do meanwhile; so the long ones come first, and what is left at the end is short.
"""

# Those that took longest in a whole run; only the rough order matters.
LONGEST_FIRST = (
    "test_accessibility_use.py",
    "test_accessibility_screens.py",
    "test_cli_verbs.py",
    "test_eval_bench.py",
    "test_index_crash.py",
    "test_cli_offline.py",
    "test_drafts_jobs.py",
    "test_browser_active.py",
    "test_drafts_service.py",
    "test_quality_review.py",
    "test_api_schema.py",
    "test_bad_inputs_files.py",
    "test_index_same_answer.py",
    "test_browser_drafts.py",
    "test_index_opening.py",
    "test_bad_inputs_requests.py",
    "test_graceful_stop.py",
    "test_bundle_self_test.py",
    "test_readers_documents.py",
    "test_browser_documents_quality.py",
    "test_page_images.py",
    "test_grounding.py",
    "test_document_descriptions.py",
    "test_readers_leak.py",
    "test_browser_chat.py",
    "test_eval_gate.py",
    "test_audit_trail.py",
    "test_drafting_batch.py",
    "test_browser_safety.py",
    "test_browser_failures.py",
    "test_drafts_model.py",
)


def place_of(file: str) -> int:
    """Where in the order a test file comes; all that are not listed share the last place."""
    return LONGEST_FIRST.index(file) if file in LONGEST_FIRST else len(LONGEST_FIRST)
