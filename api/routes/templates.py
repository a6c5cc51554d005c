"""GET /api/templates and POST /api/templates/{template_id}: everyday texts from the documents."""

import threading

from anyio import to_thread
from fastapi import APIRouter, Request

from api.audit_trail import Note, NoteDep
from api.dependencies import (
    CallerDep,
    Services,
    ServicesDep,
    effective_mode,
    require_known_documents,
)
from api.people.caller import Caller
from api.schemas import TemplateBody
from api.serialise import AnswerJson, answer_json
from api.turns import OpenTurn, TurnState
from api.watching import cancelled_with
from rag.llm.errors import ModelCancelledError
from rag.templates.template import Template, checked_values, shelf
from rag.templates.writing import write

router = APIRouter(prefix="/api/templates", tags=["業務テンプレート"])

# Drafted from sheets, not from fields: listed so that it is found.
ELSEWHERE = {
    "id": "second_evaluation",
    "title": "二次評価",
    "purpose": "一次評価シートから二次評価の案を作ります。「二次評価」の画面か shiori draft を使ってください。",
}


@router.get("", summary="業務テンプレートの一覧")
def list_templates(services: ServicesDep, caller: CallerDep) -> dict[str, object]:
    found = shelf(services.settings.data_dir)
    return {
        "templates": [_template_json(each) for each in found.templates],
        "faults": list(found.faults),
        "elsewhere": [ELSEWHERE],
        "language_model": services.assistant_for(caller).writer is not None,
    }


@router.post("/{template_id}", summary="業務テンプレートに書き入れ、文書から文章を作る")
async def use_template(
    template_id: str,
    body: TemplateBody,
    services: ServicesDep,
    caller: CallerDep,
    note: NoteDep,
    request: Request,
) -> AnswerJson:
    async with cancelled_with(request, services.stopping) as cancelled:
        return await to_thread.run_sync(
            _use, template_id, body, services, caller, note, cancelled, limiter=services.answering
        )


def _use(
    template_id: str,
    body: TemplateBody,
    services: Services,
    caller: Caller,
    note: Note,
    cancelled: threading.Event,
) -> AnswerJson:
    """Raises ShioriError for an unknown template and for a field that is missing or too long."""
    template = shelf(services.settings.data_dir).get(template_id)
    guard = services.personal
    values = {}
    for name, value in checked_values(template, body.fields).items():
        # Nobody is asked here: a field is filled in on purpose, and what is refused is refused.
        admitted = guard.admit(value, "send")
        guard.require_unblocked(admitted)
        values[name] = admitted.text
    assistant = services.assistant_for(caller)
    mode = effective_mode(body.mode, has_model=assistant.writer is not None)
    query = body.to_query(services.settings.top_k)
    require_known_documents(assistant.index, query.document_ids)
    filled_in = "、".join(f"{field.label}：{values[field.name]}" for field in template.fields)
    turn = OpenTurn.begin(
        assistant.index,
        guard.recorded(f"【{template.title}】{filled_in}"),
        None,
        caller,
        note,
        template.id,
    )
    try:
        answer = guard.answer(
            write(assistant, template, values, query, mode=mode, cancelled=cancelled)
        )
    except Exception as error:
        gone = isinstance(error, ModelCancelledError)
        turn.finish(TurnState.CUT_BY_USER if gone else TurnState.CUT_BY_ERROR, None)
        raise
    turn.finish(TurnState.COMPLETE, answer)
    return answer_json(answer, turn_id=turn.id, conversation_id=turn.conversation_id)


def _template_json(template: Template) -> dict[str, object]:
    return {
        "id": template.id,
        "version": template.version,
        "title": template.title,
        "purpose": template.purpose,
        "own": template.own,
        "without_model": template.without_model,
        "fields": [
            {"name": f.name, "label": f.label, "most_characters": f.most_characters}
            for f in template.fields
        ],
        "example": {
            "fields": dict(template.example_fields),
            "result": template.example_result,
        },
    }
