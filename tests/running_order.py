"""Which test files are begun first.

A file stays in one of two workers. Were a long one begun last, the other worker would have nothing
to do meanwhile; so the long ones come first, and what is left at the end is short.
"""

# Files that take more than ten seconds alone on two cores, about the longest first.
LONGEST_FIRST = (
    "test_accessibility_use.py",
    "test_eval_gate.py",
    "test_accessibility_screens.py",
    "test_drafts_jobs.py",
    "test_browser_active.py",
    "test_cli_verbs.py",
    "test_eval_bench.py",
    "test_browser_documents_quality.py",
    "test_index_crash.py",
    "test_bad_inputs_files.py",
    "test_isolation_reader.py",
    "test_graceful_stop.py",
    "test_browser_safety.py",
    "test_browser_chat.py",
    "test_browser_failures.py",
    "test_browser_drafts.py",
    "test_bad_inputs_requests.py",
    "test_cli_offline.py",
    "test_drafts_service.py",
    "test_api_schema.py",
    "test_doctor_repair.py",
    "test_browser_input.py",
    "test_drafting_batch.py",
)


def place_of(file: str) -> int:
    """Where in the order a test file comes; all that are not listed share the last place."""
    return LONGEST_FIRST.index(file) if file in LONGEST_FIRST else len(LONGEST_FIRST)
