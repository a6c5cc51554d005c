"""The text of the drafts: grounded in every number, of the house's length and ending, honest."""

import re
import tomllib
from collections import defaultdict
from functools import cache
from typing import Any

import pytest
from drafting_support import codes, draft, sheet

from eval.drafting_checks import contradictions, masked, unsupported_numbers
from eval.drafting_labels import LABELS, SHEETS, LabelledSheet, read_labelled
from rag.drafting.citations import CellCitation, CitationList
from rag.drafting.directions import Role, directions_of, role_of
from rag.drafting.drafter import Draft, Drafter
from rag.drafting.grounding import check_sentence
from rag.drafting.style import Ending, HouseStyle, StyleFileError, read_style
from rag.drafting.wording import WORDING_FOLDER, load_wording

TREND = re.compile(r"増え|減っ|減少|増加|伸び|推移|前年度")


@cache
def labelled() -> tuple[LabelledSheet, ...]:
    return tuple(read_labelled(SHEETS, LABELS))


@cache
def drafts(ending: Ending = Ending.DEARU) -> tuple[Draft, ...]:
    drafter = Drafter(style=HouseStyle(ending=ending))
    return tuple(drafter.draft(each.sheet) for each in labelled())


@pytest.mark.parametrize("ending", Ending)
def test_every_sample_draft_has_two_to_four_sentences_of_150_to_250_characters(
    ending: Ending,
) -> None:
    for made in drafts(ending):
        assert 2 <= len(made.sentences) <= 4
        assert 150 <= len(made.text) <= 250, made.text
        assert made.warnings == ()


def test_every_number_of_every_sample_draft_stands_in_its_sheet() -> None:
    assert [unsupported_numbers(made) for made in drafts()] == [[]] * len(labelled())


def test_no_sample_draft_contradicts_its_sheet() -> None:
    for each, made in zip(labelled(), drafts(), strict=True):
        assert contradictions(made, each.label.must_not) == []


def test_each_sentence_cites_cells_that_say_what_it_says() -> None:
    for made in drafts():
        numbered = {citation.marker: citation for citation in made.citations}
        for sentence in made.sentences:
            cited = [numbered[marker] for marker in sentence.markers]
            names = directions_of(2025).names
            assert check_sentence(sentence.text, cited, names).passed


def test_citations_are_numbered_from_one_in_order_of_use() -> None:
    for made in drafts():
        assert [c.marker for c in made.citations] == list(range(1, len(made.citations) + 1))
        used = [marker for sentence in made.sentences for marker in sentence.markers]
        assert set(used) == {citation.marker for citation in made.citations}


def test_a_sentence_with_a_number_from_nowhere_is_dropped_with_a_warning() -> None:
    made = sheet()
    citations = CitationList(made)
    actual = made.outcomes[0].years[1].actual
    cited = [citations.cell(actual)]
    assert check_sentence("令和7年度の実績は212人である。", cited).passed
    assert not check_sentence("令和7年度の実績は213人である。", cited).passed
    assert not check_sentence("令和6年度の実績は212人である。", cited).passed
    assert not check_sentence("実績は212千人である。", cited).passed
    assert not check_sentence("「好評であった」とする。", cited).passed


def test_a_comment_that_ends_in_a_foreign_number_cannot_smuggle_it_into_the_draft() -> None:
    made = draft(
        outcome__1__plan=300,
        first__comment="講師が急に減った影響により、計画を下回った。",
    )
    assert "講師が急に減った影響" in made.text
    assert unsupported_numbers(made) == []


def test_users_who_cannot_be_counted_allow_no_word_on_a_trend() -> None:
    made = draft(
        users__0__n="把握困難",
        users__1__n="把握困難",
        outcome__0__actual=300,
        outcome__1__actual=150,
        activity__1__actual=14,
        cost__1__total=2900,
        cost__1__project_cost=2300,
    )
    assert {"actual_down", "activity_up_outcome_down", "users_unknown"} <= codes(made)
    assert not TREND.search(made.text), made.text
    assert "利用の状況をつかむ方法" in made.text


def test_a_direction_that_differs_from_the_departments_always_has_its_reason() -> None:
    differing = [
        made
        for made in drafts()
        if role_of(made.sheet.first.direction.text) is not made.proposal.role
    ]
    assert len(differing) >= 5
    for made in differing:
        said = made.sheet.first.direction.text
        assert re.search(rf"一次評価は「{said}」とするが、.{{6,}}ため、「", made.text), made.text
        assert made.proposal.reasons


def test_the_same_flag_is_worded_the_same_in_every_department() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for made in drafts():
        for flag, message in zip(made.flags, made.messages, strict=True):
            found[flag.code.value].add(masked(message))
    found.pop("unit_cost_worse")  # by users or by a unit of activity: two units, one wording
    assert {code: len(forms) for code, forms in found.items() if len(forms) > 1} == {}


