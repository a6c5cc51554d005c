"""Other ways to put a question, for the search alone: nothing of them is ever shown or believed."""

import logging
import re
import secrets
import threading

from rag.grounding.slots import comparable, same_value, slots
from rag.llm.client import ChatModel
from rag.llm.errors import ModelCancelledError, ModelError
from rag.llm.neutral import neutral
from rag.llm.prompts import read_prompt
from rag.text import key

logger = logging.getLogger("shiori.llm")

REPHRASE_PROMPT = "rephrase.v1"
MOST = 3
_LONGEST = 120
_LIST_MARK = re.compile(r"^\s*(?:[-・*]|\d+[.)．]|[①-⑨])\s*")
_FIXED = ("year", "month", "day", "#", "ordinal", "name", "address", "office")


def rephrasings(
    model: ChatModel, question: str, cancelled: threading.Event | None = None
) -> tuple[str, ...]:
    """Up to `MOST` other wordings; none where the model fails. Raises ModelCancelledError."""
    messages = read_prompt(REPHRASE_PROMPT).messages(
        {"mark": f"＝＝{secrets.token_hex(8)}＝＝", "question": neutral(question, 500)}
    )
    try:
        written = "".join(piece.text for piece in model.stream(messages, cancelled))
    except ModelCancelledError:
        raise
    except ModelError as error:
        logger.warning("rephrasing: %s", error.code)
        return ()
    lines = (_LIST_MARK.sub("", line).strip() for line in written.splitlines())
    kept = [line for line in lines if usable(line, question)]
    return tuple(dict.fromkeys(kept))[:MOST]


def usable(line: str, question: str) -> bool:
    """Whether a line asks for nothing else: no figure, date or name that the question has not."""
    if not 2 <= len(line) <= _LONGEST or key(line) == key(question):
        return False
    if any(mark in line for mark in "<>[]`|{}"):
        return False
    known = slots(question)
    return all(
        any(comparable(slot, other) and same_value(slot, other) for other in known)
        for slot in slots(line)
        if slot.kind.startswith(_FIXED)
    )
