"""Options of a survey, from the file to the answer: how many chose it, or that it cannot be told."""

from collections.abc import Iterator

import pytest
from fakes import NgramEmbeddings

from ingest.catalog import CatalogEntry
from ingest.pipeline import ingest_bytes
from rag.answering import LOST_PAIRING
from rag.assistant import Assistant
from rag.index import Index
from rag.question import read_question
from rag.scoring import covered, question_terms
from rag.types import Answer, Query

SURVEY = """みどり市 読書についての市民アンケート

問1 読みたい本をどこで探しますか。（該当する項目全てに○）

有効回答者数 人

選択肢 回答数 回答率

本屋の店頭 301 61%

図書館の書架 129 26%

新聞の書評 88 18%

52

友人の紹介 47 10%

問2 あなたが、「今借りている本」及び「これから借りたい本」を教えてください。

有効回答者数 人

選択肢 回答数 回答率

料理の本 120 24%

旅の本 77 16%

歴史の本 61 12%

料理の本 64 13%

旅の本 140 28%

園芸の本 33 7%

問3 どのくらい本を読みますか。

年代 毎日 週に1回

30代 41 57% 6 8%

40代 61 74% 10 12%

50代 38 60% 9 14%
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Index.open(tmp_path_factory.mktemp("survey") / "var", NgramEmbeddings()) as index:
        entry = CatalogEntry(file="survey.txt", title="読書アンケート", kind="調査")
        assert not ingest_bytes("survey.txt", SURVEY.encode(), index, entry=entry).failures
        yield Assistant(index)


def ask(assistant: Assistant, question: str) -> Answer:
    return assistant.ask(Query(text=question), mode="extractive")


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("図書館の書架で本を探す人は何人", "129人（26%）"),
        ("新聞の書評で本を探す人は何％", "18%"),
        ("友人の紹介で本を探す人は？", "47人（10%）"),
    ],
)
def test_an_option_is_told_with_its_unit_and_share(
    assistant: Assistant, question: str, short: str
) -> None:
    answer = ask(assistant, question)
    assert answer.short_answer == short
    assert short in answer.text


def test_the_group_that_the_survey_does_not_tell_of_is_refused(assistant: Assistant) -> None:
    assert ask(assistant, "図書館の書架で本を探す女性は何人").citations == ()
    assert ask(assistant, "図書館の書架で本を探す30代は何人").citations == ()


def test_who_does_not_know_is_another_option_than_who_knows() -> None:
    terms = question_terms(read_question("移動図書館を知らない人は何人"), lambda _: 2.0)
    assert covered(terms, "3.移動図書館を知らない")[-1] == 1
    assert covered(terms, "2.移動図書館を知っているが使ったことがない")[-1] == 0
    terms = question_terms(read_question("移動図書館を知っている人の割合"), lambda _: 2.0)
    assert covered(terms, "2.移動図書館を知っているが使ったことがない")[-2:] != [0, 0]


def test_an_option_of_two_mixed_tables_is_not_guessed(assistant: Assistant) -> None:
    answer = ask(assistant, "料理の本を借りている人は何人")
    assert answer.short_answer is None
    assert LOST_PAIRING in [warning.code for warning in answer.warnings]
    assert "120人（24%）" in answer.text
    assert "64人（13%）" in answer.text


def test_a_row_beside_mixed_ones_may_be_of_either_table(assistant: Assistant) -> None:
    answer = ask(assistant, "園芸の本を借りている人は何人")
    assert answer.short_answer is None
    assert "33人（7%）" in answer.text


def test_a_row_that_lost_its_heads_is_shown_and_no_figure_of_it_chosen(
    assistant: Assistant,
) -> None:
    answer = ask(assistant, "毎日本を読む40代の割合は何％")
    assert "40代" in answer.text and "74%" in answer.text
    assert answer.short_answer is None
    assert LOST_PAIRING in [warning.code for warning in answer.warnings]
