"""What a PDF holds that its reader does not see: invisible text, attachments, scripts.

Hidden text is still extracted (text recognition puts it behind every scanned page), so that a
person is told where it is.
"""

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

_TEXT, _PATH, _IMAGE = 1, 2, 3
_INVISIBLE_MODES = {3, 7}  # neither filled nor stroked
_TINY_POINTS = 1.0
_WHITE = 250
_FEW = 2  # characters; a stray blank or dot is no hidden text
_MOST_OBJECTS = 20_000  # of one page; drawings have more, texts do not

_Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, kw_only=True, slots=True)
class PdfFindings:
    """`hidden` has the numbers of pages with text that nobody sees."""

    hidden: tuple[int, ...] = ()
    attachments: int = 0
    has_scripts: bool = False

    def warnings(self, name: str, said: Sequence[str] = ()) -> list[str]:
        """Japanese sentences, none for an ordinary file; what is `said` already is left out."""
        found = []
        if self.hidden and not any("見えない文字" in warning for warning in said):
            pages = "、".join(map(str, self.hidden[:10])) + (
                "ほか" if len(self.hidden) > 10 else ""
            )
            found.append(
                f"「{name}」の{pages}ページに、画面では見えない文字（白い文字、極小の文字、紙の外の文字など）が"
                "あります。内容を確かめ、不要なページは検索の対象から外してください。"
            )
        if self.attachments:
            found.append(
                f"「{name}」に添付されたファイル{self.attachments}個は登録していません。"
                "必要なら取り出して登録してください。"
            )
        if self.has_scripts:
            found.append(
                f"「{name}」には開いたときに動く処理（スクリプトなど）が含まれています。実行はしていません。"
            )
        return found


def pdf_findings(content: bytes, max_pages: int) -> PdfFindings:
    """The findings on the first pages; none for a file that pdfium cannot open."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return PdfFindings()
    try:
        pages = range(min(len(document), max_pages))
        return PdfFindings(
            hidden=tuple(number + 1 for number in pages if _hides_text(document, number)),
            attachments=max(0, pdfium.FPDFDoc_GetAttachmentCount(document)),
            has_scripts=b"/JavaScript" in content
            or b"/Launch" in content
            or pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0,
        )
    finally:
        document.close()


def _hides_text(document: Any, number: int) -> bool:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return False
    try:
        objects = list(_objects(page))
        suspects = [
            thing for kind, thing in objects if kind == _TEXT and _is_hidden(page, thing, objects)
        ]
        return bool(suspects) and sum(_characters(page, suspects)) >= _FEW
    finally:
        page.close()


def _objects(page: Any) -> Iterator[tuple[int, Any]]:
    for position in range(min(pdfium.FPDFPage_CountObjects(page), _MOST_OBJECTS)):
        thing = pdfium.FPDFPage_GetObject(page, position)
        yield pdfium.FPDFPageObj_GetType(thing), thing


def _is_hidden(page: Any, text: Any, objects: list[tuple[int, Any]]) -> bool:
    box = _box(text)
    if pdfium.FPDFTextObj_GetTextRenderMode(text) in _INVISIBLE_MODES:
        # Behind a picture it is what text recognition found there.
        return not any(kind == _IMAGE for kind, _ in objects)
    left, bottom, right, top = page.get_bbox()
    if box is None or box[2] < left or box[0] > right or box[3] < bottom or box[1] > top:
        return box is not None
    if _points(text) < _TINY_POINTS:
        return True
    colour = _colour(text)
    return colour is not None and min(colour) >= _WHITE and not _is_on_colour(text, box, objects)


def _is_on_colour(text: Any, box: _Box, objects: list[tuple[int, Any]]) -> bool:
    """Whether something that is not white lies under the text."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for kind, thing in objects:
        if kind == _TEXT:
            continue
        around = _box(thing)
        if around is None or not (around[0] <= x <= around[2] and around[1] <= y <= around[3]):
            continue
        colour = _colour(thing) if kind == _PATH else None
        if kind != _PATH or colour is None or min(colour) < _WHITE:
            return True
    return False


def _box(thing: Any) -> _Box | None:
    values = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(thing, *map(ctypes.byref, values)):
        return None
    left, bottom, right, top = (value.value for value in values)
    return left, bottom, right, top


def _colour(thing: Any) -> tuple[int, int, int] | None:
    """Red, green and blue of the filling; none where it is a pattern."""
    values = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(thing, *map(ctypes.byref, values)):
        return None
    return values[0].value, values[1].value, values[2].value


def _points(text: Any) -> float:
    """The height of the letters on the page."""
    size, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
    if not pdfium.FPDFTextObj_GetFontSize(text, ctypes.byref(size)):
        return math.inf
    if not pdfium.FPDFPageObj_GetMatrix(text, ctypes.byref(matrix)):
        return size.value
    return abs(size.value) * math.hypot(matrix.c, matrix.d)


def _characters(page: Any, texts: list[Any]) -> Iterator[int]:
    """How many visible characters each of the objects has."""
    text_page = page.get_textpage()
    try:
        for text in texts:
            length = pdfium.FPDFTextObj_GetText(text, text_page, None, 0)
            buffer = ctypes.create_string_buffer(length)
            pdfium.FPDFTextObj_GetText(
                text, text_page, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length
            )
            yield len("".join(buffer.raw.decode("utf-16-le", "ignore").strip("\0").split()))
    finally:
        text_page.close()
