"""Prompts are files, `rag/prompts/NAME.vN.txt`: what the model is, a line `---`, what is asked.

Places are filled in one pass, so that nothing in a document is taken for a place of the prompt.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

FOLDER = Path(__file__).resolve().parents[1] / "prompts"
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """`version` is the file's name without its ending: answer.v1"""

    version: str
    system: str
    user: str

    @property
    def length(self) -> int:
        """Characters of the prompt before anything is filled in."""
        return len(self.system) + len(self.user)

    @property
    def places(self) -> frozenset[str]:
        return frozenset(_PLACE.findall(self.system + self.user))

    def messages(self, values: Mapping[str, str]) -> Sequence[BaseMessage]:
        """Raises KeyError for a place without a value."""

        def fill(text: str) -> str:
            return _PLACE.sub(lambda match: values[match.group(1)], text)

        return [SystemMessage(fill(self.system)), HumanMessage(fill(self.user))]


@lru_cache(maxsize=32)
def read_prompt(version: str) -> Prompt:
    text = (FOLDER / f"{version}.txt").read_text(encoding="utf-8")
    system, _, user = text.partition("\n---\n")
    return Prompt(version, system.strip(), user.strip())
