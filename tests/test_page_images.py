"""The page image: the right characters are under the marker, and nothing else is."""

import io
import threading
from pathlib import Path

import pylopdf_fonts_jp
import pypdf
import pypdfium2 as pdfium
import pytest
import typst
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from api.page_images import PageImageError, render_page
from api.quote_search import Box, PageCharacters, locate_quote, merge_lines
from rag.errors import UnknownPageError

CORPUS = Path(__file__).parents[1] / "corpus"
FONTS = Path(pylopdf_fonts_jp.__file__).parent

SOURCE = """
#set page(width: 148mm, height: 210mm, margin: 15mm)
#set text(font: "Noto Sans JP", size: 10pt, lang: "ja")
= 第１章　利用の状況
生成AIの月平均利用者数は227人である。#linebreak()
前年度は職員の研修を実施した。#linebreak()
今年度も職員の研修を実施した。#linebreak()
翌年度は職員の研修を実施した。#linebreak()
この段落は長いので紙の幅で折り返される。窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを
目標に掲げ、令和８年度までに三十の手続きを対象とする。

#table(columns: (1fr, 1fr, 1fr),
  [業務], [削減時間], [担当課],
  [給与の支払い], [120時間], [人事課],
  [税の証明], [120時間], [市民税課],
  [物品の購入], [45時間], [契約課],
)
#pagebreak()
#set page(columns: 2)
左の段の文章である。施設の予約を一つにまとめる。
#colbreak()
右の段の文章である。防災の情報を地図に示す。
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(
        typst.compile(SOURCE.encode(), font_paths=[str(FONTS)], ignore_system_fonts=True)
    )
    return path


def page_text(pdf: Path, number: int) -> str:
    return pypdf.PdfReader(pdf).pages[number - 1].extract_text()


def rendered(pdf: Path, number: int, text: str, start: int, end: int) -> Image.Image:
    return Image.open(io.BytesIO(render_page(pdf, number, text, start, end, 800))).convert("RGB")


def marked_area(image: Image.Image) -> tuple[int, int, int, int] | None:
    """Bounding box of the marker's yellow."""
    red, _green, blue = image.split()
    yellow = [
        Image.eval(red, lambda value: 255 if value > 230 else 0),
        Image.eval(blue, lambda value: 255 if value < 130 else 0),
    ]
    box: tuple[int, int, int, int] | None = Image.composite(
        yellow[1], Image.new("L", image.size), yellow[0]
    ).getbbox()
    return box


def text_under_mark(pdf: Path, number: int, area: tuple[int, int, int, int], width: int) -> str:
    """What the page really shows inside the marked area, read from the PDF itself."""
    document = pdfium.PdfDocument(pdf)
    page = document[number - 1]
    scale = width / page.get_width()
    height = page.get_height()
    found: str = page.get_textpage().get_text_bounded(
        left=area[0] / scale,
        right=area[2] / scale,
        bottom=height - area[3] / scale,
        top=height - area[1] / scale,
    )
    document.close()
    return "".join(found.split())


def shown_for(pdf: Path, number: int, text: str, quote: str, occurrence: int = 0) -> str:
    start = -1
    for _ in range(occurrence + 1):
        start = text.index(quote, start + 1)
    image = rendered(pdf, number, text, start, start + len(quote))
    area = marked_area(image)
    assert area is not None, f"nothing is marked for {quote!r}"
    return text_under_mark(pdf, number, area, image.width)


def test_the_marker_lies_on_the_quote_and_on_nothing_else(report: Path) -> None:
    text = page_text(report, 1)
    start = text.index("227")
    end = text.index("人である") + 1
    area = marked_area(rendered(report, 1, text, start, end))
    assert area is not None
    assert text_under_mark(report, 1, area, 800) == "227人"


