"""GET /v1/models and POST /v1/chat/completions, for chat clients made for OpenAI."""

import hashlib
import threading
from collections.abc import Iterator

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.audit_trail import NoteDep
from api.completions import MODEL_ID, CompletionChunks, completion_json
from api.dependencies import CallerDep, ServicesDep
from api.errors import OPENAI_ERROR_RESPONSES, ApiError
from api.people.caller import Caller
from api.personal_guard import final_answer, guarded_events
from api.schemas import MAX_QUESTION_CHARS, ChatCompletionBody, ChatMessage
from api.streaming import AnswerStream
from api.turns import OpenTurn, TurnState
from api.watching import cancelled_with
from rag.events import AssistantEvent
from rag.llm.errors import ModelCancelledError
from rag.types import Query, Turn

router = APIRouter(prefix="/v1", tags=["OpenAI互換"], responses=OPENAI_ERROR_RESPONSES)


@router.get("/models", summary="使えるモデルの一覧")
def models() -> dict[str, object]:
    return {
        "object": "list",
        "data": [{"id": MODEL_ID, "object": "model", "created": 0, "owned_by": MODEL_ID}],
    }


@router.post("/chat/completions", summary="メッセージの最後の質問に答える", response_class=Response)
async def complete(
    body: ChatCompletionBody,
    services: ServicesDep,
    caller: CallerDep,
    note: NoteDep,
    request: Request,
) -> Response:
    question, history = read_messages(body.messages)
    guard = services.personal
    # These clients cannot ask back: what a person would have to confirm is replaced.
    admitted = guard.admit(question, "mask")
    query = Query(text=admitted.text, history=guard.history(history), top_k=services.settings.top_k)
    assistant = services.assistant_for(caller)
    first = guard.recorded(history[0].question) if history else admitted.recorded
    turn = await run_in_threadpool(
        OpenTurn.begin,
        assistant.index,
        admitted.recorded,
        conversation_of(caller, first),
        caller,
        note,
    )
    if not body.stream:
        async with cancelled_with(request, services.stopping) as cancelled:
            events = guarded_events(assistant, query, guard, admitted, cancelled=cancelled)
            return await to_thread.run_sync(
                _answer_at_once, events, turn, limiter=services.answering
            )
    ended = threading.Event()
    return AnswerStream(
        events=guarded_events(assistant, query, guard, admitted, cancelled=ended),
        encoder=CompletionChunks(turn_id=turn.id),
        turn=turn,
        stopping=services.stopping,
        threads=services.answering,
        still_admitted=lambda: services.gate.still_admitted(caller),
        ended=ended,
    )


def conversation_of(caller: Caller, first: str) -> str:
    """The id of the conversation that `first` began, as it is recorded.

    These clients name no conversation but send all of it each time: without this, the list of
    conversations would have one for each of their questions.
    """
    return hashlib.sha256(f"{caller.id}\n{first}".encode("utf-8", "replace")).hexdigest()[:32]


def read_messages(messages: list[ChatMessage]) -> tuple[str, tuple[Turn, ...]]:
    """The last user message as question; user and assistant messages before it as turns.

    Raises ApiError 422 when there is no question, or it is too long.
    """
    positions = [n for n, message in enumerate(messages) if message.role == "user"]
    question = messages[positions[-1]].text().strip() if positions else ""
    if not question:
        raise ApiError(
            422, "empty", "質問がありません。role が user のメッセージに質問を入れてください。"
        )
    if len(question) > MAX_QUESTION_CHARS:
        raise ApiError(
            422, "too_long", f"質問が長すぎます。{MAX_QUESTION_CHARS:,}文字以内にしてください。"
        )
    history: list[Turn] = []
    asked = ""
    for message in messages[: positions[-1]]:
        if message.role == "user":
            asked = message.text().strip()
        elif message.role == "assistant" and asked:
            history.append(Turn(question=asked, answer=message.text()))
            asked = ""
    return question, tuple(history)


def _answer_at_once(events: Iterator[AssistantEvent], turn: OpenTurn) -> Response:
    try:
        answer = final_answer(events)
    except Exception as error:
        gone = isinstance(error, ModelCancelledError)
        turn.finish(TurnState.CUT_BY_USER if gone else TurnState.CUT_BY_ERROR, None)
        raise
    turn.finish(TurnState.COMPLETE, answer)
    return JSONResponse(completion_json(answer, turn_id=turn.id))
