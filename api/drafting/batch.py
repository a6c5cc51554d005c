"""Drafting all sheets of a file: resumable, one failure never stops the others."""

import hashlib
import json
import os
import traceback
from collections.abc import Callable, Mapping, Sequence

from api.drafting.journal import Journal
from ingest.sheets.raw import SheetBatch, SheetFailure
from rag.drafting.drafter import Drafter
from rag.drafting.records import Sheet
from rag.drafting.serialise import DraftJson, draft_json, failure_json
from rag.errors import ShioriError

Progress = Callable[[int, int], None]


def draft_batch(
    batch: SheetBatch,
    drafter: Drafter,
    journal: Journal | None = None,
    on_sheet: Progress = lambda done, total: None,
) -> list[DraftJson]:
    """A draft or a failure for every entry of `batch`, in its order.

    What `journal` (already entered) has is taken over; every new draft is kept there before the
    next one is begun. `on_sheet` is called with (sheets done, all sheets) after each. To pause,
    raise from it: nothing that was drafted is lost.
    """
    done: Mapping[int, DraftJson] = journal.done if journal is not None else {}
    drafts: list[DraftJson] = []
    total = len(batch.entries)
    for position, entry in enumerate(batch.entries):
        if position in done:
            drafts.append(done[position])
        else:
            drafts.append(draft_entry(entry, drafter))
            if journal is not None:
                journal.keep(position, drafts[-1])
        on_sheet(position + 1, total)
    return drafts


def draft_entry(entry: Sheet | SheetFailure, drafter: Drafter) -> DraftJson:
    """The draft of one sheet, or why there is none."""
    if isinstance(entry, SheetFailure):
        return failure_json(entry.sheet_no, entry.name, entry.place, entry.message, entry.row)
    number, name, place = entry.sheet_no.text, entry.name.text, entry.name.cell.label
    try:
        return draft_json(drafter.draft(entry))
    except ShioriError as error:
        return failure_json(number, name, place, error.message, entry.row)
    except Exception as error:
        if os.environ.get("SHIORI_DEBUG"):
            traceback.print_exception(error)
        return failure_json(
            number,
            name,
            place,
            f"内部で問題が起きました（{type(error).__name__}）。",
            entry.row,
        )


def fingerprint(batch: SheetBatch, drafter: Drafter, mapping: Mapping[str, str] | None) -> str:
    """A digest of everything that the drafts depend on."""
    versions = drafter.versions()
    parts: Sequence[object] = (
        batch.file,
        batch.sha256,
        dict(mapping or {}),
        drafter.style.model_dump(mode="json"),
        drafter.limits.model_dump(mode="json"),
        versions.rules,
        versions.wording,
        versions.index,
    )
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
