"""Text in the one width that the detectors read, without characters that nobody sees."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_INVISIBLE = "\u200b"
_DASHES = frozenset("‐‑‒–—―−﹣－ｰ")


class _Forms(dict[int, str]):
    """Each character's form, one for one, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        decimal = unicodedata.decimal(character, None)
        if decimal is not None:
            form = str(decimal)
        elif character in _DASHES:
            form = "-"
        elif unicodedata.category(character) == "Cf":
            form = _INVISIBLE
        elif "\uff01" <= character <= "\uff5e":
            form = chr(code - 0xFEE0)
        else:
            form = " " if unicodedata.category(character) == "Zs" else character
        self[code] = form
        return form


_FORMS = _Forms()


@dataclass(frozen=True, slots=True)
class Folded:
    text: str
    offsets: Sequence[int]  # the source index of every character

    def source_range(self, start: int, end: int) -> tuple[int, int]:
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> Folded:
    """Half-width digits, letters and signs; one kind of dash and blank; nothing invisible."""
    shaped = text.translate(_FORMS)
    if _INVISIBLE not in shaped:
        return Folded(shaped, range(len(shaped)))
    kept = [at for at, character in enumerate(shaped) if character != _INVISIBLE]
    return Folded("".join(shaped[at] for at in kept), kept)
