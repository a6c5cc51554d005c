"""/api/conversations: what a person asked, and how each turn ended; to name, export and delete."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from api.audit_trail import NoteDep
from api.dependencies import CallerDep, Services, ServicesDep
from api.errors import ApiError
from api.exports.conversation import Transcript, TranscriptTurn, as_docx, as_markdown
from api.feedback_terms import feedback_json
from api.file_names import attachment_header
from api.people.caller import Caller
from api.people.shown import shown_turn
from api.readiness import indexed_at
from api.schemas import Strict
from api.turns import conversation_json
from rag.registry.turns import Conversation
from rag.text import key

router = APIRouter(prefix="/api/conversations", tags=["会話"])

MAX_TITLE_CHARS = 100
_MOST = 100_000  # more than anybody has
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class TitleBody(Strict):
    """Body of PATCH /api/conversations/{conversation_id}. "" takes the name back."""

    title: Annotated[str, Field(max_length=MAX_TITLE_CHARS)]


@router.get("", summary="会話の一覧（新しい順）")
def conversations(
    services: ServicesDep,
    caller: CallerDep,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    q: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, object]:
    """Those in whose name or questions all words of `q` stand, however they are written."""
    turn_log = services.index.turn_log
    found = turn_log.conversations(_MOST, caller.id)
    words = [key(word) for word in q.split()]
    if words:
        asked = turn_log.questions(caller.id)
        found = [one for one in found if _holds(one, asked.get(one.id, []), words)]
    return {
        "conversations": [conversation_json(conversation) for conversation in found[:limit]],
        "count": len(found),
    }


def _holds(conversation: Conversation, questions: list[str], words: list[str]) -> bool:
    text = key("\n".join((conversation.title, *questions)))
    return all(word in text for word in words)


@router.get("/{conversation_id}", summary="一つの会話の質問と回答")
def conversation(
    conversation_id: str, services: ServicesDep, caller: CallerDep
) -> dict[str, object]:
    turns = _turns(conversation_id, services, caller)
    said = services.feedback.of([str(turn["id"]) for turn in turns])
    for turn in turns:
        answer = turn["answer"]
        shown = isinstance(answer, dict) and not answer.get("blanked")
        # What was written about an answer may repeat it.
        turn["feedback"] = feedback_json(said.get(str(turn["id"]))) if shown else None
    return {
        "id": conversation_id,
        "title": _title(conversation_id, services, caller),
        "turns": turns,
    }


@router.patch("/{conversation_id}", summary="会話に名前を付ける")
def rename(
    conversation_id: str, body: TitleBody, services: ServicesDep, caller: CallerDep
) -> dict[str, object]:
    title = services.personal.recorded(" ".join(body.title.split()))
    if not services.conversations.rename(conversation_id, caller.id, title):
        raise _unknown()
    return {"id": conversation_id, "title": _title(conversation_id, services, caller)}


@router.delete("/{conversation_id}", summary="会話を消去する")
def remove(conversation_id: str, services: ServicesDep, caller: CallerDep) -> dict[str, object]:
    receipt = services.conversations.remove(conversation_id, caller.id)
    if receipt is None:
        raise _unknown()
    return {
        "id": conversation_id,
        "turns": receipt.turns,
        "notes": receipt.notes,
        "reports": receipt.reports,
        "left": receipt.left,
    }


@router.get(
    "/{conversation_id}/export",
    summary="会話を出典つきのWordかMarkdownで書き出す",
    response_class=Response,
)
def export(
    conversation_id: str,
    services: ServicesDep,
    caller: CallerDep,
    note: NoteDep,
    form: Literal["docx", "md"] = "docx",
) -> Response:
    turns = _turns(conversation_id, services, caller)
    readable = services.assistant_for(caller).index
    newest = indexed_at(readable)
    transcript = Transcript(
        title=_title(conversation_id, services, caller),
        made_at=datetime.now(UTC).astimezone(),
        indexed_at=newest,
        turns=tuple(TranscriptTurn.of(turn) for turn in turns),
        documents={document.id: document for document in readable.documents()},
    )
    note.retrieved(transcript.cited())
    content = as_docx(transcript) if form == "docx" else as_markdown(transcript).encode()
    name = transcript.title[:60]
    return Response(
        content,
        media_type=_DOCX if form == "docx" else "text/markdown; charset=utf-8",
        headers={"Content-Disposition": attachment_header(f"{name}.{form}")},
    )


def _turns(conversation_id: str, services: Services, caller: Caller) -> list[dict[str, object]]:
    """As the caller may see them now. Raises ApiError 404 where there are none of the caller's."""
    turns = services.index.turn_log.turns(conversation_id, caller.id)
    if not conversation_id or not turns:
        raise _unknown()
    readable = services.assistant_for(caller).index
    return [shown_turn(recorded, caller, readable, services.index) for recorded in turns]


def _title(conversation_id: str, services: Services, caller: Caller) -> str:
    found = services.index.turn_log.conversations(_MOST, caller.id)
    for one in found:
        if one.id == conversation_id:
            return one.title or one.first_question
    raise _unknown()


def _unknown() -> ApiError:
    return ApiError(
        404,
        "unknown_conversation",
        "この会話は記録にありません。会話の一覧で確かめてください。",
    )