def test_the_image_tells_a_viewer_where_the_marks_are(report: Path) -> None:
    text = page_text(report, 1)
    start = text.index("227")
    image = Image.open(io.BytesIO(render_page(report, 1, text, start, start + 3, 800)))
    area = marked_area(image.convert("RGB"))
    assert isinstance(image, PngImageFile) and area is not None
    left, top, right, bottom = map(float, str(image.text["shiori-marks"]).split(","))
    told = (left * image.width, top * image.height, right * image.width, bottom * image.height)
    assert max(abs(a - b) for a, b in zip(told, area, strict=True)) <= 3
    unmarked = Image.open(io.BytesIO(render_page(report, 1, text, None, None, 800)))
    assert isinstance(unmarked, PngImageFile)
    assert unmarked.text["shiori-marks"] == ""


def test_a_quote_over_two_lines_is_marked_on_both(report: Path) -> None:
    text = page_text(report, 1)
    start, end = text.index("来庁しなくても"), text.index("三十の手続き")
    shown = "".join(text[start:end].split())
    area = marked_area(rendered(report, 1, text, start, end))
    assert area is not None
    assert shown in text_under_mark(report, 1, area, 800)


@pytest.mark.parametrize("occurrence", [0, 1, 2])
def test_a_repeated_passage_is_marked_where_it_was_quoted(report: Path, occurrence: int) -> None:
    text = page_text(report, 1)
    heights = []
    for number in range(3):
        start = -1
        for _ in range(number + 1):
            start = text.index("職員の研修を実施した", start + 1)
        area = marked_area(rendered(report, 1, text, start, start + 10))
        assert area is not None
        heights.append(area[1])
    assert heights == sorted(heights)
    assert len(set(heights)) == 3
    assert shown_for(report, 1, text, "職員の研修を実施した", occurrence) == "職員の研修を実施した"


def test_a_table_row_kept_with_tabs_is_marked_cell_by_cell(report: Path) -> None:
    stored = "業務\t削減時間\t担当課\n給与の支払い\t120時間\t人事課\n税の証明\t120時間\t市民税課\n"
    row = "税の証明\t120時間\t市民税課"
    shown = shown_for(report, 1, stored, row)
    assert shown == "税の証明120時間市民税課"


def test_columns_stored_in_another_order_are_still_found(report: Path) -> None:
    stored = "右の段の文章である。防災の情報を地図に示す。\n左の段の文章である。施設の予約を一つにまとめる。"
    quote = "施設の予約を一つにまとめる"
    assert quote in shown_for(report, 2, stored, quote)


def test_cells_out_of_order_are_marked_within_their_own_row(report: Path) -> None:
    stored = "担当課\t業務\t削減時間\n人事課\t給与の支払い\t120時間\n市民税課\t税の証明\t120時間\n"
    assert shown_for(report, 1, stored, "市民税課\t税の証明\t120時間") == "税の証明120時間市民税課"


def test_letter_spacing_and_full_width_figures_do_not_hide_a_quote(report: Path) -> None:
    stored = "生 成 Ａ Ｉ の 月 平 均 利 用 者 数 は ２ ２ ７ 人 で あ る 。"
    assert shown_for(report, 1, stored, stored) == "生成AIの月平均利用者数は227人である。"


@pytest.mark.parametrize(
    ("start", "end"), [(None, None), (0, None), (5, 5), (9, 3), (-4, 2), (0, 10**9)]
)
def test_an_impossible_range_leaves_the_page_unmarked(
    report: Path, start: int | None, end: int | None
) -> None:
    text = page_text(report, 1)
    image = Image.open(io.BytesIO(render_page(report, 1, text, start, end, 400)))
    assert marked_area(image.convert("RGB")) is None


def test_a_quote_that_is_not_on_the_page_leaves_it_unmarked(report: Path) -> None:
    stored = "この文はどこにも印刷されていない〓〓〓"
    assert marked_area(rendered(report, 1, stored, 16, len(stored))) is None


@pytest.mark.parametrize(("asked", "given"), [(1, 200), (800, 800), (1237, 1237), (99_999, 2400)])
def test_the_image_is_as_wide_as_asked_within_the_limits(
    report: Path, asked: int, given: int
) -> None:
    assert Image.open(io.BytesIO(render_page(report, 1, "", None, None, asked))).width == given


