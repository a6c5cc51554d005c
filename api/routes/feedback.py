"""/api/feedback: what the person who asked says of an answer, and the report of a wrong one."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from api.audit_trail import NoteDep
from api.dependencies import CallerDep, ServicesDep
from api.errors import ApiError
from api.feedback_terms import CATEGORIES, feedback_json, office_of, rests_on
from api.minutes import METHOD, OUTCOME_NAMES, Outcome
from api.schemas import DocumentId, Strict
from api.turns import may_still_be_shown
from rag.registry.feedback import Feedback
from rag.registry.turns import TurnState

router = APIRouter(prefix="/api/feedback", tags=["評価と報告"])

MAX_NOTE_CHARS = 1_000


class FeedbackBody(Strict):
    """Body of POST /api/feedback. What is left out stays as it is; "" takes it back."""

    turn_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
    verdict: Literal["useful", "wrong", ""] | None = None
    category: Literal["incorrect", "outdated", "missing", "off_topic", "other", ""] | None = None
    note: Annotated[str, Field(max_length=MAX_NOTE_CHARS)] | None = None
    outcome: Literal["as_is", "edited", "unused", ""] | None = None
    # The report goes to the office of this document, or of the first one cited.
    report: bool | None = None
    document_id: DocumentId | None = None


@router.get("", summary="評価の選択肢と、回答で省けた時間の標準")
def terms(services: ServicesDep, caller: CallerDep) -> dict[str, object]:
    standard = services.minutes
    return {
        "categories": CATEGORIES,
        "outcomes": {outcome.value: name for outcome, name in OUTCOME_NAMES.items()},
        "minutes": {
            template: {outcome.value: standard.of(template, outcome) for outcome in Outcome}
            for template in standard.by_template
        },
        "method": METHOD,
    }


@router.post("", summary="回答を評価する、誤りを所管課へ報告する")
def give(
    body: FeedbackBody, services: ServicesDep, caller: CallerDep, note: NoteDep
) -> dict[str, object] | None:
    """Only of one's own answers. The text is kept without personal information."""
    readable = services.assistant_for(caller).index
    turn = readable.turn_log.turn(body.turn_id)
    if turn is None or turn.owner != caller.id:
        raise ApiError(
            404,
            "unknown_turn",
            "この回答は記録にありません。会話を削除したあとは、評価や報告はできません。",
        )
    if turn.state is not TurnState.COMPLETE:
        raise ApiError(409, "turn_not_complete", "途中で止まった回答は評価できません。")
    if not may_still_be_shown(turn, caller, readable):
        # What was written about it before may quote what may not be read any more.
        raise ApiError(
            409,
            "turn_hidden",
            "出典の文書を読む権限がなくなったため、この回答は評価できません。",
        )
    known = services.feedback.of([turn.id]).get(turn.id)
    said = known or Feedback(turn_id=turn.id, owner=caller.id)
    said = replace(said, department=caller.department, template=turn.template)
    if body.verdict is not None:
        said = replace(said, verdict=body.verdict)
    if body.category is not None:
        said = replace(said, category=body.category)
    if body.note is not None:
        said = replace(said, note=services.personal.recorded(body.note.strip()))
    if body.outcome is not None:
        minutes = services.minutes.of(turn.template, Outcome(body.outcome)) if body.outcome else 0
        said = replace(said, outcome=body.outcome, minutes=minutes)
    if said.verdict != "wrong":
        said = _withdrawn(replace(said, category="", note=""))
    elif body.report is False:
        said = _withdrawn(said)
    elif body.report:
        about, office = office_of(rests_on(turn), body.document_id, readable)
        said = replace(
            _withdrawn(said),
            document_id=about,
            office=office,
            reported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    if not services.feedback.keep(said):
        raise ApiError(404, "unknown_turn", "この会話は削除されました。")
    note.put(
        turn=turn.id,
        verdict=said.verdict,
        category=said.category,
        outcome=said.outcome,
        minutes=said.minutes,
        report=said.reported,
    )
    return feedback_json(services.feedback.of([turn.id])[turn.id])


def _withdrawn(said: Feedback) -> Feedback:
    return replace(
        said, document_id="", office="", reported_at="", settled_at="", settled_by="", reply=""
    )
