"""Conditions against the product: differences and how sure they are."""

from dataclasses import replace

import pytest
from eval_report_support import RIGHT, WRONG, result, row

from eval.comparison import compare
from eval.errors import ResultFileError
from eval.ladder import ladder, ladder_table
from eval.results import CaseResult, Cause


def rows(right: int, wrong: int) -> list[CaseResult]:
    """Rows of which the last `wrong` are wrong."""
    made = [row(number) for number in range(1, right + wrong + 1)]
    return made[:right] + [replace(r, verdict=WRONG, cause=Cause.CUT) for r in made[right:]]


def test_the_product_is_the_reference_wherever_it_stands() -> None:
    dense = result(rows(4, 6), condition="dense", title="意味検索だけ")
    product = result(rows(9, 1))
    rungs = ladder([dense, product])
    assert [rung.condition for rung in rungs] == ["dense", "product"]
    assert rungs[1].differences == {}
    assert rungs[0].differences["answer"].delta == pytest.approx(0.4 - 0.9)


def test_without_the_product_the_first_condition_is_the_reference() -> None:
    first = result(rows(5, 5), condition="lemma")
    second = result(rows(9, 1), condition="dense")
    assert ladder([first, second])[0].differences == {}
    assert ladder([first, second])[1].differences["answer"].delta == pytest.approx(0.4)
    assert ladder([]) == []


def test_a_rung_differs_as_the_comparison_of_the_two_runs_says() -> None:
    product, other = result(rows(9, 3)), result(rows(5, 7), condition="bigram")
    (_, rung) = ladder([product, other])
    compared = {found.metric.name: found for found in compare(product, other).differences}
    for name, found in rung.differences.items():
        assert (found.delta, found.p_value) == (compared[name].delta, compared[name].p_value)
    # Four of four changed questions were lost: 2 of 2^4 sign patterns are as extreme.
    assert rung.differences["answer"].p_value == 2 / 2**4


def test_marks_say_how_sure_a_difference_is() -> None:
    product = result(rows(12, 0))
    others = [result(rows(12 - n, n), condition=f"without-{n}", title=f"{n}") for n in (5, 6, 9)]
    head, lines = ladder_table(ladder([product, *others]))
    answers = [line[head.index("回答の正しさ")] for line in lines]
    assert [answer.split(" ")[1:] for answer in answers] == [[], ["-41.7"], ["-50.0†"], ["-75.0‡"]]
    assert answers[0] == "100.0%（100～100）"
    assert [line[0] for line in lines][1] == "5（without-5）"


def test_what_no_question_asks_for_is_a_dash() -> None:
    head, (line,) = ladder_table(ladder([result(rows(3, 0))]))
    assert line[head.index("答えのない設問を断る")] == "―"
    nothing = replace(
        RIGHT, answer=None, short_answer=None, false_refusal=None, unanswerable_refused=True
    )
    unanswerable = result([replace(row(1), type="unanswerable", verdict=nothing)])
    head, (line,) = ladder_table(ladder([unanswerable]))
    assert line[head.index("答えのない設問を断る")] == "100.0%（100～100）"


def test_conditions_over_other_questions_cannot_be_compared() -> None:
    other = result([row(99)], condition="dense")
    with pytest.raises(ResultFileError, match="共通の設問"):
        ladder([result([row(1)]), other])