def test_every_choice_of_ending_in_the_wording_is_complete() -> None:
    text = (WORDING_FOLDER / "ja-1.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["version"] == "ja-1"
    for ending in Ending:
        for name, sentence in load_wording(ending).sentences.items():
            assert "[[" not in load_wording(ending).say(name), sentence
    for made in drafts(Ending.DESU):
        for sentence in made.sentences:
            assert re.search(r"(?:ます|ません|ました|です|ください)。$", sentence.text), sentence
    for made in drafts(Ending.DEARU):
        assert not re.search(r"(?:ます|ません|ました|です|ください)。", made.text)


def test_braces_in_a_sheet_are_no_slots() -> None:
    made = draft(outcome__name="受講者数{plan}[[あ|い]]", outcome__1__plan=300)
    assert "受講者数{plan}[[あ|い]]" in made.text


def test_a_forbidden_word_is_replaced_outside_quotations_only() -> None:
    style = HouseStyle(forbidden={"要因": "原因"})
    made = Drafter(style=style).draft(
        sheet(outcome__1__plan=300, first__comment="会場の改修が要因で、計画を下回った。")
    )
    assert "要因への" not in made.text
    assert "原因" in made.text


def test_a_word_that_must_not_appear_at_all_takes_its_sentence_with_it() -> None:
    made = Drafter(style=HouseStyle(forbidden={"次年度": ""})).draft(sheet())
    assert "次年度" not in made.text
    assert [warning.code for warning in made.warnings] == ["forbidden_word", "length"]


def test_a_style_file_with_a_wrong_setting_is_refused_by_name(tmp_path: Any) -> None:
    file = tmp_path / "文体.toml"
    file.write_text('ending = "desu"\nmax_characters = 300\n', encoding="utf-8")
    assert read_style(file).max_characters == 300
    file.write_text('ending = "敬語"\n', encoding="utf-8")
    with pytest.raises(StyleFileError, match="ending"):
        read_style(file)


def test_directions_are_named_as_the_fiscal_year_names_them() -> None:
    assert directions_of(2018).name(Role.IMPROVE) == "見直し"
    assert directions_of(2018).name(Role.MERGE) == "見直し"
    assert directions_of(2025).name(Role.IMPROVE) == "改善"
    assert directions_of(1999) == directions_of(2015)
    made = draft(fiscal_year=2018, **_years_of(2018), outcome__1__plan=300)
    assert made.proposal.direction == "見直し"


def _years_of(last: int) -> dict[str, Any]:
    return {
        f"{kind}__{at}__fiscal_year": last - 1 + at
        for kind in ("outcome", "activity", "cost", "users")
        for at in (0, 1)
    }


def test_nothing_in_a_draft_sets_a_direction() -> None:
    made = draft(first__direction="")
    assert made.proposal.direction == "継続"
    assert "「継続」の方向で" in made.text
    assert not hasattr(made.sheet, "second")


def test_every_cell_citation_quotes_its_cell() -> None:
    for made in drafts():
        written: dict[object, str] = defaultdict(str)
        for value in made.sheet.values():
            written[value.cell] += value.written or value.text
        for citation in made.citations:
            assert isinstance(citation, CellCitation)
            # Sentence by sentence: a planted instruction between them is not quoted.
            for sentence in filter(None, citation.quote.split("。")):
                assert sentence in written[citation.cell]


def test_a_reason_for_a_success_is_not_quoted_as_reason_for_a_shortfall() -> None:
    made = draft(
        outcome__1__plan=300,
        first__comment="SNSで周知したことにより若い世代の受講が増えた。",
    )
    assert "要因として" not in made.text
    assert "一次評価からは読み取れない" in made.text


def test_a_missing_comment_is_not_called_a_missing_figure() -> None:
    made = draft(first__comment="")
    assert "一次評価のコメントが空欄で、実績をどのように評価したのか" in made.text
    assert "空欄の数値" not in made.text


def test_a_sheet_without_indicators_is_asked_for_some() -> None:
    made = draft(activity_indicators=[], outcome_indicators=[])
    assert made.text.startswith("令和7年度の総コストは1,510千円である。")
    assert "指標を定め" in made.text


def test_a_plan_of_zero_is_not_called_a_missing_plan() -> None:
    made = draft(outcome__1__plan=0)
    assert "計画0人に対し実績212人である。" in made.text
    assert "定められていない" not in made.text


def test_a_slipped_cost_is_named_in_the_draft() -> None:
    made = draft(cost__1__total=1510000, cost__1__project_cost=910000, cost__1__labour_cost=600000)
    assert "令和7年度の総コストは1,510,000千円と記入されており、1,500千円と比べて" in made.text


def test_what_the_department_is_to_end_is_not_asked_to_be_carried_on() -> None:
    made = draft(first__direction="廃止", first__comment="利用がないため、廃止する。")
    assert made.proposal.direction == "廃止"
    assert "取組を着実に" not in made.text
