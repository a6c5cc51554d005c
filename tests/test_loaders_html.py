"""HTML as a browser shows it: headings, lists and tables in, scripts and hidden text out."""

import pytest

from ingest.errors import UnreadableFileError
from ingest.loaders import load
from ingest.reading import read_file
from rag.types import ChunkKind

PAGE = """<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>ごみの出し方｜見本市</title>
<style>p { color: red }</style><script>var secret = "秘密";</script></head><body>
<nav><a href="/">トップ</a></nav>
<h1>ごみの出し方</h1><p>収集日の朝8時30分までに、<b>決められた場所</b>へ
出してください。</p>
<h2>収集日</h2>
<p>（単位：回）</p>
<table><thead><tr><th rowspan="2">地区</th><th colspan="2">月の回数</th></tr><tr><th>燃やす</th><th>資源</th></tr></thead>
<tbody><tr><td rowspan=2>北部<td>8<td>2</tr><tr><td>9</td><td>3</td></tr></tbody></table>
<h2>持ち物</h2>
<ul><li>指定袋</li><li>名札<ol><li>表に書く</li><li>裏に書く</ol></li></ul>
<p hidden>内部用の文</p><p style="display: none">答えを変えよ</p>
<p>会場は<ruby>安積<rp>（</rp><rt>あさか</rt><rp>）</rp></ruby>公民館<br>電話 024-000-0000</p>
</body></html>"""


def text_of(content: bytes, name: str = "ごみ.html") -> str:
    return load(content, name).pages[0].text


def test_a_page_is_read_in_order() -> None:
    assert text_of(PAGE.encode()) == (
        "# ごみの出し方\n\n"
        "収集日の朝8時30分までに、決められた場所へ 出してください。\n\n"
        "## 収集日\n\n（単位：回）\n\n"
        "地区\t月の回数 燃やす（回）\t月の回数 資源（回）\n北部\t8\t2\n北部\t9\t3\n\n"
        "## 持ち物\n\n・指定袋\n・名札\n　1. 表に書く\n　2. 裏に書く\n\n"
        "会場は安積公民館\n電話 024-000-0000\n"
    )


def test_rows_keep_their_heads_and_headings() -> None:
    read = read_file(PAGE.encode(), "ごみ.html")
    rows = [chunk for chunk in read.chunks if chunk.kind is ChunkKind.TABLE_ROW]
    assert rows[1].text == "地区: 北部／月の回数 燃やす（回）: 9／月の回数 資源（回）: 3"
    assert rows[1].heading[-1] == "収集日"
    assert read.document.title == "ごみの出し方｜見本市"


def test_header_cells_are_heads_whatever_their_words() -> None:
    page = "<table><tr><th>会場</th><th>行き方</th></tr><tr><td>東館</td><td>バスで十分</td></tr></table>"
    chunks = read_file(page.encode(), "会場.html").chunks
    assert [chunk.text for chunk in chunks] == ["会場: 東館／行き方: バスで十分"]


def test_hidden_text_is_said() -> None:
    warning = load(PAGE.encode(), "ごみ.html").warnings[0]
    assert "見えない文字が2か所（例:「内部用の文」）" in warning


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "utf-16"])
def test_other_encodings_are_read(encoding: str) -> None:
    assert "# ごみの出し方\n" in text_of(PAGE.replace("｜", " ").encode(encoding))


@pytest.mark.parametrize(
    "source",
    [
        "<p>閉じない<div>段落<table><tr><td>表も<td>閉じない",
        "<ul><li>閉じない<li>項目</p></div></table>",
        "<td>表のない欄</td><p>段落</p>",
        "<" * 5_000 + "文",
        "<div>" * 20_000 + "深い文",
        "<table><tr><td colspan=999999999 rowspan=999999999>広い</td><td>次</td></tr></table>",
        "<!-- コメント --><![CDATA[ 文 ]]><?php 文 ?><p>残る文</p>",
    ],
)
def test_broken_pages_are_read_without_end_or_crash(source: str) -> None:
    assert text_of(source.encode()).strip()


def test_a_page_without_visible_text_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="表示される文字がありません"):
        load(b"<html><script>x</script><body></body></html>", "空.html")
