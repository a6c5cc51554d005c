"""POST /api/ask: one JSON answer. POST /api/chat: the same answer while it is made."""

import threading
from collections.abc import Iterator

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.audit_trail import Note, NoteDep
from api.dependencies import (
    CallerDep,
    Services,
    ServicesDep,
    effective_mode,
    require_known_documents,
)
from api.events import ChatEvents
from api.people.caller import Caller
from api.personal_guard import final_answer, guarded_events
from api.schemas import AskBody
from api.serialise import AnswerJson, answer_json
from api.streaming import AnswerStream
from api.turns import OpenTurn, TurnState, conversation_history
from api.watching import cancelled_with
from rag.events import AssistantEvent
from rag.llm.errors import ModelCancelledError
from rag.types import Turn

router = APIRouter(prefix="/api", tags=["質問と検索"])


def prepare(
    body: AskBody,
    services: Services,
    caller: Caller,
    note: Note,
    cancelled: threading.Event,
) -> tuple[Iterator[AssistantEvent], OpenTurn]:
    """Everything that can be refused is refused here, before a stream starts."""
    guard = services.personal
    admitted = guard.admit(body.question, body.personal_information)
    assistant = services.assistant_for(caller)
    mode = effective_mode(body.mode, has_model=assistant.writer is not None)
    index = assistant.index
    history: tuple[Turn, ...] = body.turns()
    if body.history is None:
        history = conversation_history(index, body.conversation_id, caller)
    query = body.to_query(services.settings.top_k, admitted.text, guard.history(history))
    require_known_documents(index, query.document_ids)
    turn = OpenTurn.begin(index, admitted.recorded, body.conversation_id, caller, note)
    return guarded_events(assistant, query, guard, admitted, mode=mode, cancelled=cancelled), turn


@router.post("/ask", summary="質問に出典付きで答える", response_model=AnswerJson)
async def ask(
    body: AskBody, services: ServicesDep, caller: CallerDep, note: NoteDep, request: Request
) -> Response:
    async with cancelled_with(request, services.stopping) as cancelled:
        events, turn = await run_in_threadpool(prepare, body, services, caller, note, cancelled)
        return await to_thread.run_sync(_answer, events, turn, limiter=services.answering)


def _answer(events: Iterator[AssistantEvent], turn: OpenTurn) -> Response:
    try:
        answer = final_answer(events)
    except Exception as error:
        gone = isinstance(error, ModelCancelledError)
        turn.finish(TurnState.CUT_BY_USER if gone else TurnState.CUT_BY_ERROR, None)
        raise
    turn.finish(TurnState.COMPLETE, answer)
    # Written here, in the thread of the answer: what is our own need not be checked field by field.
    return JSONResponse(answer_json(answer, turn_id=turn.id, conversation_id=turn.conversation_id))


@router.post(
    "/chat",
    summary="質問に答え、書けたところから順に送る",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def chat(body: AskBody, services: ServicesDep, caller: CallerDep, note: NoteDep) -> Response:
    ended = threading.Event()
    events, turn = await run_in_threadpool(prepare, body, services, caller, note, ended)
    return AnswerStream(
        events=events,
        encoder=ChatEvents(turn_id=turn.id, conversation_id=turn.conversation_id),
        turn=turn,
        stopping=services.stopping,
        threads=services.answering,
        still_admitted=lambda: services.gate.still_admitted(caller),
        ended=ended,
    )