def test_a_very_long_page_is_rendered_smaller_instead_of_filling_the_memory(
    tmp_path: Path,
) -> None:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=100, height=14_000)
    path = tmp_path / "long.pdf"
    writer.write(path)
    image = Image.open(io.BytesIO(render_page(path, 1, "", None, None, 2400)))
    assert image.width * image.height < 25_000_000


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_marks_follow_a_rotated_page(report: Path, tmp_path: Path, rotation: int) -> None:
    text = page_text(report, 1)
    quote = "227"
    start = text.index(quote)
    upright = marked_area(rendered(report, 1, text, start, start + len(quote)))
    writer = pypdf.PdfWriter(clone_from=report)
    writer.pages[0].rotate(rotation)
    path = tmp_path / "rotated.pdf"
    writer.write(path)
    width = 800 if rotation == 180 else round(800 * 210 / 148)  # the same scale as upright
    png = render_page(path, 1, text, start, start + len(quote), width)
    turned = Image.open(io.BytesIO(png)).convert("RGB")
    back = turned.rotate(rotation, expand=True)
    area = marked_area(back)
    assert upright is not None and area is not None
    assert max(abs(a - b) for a, b in zip(upright, area, strict=True)) <= 4


@pytest.mark.parametrize("number", [0, -1, 3])
def test_a_page_that_is_not_there_is_said_so(report: Path, number: int) -> None:
    with pytest.raises(UnknownPageError, match="2ページまで"):
        render_page(report, number, "", None, None, 400)


def test_a_file_that_is_no_pdf_is_refused_in_japanese(tmp_path: Path) -> None:
    path = tmp_path / "空.pdf"
    path.write_bytes(b"not a pdf")
    with pytest.raises(PageImageError, match="PDFとして開けない"):
        render_page(path, 1, "", None, None, 400)
    with pytest.raises(PageImageError, match="PDFとして開けない"):
        render_page(tmp_path / "missing.pdf", 1, "", None, None, 400)


def test_eight_threads_render_the_same_pages_as_one(report: Path) -> None:
    text = page_text(report, 1)
    start = text.index("227")
    alone = render_page(report, 1, text, start, start + 3, 300)
    together: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: together.append(render_page(report, 1, text, start, start + 3, 300))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [alone] * 8


def test_character_boxes_of_one_line_become_one_rectangle() -> None:
    line = [Box(left, 0, left + 9, 10) for left in range(0, 50, 10)]
    below = [Box(0, -15, 9, -5), Box(10, -15, 19, -5)]
    assert merge_lines([*line, *below]) == [Box(0, 0, 49, 10), Box(0, -15, 19, -5)]


@pytest.mark.parametrize(("line", "place"), [("前年度", 4), ("今年度", 11), ("翌年度", 18)])
def test_the_text_around_a_repeated_passage_outweighs_its_position(line: str, place: int) -> None:
    shown = "前年度は研修。今年度は研修。翌年度は研修。"
    stored = "翌年度は研修。今年度は研修。前年度は研修。"
    page = PageCharacters(letters=shown, boxes=[Box(i, 0, i + 1, 1) for i in range(len(shown))])
    start = stored.index(line) + 4
    assert [box.left for box in locate_quote(stored, start, start + 2, page)] == [place, place + 1]


def test_a_long_passage_that_cannot_be_found_is_given_up_quickly() -> None:
    letters = "あいうえお" * 2_000
    page = PageCharacters(letters=letters, boxes=[Box(0, 0, 1, 1)] * len(letters))
    stored = "いあ" * 5_000
    assert locate_quote(stored, 0, len(stored), page) == []


def test_sentences_of_the_sample_corpus_are_found_on_their_pages() -> None:
    pdfs = sorted(CORPUS.glob("*.pdf"))
    if not pdfs:
        pytest.skip("the sample corpus has no PDFs here")
    tried = missed = 0
    for pdf in pdfs:
        reader = pypdf.PdfReader(pdf)
        for number in range(1, len(reader.pages) + 1, 7):
            text = reader.pages[number - 1].extract_text()
            lines = [line for line in text.splitlines() if len(line) >= 20]
            for line in lines[:1]:
                start = text.index(line)
                tried += 1
                missed += marked_area(rendered(pdf, number, text, start, start + len(line))) is None
    assert tried > 0
    assert missed <= tried // 50
