"""Text files in every encoding a city hall still has."""

import pytest

from ingest.errors import UnreadableFileError, UnsupportedFormatError
from ingest.loaders import load

JAPANESE = (
    "第1章 計画の目的\n本市においては、平成30年3月に「デジタル市役所推進計画」を策定した。\n"
    "ﾍﾟｰﾊﾟｰﾚｽと①行政手続のオンライン化を進め、市民の利便性を高めます。\n"
)
SHORT = "窓口の受付時間は午前8時30分から午後5時15分までです。"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp932", "euc_jis_2004"],
)
def test_japanese_text_is_read_whatever_its_encoding(encoding: str) -> None:
    assert load(JAPANESE.encode(encoding), "a.txt").pages[0].text == JAPANESE


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be"])
def test_one_short_sentence_is_enough(encoding: str) -> None:
    assert load(SHORT.encode(encoding), "a.txt").pages[0].text == SHORT


def test_english_text_is_read() -> None:
    assert (
        load(b"The office opens at 8:30.\n", "a.txt").pages[0].text == "The office opens at 8:30.\n"
    )


def test_line_ends_are_made_one_kind() -> None:
    assert load("一行目\r\n二行目\r三行目\u2028四行目".encode(), "a.txt").pages[0].text == (
        "一行目\n二行目\n三行目\n四行目"
    )


def test_nul_is_removed_and_said() -> None:
    loaded = load(f"{SHORT}\x00{SHORT}".encode(), "a.txt")
    assert loaded.pages[0].text == SHORT * 2
    assert "（NUL）が1か所" in loaded.warnings[0]


def test_a_lone_surrogate_does_not_cost_the_file() -> None:
    content = ("\ufeff" + SHORT * 40).encode("utf-16-le") + b"\x00\xd8"
    loaded = load(content, "a.txt")
    assert loaded.pages[0].text.startswith(SHORT)
    assert loaded.warnings and "読み取れない文字" in loaded.warnings[0]
    loaded.pages[0].text.encode("utf-8")


def test_one_damaged_byte_is_replaced_and_said() -> None:
    content = bytearray((SHORT * 200).encode())
    content[301] = 0xFF
    loaded = load(bytes(content), "a.txt")
    assert loaded.pages[0].text.count("\ufffd") <= 3
    assert "読み取れない文字" in loaded.warnings[0]


def test_bytes_that_are_no_text_are_refused_with_advice() -> None:
    noise = bytes((i * 131 + i * i * 17) % 256 for i in range(4096))
    with pytest.raises(
        UnreadableFileError, match=r"「写真\.txt」の文字コードを判定できませんでした"
    ):
        load(noise, "写真.txt")


@pytest.mark.parametrize("content", [b"", b" \r\n \t\n", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"空のファイル|文字がありません"):
        load(content, "空.txt")


def test_an_unknown_format_is_named_with_those_that_can_be_read() -> None:
    with pytest.raises(
        UnsupportedFormatError, match=r"「表\.xlsb」は読み込めない形式です。.*\.pdf"
    ):
        load(b"x", "表.xlsb")


def test_markdown_and_text_have_no_pages() -> None:
    assert not load(SHORT.encode(), "a.md").has_pages
    assert load(SHORT.encode(), "a.md").media_type == "text/markdown"
    assert load(SHORT.encode(), "A.TXT").media_type == "text/plain"
