"""Sentences of the drafts from a versioned file: slots filled, the house's ending chosen."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rag.drafting.flags import Flag
from rag.drafting.style import Ending

WORDING_FOLDER = Path(__file__).parent / "wording"
CURRENT_VERSION = "ja-1"
_CHOICE = re.compile(r"\[\[([^|\]]*)\|([^\]]*)\]\]")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences by dotted name: `flags.cost_up.finding`, `opening.reached`."""

    version: str
    sentences: Mapping[str, str]
    ending: Ending

    def say(self, name: str, /, **slots: str) -> str:
        """The sentence `name` with its slots. Raises KeyError for one that is not there."""
        return self._fill(self.sentences[name], slots)

    def has(self, name: str) -> bool:
        return name in self.sentences

    def message(self, flag: Flag) -> str:
        """A flag for the reviewer's list."""
        slots = dict(flag.slots)
        said = slots.get("said", "")
        slots["quoted"] = f"：「{said}」" if said else ""
        told = [
            f"計画{slots['plan']}" if slots.get("plan") else "",
            f"実績{slots.get('actual', '')}",
        ]
        if not slots.get("plan") and slots.get("before"):
            told[0] = f"前年度{slots['before']}"
        slots["figures"] = "、".join(part for part in told if part)
        return self._fill(self.sentences[f"flags.{flag.code.value}.message"], slots)

    def _fill(self, sentence: str, slots: Mapping[str, str]) -> str:
        chosen = _CHOICE.sub(lambda m: m.group(1 if self.ending is Ending.DEARU else 2), sentence)
        # One pass, so that braces in a sheet's own text are never taken for slots.
        return _SLOT.sub(lambda m: slots.get(m.group(1), ""), chosen)


@lru_cache(maxsize=8)
def load_wording(
    ending: Ending = Ending.DEARU, version: str = CURRENT_VERSION, folder: Path = WORDING_FOLDER
) -> Wording:
    loaded = tomllib.loads((folder / f"{version}.toml").read_text(encoding="utf-8"))
    sentences: dict[str, str] = {}
    _flatten("", loaded, sentences)
    return Wording(sentences.pop("version"), sentences, ending)


def _flatten(prefix: str, table: Mapping[str, object], out: dict[str, str]) -> None:
    for name, content in table.items():
        if isinstance(content, Mapping):
            _flatten(f"{prefix}{name}.", content, out)
        else:
            out[f"{prefix}{name}"] = str(content)
