"""Sentences in other words by the language model, kept only where they say the very same."""

import logging
import re
import secrets
from collections.abc import Sequence

from rag.grounding.check import check
from rag.grounding.pieces import Piece
from rag.grounding.slots import Slot, same_value, slots
from rag.llm.client import ChatModel
from rag.llm.errors import ModelError
from rag.llm.neutral import neutral
from rag.llm.prompts import read_prompt

logger = logging.getLogger("shiori.llm")

REWORD_PROMPT = "reword.v1"
LEAST_SHARE = 0.5  # of its words; the figures and directions are all checked besides
_LINE = re.compile(
    r"^[ \u3000]*[\[［][SsＳ](\d{1,2})[\]］][ \u3000]*(.+?)[ \u3000]*$", re.MULTILINE
)
_LENGTHS = (0.5, 1.4)  # of the sentence as it was
_KEPT = ("year", "month", "day", "#", "quote", "office", "ordinal", "way ", "relative", "fraction")


class ModelReworder:
    """Rewords the sentences of one text with one request. Whatever fails stays as it was."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def version(self) -> str:
        return f"{REWORD_PROMPT} {self._model.endpoint.model}"

    def reword(self, sentences: Sequence[str]) -> list[str]:
        """As many sentences as given, in their order; never raises for a model that fails."""
        prompt = read_prompt(REWORD_PROMPT)
        shown = "\n".join(f"[S{n}] {neutral(text, 600)}" for n, text in enumerate(sentences, 1))
        mark = f"＝＝{secrets.token_hex(8)}＝＝"
        written = ""
        try:
            for piece in self._model.stream(prompt.messages({"mark": mark, "sentences": shown})):
                written += piece.text
        except ModelError as error:
            logger.warning("rewording: %s", error.code)
            return list(sentences)
        said = {int(number): text for number, text in _LINE.findall(written)}
        return [
            said[at] if at in said and says_the_same(said[at], sentence) else sentence
            for at, sentence in enumerate(sentences, start=1)
        ]


def says_the_same(new: str, old: str) -> bool:
    """Whether `new` says nothing that `old` does not, and leaves out no figure and no direction."""
    low, high = (share * len(old) for share in _LENGTHS)
    if not low <= len(new) <= high:
        return False
    if new[-1:] != old[-1:] or not check(new, [Piece("S1", old)], LEAST_SHARE).passed:
        return False
    kept = slots(new)
    return all(_has(kept, slot) for slot in slots(old) if slot.kind.startswith(_KEPT))


def _has(found: Sequence[Slot], slot: Slot) -> bool:
    return any(other.kind == slot.kind and same_value(slot, other) for other in found)
