"""Recorded answers that show a removed document: their text goes, the turn stays."""

import json
import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, or_, select, update

from rag.registry.feedback import forget_words
from rag.registry.schema import turns

BLANKED = "（出典の文書が削除されたため、この回答の内容は消去しました。）"

# What of an answer is no text of a document.
_KEPT = {"id", "conversation_id", "status", "mode", "timings_ms", "versions"}
_SHARED_CHARACTERS = 12  # an answer that has so many in a row of a document shows it
_SPACES = re.compile(r"\s+")


def blank_answers(connection: Connection, document_id: str, texts: Sequence[str]) -> int:
    """Blank every recorded answer that names the document or repeats `texts`; returns how many.

    An answer that was cut off has no citations yet and is known by its words alone.
    """
    statement = select(turns.c.id, turns.c.answer).where(
        turns.c.answer != "",
        or_(
            turns.c.answer.contains(f'"{document_id}"', autoescape=True),
            turns.c.state != "complete",
        ),
    )
    text = _SPACES.sub("", "\n".join(texts))
    found = [
        (turn_id, answer)
        for turn_id, answer in connection.execute(statement)
        if f'"{document_id}"' in answer or _repeats(answer, text)
    ]
    for turn_id, answer in found:
        _write(connection, turn_id, blanked(answer))
    forget_words(connection, [turn_id for turn_id, _ in found], document_id)
    return len(found)


def blank_answer(connection: Connection, turn_id: str) -> None:
    """Blank an answer just recorded, one of whose documents was removed meanwhile."""
    answer = connection.scalar(select(turns.c.answer).where(turns.c.id == turn_id))
    if answer:
        _write(connection, turn_id, blanked(answer))


def blanked(answer: str) -> str:
    """The JSON of a recorded answer without any text of a document."""
    whole: dict[str, Any] = json.loads(answer)
    kept = {name: value if name in _KEPT else _emptied(value) for name, value in whole.items()}
    return json.dumps(kept | {"answer": BLANKED, "blanked": True}, ensure_ascii=False)


def _write(connection: Connection, turn_id: str, answer: str) -> None:
    connection.execute(update(turns).where(turns.c.id == turn_id).values(answer=answer))


def _emptied(value: Any) -> Any:
    if isinstance(value, str):
        return ""
    return [] if isinstance(value, list) else {} if isinstance(value, dict) else None


def _repeats(answer: str, text: str) -> bool:
    run = _SPACES.sub("", json.loads(answer).get("answer", ""))
    return any(
        run[start : start + _SHARED_CHARACTERS] in text
        for start in range(len(run) - _SHARED_CHARACTERS + 1)
    )
