"""Cases of the reader: what it is shown, and what it should say."""

import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from reader_support import ANSWERS, ROOT, examples_of

from eval.errors import EvaluationError, QuestionFileError
from eval.metrics import normalise
from eval.questions import Question, read_questions
from eval.reader import cases as cases_command
from eval.reader.case_file import (
    Cases,
    ProductCase,
    PublicPart,
    ReadUnit,
    read_cases,
    write_cases,
)
from eval.reader.examples import Example, Marks, from_product
from eval.reader.jaquad import read_jaquad
from eval.reader.mixture import Source, batches
from eval.reader.spans import answer_place
from rag.e5.vocabulary import Vocabulary
from rag.reader.row import MOST_PIECES, in_a_row

pytest_plugins = ["reader_fixtures"]


@pytest.fixture(scope="module")
def text_of(vocabulary: Vocabulary) -> Callable[[list[int]], str]:
    names = {number: piece for piece, number in vocabulary.file.pieces.items()}
    return lambda pieces: "".join(names[piece] for piece in pieces).replace("▁", "")


def test_a_case_points_at_the_answer_and_its_negatives_do_not_hold_it(
    part: PublicPart, text_of: Callable[[list[int]], str]
) -> None:
    assert len(part.cases) == len(ANSWERS)  # none of the answer that no sentence holds
    for case, answer in zip(part.cases, ANSWERS, strict=True):
        sentence = part.sentences[case.sentence]
        assert answer in text_of(sentence[case.span[0] : case.span[1] + 1])
        assert case.article and set(case.paragraph) <= set(case.article)
        assert case.sentence not in case.article
        for number in case.article:
            assert answer not in text_of(part.sentences[number])
    # Another sentence of the article has this year too.
    assert len(part.cases[0].article) == len(part.sentences) - 2
    assert len(part.cases[1].article) == len(part.sentences) - 1


def test_negatives_come_nearest_to_the_question_first(
    part: PublicPart, text_of: Callable[[list[int]], str]
) -> None:
    nearest = text_of(part.sentences[part.cases[0].article[0]])
    assert nearest == "中央図書館の開館時間は午前九時からである。"


def test_an_example_with_the_answer_points_at_it_and_one_without_does_not_hold_it(
    part: PublicPart, text_of: Callable[[list[int]], str], marks: Marks
) -> None:
    kinds = set()
    for answer, example in examples_of(part, marks, 60):
        kinds.add(example.answered)
        row = example.row
        assert len(row.pieces) <= MOST_PIECES
        assert set(example.holds) == {end for _, end in row.passages}
        assert {row.pieces[end] for end in example.holds} == {marks.end}
        shown = [text_of(row.pieces[first:end]) for first, end in row.passages]
        if example.span is None:
            assert not example.answered
            assert not any(answer in passage for passage in shown)
        else:
            first, last = example.span
            assert answer in text_of(row.pieces[first : last + 1])
        for (_, end), passage in zip(row.passages, shown, strict=True):
            assert example.holds[end] == (answer in passage)
    assert kinds == {True, False}


def test_a_row_is_cut_where_the_reader_ends_and_drops_what_would_be_a_scrap() -> None:
    row = in_a_row(range(100, 200), [[1] * 60, [2] * 40, [3] * 50], 0, 9)
    assert row.of_question == 50
    assert row.passages == [(50, 110), (111, 151)]
    assert len(row.pieces) == 152
    row = in_a_row([100], [[1] * 300], 0, 9)
    assert len(row.pieces) == MOST_PIECES
    assert row.passages == [(3, MOST_PIECES - 1)]


@pytest.mark.parametrize(
    ("content", "named"), [("{}", "train_0000"), ('{"data": [{"title": 1}]}', "train_0000")]
)
def test_a_file_of_another_shape_is_named(
    folder: Path, vocabulary: Vocabulary, content: str, named: str
) -> None:
    (folder / "jaquad_train_0000.json").write_text(content)
    with pytest.raises(QuestionFileError, match=named):
        read_jaquad(folder, "train", vocabulary.tokeniser)
    with pytest.raises(QuestionFileError, match="jaquad_test_"):
        read_jaquad(folder, "test", vocabulary.tokeniser)


def test_the_product_cases_are_what_is_read_for_the_questions_in_scope(
    product: list[ProductCase], questions: list[Question]
) -> None:
    asked = {q.id: q for q in questions if q.type != "out_of_scope"}
    cases = {case.id: case for case in product}
    assert set(asked) <= set(cases)
    assert not any(case.id in cases for case in questions if case.type == "out_of_scope")
    with_gold = 0
    for name, question in asked.items():
        case = cases[name]
        assert case.dataset == "dev/questions.jsonl"
        assert case.answerable == bool(question.evidence)
        gold = [unit for unit in case.units if unit.gold]
        with_gold += bool(gold)
        assert case.answerable or not gold
    assert with_gold > 5


