"""The date of the very entry: of a chronicle's row or block, of a timeline, of a list of terms."""

import pytest
from units_support import chunk_of, page_of, row, unit

from rag.chronicles import year_above, year_of_row
from rag.question import QuestionKind, read_question
from rag.scoring import Candidate, Evidence, question_terms, score_units
from rag.short_answers import short_answer
from rag.types import Chunk, ChunkKind
from rag.units import Unit, units_of

LINES = (
    "年度 主な出来事\n"
    "1998 電算 給食費システム\n"
    "その他 検診台帳の電子化\n"
    "1999 電算 保育料システム\n"
    "山の辺市産業特区認定\n"
    "農道台帳の電子化\n"
    "2001 電算 市税システム\n"
    "郵便番号変更への対応\n"
)


def line_unit(line: str, text: str = LINES) -> Unit:
    """The line as the only unit of its chunk on the page of `text`."""
    start = text.index(line)
    chunk = Chunk(
        id="d:00001",
        document_id="d",
        ordinal=1,
        page=1,
        start=start,
        end=start + len(line),
        kind=ChunkKind.PROSE,
        text=line,
        search_text=line,
    )
    (only,) = units_of(chunk, page_of(text))
    return only


def evidence(question: str, *units: Unit) -> tuple[str | None, list[Evidence]]:
    asked = read_question(question)
    terms = question_terms(asked, lambda _: 2.0)
    read = [Candidate(unit=u, retrieval=1.0, title="沿革", before="", after="") for u in units]
    found = score_units(asked, terms, read)
    return short_answer(asked, terms, found), found


def short(question: str, *units: Unit) -> str | None:
    return evidence(question, *units)[0]


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("その他 検診台帳の電子化", "1998"),
        ("山の辺市産業特区認定", "1999"),
        ("郵便番号変更への対応", ""),  # after the last year nothing says where its lines end
        ("年度 主な出来事", ""),
    ],
)
def test_a_line_belongs_to_the_year_above_it(line: str, year: str) -> None:
    assert line_unit(line).dated == year


def test_two_years_at_line_beginnings_are_no_chronicle() -> None:
    text = "2019 実績\n表の注\n2020 実績\n"
    assert year_above(text, text.index("表"), text.index("表") + 3) == ""


def test_a_sentence_between_two_years_is_no_entry() -> None:
    text = LINES.replace("農道台帳の電子化", "農道台帳とは農道の一覧である。")
    assert line_unit("農道台帳とは農道の一覧である。", text).dated == ""


@pytest.mark.parametrize(
    ("columns", "cells", "year"),
    [
        ((), ("2001", "市税システム"), "2001"),
        (("年度", "出来事"), ("2001", "市税システム"), "2001年度"),
        (("年度", "出来事"), ("2022年度\n(令和4年度)", "電子契約"), "2022年度(令和4年度)"),
        (("件数", "事業"), ("1,200", "市税システム"), ""),
        (("番号", "事業"), ("1301", "市税システム"), ""),
    ],
)
def test_the_year_of_a_row(columns: tuple[str, ...], cells: tuple[str, ...], year: str) -> None:
    chunk = chunk_of("\t".join(cells), ChunkKind.TABLE_ROW, columns, cells)
    assert year_of_row(chunk) == year


def test_the_year_above_is_told_and_not_a_date_of_another_line() -> None:
    wrong = unit("国は1995年に産業特区の法律を制定し、特区認定の制度を始めました。")
    right = line_unit("山の辺市産業特区認定")
    assert short("山の辺市産業特区に認定された年度を教えて", wrong, right) == "1999"


def test_the_row_with_the_entry_is_told_before_a_better_scored_one() -> None:
    other = row((), ("1997", "市民の窓口開設", "電話の総合案内"))
    asked = row((), ("2012", "学齢簿システム", "災害総合相談窓口撤去"))
    assert short("災害総合相談窓口をなくしたのは何年度", other, asked) == "2012"


def test_a_year_that_names_a_problem_is_no_date() -> None:
    assert short("2000年問題に対応した年度は", row((), ("1999", "2000年問題対応"))) == "1999"


def test_the_entry_of_a_timeline_is_that_with_the_words_asked_for() -> None:
    timeline = unit("（2014年）共同利用サーバー （2019年）議事録作成支援 （2020年）在宅勤務")
    assert short("在宅勤務が始まった年は", timeline) == "（2020年）在宅勤務"


def test_of_two_entries_the_older_tells_the_beginning() -> None:
    timeline = unit("（2021年）在宅勤務の拡大 （2018年）在宅勤務 （2016年）電子決裁")
    assert short("在宅勤務を始めたのはいつ", timeline) == "（2018年）在宅勤務"


NAMES = unit("森委員（2009～2016） 東委員 （2007～2012） 谷口 委員 西岡委員（2015～）")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("森委員の在任は何年から何年", "2009～2016"),
        ("東委員は何年から何年まで務めた", "2007～2012"),
        ("西岡委員が就いたのは何年", "2015～"),
    ],
)
def test_the_years_in_brackets_are_those_of_the_name_before_them(question: str, told: str) -> None:
    assert short(question, NAMES) == told


@pytest.mark.parametrize(
    "question", ["谷口委員は何年から何年まで務めた", "西岡委員が辞めたのは何年"]
)
def test_what_stands_after_another_name_or_is_open_is_no_answer(question: str) -> None:
    told, found = evidence(question, NAMES)
    assert told not in ("2009～2016", "2007～2012", "2015～")
    assert found[0].signals.form == 0


def test_a_year_above_tells_no_end_unless_the_line_says_so() -> None:
    opened = row((), ("2001", "体験コーナー開設"))
    closed = row((), ("2001", "体験コーナー廃止"))
    question = "体験コーナーを廃止した年は"
    assert evidence(question, opened)[1][0].signals.form == 0
    assert evidence(question, closed)[1][0].signals.form == 1
    assert evidence("体験コーナーは何年続いた", opened)[1][0].signals.form == 0


def test_a_span_of_bare_years_is_two_dates() -> None:
    told, found = evidence(
        "県の電子化計画の第4期は何年度から何年度", unit("県の電子化計画", "第４期 2011～ 2014 年度")
    )
    assert found[0].signals.form == 1
    assert told is not None and "2011" in told and "2014" in told


@pytest.mark.parametrize(
    "question",
    ["特区に認定された年度を教えて", "電子決裁 開始 年度", "手続条例の公布は", "始まった年度"],
)
def test_a_year_asked_for_without_a_question_word_is_a_date(question: str) -> None:
    assert read_question(question).kinds == (QuestionKind.DATE,)


def test_the_entry_of_a_noun_is_not_that_of_its_name_with_a_negated_verb() -> None:
    timeline = unit("（1995年）日曜窓口の開始 （2001年）電話の総合案内")
    assert short("待たない窓口を始めたのはいつ", timeline) != "（1995年）日曜窓口の開始"
    named = unit("（1995年）日曜窓口の開始 （2023年）待たない窓口の開始")
    assert short("待たない窓口を始めたのはいつ", named) == "（2023年）待たない窓口の開始"
