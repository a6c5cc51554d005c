"""Kinds that nobody reads here are named with what to do; a wrong suffix is seen by the content."""

import pickle

import pytest
from loaders_support import docx, paragraph, zipped

from ingest.errors import UnreadableFileError, UnsupportedFormatError
from ingest.loaders import load
from ingest.loaders.kinds import content_kind

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
WORD = docx(paragraph("文書の本文である。"))
BOOK = zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"})
HTML = b"<!DOCTYPE html><html><body>x</body></html>"


def compound(stream: str) -> bytes:
    """What tells the kinds of old Office files apart: the name of a stream inside."""
    return OLE + stream.encode("utf-16-le") + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [
        ("議案.doc", compound("WordDocument"), "Wordで開き、.docxとして保存し直して"),
        ("予算.xls", compound("Workbook"), "Excelで開き、.xlsxとして保存し直して"),
        ("説明.ppt", compound("PowerPoint Document"), "PDFとして保存し直して"),
        ("通知.jtd", compound("JSRV_SummaryInformation"), "一太郎で開き、.docxかPDFとして"),
        ("案内.rtf", b"{\\rtf1 abc}", "Wordで開き、.docxとして保存し直して"),
        ("書庫.lzh", b"\x20\x00-lh5-" + bytes(40), "ZIPに作り直して"),
        ("図面.xdw", b"\x60\x0e\x82\xe1" + bytes(40), "DocuWorksの文書です。PDFとして"),
        ("議案.docx", compound("WordDocument"), "「議案.docx」はWord文書ではありません。中身は古い形式の"),
        ("通知.docx", compound("DocumentText"), "中身は一太郎の文書です"),
        ("一覧.txt", b"{\\rtf1 abc}", "文字だけのファイルではありません。中身はリッチテキスト"),
        ("発表.pdf", zipped({"ppt/presentation.xml": "<p/>"}), "中身はPowerPointの資料です"),
    ],
)  # fmt: skip
def test_a_kind_to_be_converted_is_named_with_what_to_do(
    name: str, content: bytes, advice: str
) -> None:
    with pytest.raises(UnsupportedFormatError) as caught:
        load(content, name)
    assert f"「{name}」は" in caught.value.message
    assert advice in caught.value.message


@pytest.mark.parametrize("name", ["秘密.docx", "秘密.xlsx", "秘密.doc", "秘密.xls"])
def test_an_encrypted_office_file_is_said_to_be_protected(name: str) -> None:
    with pytest.raises(UnreadableFileError, match="パスワードを外してから登録してください"):
        load(compound("EncryptedPackage"), name)


@pytest.mark.parametrize(
    ("name", "content", "suffix"),
    [
        ("計画.pdf", WORD, ".docx"),
        ("計画.txt", WORD, ".docx"),
        ("計画.doc", WORD, ".docx"),
        ("計画.docx", BOOK, ".xlsx"),
        ("計画.xls", HTML, ".html"),
        ("計画.xlsx", HTML, ".html"),
        ("計画.csv", b"%PDF-1.7\n", ".pdf"),
        ("計画.docx", b"%PDF-1.7\n", ".pdf"),
        ("計画.md", zipped({"a.txt": "x"}), ".zip"),
    ],
)
def test_a_wrong_suffix_is_refused_with_the_right_one(
    name: str, content: bytes, suffix: str
) -> None:
    with pytest.raises((UnreadableFileError, UnsupportedFormatError)) as caught:
        load(content, name)
    assert f"拡張子を{suffix}に直してから登録してください" in caught.value.message


@pytest.mark.parametrize("name", ["写真.pdf", "写真.docx", "写真.txt"])
def test_a_picture_under_another_name_is_said_to_be_one(name: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"中身は画像です。文字認識（OCR）"):
        load(b"\x89PNG\r\n\x1a\n" + bytes(60), name)


@pytest.mark.parametrize("name", ["名簿.docx", "名簿.xlsx"])
def test_plain_text_under_an_office_name_is_refused(name: str) -> None:
    with pytest.raises(UnreadableFileError, match="拡張子と中身が合っているか"):
        load("ただの文章である。".encode(), name)


def test_html_and_text_under_their_names_are_let_through() -> None:
    assert load(HTML, "a.html").pages[0].text == "x\n"
    assert load(HTML, "a.txt").pages[0].text == HTML.decode()


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_torn_office_file_is_still_known_by_its_front(share: float) -> None:
    torn = WORD[: int(len(WORD) * share)]
    assert content_kind(torn) in {".docx", ""}
    with pytest.raises(UnreadableFileError, match="壊れているか途中で切れている"):
        load(torn, "途中.docx")


def test_what_was_read_can_be_handed_to_another_process() -> None:
    loaded = load(WORD, "計画.docx")
    assert pickle.loads(pickle.dumps(loaded)) == loaded
