"""Batches and sheets as JSON, for the page and for exports, as far as one person may read them."""

from collections.abc import Mapping
from typing import Any

from api.drafting.desk import Desk, DraftFields
from api.exports.columns import difference
from api.people.caller import Caller
from rag.drafting.directions import directions_of
from rag.drafting.serialise import DraftJson, ReviewJson
from rag.registry.draft_batches import DraftBatch
from rag.registry.draft_sheets import DraftSheet, SheetState

EDIT_HIDDEN = "（あなたが読めない文書を出典とする案をもとにしているため、表示しません。）"


def batch_json(batch: DraftBatch) -> dict[str, object]:
    return {
        "id": batch.id,
        "file": batch.file,
        "owner_name": batch.owner_name,
        "department": batch.department,
        "created_at": batch.created_at.isoformat(timespec="seconds"),
        "options": {name: batch.options[name] for name in ("documents", "model", "ending")},
        "remarks": list(batch.remarks),
        "states": dict(batch.by_state),
        "job": job_json(batch),
    }


def job_json(batch: DraftBatch) -> dict[str, object]:
    """The batch as the job that drafts it."""
    return {
        "id": batch.id,
        "kind": "draft",
        "title": batch.file,
        "state": batch.state.value,
        "reason": batch.reason,
        "total": batch.total,
        "done": batch.done,
        "failed": batch.failed,
        "created_at": batch.created_at.isoformat(timespec="seconds"),
        "ended_at": batch.ended_at.isoformat(timespec="seconds") if batch.ended_at else None,
    }


def row_json(sheet: DraftSheet, draft: DraftFields, opened: Mapping[int, int]) -> dict[str, object]:
    """One line of the list of a batch."""
    return {
        "position": sheet.position,
        "sheet_no": sheet.sheet_no,
        "name": sheet.name,
        "division": draft.get("division", ""),
        "state": sheet.state.value,
        "drafted": bool(sheet.machine),
        "error": draft.get("error", ""),
        "flags": [flag["title"] for flag in draft.get("flags", ())],
        "first_direction": draft.get("first_direction", ""),
        "proposed_direction": draft.get("proposed_direction", ""),
        "difference": difference_of(draft),
        "direction": sheet.direction,
        "edited": sheet.text is not None,
        "warnings": len(draft.get("warnings", ())),
        "opened": opened.get(sheet.position) == sheet.revision,
        "revision": sheet.revision,
    }


def sheet_json(desk: Desk, caller: Caller, sheet: DraftSheet) -> dict[str, object]:
    """One sheet with its draft, what people made of it, and what it rests on."""
    draft = desk.draft_of(caller, sheet)
    hidden = desk.hides(caller, sheet)
    year = draft.get("fiscal_year")
    earlier = [
        {"number": number, "made_at": made_at, "draft": desk.draft_of(caller, sheet, kept)["draft"]}
        for number, made_at, kept in desk.sheets.earlier(sheet.batch_id, sheet.position)
    ]
    return {
        "batch_id": sheet.batch_id,
        "position": sheet.position,
        "sheet_no": sheet.sheet_no,
        "name": sheet.name,
        "revision": sheet.revision,
        "state": sheet.state.value,
        "made": sheet.made,
        "made_at": sheet.made_at,
        "draft": draft or None,
        "difference": difference_of(draft),
        "earlier": earlier,
        "review": review_json(sheet, hidden=hidden),
        "directions": list(directions_of(year).names) if year else [],
        "can_edit": sheet.state in (SheetState.DRAFT, SheetState.CHECKED) and not hidden,
        "hidden": hidden,
    }


def review_json(sheet: DraftSheet, *, hidden: bool = False) -> ReviewJson:
    """What people made of a draft."""
    text = sheet.text
    if hidden and text is not None:
        text = EDIT_HIDDEN
    return ReviewJson(
        text=text,
        direction=sheet.direction,
        reason="" if hidden else sheet.reason,
        edited_by=sheet.edited_by,
        edited_at=sheet.edited_at,
        checked_by=sheet.checked_by,
        checked_at=sheet.checked_at,
        fixed_by=sheet.fixed_by,
        fixed_at=sheet.fixed_at,
    )


def exported(desk: Desk, caller: Caller, sheet: DraftSheet) -> DraftJson | None:
    """The sheet as exports write it; None before there is a draft."""
    if not sheet.machine:
        return None
    draft: Any = desk.draft_of(caller, sheet)
    hidden = desk.hides(caller, sheet)
    whole: DraftJson = draft | {
        "status": sheet.state.value or draft["status"],
        "review": review_json(sheet, hidden=hidden),
    }
    return whole


def difference_of(draft: Any) -> str:
    """「継続 → 改善」 where proposal and first evaluation differ, "" otherwise."""
    return difference(draft) if draft and not draft["error"] else ""
