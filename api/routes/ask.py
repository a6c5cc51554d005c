"""POST /api/ask: one JSON answer. POST /api/chat: the same answer while it is made."""

import threading

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.dependencies import (
    CallerDep,
    Services,
    ServicesDep,
    effective_mode,
    require_known_documents,
)
from api.events import ChatEvents
from api.people.caller import Caller
from api.schemas import AskBody
from api.serialise import AnswerJson, answer_json
from api.streaming import AnswerStream
from api.turns import OpenTurn, TurnState, conversation_history
from api.watching import cancelled_with
from rag.assistant import Assistant
from rag.llm.errors import ModelCancelledError
from rag.types import Query, Turn

router = APIRouter(prefix="/api", tags=["質問と検索"])


def prepare(
    body: AskBody, services: Services, caller: Caller
) -> tuple[Assistant, Query, str, OpenTurn]:
    """Everything that can be refused is refused here, before a stream starts."""
    assistant = services.assistant_for(caller)
    mode = effective_mode(body.mode, has_model=assistant.writer is not None)
    index = assistant.index
    history: tuple[Turn, ...] = ()
    if body.history is None:
        history = conversation_history(index, body.conversation_id, caller)
    query = body.to_query(services.settings.top_k, history)
    require_known_documents(index, query.document_ids)
    return (
        assistant,
        query,
        mode,
        OpenTurn.begin(index, body.question, body.conversation_id, caller),
    )


@router.post("/ask", summary="質問に出典付きで答える")
async def ask(
    body: AskBody, services: ServicesDep, caller: CallerDep, request: Request
) -> AnswerJson:
    assistant, query, mode, turn = await run_in_threadpool(prepare, body, services, caller)
    async with cancelled_with(request, services.stopping) as cancelled:
        return await run_in_threadpool(_answer, assistant, query, mode, turn, cancelled)


def _answer(
    assistant: Assistant, query: Query, mode: str, turn: OpenTurn, cancelled: threading.Event
) -> AnswerJson:
    try:
        answer = assistant.ask(query, mode=mode, cancelled=cancelled)
    except Exception as error:
        gone = isinstance(error, ModelCancelledError)
        turn.finish(TurnState.CUT_BY_USER if gone else TurnState.CUT_BY_ERROR, None)
        raise
    turn.finish(TurnState.COMPLETE, answer)
    return answer_json(answer, turn_id=turn.id, conversation_id=turn.conversation_id)


@router.post(
    "/chat",
    summary="質問に答え、書けたところから順に送る",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def chat(body: AskBody, services: ServicesDep, caller: CallerDep) -> Response:
    assistant, query, mode, turn = await run_in_threadpool(prepare, body, services, caller)
    ended = threading.Event()
    return AnswerStream(
        events=assistant.stream(query, mode=mode, cancelled=ended),
        encoder=ChatEvents(turn_id=turn.id, conversation_id=turn.conversation_id),
        turn=turn,
        stopping=services.stopping,
        still_admitted=lambda: services.gate.still_admitted(caller),
        ended=ended,
    )
