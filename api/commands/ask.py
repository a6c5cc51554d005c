"""`shiori ask`"""

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AsJson,
    CommandError,
    DataDir,
    load_settings,
    print_json,
    printable,
)

if TYPE_CHECKING:
    from api.serialise import AnswerJson


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="質問（2,000文字まで）")],
    as_json: AsJson = False,
    mode: Annotated[str, typer.Option(help="回答方式: auto、extractive、llm")] = "auto",
    as_of: Annotated[
        str | None, typer.Option(help="この日（YYYY-MM-DD）の時点で答える", show_default=False)
    ] = None,
    personal: Annotated[
        str | None,
        typer.Option(help="個人情報を伏せる: mask、そのまま送る: send", show_default=False),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """質問に、出典を付けて答える。"""
    settings = load_settings(data_dir)
    from pydantic import ValidationError

    from api.audit_trail import Note
    from api.commands.audit import operator
    from api.dependencies import effective_mode
    from api.errors import ApiError
    from api.personal_guard import CONFIRM_CODE, PersonalGuard, final_answer, guarded_events
    from api.schemas import AskBody
    from api.serialise import answer_json
    from api.turns import OpenTurn, TurnState
    from api.validation import describe_validation_error
    from ingest.pipeline import CHUNKER_VERSION
    from rag.factory import open_assistant
    from rag.llm.endpoint import endpoint_of
    from rag.personal.policy import read_policy
    from rag.registry.audit import AuditLog

    try:
        body = AskBody.model_validate(
            {
                "question": question,
                "mode": mode,
                "as_of": as_of,
                "personal_information": personal,
            }
        )
        effective = effective_mode(body.mode, has_model=endpoint_of(settings) is not None)
        guard = PersonalGuard(read_policy(settings.data_dir))
        admitted = guard.admit(body.question, body.personal_information)
    except ValidationError as error:
        raise CommandError(describe_validation_error(error.errors())[2]) from error
    except ApiError as error:
        message = error.message
        if error.code == CONFIRM_CODE:
            message = f"{message.partition('（')[0]}--personal mask か send を付けてください。"
        raise CommandError(message) from error
    assistant = open_assistant(settings, CHUNKER_VERSION)
    log = AuditLog(settings.data_dir)
    note = Note(keep=log.append)
    try:
        turn = OpenTurn.begin(assistant.index, admitted.recorded, None, note=note)
        query = body.to_query(settings.top_k, admitted.text)
        answer = final_answer(guarded_events(assistant, query, guard, admitted, mode=effective))
        turn.finish(TurnState.COMPLETE, answer)
        log.append({**operator(), "action": "cli ask", **note.fields})
    finally:
        assistant.close()
    shown = answer_json(answer, turn_id=turn.id, conversation_id=turn.conversation_id)
    if as_json:
        print_json({**shown})
    else:
        print(printable(answer_text(shown)))


def answer_text(answer: "AnswerJson") -> str:
    """The answer for a reader at a terminal: short answer, text, sources."""
    lines = []
    if answer["short_answer"]:
        lines += [answer["short_answer"], ""]
    lines.append(answer["answer"])
    lines += [f"注意: {warning['message']}" for warning in answer["warnings"]]
    if answer["citations"]:
        lines += ["", "出典"]
    for citation in answer["citations"]:
        page = f" {citation['page']}ページ" if citation["page"] is not None else ""
        lines.append(
            f"[{citation['marker']}] {citation['document_title']}（{citation['source']}）{page}"
        )
        lines.append(f"    「{' '.join(citation['quote'].split())}」")
    if not answer["citations"] and answer["passages"]:
        lines += ["", "近い内容の箇所"]
    if not answer["citations"]:
        for passage in answer["passages"][:3]:
            page = f" {passage['page']}ページ" if passage["page"] is not None else ""
            lines.append(f"・{passage['document_title']}（{passage['source']}）{page}")
    return "\n".join(lines)
