"""A model's text, cut into sentences with their markers as it comes."""

import re
from dataclasses import dataclass

_MARKER = re.compile(
    r"[ \u3000]*[\[［【(（][ \u3000]*(?:[EeＥ]?[0-9０-９]{1,3})(?:[ \u3000]*[,、，・][ \u3000]*[EeＥ]?[0-9０-９]{1,3})*[ \u3000]*[\]］】)）]"
)
_NUMBER = re.compile(r"[0-9０-９]{1,3}")
_MARKS_AN_E = re.compile(r"[EeＥ]")
_BULLET = re.compile(r"^[ \u3000]*(?:[-*+•・●○■◆]|[0-9０-９]{1,2}[.)．）、]|#{1,6})[ \u3000]*")
_EMPHASIS = re.compile(r"\*\*|__|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)")
_OPENING, _CLOSING = "「『（(【", "」』）)】"
LONGEST = 400  # characters; a longer run without an end is no sentence


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` without markers, bullet and emphasis; `marked` the evidence it names, as E1."""

    text: str
    marked: tuple[str, ...]
    new_line: bool  # it began on a line of its own


class SentenceCutter:
    """Takes text in pieces and gives out sentences as soon as they are complete.

    A sentence is complete when the next begins: markers stand behind its full stop.
    """

    def __init__(self) -> None:
        self._rest = ""
        self._new_line = True

    @property
    def pending(self) -> str:
        return self._rest.strip()

    def feed(self, text: str) -> list[Sentence]:
        self._rest += text
        found: list[Sentence] = []
        while (end := _complete(self._rest)) is not None:
            found += self._cut(end)
        return found

    def finish(self, *, cut: bool) -> list[Sentence]:
        """The last sentence; what a `cut` reply left without an end is no sentence."""
        rest, self._rest = self._rest, ""
        whole = _MARKER.sub("", rest).rstrip()
        if cut and whole[-1:] not in "。！？!?":
            return []
        self._rest = rest
        return self._cut(len(rest))

    def _cut(self, end: int) -> list[Sentence]:
        raw, self._rest = self._rest[:end], self._rest[end:]
        began = self._new_line
        self._new_line = raw.endswith("\n") or self._rest.startswith("\n")
        marked = tuple(
            f"E{int(number)}"
            for marker in _MARKER.findall(raw)
            if _is_marker(marker)
            for number in _NUMBER.findall(marker)
        )
        text = _MARKER.sub(lambda m: "" if _is_marker(m.group()) else m.group(), raw)
        text = _EMPHASIS.sub("", _BULLET.sub("", text.strip(" \u3000\n\r\t"))).strip(" \u3000\t")
        return [Sentence(text, tuple(dict.fromkeys(marked)), began)] if text else []


def _is_marker(text: str) -> bool:
    """「(3)」 counts something; 「[3]」 and 「(E3)」 are markers."""
    return text.strip()[0] in "[［【" or bool(_MARKS_AN_E.search(text))


def _complete(text: str) -> int | None:
    """Where the first sentence ends, its markers included; None while more may belong to it."""
    depth = 0
    for at, character in enumerate(text):
        if character == "\n":
            if text[:at].strip():
                return at + 1
            continue
        depth += (character in _OPENING) - (character in _CLOSING and depth > 0)
        if at >= LONGEST:
            return at + 1
        if character in "。！？!?" and depth == 0:
            end = at + 1
            while (match := _MARKER.match(text, end)) is not None:
                end = match.end()
            # More full stops, closing brackets or a marker may still come.
            following = text[end:].lstrip(" \u3000")
            if not following or (
                following[0] in "[［【(（"
                and _MARKER.match(following) is None
                and len(following) < 12
            ):
                return None
            return end
    return None
