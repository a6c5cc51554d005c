"""The quality report: what a person is told about a document before its answers are trusted."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from bad_inputs_support import ENGLISH
from bad_pdf_support import show
from isolation_support import pdf_of_streams

from ingest.inspection import inspect, near_duplicates, remarks
from ingest.reading import ReadFile, read_file
from rag.quality import SKETCH_SIZE, DocumentQuality, quality_from_json, quality_to_json, shared
from rag.types import Document, Page

FEES = [f"証明書{n}の交付手数料は{n * 50}円で、窓口{n}番で受け付ける。" for n in range(1, 41)]


def text_file(sentences: Sequence[str], name: str = "手数料.txt") -> ReadFile:
    return read_file("\n".join(sentences).encode(), name)


def pages_of(*texts: str, quality: float = 1.0) -> list[Page]:
    return [
        Page(document_id="d", number=number, text=text, quality=quality)
        for number, text in enumerate(texts, 1)
    ]


def test_tables_rows_and_repeated_passages_are_counted() -> None:
    table = "業務\t時間\n給与\t120時間\n納税\t45時間\n"
    other = "課\t人数\n市民課\t12人\n税務課\t9人\n"
    passage = "窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを目標に掲げる。"
    read = text_file(["# 一", "", passage, "", table, "", "# 二", "", other, "", passage, ""])
    quality = read.document.quality
    assert (quality.tables, quality.table_rows) == (2, 4)
    assert quality.repeated_passages == 1


def test_empty_and_garbled_pages_are_numbered() -> None:
    pages = [
        *pages_of("本文である。", " \n", ""),
        replace(pages_of("文")[0], number=4, quality=0.1),
    ]
    quality = inspect(pages, [])
    assert quality.empty_pages == (2, 3)
    assert quality.garbled_pages == (4,)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("デジタルデバйд対策に努める。", ("デジタルデバйд対策",)),
        ("йд型の施策", ("йд型",)),
        ("Вalance を見る", ("Вalance",)),
        ("システムαβ版", ("システムαβ版",)),
        ("α波とβ版とΩの記号", ()),
        ("Россия という国名", ()),
        ("ふつうの文である。DXを進める。", ()),
    ],
)
def test_words_of_two_scripts_are_found_and_ordinary_ones_are_not(
    text: str, words: tuple[str, ...]
) -> None:
    assert inspect(pages_of(text), []).mixed_words == words


def test_private_and_invisible_characters_are_counted() -> None:
    quality = inspect(pages_of("\ue000田さんの料\u200b金\u00ad"), [])
    assert (quality.private_characters, quality.invisible_characters) == (1, 2)


def test_a_sound_document_has_no_remarks() -> None:
    assert remarks(text_file(FEES).document) == []


def test_every_finding_becomes_a_sentence_with_its_pages() -> None:
    document = replace(
        text_file(FEES).document,
        chunk_count=10,
        quality=DocumentQuality(
            empty_pages=(2,),
            garbled_pages=(3, 4),
            hidden_pages=(5,),
            repeated_passages=5,
            mixed_words=("デバйд",),
            private_characters=1,
            invisible_characters=2,
        ),
    )
    said = remarks(document)
    assert [sentence for sentence in said if not sentence.endswith("。")] == []
    for words in (
        "2ページに文字がありません",
        "3、4ページは文字化け",
        "5ページに画面では見えない",
        "「デバйд」",
        "外字が1字",
        "制御用の文字が2字",
        "10個のうち5個",
    ):
        assert any(words in sentence for sentence in said), words
    left = remarks(replace(document, excluded_pages=(2, 3, 4, 5)))
    assert not any("ページ" in sentence for sentence in left)


@pytest.mark.parametrize(
    ("stream", "words"), [(b"", "文字がありません"), (show(ENGLISH, "3 Tr"), "見えない文字")]
)
def test_what_the_loader_has_said_of_a_page_is_not_said_twice(stream: bytes, words: str) -> None:
    document = read_file(pdf_of_streams([show(ENGLISH), stream]), "計画.pdf").document
    said = [*document.warnings, *remarks(document)]
    assert len([sentence for sentence in said if words in sentence]) == 1, said
    # Without that warning, as in a document read by an older version, the report says it.
    assert any(words in sentence for sentence in remarks(replace(document, warnings=())))


def test_the_share_of_common_sentences_is_told() -> None:
    whole, half = (
        text_file(FEES),
        text_file([*FEES[:20], *(f"別に定める文のその{n}である。" for n in range(20))]),
    )
    assert shared(whole.document.quality, whole.document.quality) == 1
    assert shared(whole.document.quality, half.document.quality) == pytest.approx(20 / 60)
    assert shared(whole.document.quality, DocumentQuality()) == 0


def test_the_share_in_long_documents_is_estimated_well() -> None:
    common = [f"共通する文の{n}番目である。" for n in range(2_000)]
    one = text_file([*common, *(f"一方だけの文{n}である。" for n in range(1_000))])
    other = text_file([*common, *(f"他方だけの文{n}である。" for n in range(1_000))])
    assert len(one.document.quality.sketch) == SKETCH_SIZE
    assert shared(one.document.quality, other.document.quality) == pytest.approx(0.5, abs=0.12)


def test_near_duplicates_are_named_most_alike_first() -> None:
    document = text_file(FEES, "令和6年度.txt").document
    newer = text_file(
        [*FEES[:36], "新しい手数料は別に定めることとした。"], "令和7年度.txt"
    ).document
    copy = text_file(FEES, "写し.txt").document
    unrelated = text_file(["下水道の整備計画を定め、管路の更新を進める。"], "下水道.txt").document
    found = near_duplicates(document, [document, newer, unrelated, copy])
    assert [other.source for other, _ in found] == ["写し.txt", "令和7年度.txt"]
    assert found[0][1] == 1


def test_findings_survive_the_registry_and_older_ones_are_empty() -> None:
    quality = text_file(FEES).document.quality
    assert quality_from_json(quality_to_json(quality)) == quality
    assert quality_from_json("") == DocumentQuality()
    assert quality_from_json('{"tables": 2, "of_a_later_version": 1}') == DocumentQuality(tables=2)
    assert isinstance(quality, DocumentQuality)


def test_a_document_without_findings_has_no_neighbours() -> None:
    bare = Document(id="d", source="a.txt", title="a", content_hash="0")
    assert near_duplicates(bare, [text_file(FEES).document]) == []
