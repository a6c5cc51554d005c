"""Headings: what is one, how deep, and what only looks like one."""

from ingest.reading import cut
from rag.types import Chunk, Page


def chunks_of(*texts: str, title: str = "文書") -> list[Chunk]:
    pages = tuple(
        Page(document_id="d1", number=number, text=text) for number, text in enumerate(texts, 1)
    )
    return cut(pages, title)


def path_of(chunks: list[Chunk], phrase: str) -> tuple[str, ...]:
    return next(chunk.heading for chunk in chunks if phrase in chunk.text)


BODY = "市民の利便性を高めるため、窓口の手続きを順に電子化していくことにしている。"


def test_numbered_headings_nest_by_their_family() -> None:
    chunks = chunks_of(
        f"第2章 取組み\n\n2-1 窓口\n\n(1) 申請\n\n{BODY * 3}\n\n(2) 支払い\n\n{BODY}\n\n2-2 庁内\n\n{BODY}あと。"
    )
    assert path_of(chunks, "申請") == ("第2章 取組み", "2-1 窓口", "(1) 申請")
    assert path_of(chunks, "支払い") == ("第2章 取組み", "2-1 窓口", "(2) 支払い")
    assert path_of(chunks, "あと。") == ("第2章 取組み", "2-2 庁内")


def test_a_heading_path_carries_over_to_the_next_page() -> None:
    chunks = chunks_of(f"第1章 位置付け\n\n{BODY}", f"{BODY}続きの文である。")
    assert chunks[-1].page == 2
    assert chunks[-1].heading == ("第1章 位置付け",)


def test_a_numbered_sentence_is_no_heading() -> None:
    chunks = chunks_of(f"第1章 方針\n\n(1) 申請は窓口で受け付ける。\n\n{BODY}")
    assert path_of(chunks, BODY) == ("第1章 方針",)


def test_a_run_of_numbered_lines_is_a_list() -> None:
    chunks = chunks_of(
        "第1章 重点\n\n次の三つを進める。\n\n(1) 標準化\n(2) 普及促進\n(3) オンライン化\n\n" + BODY
    )
    assert path_of(chunks, "普及促進") == ("第1章 重点",)
    assert all("(2)" not in part for chunk in chunks for part in chunk.heading)


def test_bracketed_and_marked_lines_head_what_follows() -> None:
    chunks = chunks_of(f"第1章 体制\n\n【本部】\n\n{BODY}\n\n■ 会議\n{BODY}終わり。")
    assert path_of(chunks, "【本部】") == ("第1章 体制", "【本部】")
    assert path_of(chunks, "終わり。") == ("第1章 体制", "■ 会議")


def test_markdown_depths_that_contradict_the_numbers_give_way_to_them() -> None:
    chunks = chunks_of(
        f"# 1 はじめに\n\n{BODY}\n\n# 1-1 経緯\n\n{BODY}\n\n## 1-2 背景\n\n{BODY}\n\n### 2 体系\n\n{BODY}末尾。"
    )
    assert path_of(chunks, "1-2 背景") == ("1 はじめに", "1-2 背景")
    assert path_of(chunks, "末尾。") == ("2 体系",)


def test_a_sound_markdown_outline_is_kept() -> None:
    chunks = chunks_of(f"# 手引き\n\n## 申請\n\n### 期限\n\n{BODY}\n\n## 支払い\n\n{BODY}末尾。")
    assert path_of(chunks, "期限") == ("申請", "期限")
    assert path_of(chunks, "末尾。") == ("支払い",)


def test_a_short_label_on_its_own_line_is_a_heading() -> None:
    chunks = chunks_of(
        f"第1章 広域\n\nこれまでの取組み\n\n- 研究会\n- 共同利用\n\nこれからの取組み\n\n{BODY}"
    )
    assert path_of(chunks, "研究会") == ("第1章 広域", "これまでの取組み")
    assert path_of(chunks, BODY) == ("第1章 広域", "これからの取組み")


def test_a_keyword_repeated_behind_list_items_is_no_heading() -> None:
    item = "職員の研修を行い、利用を広げていくことにしている。"
    text = "## 取組み\n\n" + "\n\n".join(f"- {n}回目の{item}\n\n先端技術の活用" for n in range(5))
    chunks = chunks_of(text)
    assert {chunk.heading for chunk in chunks} == {("取組み",)}


def test_a_wrapped_survey_question_heads_its_result() -> None:
    chunks = chunks_of(
        f"{BODY}\n\n社会のデジタル化が進むことに対して、\nどのような不安を感じますか？\n\n「漏えい」が78.1%で最も高くなりました。"
    )
    assert path_of(chunks, "78.1%") == (
        "社会のデジタル化が進むことに対して、どのような不安を感じますか？",
    )


def test_a_contents_page_gives_no_headings() -> None:
    contents = (
        "目次\n1 はじめに ........ 3\n2 体系 ........ 10\n3 指標 ........ 25\n4 体制 ........ 31\n"
    )
    chunks = chunks_of(contents, f"1 はじめに\n\n{BODY}")
    assert path_of(chunks, BODY) == ("1 はじめに",)
    assert all("...." not in part for chunk in chunks for part in chunk.heading)


def test_headings_that_extraction_put_behind_the_body_belong_to_the_page() -> None:
    prose = "本市の人口は減少傾向にあり、安定的な行政運営の確保が大きな課題となっている。\n\n" * 4
    pages = "\n".join(f" {prose.strip()}\n\n第{n}章 現状{n}\n\n１ 人口{n}" for n in range(1, 10))
    chunks = chunks_of(pages)
    bodies = [chunk for chunk in chunks if "行政運営" in chunk.text and "第1章" not in chunk.text]
    assert bodies[-1].heading == ("第9章 現状9", "１ 人口9")
