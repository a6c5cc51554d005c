"""A follow-up question made complete by the language model, used only if it adds nothing."""

import logging
import secrets
import threading
from collections.abc import Sequence

from rag.grounding.slots import comparable, same_value, slots
from rag.grounding.words import foreign, words_of
from rag.llm.client import ChatModel
from rag.llm.errors import ModelCancelledError, ModelError
from rag.llm.neutral import neutral
from rag.llm.prompts import read_prompt
from rag.text import key, normal
from rag.types import Turn

logger = logging.getLogger("shiori.llm")

FOLLOWUP_PROMPT = "followup.v1"
_TURNS = 3
_LONGEST = 200
_CHECKED = ("year", "month", "day", "#", "ordinal", "name", "address", "office")


def resolve(
    model: ChatModel,
    question: str,
    history: Sequence[Turn],
    ruled: str,
    cancelled: threading.Event | None,
) -> str:
    """The question as the model completes it; `ruled`, the one by rules, where that adds anything,
    is no question, or the model fails. Raises ModelCancelledError.
    """
    prompt = read_prompt(FOLLOWUP_PROMPT)
    told = "\n".join(
        f"質問: {neutral(turn.question, 300)}\n回答: {neutral(turn.answer, 300)}"
        for turn in history[-_TURNS:]
    )
    values = {"mark": f"＝＝{secrets.token_hex(8)}＝＝", "history": told}
    messages = prompt.messages({**values, "question": neutral(question, 300)})
    try:
        written = "".join(piece.text for piece in model.stream(messages, cancelled))
    except ModelCancelledError:
        raise
    except ModelError as error:
        logger.warning("follow-up: %s", error.code)
        return ruled
    line = written.strip().split("\n")[0].strip()
    # A small model gives the question back as it was; then the rules know more.
    completed = key(line) != key(question) and adds_nothing(line, question, history)
    return line if completed else ruled


def adds_nothing(line: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a completed question is made of words of the conversation alone."""
    if not line or len(line) > _LONGEST or any(mark in line for mark in "<>[]`|"):
        return False
    said = [question, *(text for turn in history for text in (turn.question, turn.answer))]
    whole = " ".join(map(key, said))
    if foreign(words_of(normal(line)), whole) > 0:
        return False
    known = [slot for text in said for slot in slots(text)]
    return all(
        any(comparable(slot, other) and same_value(slot, other) for other in known)
        for slot in slots(line)
        if slot.kind.startswith(_CHECKED)
    )
