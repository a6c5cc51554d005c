"""The section a thing stands in, where the question asks for it: 「どの重点推進目標の事業ですか」.

Tables and lists are written under a line that names their section; the row itself does not.
"""

import re
from collections.abc import Sequence

from rag.question import Question
from rag.text import key, normal
from rag.types import Chunk, ChunkKind, Page
from rag.units import Unit, plain

_ASKED = re.compile(
    r"どの([一-鿿ァ-ヶーa-z]{2,12}?)(?:に|の|へ|から|で|が|を|とし|です|だ|[?？、]|$)"
)
# Offices stand in a column of their own, and a degree is no place.
_NO_SECTION = re.compile(r"課$|部署|部局|^部$|局$|所属|担当|^程度|^位|^辺|^時|^人|^年|^月|^日")
_NUMBERED = r"[\s(]*[\d一二三四五六七八九十ivx]"
_CAPTION = r"^(?:[表図]\d+[.:]?|■|【)"  # 「表14 重点推進目標1-(1) …」
_LONGEST_LINE = 60
_REACH = 60  # chunks above a row in which the line that it stands under is looked for


def section_asked(
    question: Question, unit: Unit, chunks: Sequence[Chunk], page: Page
) -> Unit | None:
    """The line above `unit` that begins with the kind of section asked for, as a unit of its own.

    `chunks` are those of the unit's document in text order, `page` is the unit's page. None where
    the question asks for no section, the unit names one itself, or no such line stands above it.
    """
    match = _ASKED.search(question.normalised)
    if match is None or _NO_SECTION.search(match.group(1)):
        return None
    kind = key(match.group(1))
    if kind in key(unit.text):
        return None
    here = unit.chunk
    under = _heading_of(kind, here, page, unit.start)
    if under is not None:
        return under
    above = [c for c in chunks if 0 <= here.ordinal - c.ordinal <= _REACH and c.page == here.page]
    for chunk in reversed(above):
        if chunk.kind is ChunkKind.TABLE_ROW:
            continue
        end = min(chunk.end, unit.start)
        lines = [m for m in re.finditer(r"[^\n]+", page.text[chunk.start : max(end, chunk.start)])]
        for line in reversed(lines):
            text = plain(line.group())
            said = key(normal(text))
            # The bare word is the head of all such sections, not one of them.
            if len(text) <= _LONGEST_LINE and re.match(rf"{re.escape(kind)}{_NUMBERED}", said):
                start = chunk.start + line.start()
                return Unit(chunk, start, start + len(line.group()), (text,), ChunkKind.PROSE)
    return None


def _heading_of(kind: str, chunk: Chunk, page: Page, before: int) -> Unit | None:
    """The nearest heading or caption of `chunk` that is such a section, as it stands on the page."""
    for heading in reversed(chunk.heading):
        said = re.sub(_CAPTION, "", key(normal(heading)))
        if not re.match(rf"{re.escape(kind)}{_NUMBERED}", said):
            continue
        for line in reversed(list(re.finditer(r"[^\n]+", page.text[:before]))):
            if key(plain(line.group())) == key(heading):
                told = re.sub(r"^[表図]\d+[\s　.:：]*", "", plain(line.group()))
                return Unit(chunk, line.start(), line.end(), (told,), ChunkKind.PROSE)
    return None
