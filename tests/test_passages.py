"""Windows of neighbouring chunks: whole, short enough, on one page, never shown twice."""

import timeit
from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.passages import MAX_PASSAGE_CHARACTERS, build_passages, tidy
from rag.types import Chunk, ChunkKind, Document, Page, Passage


class Shelf:
    """One document, its pages made of chunk texts with a heading each."""

    def __init__(self, pages: Sequence[Sequence[tuple[str, str]]], gap: str = "\n") -> None:
        self.pages: dict[int, Page] = {}
        self.chunks: list[Chunk] = []
        for number, texts in enumerate(pages, start=1):
            text = ""
            for heading, body in texts:
                start = len(text)
                text += body
                self.chunks.append(
                    Chunk(
                        id=f"d:{len(self.chunks):05d}",
                        document_id="d",
                        ordinal=len(self.chunks),
                        page=number,
                        start=start,
                        end=len(text),
                        kind=ChunkKind.PROSE,
                        text=body,
                        search_text=body,
                        heading=(heading,),
                    )
                )
                text += gap
            self.pages[number] = Page(document_id="d", number=number, text=text)
        self.document = Document(
            id="d", source="plan.pdf", title="計画", content_hash="0" * 64, page_count=len(pages)
        )

    def passages(self, order: Sequence[int], count: int = 10) -> list[Passage]:
        ranked = [(self.chunks[at], 1 / rank) for rank, at in enumerate(order, start=1)]
        return build_passages(
            ranked,
            count,
            lambda _, page: [chunk for chunk in self.chunks if chunk.page == page],
            lambda _, number: self.pages[number],
            lambda _: self.document,
        )


def test_a_window_takes_in_its_neighbours_up_to_the_page() -> None:
    shelf = Shelf([[("a", "一。"), ("a", "二。"), ("a", "三。")], [("a", "四。")]])
    (first, second) = shelf.passages([1, 3])
    assert (first.text, first.page, first.chunk_ids) == (
        "一。\n二。\n三。",
        1,
        ("d:00000", "d:00001", "d:00002"),
    )
    assert (second.text, second.page) == ("四。", 2)
    assert [passage.rank for passage in (first, second)] == [1, 2]
    assert (first.score, second.score) == (1 / 1, 1 / 2)


def test_a_window_grows_within_its_section_first() -> None:
    long = "あ" * 500
    shelf = Shelf([[("甲", long), ("甲", long + "。"), ("乙", long)]])
    (passage, rest) = shelf.passages([1, 2])
    assert passage.chunk_ids == ("d:00000", "d:00001")
    assert rest.chunk_ids == ("d:00002",)
    assert (passage.heading, rest.heading) == (("甲",), ("乙",))


def test_a_chunk_that_was_shown_does_not_come_again() -> None:
    shelf = Shelf([[("a", "一。"), ("a", "二。"), ("a", "三。")]])
    assert len(shelf.passages([0, 1, 2])) == 1


def test_a_chunk_longer_than_a_passage_is_cut() -> None:
    shelf = Shelf([[("a", "長" * 3_000), ("a", "短。")]])
    (first, second) = shelf.passages([0, 1])
    assert first.text == "長" * MAX_PASSAGE_CHARACTERS
    assert second.text == "短。"


def test_no_more_passages_than_asked_for() -> None:
    shelf = Shelf([[("a", "一。")], [("a", "二。")], [("a", "三。")]])
    assert [passage.page for passage in shelf.passages([2, 0, 1], count=2)] == [3, 1]
    assert shelf.passages([], count=5) == []
    assert shelf.passages([0], count=0) == []


def test_empty_lines_and_trailing_blanks_are_not_shown() -> None:
    assert tidy("\n一 \u3000\n\n\n  二\t\n三\f\n") == "一\n  二\n三"


def test_a_long_run_of_blanks_within_a_line_is_read_once():
    def seconds(count: int) -> float:
        text = f"一{' ' * count}二"
        assert tidy(text) == text
        return min(timeit.repeat(lambda: tidy(text), number=1, repeat=3))

    assert seconds(40_000) < 30 * seconds(4_000)  # begun at each blank: a hundredfold


SHELVES = st.lists(
    st.lists(st.tuples(st.sampled_from("甲乙"), st.integers(1, 900)), min_size=1, max_size=6),
    min_size=1,
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(SHELVES, st.sampled_from(["", "\n", "\n \n\n", "  "]), st.randoms(use_true_random=False))
def test_every_ranked_chunk_is_shown_once_in_a_passage_of_its_page(
    sizes: list[list[tuple[str, int]]], gap: str, random: Random
) -> None:
    # A different letter for each chunk, so that repeated text would be seen.
    letters = iter(range(0x4E00, 0x9000))
    shelf = Shelf(
        [[(heading, chr(next(letters)) * size) for heading, size in page] for page in sizes], gap
    )
    order = list(range(len(shelf.chunks)))
    random.shuffle(order)
    passages = shelf.passages(order, count=len(order))
    shown = [chunk_id for passage in passages for chunk_id in passage.chunk_ids]
    assert sorted(shown) == [chunk.id for chunk in shelf.chunks]
    by_id = {chunk.id: chunk for chunk in shelf.chunks}
    for passage in passages:
        assert 0 < len(passage.text) <= MAX_PASSAGE_CHARACTERS
        assert {by_id[chunk_id].page for chunk_id in passage.chunk_ids} == {passage.page}
        stored = shelf.pages[passage.page].text[passage.start : passage.end]
        assert passage.text == tidy(stored)
        letters_shown = {character for character in passage.text if not character.isspace()}
        assert letters_shown == {by_id[chunk_id].text[0] for chunk_id in passage.chunk_ids}
