"""Every question is put on record before it is answered, and how it ended afterwards."""

import json
import logging
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from api.audit_trail import Note
from api.people.caller import SINGLE_USER, Caller
from api.serialise import answer_json
from rag.errors import UnknownDocumentError
from rag.registry.turns import Conversation, RecordedTurn, TurnState
from rag.searching import SearchableIndex
from rag.types import Answer, Turn

logger = logging.getLogger("shiori.api")

MAX_REMEMBERED_TURNS = 10

__all__ = ["OpenTurn", "TurnState", "conversation_history", "conversation_json", "turn_json"]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenTurn:
    """A question on record whose answer is still to come."""

    id: str
    conversation_id: str
    index: SearchableIndex
    note: Note | None = None  # of the request in the audit log

    @classmethod
    def begin(
        cls,
        index: SearchableIndex,
        question: str,
        conversation_id: str | None,
        caller: Caller = SINGLE_USER,
        note: Note | None = None,
        template: str = "",
    ) -> "OpenTurn":
        """Without `conversation_id` a new conversation begins. `caller` is who asks."""
        turn = cls(
            id=uuid.uuid4().hex,
            conversation_id=conversation_id or uuid.uuid4().hex,
            index=index,
            note=note,
        )
        if note is not None:
            note.put(input=question, turn=turn.id)
        try:
            index.turn_log.begin_turn(
                turn.conversation_id,
                question,
                turn.id,
                owner=caller.id,
                department=caller.department,
                template=template,
            )
        except (SQLAlchemyError, OSError):
            # A full disk must not keep people from getting answers.
            logger.exception("turn %s could not be put on record", turn.id)
        return turn

    def finish(self, state: TurnState, answer: Answer | None, text: str = "") -> None:
        """Record the complete `answer`, or the `text` that was sent before it was cut."""
        content = ""
        if answer is not None:
            if self.note is not None:
                self.note.answered(answer)
            content = json.dumps(
                answer_json(answer, turn_id=self.id, conversation_id=self.conversation_id),
                ensure_ascii=False,
            )
        elif text:
            content = json.dumps({"answer": text}, ensure_ascii=False)
        try:
            self.index.turn_log.finish_turn(
                self.id, content, state, _documents_of(answer), _cited(answer)
            )
        except (SQLAlchemyError, OSError):
            logger.exception("end of turn %s could not be put on record", self.id)


def _documents_of(answer: Answer | None) -> set[str]:
    """The documents whose text the answer shows."""
    if answer is None:
        return set()
    cited = {citation.document_id for citation in answer.citations}
    return cited | {passage.document_id for passage in answer.passages}


def _cited(answer: Answer | None) -> set[tuple[str, int]]:
    """(document, page) of its citations, page 0 for formats without pages."""
    citations = () if answer is None else answer.citations
    return {(each.document_id, each.page if each.has_pages else 0) for each in citations}


def conversation_history(
    index: SearchableIndex, conversation_id: str | None, caller: Caller
) -> tuple[Turn, ...]:
    """The caller's last complete turns of a conversation, oldest first; none for an unknown one."""
    if conversation_id is None:
        return ()
    complete = [
        Turn(question=recorded.question, answer=_recorded_answer(recorded).get("answer", ""))
        for recorded in index.turn_log.turns(conversation_id, caller.id)
        if recorded.state is TurnState.COMPLETE
        and not _recorded_answer(recorded).get("blanked")
        and may_still_be_shown(recorded, caller, index)
    ]
    return tuple(complete[-MAX_REMEMBERED_TURNS:])


def may_still_be_shown(recorded: RecordedTurn, caller: Caller, readable: SearchableIndex) -> bool:
    """Whether every document that a recorded answer rests on may be read now.

    An answer that was cut off names no documents, so that with accounts it is not shown again.
    """
    if caller.single_user:
        return True
    if recorded.state is not TurnState.COMPLETE:
        return False
    answer: dict[str, Any] = json.loads(recorded.answer or "{}")
    rests_on = {
        part["document_id"] for name in ("citations", "passages") for part in answer.get(name) or ()
    }
    return all(is_there(key, readable) for key in rests_on)


def is_there(document_id: str, index: SearchableIndex) -> bool:
    """Whether the index, or the view of one, has the document."""
    try:
        index.document(document_id)
    except UnknownDocumentError:
        return False
    return True


def conversation_json(conversation: Conversation) -> dict[str, object]:
    return {
        "id": conversation.id,
        "title": conversation.title or conversation.first_question,
        "started_at": conversation.started_at.isoformat(timespec="seconds"),
        "last_asked_at": conversation.last_asked_at.isoformat(timespec="seconds"),
        "turn_count": conversation.turn_count,
    }


def turn_json(recorded: RecordedTurn) -> dict[str, object]:
    """`answer` is the answer as it was sent, {"answer": text so far} when it was cut, or null."""
    return {
        "id": recorded.id,
        "asked_at": recorded.asked_at.isoformat(timespec="seconds"),
        "question": recorded.question,
        "state": recorded.state.value,
        "answer": _recorded_answer(recorded) or None,
    }


def _recorded_answer(recorded: RecordedTurn) -> dict[str, str]:
    answer: dict[str, str] = json.loads(recorded.answer) if recorded.answer else {}
    return answer
