"""/api/reports: wrong answers that were reported to the office of a document."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.audit_trail import NoteDep
from api.dependencies import OfficerDep, Services, ServicesDep
from api.errors import ApiError
from api.feedback_terms import CATEGORIES
from api.offices import belongs_to
from api.people.caller import Caller, Role
from api.people.permissions import may_manage
from api.people.shown import HIDDEN, shown_turn
from api.schemas import Strict
from api.turns import is_there
from rag.registry.feedback import Feedback
from rag.searching import SearchableIndex

router = APIRouter(prefix="/api/reports", tags=["評価と報告"])

MAX_REPLY_CHARS = 500


class SettlementBody(Strict):
    """Body of PUT /api/reports/{turn_id}."""

    settled: bool
    reply: Annotated[str, Field(max_length=MAX_REPLY_CHARS)] = ""  # the reporter gets to read it


@router.get("", summary="誤りの報告（新しい順）")
def list_reports(
    services: ServicesDep, officer: OfficerDep, settled: bool | None = None
) -> dict[str, object]:
    """Of one's own office's documents, for 管理者 of all; never who reported, only the 部署."""
    shelf = services.shelf_for(officer)
    found = [report for report in services.feedback.reports() if _is_for(report, officer, shelf)]
    shown = [r for r in found if settled is None or bool(r.settled_at) is settled]
    return {
        "reports": [_report_json(report, officer, shelf, services.index) for report in shown],
        "open": sum(not report.settled_at for report in found),
    }


@router.get("/count", summary="対応を待っている報告の数")
def count_reports(services: ServicesDep, officer: OfficerDep) -> dict[str, int]:
    """For the menu of every page."""
    shelf = services.shelf_for(officer)
    waiting = [report for report in services.feedback.reports() if not report.settled_at]
    return {"open": sum(_is_for(report, officer, shelf) for report in waiting)}


@router.put("/{turn_id}", summary="報告を対応済みにする、戻す")
def settle(
    turn_id: str, body: SettlementBody, services: ServicesDep, officer: OfficerDep, note: NoteDep
) -> dict[str, object]:
    shelf = services.shelf_for(officer)
    _require(turn_id, officer, shelf, services)
    reply = services.personal.recorded(body.reply.strip())
    services.feedback.settle(turn_id, officer.name, reply, settled=body.settled)
    note.put(turn=turn_id, settled=body.settled)
    settled = _require(turn_id, officer, shelf, services)
    return _report_json(settled, officer, shelf, services.index)


def _require(turn_id: str, officer: Caller, shelf: SearchableIndex, services: Services) -> Feedback:
    report = services.feedback.of([turn_id]).get(turn_id)
    if report is None or not report.reported or not _is_for(report, officer, shelf):
        raise ApiError(
            404, "unknown_report", "この報告はありません。取り下げられたか、会話が削除されました。"
        )
    return report


def _is_for(report: Feedback, officer: Caller, shelf: SearchableIndex) -> bool:
    """An officer gets reports on documents of the own office, and on those that have none."""
    if report.document_id:
        if not is_there(report.document_id, shelf):
            return False
        if not may_manage(officer, shelf.document(report.document_id)):
            return False
    if officer.has(Role.ADMIN):
        return True
    return (
        belongs_to(officer.department, report.office) if report.office else bool(report.document_id)
    )


def _report_json(
    report: Feedback, officer: Caller, shelf: SearchableIndex, whole: SearchableIndex
) -> dict[str, object]:
    """With the answer as far as the officer may look at every document of it, else without a word."""
    turn = shelf.turn_log.turn(report.turn_id)
    shown = shown_turn(turn, officer, shelf, whole) if turn is not None else {}
    answer = shown.get("answer")
    hidden = not isinstance(answer, dict) or bool(answer.get("blanked"))
    document = shelf.document(report.document_id) if report.document_id else None
    return {
        "turn_id": report.turn_id,
        "reported_at": report.reported_at,
        "department": report.department,  # of the reporter
        "office": report.office,
        "document": {"id": document.id, "title": document.title} if document else None,
        "category": CATEGORIES.get(report.category, ""),
        "question": shown.get("question", ""),
        # The note may repeat what the answer said.
        "note": "" if hidden else report.note,
        "answer": HIDDEN if hidden else answer,
        "settled_at": report.settled_at or None,
        "settled_by": report.settled_by,
        "reply": report.reply,
    }
