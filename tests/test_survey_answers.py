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


# The same options below two headings, and a table whose rows are named by parts of each other.
HEADED = """# みどり市 図書館についての調査

## 問4 これまでに使ったことがあるサービス

選択肢 回答数 回答率

電子書籍 44 22%

視聴覚室 80 40%

自習室 31 15%

## 問5 今後は使いたくないサービス

選択肢 回答数 回答率

電子書籍 12 6%

視聴覚室 9 4%

自習室 21 10%

## 施設の利用

| 施設名 | 開始日 | 件数 計 | 件数 予約 |
| --- | --- | --- | --- |
| 美術館常設展示室 | 4月1日 | 310 | 21 |
| 美術館企画展示室 | 5月1日 | 470 | 35 |
| 美術館 | 6月1日 | 780 | 56 |
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with Index.open(tmp_path_factory.mktemp("library") / "var", NgramEmbeddings()) as index:
        entry = CatalogEntry(file="library.md", title="図書館調査", kind="調査")
        assert not ingest_bytes("library.md", HEADED.encode(), index, entry=entry).failures
        yield Assistant(index)


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


def test_an_option_of_two_questions_is_told_with_the_question(library: Assistant) -> None:
    answer = ask(library, "電子書籍を選んだ人は何人")
    assert (
        "問4 これまでに使ったことがあるサービス：「電子書籍」の回答数は、44人（22%）" in answer.text
    )
    assert "問5 今後は使いたくないサービス：「電子書籍」の回答数は、12人（6%）" in answer.text
    assert answer.short_answer is None


def test_the_words_of_the_question_choose_between_two_questions(library: Assistant) -> None:
    assert ask(library, "電子書籍を使いたくない人は何人").short_answer == "12人（6%）"


def test_the_most_chosen_option_is_told_with_how_many_chose_it(library: Assistant) -> None:
    answer = ask(library, "これまでに使ったことがあるサービスで一番多いのは何人")
    assert answer.short_answer == "視聴覚室、回答数：80人（40%）"


def test_the_row_of_the_very_name_goes_before_those_that_contain_it(library: Assistant) -> None:
    answer = ask(library, "美術館の予約は何件")
    assert answer.short_answer == "56件"
    assert answer.text.startswith("「美術館」の件数予約は、56件です。")


def test_a_date_asked_for_is_told_without_figures(library: Assistant) -> None:
    assert ask(library, "美術館の予約が始まった日").short_answer == "6月1日"
