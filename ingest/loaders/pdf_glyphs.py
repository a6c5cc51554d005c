"""The glyphs of a PDF page with their places, by pdfium."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

# Marks that vertical writing has forms of its own for, as the page text should have them.
_UPRIGHT = str.maketrans(
    "︐︑︒︓︔︕︖︗︘︙︰︱︲︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄",
    "，、。：；！？〖〗…：―–（）｛｝〔〕【】《》〈〉「」『』",
)


_NO_INK = 3  # text render mode
_BLANKS = frozenset({0x7F, 0xA0, 0x3000, 0xFEFF, 0xFFFE, 0xFFFF})


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character and its box in points; y grows upwards. `size` is that of its font.

    `unseen` characters are drawn without ink, as text recognition lays them over a scan.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    unseen: bool = False


class GlyphPages:
    """Opens a PDF a second time, at the first need, for the places of its glyphs."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._document: Any = None

    def close(self) -> None:
        if self._document is not None:
            self._document.close()
            self._document = None

    def of(self, index: int) -> list[Glyph]:
        """The glyphs of a page (0-based) in the order in which they are drawn, blanks and repeats
        left out; none where pdfium cannot read it."""
        try:
            if self._document is None:
                self._document = pypdfium2.PdfDocument(self._content)
            page = self._document[index]
            text_page = page.get_textpage()
        except (pypdfium2.PdfiumError, IndexError):
            return []
        try:
            return _one_layer(_glyphs(text_page.raw))
        finally:
            text_page.close()
            page.close()


def _glyphs(text_page: Any) -> list[Glyph]:
    box, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    found: list[Glyph] = []
    high = 0
    for index in range(raw.FPDFText_CountChars(text_page)):
        code = raw.FPDFText_GetUnicode(text_page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code, high = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00, 0
        if code <= 0x20 or code in _BLANKS:
            continue
        if not raw.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)):
            continue
        if box.right <= box.left or box.top <= box.bottom:
            continue
        scale = 1.0
        if raw.FPDFText_GetMatrix(text_page, index, ctypes.byref(matrix)):
            scale = max(abs(matrix.d), abs(matrix.b)) or 1.0
        size = raw.FPDFText_GetFontSize(text_page, index) * scale
        drawn = raw.FPDFText_GetTextObject(text_page, index)
        unseen = bool(drawn) and raw.FPDFTextObj_GetTextRenderMode(drawn) == _NO_INK
        text = chr(code).translate(_UPRIGHT)
        found.append(Glyph(text, box.left, box.bottom, box.right, box.top, size, unseen))
    return found


def _one_layer(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Characters drawn twice at nearly the same place once, as for bold print or a second layer
    of text; characters without ink over printed ones not at all."""
    seen: dict[tuple[int, int], list[Glyph]] = {}
    kept = []
    before: Glyph | None = None
    for glyph in sorted(glyphs, key=lambda glyph: glyph.unseen):
        # The letters of a ligature share one box; they are no repeats of each other.
        joined = before is not None and (before.left, before.right) == (glyph.left, glyph.right)
        before = glyph
        step = max(1.0, glyph.size)
        column, row = int(glyph.left // step), int(glyph.bottom // step)
        near = (
            other
            for c in (column - 1, column, column + 1)
            for r in (row - 1, row, row + 1)
            for other in seen.get((c, r), ())
        )
        if not joined and any(_same_place(glyph, other) for other in near):
            continue
        seen.setdefault((column, row), []).append(glyph)
        kept.append(glyph)
    order = {id(glyph): index for index, glyph in enumerate(glyphs)}
    return sorted(kept, key=lambda glyph: order[id(glyph)])


def _same_place(glyph: Glyph, other: Glyph) -> bool:
    if glyph.text != other.text and not (glyph.unseen and not other.unseen):
        return False
    reach = (0.8 if glyph.unseen and not other.unseen else 0.25) * max(glyph.size, other.size)
    return abs(glyph.left - other.left) < reach and abs(glyph.bottom - other.bottom) < reach
