"""Chunks: where they are cut, and that nothing readable falls between them."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cleaning import find_furniture
from ingest.lines import read_lines
from ingest.reading import cut
from rag.types import Chunk, ChunkKind, Page

ORIGINALS = Path(__file__).parents[2] / "shared" / "originals"
SENTENCE = "窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを目標に掲げる。"


def pages_of(*texts: str) -> tuple[Page, ...]:
    return tuple(Page(document_id="d1", number=n, text=text) for n, text in enumerate(texts, 1))


def check_coverage(pages: tuple[Page, ...], chunks: list[Chunk]) -> None:
    """Ranges are valid, in order, without overlap, and hold all that is not furniture."""
    lines = [read_lines(page.text) for page in pages]
    furniture = find_furniture(lines)
    for page, page_lines, waste in zip(pages, lines, furniture, strict=True):
        ranges = [(c.start, c.end) for c in chunks if c.page == page.number]
        covered = bytearray(len(page.text))
        last = 0
        for start, end in ranges:
            assert last <= start < end <= len(page.text)
            covered[start:end] = b"\x01" * (end - start)
            last = end
        for index, line in enumerate(page_lines):
            if index not in waste:
                for position in range(line.start, line.end):
                    assert covered[position] or page.text[position].isspace()
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    for chunk in chunks:
        assert chunk.text.strip()
        page_text = pages[chunk.page - 1].text
        # A merged cell stands in an earlier row of the page.
        assert all(cell in page_text[: chunk.end] for cell in chunk.cells)


LINES = st.sampled_from(
    [
        "",
        " ",
        "　",
        "第1章 位置付け",
        "1-1 背景",
        "(1) 目的",
        "(2) 対象",
        "① 窓口",
        "② 庁内",
        "【本部】",
        "■ 会議",
        "## 取組み",
        "# 計画",
        "これまでの取組み",
        SENTENCE,
        SENTENCE[:20],
        "- 研究会",
        "・ 共同利用",
        "1. 標準化",
        "2. 普及",
        "No.\t事業名\t担当課",
        "1\t事業A\t人事課",
        "\t事業B\t",
        "| 区分 | 件数 |",
        "| --- | --- |",
        "| 甲 | 3 |",
        "LINE 271 67%",
        "新聞 165 41%",
        "回覧板 180 44%",
        "選択肢 回答数 回答率",
        "1 政策部長 山田 一郎",
        "2 総務部長 佐藤 花子",
        "3 財務部長 鈴木 次郎",
        "4 税務部長 高橋 三奈",
        "用語 意味",
        "RPA ロボットで行うこと。",
        "12",
        "- 3 -",
        "9",
        " オンライン：接続されている状態。",
        "※1 概念のこと。",
        "2004 ・開始",
        "---",
        "総務部 ● ●",
        "環境部",
        "\f第2部",
        "どのような不安を感じますか？",
        "。",
        "\u200b",
        "🙂 絵文字",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(LINES, max_size=40).map("\n".join), min_size=1, max_size=4))
def test_every_readable_character_lies_in_exactly_one_chunk(texts: list[str]) -> None:
    pages = pages_of(*texts)
    check_coverage(pages, cut(pages, "文書"))


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=400
    )
)
def test_any_text_at_all_is_cut_without_loss(text: str) -> None:
    pages = pages_of(text)
    check_coverage(pages, cut(pages, "文書"))


def test_prose_is_cut_at_sentence_ends() -> None:
    chunks = cut(pages_of("第1章 目標\n\n" + SENTENCE * 30), "文書")
    assert len(chunks) > 2
    assert all(chunk.text.endswith("。") for chunk in chunks)
    assert all(len(chunk.text) <= 420 for chunk in chunks)


def test_a_chunk_never_reaches_over_a_heading() -> None:
    chunks = cut(pages_of(f"第1章 目標\n\n{SENTENCE}\n\n第2章 体制\n\n{SENTENCE}"), "文書")
    assert [chunk.heading for chunk in chunks] == [("第1章 目標",), ("第2章 体制",)]


def test_a_figure_stays_with_its_heading_and_explanation() -> None:
    chunks = cut(
        pages_of(
            "#### オンライン申請手続数\n\n2024年度  \n**740**手続  \n↓  \n2029年度  \n**862**手続\n\n"
            "オンラインによる行政手続を原則とします。\n\n※総手続数：1,668手続\n\n#### 申請件数\n\n2024年度"
        ),
        "計画",
    )
    assert chunks[0].text == (
        "オンライン申請手続数\n2024年度\n740手続\n↓\n2029年度\n862手続\n"
        "オンラインによる行政手続を原則とします。\n※総手続数：1,668手続"
    )


def test_a_list_stays_with_its_lead_in() -> None:
    chunks = cut(
        pages_of(SENTENCE * 11 + "\n\n重点は次のとおり：\n" + "- 標準化を進める\n" * 6), "文書"
    )
    listed = next(chunk for chunk in chunks if "標準化" in chunk.text)
    assert "重点は次のとおり：\n" + "\n".join(["- 標準化を進める"] * 6) in listed.text
    assert listed.kind is ChunkKind.LIST


def test_a_long_list_repeats_its_lead_in_for_the_search() -> None:
    items = "\n".join(f"- {n}番目の取組みとして、{SENTENCE}" for n in range(30))
    chunks = cut(pages_of("重点は次のとおり：\n" + items), "文書")
    assert len(chunks) > 2
    assert all("重点は次のとおり" in chunk.search_text for chunk in chunks)
    assert all("重点は次のとおり" not in chunk.text for chunk in chunks[1:])


def test_the_search_text_carries_title_and_headings() -> None:
    chunk = cut(pages_of(f"第1章 ＤＸの目標\n\n{SENTENCE}"), "推進計画")[0]
    assert chunk.search_text.startswith("推進計画\n第1章 dxの目標\n")


def test_wrapped_lines_are_joined_for_reading_and_kept_in_the_page() -> None:
    page = pages_of(
        "窓口の手続きを順に電子化し、来庁しなくても\n用が足りるようにすることを目標に掲げる。"
    )
    chunk = cut(page, "文書")[0]
    assert chunk.text == SENTENCE
    assert "\n" in page[0].text[chunk.start : chunk.end]


def test_a_passage_printed_twice_names_the_first() -> None:
    chunks = cut(pages_of(f"概要\n\n{SENTENCE}", f"本編\n\n{SENTENCE}"), "文書")
    assert chunks[0].duplicate_of == ""
    assert chunks[1].duplicate_of == chunks[0].id


def test_passages_that_differ_in_a_number_are_no_duplicates() -> None:
    text = "キャッシュレス決済の利用件数は、2024年度に{}件となり、前の年度を大きく上回りました。"
    chunks = cut(pages_of(text.format("57,356"), text.format("46,906")), "文書")
    assert [chunk.duplicate_of for chunk in chunks] == ["", ""]


def test_running_heads_and_page_numbers_stay_out_of_the_chunks() -> None:
    texts = [f"推進計画　第1章\n{SENTENCE}{n}回目。\n- {n} -" for n in range(1, 7)]
    pages = pages_of(*texts)
    chunks = cut(pages, "文書")
    assert all("推進計画　第1章" not in chunk.text for chunk in chunks)
    assert all(not re.search(r"- \d -", chunk.text) for chunk in chunks)
    check_coverage(pages, chunks)


def test_a_running_head_that_names_the_chapter_stays_out_too() -> None:
    names = ["位置付け", "現状", "体系", "期間", "構成", "体制"]
    texts = [
        f"見本市のDX推進計画 第{n}章 {name}\n{SENTENCE}{name}。" for n, name in enumerate(names, 1)
    ]
    chunks = cut(pages_of(*texts), "文書")
    assert all("見本市のDX推進計画" not in chunk.text for chunk in chunks)
    assert all(any(f"{name}。" in chunk.text for chunk in chunks) for name in names)


def test_footnotes_are_chunks_of_their_own() -> None:
    chunks = cut(
        pages_of(f"{SENTENCE}\n\n1\n ICT：情報処理や通信の技術。\n2\n AI：人工知能のこと。"), "文書"
    )
    assert [chunk.text for chunk in chunks[1:]] == [
        "1\nICT：情報処理や通信の技術。",
        "2\nAI：人工知能のこと。",
    ]


@pytest.mark.parametrize("prefix", ["000", "001", "002", "003", "004"])
def test_the_originals_are_cut_without_loss(prefix: str) -> None:
    found = sorted(ORIGINALS.glob(f"{prefix}_*.txt"))
    if not found:
        pytest.skip("the originals are not beside the checkout")
    pages = pages_of(found[0].read_text(encoding="utf-8"))
    chunks = cut(pages, "文書")
    check_coverage(pages, chunks)
    assert max(len(chunk.text) for chunk in chunks) <= 800
