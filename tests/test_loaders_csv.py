"""CSV files as tables: encodings, separators, quoted line breaks, titles above the table."""

import pytest

from ingest.errors import UnreadableFileError
from ingest.loaders import load
from ingest.reading import read_file
from rag.types import ChunkKind

TABLE = "施設名,所在地,座席数\r\n中央図書館,桜町1番1号,120\r\n緑が丘分館,緑が丘3丁目,45\r\n"


def text_of(content: bytes, name: str = "施設一覧.csv") -> str:
    return load(content, name).pages[0].text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
def test_rows_are_read_whatever_the_encoding(encoding: str) -> None:
    assert text_of(TABLE.encode(encoding)) == (
        "施設名\t所在地\t座席数\n中央図書館\t桜町1番1号\t120\n緑が丘分館\t緑が丘3丁目\t45\n"
    )


@pytest.mark.parametrize("separator", ["\t", ";", "|"])
def test_the_separator_is_recognised(separator: str) -> None:
    content = TABLE.replace(",", separator).encode()
    assert text_of(content).startswith("施設名\t所在地\t座席数\n中央図書館\t桜町1番1号\t120\n")


def test_commas_inside_quotes_and_cells_do_not_separate() -> None:
    content = '事業名,予算額,備考\n"道路、橋","1,200","東部, 西部"\n公園,300,"「緑」の""整備"""\n'.encode()
    assert text_of(content).splitlines()[1:] == [
        "道路、橋\t1,200\t東部, 西部",
        '公園\t300\t「緑」の"整備"',
    ]


def test_a_line_break_inside_quotes_stays_in_its_row() -> None:
    content = '名称,説明\n相談窓口,"平日の\n午前9時から"\n分室,休止中\n'.encode("cp932")
    assert text_of(content) == "名称\t説明\n相談窓口\t平日の 午前9時から\n分室\t休止中\n"


def test_each_record_becomes_a_row_with_its_heads() -> None:
    read = read_file(TABLE.encode("cp932"), "施設一覧.csv")
    rows = [chunk for chunk in read.chunks if chunk.kind is ChunkKind.TABLE_ROW]
    assert [row.columns for row in rows] == [("施設名", "所在地", "座席数")] * 2
    assert rows[0].text == "施設名: 中央図書館／所在地: 桜町1番1号／座席数: 120"
    assert read.document.title == "施設一覧"
    assert not read.document.has_pages


def test_a_header_that_does_not_look_like_one_is_marked() -> None:
    content = "会場,行き方\n中央館,駅から歩いて五分\n東館,バスで十分\n".encode()
    assert text_of(content).startswith("会場\t行き方\n---\t---\n中央館\t")
    chunks = read_file(content, "会場一覧.csv").chunks
    assert [chunk.text for chunk in chunks] == [
        "会場: 中央館／行き方: 駅から歩いて五分",
        "会場: 東館／行き方: バスで十分",
    ]


def test_a_title_above_the_table_is_no_head() -> None:
    content = "令和6年度施設一覧,,\n,,\n施設名,所在地,座席数\n中央図書館,桜町1番1号,120\n".encode()
    assert (
        text_of(content)
        == "令和6年度施設一覧\n\n施設名\t所在地\t座席数\n中央図書館\t桜町1番1号\t120\n"
    )


def test_a_file_of_separators_only_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match=r"「空\.csv」には文字がありません"):
        load(b",,\r\n,,\r\n", "空.csv")


def test_an_endless_field_is_refused_with_the_line() -> None:
    content = ('名称,説明\n窓口,"' + "あ" * 1_100_000).encode()
    with pytest.raises(UnreadableFileError, match="表の形が壊れています"):
        load(content, "壊れた.csv")


def test_too_many_cells_are_cut_and_said() -> None:
    loaded = load(("a,b,c,d\n" + "1,2,3,4\n" * 60_000).encode(), "大きい.csv")
    assert loaded.pages[0].text.count("\n") == 50_000
    assert "はじめの50,000行だけを登録しました" in loaded.warnings[0]