def test_the_span_of_a_product_case_is_its_answer(product: list[ProductCase]) -> None:
    by_id = {q.id: q for q in read_questions(ROOT / "eval/data/dev/questions.jsonl")}
    spans = 0
    for case in product:
        for unit in case.units:
            assert len(unit.pieces) == len(unit.places)
            if unit.span is None:
                continue
            spans += 1
            assert unit.gold
            answer = normalise(
                unit.text[unit.places[unit.span[0]][0] : unit.places[unit.span[1]][1]]
            )
            question = by_id[case.id]
            assert normalise(question.answer) in answer or all(
                any(normalise(word) in answer for word in group) for group in question.must_include
            )
    assert spans > 3


def unit(pieces: list[int], **said: object) -> ReadUnit:
    places = [(number, number + 1) for number in range(len(pieces))]
    stated = {"gold": False, "complete": False, "span": None} | said
    return ReadUnit(text="あ" * len(pieces), pieces=pieces, places=places, **stated)  # type: ignore[arg-type]


def case(units: list[ReadUnit], answerable: bool = True) -> ProductCase:
    return ProductCase(dataset="d", id="q", question=[7, 8], answerable=answerable, units=units)


def made(product_case: ProductCase, marks: Marks) -> list[Example]:
    chance = random.Random(3)
    examples = (from_product(product_case, marks, chance) for _ in range(100))
    return [example for example in examples if example is not None]


def test_a_product_case_is_answered_where_its_evidence_is_read(marks: Marks) -> None:
    gold = unit([21, 22, 23], gold=True, complete=True, span=(1, 2))
    examples = made(case([unit([11, 12]), gold]), marks)
    assert {example.answered for example in examples} == {True, False}
    for example in examples:
        assert example.answered == (22 in example.row.pieces)
        assert (example.span is not None) == example.answered
        if example.span is not None:
            assert example.row.pieces[example.span[0] : example.span[1] + 1] == [22, 23]
        for first, end in example.row.passages:
            assert example.holds[end] == (example.row.pieces[first] == 21)


def test_a_question_without_answer_is_never_answered(marks: Marks) -> None:
    examples = made(case([unit([11, 12]), unit([13] * 200)], answerable=False), marks)
    assert len(examples) == 100
    assert {example.answered for example in examples} == {False}
    assert max(len(example.row.pieces) for example in examples) == MOST_PIECES


def test_what_may_answer_without_being_the_evidence_teaches_nothing(marks: Marks) -> None:
    twin = unit([11, 12], complete=True)
    examples = made(case([twin, unit([13, 14])]), marks)
    # Without it, what is left is known not to answer.
    assert {example.answered for example in examples} == {False}
    for example in examples:
        assert 11 not in example.row.pieces
    beyond = [unit([13] * 150), unit([21, 22, 23], gold=True, span=(0, 0))]
    shown = made(case(beyond), marks)
    assert all(21 in e.row.pieces for e in shown if e.answered)
    assert all(21 not in e.row.pieces for e in shown if e.answered is False)


def test_the_place_of_an_answer_is_where_the_text_says_it_whole() -> None:
    (question,) = [
        q for q in read_questions(ROOT / "eval/data/dev/questions.jsonl") if q.id == "s001"
    ]
    text = "郵送は１，５００人に行い、紙の回収率は 27.1％であった。"
    place = answer_place(question, text)
    assert place is not None
    assert text[slice(*place)] == "１，５００人に行い、紙の回収率は 27.1"
    assert answer_place(question, "郵送は1,500人に行った。") is None
    assert answer_place(question, "1,500人" + "、続き" * 40 + "27.1") is None


def test_batches_take_every_case_of_each_source_and_put_like_beside_like(marks: Marks) -> None:
    count = 16

    def make(number: int, _: random.Random) -> Example:
        row = in_a_row([number], [[1] * (10 + number)], marks.begin, marks.end)
        return Example(row=row, span=None, answered=False, holds={})

    def first(seed: int) -> list[list[int]]:
        made = batches([Source(count, make, 3), Source(count, make, 2)], seed)
        return [[e.row.pieces[1] for e in batch] for batch in islice(made, 16)]

    assert first(1) == first(1) != first(2)
    for part, size in ((slice(0, 3), 3), (slice(3, 5), 2)):
        taken = [number for batch in first(1) for number in batch[part]]
        assert sorted(taken) == sorted([*range(count)] * size)
    assert max(max(batch) - min(batch) for batch in first(1)) <= 1


def test_cases_that_give_no_example_end_in_an_error() -> None:
    with pytest.raises(EvaluationError, match="3 件"):
        next(batches([Source(3, lambda number, chance: None, 8)], 1))


def test_cases_are_read_as_they_were_written(
    tmp_path: Path, part: PublicPart, product: list[ProductCase]
) -> None:
    cases = Cases(train=part, dev=part, product=product)
    write_cases(tmp_path / "cases.gz", cases)
    assert read_cases(tmp_path / "cases.gz") == cases
    assert set(part.sentences[0]) | set(product[0].question) <= cases.pieces()
    (tmp_path / "cases.gz").write_bytes(b"x")
    with pytest.raises(EvaluationError, match=r"cases\.gz"):
        read_cases(tmp_path / "cases.gz")


def test_a_missing_folder_is_a_sentence_and_not_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["cases", str(tmp_path / "out"), "--jaquad", str(tmp_path), "--over", "a", "b"]
    monkeypatch.setattr("sys.argv", given)
    assert cases_command.main() == 1
    assert "jaquad_train_*.json がありません" in capsys.readouterr().err
