"""PDF: tables in their place, columns in reading order, and plain words about bad files."""

import io
import logging
from pathlib import Path

import pylopdf_fonts_jp
import pypdf
import pytest
import typst

from ingest.errors import UnreadableFileError
from ingest.loaders import load
from ingest.reading import read_file
from rag.types import ChunkKind

FONTS = Path(pylopdf_fonts_jp.__file__).parent
SOURCE = """
#set document(title: "見本市の計画")
#set page(width: 148mm, height: 210mm, margin: 18mm,
  header: [見本市の計画　第1章], footer: context align(center)[\\- #counter(page).display() \\-])
#set text(font: "Noto Sans JP", size: 10pt, lang: "ja")
第1章　利用の状況

窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを目標に掲げる。

表1　業務ごとの削減時間
#table(columns: (1fr, 1fr, 2fr),
  table.header([業務], [削減時間], [担当課]),
  [給与の支払い], [120時間], [人事課],
  [税の証明と納付のお知らせを送る仕事], [45時間], [市民税課],
  ..range(60).map(n => ([業務#n], [#{n}時間], [契約課])).flatten(),
)

1-1　結び

この表は毎年度見直す。
#pagebreak()
#columns(2)[
  左の段の一つ目の文である。左の段の二つ目の文である。
  #colbreak()
  右の段の一つ目の文である。
]
"""


@pytest.fixture(scope="module")
def report() -> bytes:
    return typst.compile(SOURCE.encode(), font_paths=[str(FONTS)], ignore_system_fonts=True)


def blank_pdf(pages: int = 2) -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rewritten(content: bytes, **encryption: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    if encryption:
        writer.encrypt(**encryption, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_ruled_table_stands_in_its_place_as_tab_separated_rows(report: bytes) -> None:
    loaded = load(report, "計画.pdf")
    text = loaded.pages[0].text
    assert "業務\t削減時間\t担当課\n給与の支払い\t120時間\t人事課\n" in text
    assert "税の証明と納付のお知らせを送る仕事\t45時間\t市民税課" in text
    assert text.index("表 1") < text.index("業務\t削減時間") < text.index("業務9\t")
    assert loaded.metadata_title == "見本市の計画"
    assert loaded.warnings == ()


def test_printed_page_numbers_are_known(report: bytes) -> None:
    labels = [page.label for page in load(report, "計画.pdf").pages]
    assert labels == [str(n) for n in range(1, len(labels) + 1)]


def test_two_columns_are_read_one_after_the_other(report: bytes) -> None:
    text = load(report, "計画.pdf").pages[-1].text
    assert text.index("段の二つ目") < text.index("右の段の一つ目")


def test_every_row_keeps_its_heads_over_the_page_break(report: bytes) -> None:
    chunks = read_file(report, "計画.pdf").chunks
    rows = [chunk for chunk in chunks if chunk.kind is ChunkKind.TABLE_ROW]
    assert len(rows) == 62
    assert {row.columns for row in rows} == {("業務", "削減時間", "担当課")}
    assert len({row.page for row in rows}) > 1
    assert rows[-1].text == "業務: 業務59／削減時間: 59時間／担当課: 契約課"


def test_running_heads_and_page_numbers_are_in_no_chunk(report: bytes) -> None:
    chunks = read_file(report, "計画.pdf").chunks
    assert all("見本市の計画　第 1 章" not in chunk.text for chunk in chunks)
    assert all("- 2 -" not in chunk.text for chunk in chunks)


def test_a_file_without_rules_never_opens_the_slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = typst.compile(
        '#set text(font: "Noto Sans JP", lang: "ja")\n本文だけの文書である。'.encode(),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
    )

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pdfplumber was opened")

    monkeypatch.setattr("pdfplumber.open", refuse)
    assert "本文だけの文書である。" in load(plain, "本文.pdf").pages[0].text


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused_or_read_with_a_warning(report: bytes, share: float) -> None:
    content = report[: int(len(report) * share)]
    try:
        loaded = load(content, "途中.pdf")
    except UnreadableFileError as error:
        assert "「途中.pdf」は壊れているか途中で切れているため読み込めません。" in error.message
    else:
        assert any("一部が壊れています" in warning for warning in loaded.warnings)


def test_a_file_with_a_user_password_is_refused_with_advice(report: bytes) -> None:
    locked = rewritten(report, user_password="himitsu", owner_password="owner")
    with pytest.raises(UnreadableFileError, match="パスワードを外してから登録してください"):
        load(locked, "鍵.pdf")


def test_a_file_with_an_owner_password_only_is_read(report: bytes) -> None:
    loaded = load(rewritten(report, user_password="", owner_password="owner"), "所有者.pdf")
    assert "給与の支払い" in loaded.pages[0].text


def test_a_file_of_images_only_is_refused_with_advice() -> None:
    with pytest.raises(UnreadableFileError, match="文字認識（OCR）をしてから登録してください"):
        load(blank_pdf(), "画像.pdf")


def test_a_page_without_text_among_others_is_named(report: bytes) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(report))
    writer.add_blank_page(200, 200)
    out = io.BytesIO()
    writer.write(out)
    loaded = load(out.getvalue(), "一部.pdf")
    count = len(loaded.pages)
    assert f"{count}ページのうち1ページ（{count}ページ目）に文字がありません" in loaded.warnings[0]


def garbled_pdf() -> bytes:
    """Japanese set in a font without a mapping to Unicode, as old printer drivers leave it."""
    stream = b"BT /F1 12 Tf 20 100 Td <" + b"8f8e9d81a09f" * 40 + b"> Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Unknown/Encoding/WinAnsiEncoding>>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def test_a_garbled_file_is_refused_rather_than_indexed_as_noise() -> None:
    with pytest.raises(UnreadableFileError, match="文字化けして読み取れません"):
        load(garbled_pdf(), "文字化け.pdf")


@pytest.mark.parametrize(
    "content", [b"<html><body>x</body></html>", b"PK\x03\x04zip", b"\x00\x01\x02noise"]
)
def test_something_else_under_the_name_of_a_pdf_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"「別物\.pdf」はPDFではありません"):
        load(content, "別物.pdf")


def test_only_the_first_pages_of_a_huge_file_are_read(report: bytes) -> None:
    loaded = load(report, "長い.pdf", max_pages=1)
    assert len(loaded.pages) == 1
    assert "はじめの1ページだけを登録しました" in loaded.warnings[0]


def test_the_libraries_keep_quiet_about_odd_files(
    report: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = b"junk before the header\n" + report.replace(b"startxref", b"startxrfe", 1)
    with caplog.at_level(logging.DEBUG, logger="pypdf"), pytest.raises(UnreadableFileError):
        load(odd[: len(odd) // 3], "変.pdf")
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
