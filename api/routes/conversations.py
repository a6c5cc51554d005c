"""GET /api/conversations: what was asked, and how each turn ended."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import CallerDep, ServicesDep
from api.errors import ApiError
from api.people.shown import shown_turn
from api.turns import conversation_json

router = APIRouter(prefix="/api/conversations", tags=["会話"])


@router.get("", summary="会話の一覧（新しい順）")
def conversations(
    services: ServicesDep, caller: CallerDep, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> dict[str, object]:
    found = services.index.turn_log.conversations(limit, caller.id)
    return {"conversations": [conversation_json(conversation) for conversation in found]}


@router.get("/{conversation_id}", summary="一つの会話の質問と回答")
def conversation(
    conversation_id: str, services: ServicesDep, caller: CallerDep
) -> dict[str, object]:
    turns = services.index.turn_log.turns(conversation_id, caller.id)
    if not turns:
        raise ApiError(
            404,
            "unknown_conversation",
            "この会話は記録にありません。会話の一覧で確かめてください。",
        )
    readable = services.assistant_for(caller).index
    shown = [shown_turn(recorded, caller, readable, services.index) for recorded in turns]
    return {"id": conversation_id, "turns": shown}
