"""One page of a PDF as a PNG, with the quoted passage marked like with a highlighter.

The stored page text and the characters of the rendered page come from different readers, so a
quote is found by its visible characters: both sides are compared without white space, in
compatibility form. A quote that cannot be found leaves the page unmarked.
"""

import io
from pathlib import Path
from threading import Lock

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageChops, ImageDraw
from PIL.PngImagePlugin import PngInfo

from api.quote_search import Box, PageCharacters, locate_quote, merge_lines
from rag.errors import ShioriError, UnknownPageError

MIN_WIDTH_PX = 200
MAX_WIDTH_PX = 2400
MAX_PIXELS = 24_000_000  # a very long page is rendered smaller rather than filling the memory
MARK_COLOUR = (255, 233, 92)
EDGE_COLOUR = (176, 132, 0)
MARKS_KEYWORD = "shiori-marks"

# pdfium keeps global state: two threads inside it at once crash the process.
_pdfium_lock = Lock()


class PageImageError(ShioriError):
    code = "page_image"


def render_page(
    original: Path,
    page_number: int,
    page_text: str,
    start: int | None,
    end: int | None,
    width_px: int,
) -> bytes:
    """PNG of the 1-based page, `width_px` wide (200 to 2,400), `page_text[start:end]` marked.

    Without `start` and `end`, or when the passage is not found on the page, nothing is marked.
    The PNG's text chunk `shiori-marks` lists the marks as "left,top,right,bottom;…" in shares of
    the image, so that a viewer can bring them into sight.

    Raises:
        UnknownPageError: the file has no such page.
        PageImageError: the file cannot be read as a PDF.
    """
    width_px = min(max(width_px, MIN_WIDTH_PX), MAX_WIDTH_PX)
    with _pdfium_lock:
        try:
            pdf = pdfium.PdfDocument(original)
        except (pdfium.PdfiumError, OSError) as error:
            raise PageImageError(
                f"「{original.name}」をPDFとして開けないため、ページの画像を表示できません。"
                "本文の表示に切り替えてください。"
            ) from error
        try:
            if not 1 <= page_number <= len(pdf):
                raise UnknownPageError(
                    f"{page_number}ページはありません。この文書は1ページから{len(pdf)}ページまでです。"
                )
            image, marks = _render(pdf[page_number - 1], page_text, start, end, width_px)
        except pdfium.PdfiumError as error:
            raise PageImageError(
                f"{page_number}ページを画像にできません。本文の表示に切り替えてください。"
            ) from error
        finally:
            pdf.close()
    png = io.BytesIO()
    image.save(png, "PNG", compress_level=4, pnginfo=_marks_as_text(image, marks))
    return png.getvalue()


def _render(
    page: pdfium.PdfPage, page_text: str, start: int | None, end: int | None, width_px: int
) -> tuple[Image.Image, list[Box]]:
    width, height = page.get_size()
    scale = min(width_px / width, (MAX_PIXELS / (width * height)) ** 0.5)
    # Just below the exact scale: the renderer rounds the size up to whole pixels.
    bitmap = page.render(scale=scale - 1e-6, draw_annots=True)
    image: Image.Image = bitmap.to_pil().convert("RGB")
    marks: list[Box] = []
    if start is not None and end is not None and 0 <= start < end <= len(page_text):
        position = bitmap.get_posconv(page)
        marks = [
            _to_pixels(position, box)
            for box in merge_lines(locate_quote(page_text, start, end, _characters(page)))
        ]
        image = _mark(image, marks)
    bitmap.close()
    return image, marks


def _characters(page: pdfium.PdfPage) -> PageCharacters:
    """Every character of the page in pdfium's order with its box in PDF points."""
    text_page = page.get_textpage()
    letters: list[str] = []
    boxes: list[Box] = []
    for index in range(text_page.count_chars()):
        letters.append(chr(pdfium_c.FPDFText_GetUnicode(text_page, index)))
        boxes.append(Box(*text_page.get_charbox(index, loose=True)))
    text_page.close()
    return PageCharacters(letters=letters, boxes=boxes)


def _to_pixels(position: pdfium.PdfPosConv, box: Box) -> Box:
    x1, y1 = position.to_bitmap(box.left, box.bottom)
    x2, y2 = position.to_bitmap(box.right, box.top)
    return Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _mark(image: Image.Image, marks: list[Box]) -> Image.Image:
    """Multiplying keeps the letters black under the marker; the edge serves those who do not
    see the colour."""
    if not marks:
        return image
    layer = Image.new("RGB", image.size, "white")
    draw = ImageDraw.Draw(layer)
    thickness = max(1, image.width // 700)
    for mark in marks:
        draw.rectangle(tuple(mark), fill=MARK_COLOUR, outline=EDGE_COLOUR, width=thickness)
    return ImageChops.multiply(image, layer)


def _marks_as_text(image: Image.Image, marks: list[Box]) -> PngInfo:
    width, height = image.size
    text = PngInfo()
    text.add_text(
        MARKS_KEYWORD,
        ";".join(
            f"{mark.left / width:.4f},{mark.bottom / height:.4f},"
            f"{mark.right / width:.4f},{mark.top / height:.4f}"
            for mark in marks
        ),
    )
    return text
