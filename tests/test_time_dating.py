"""Every figure keeps the date that stands nearest to it, and no date is invented."""

from datetime import date

import pytest

from rag.date_phrases import Says, date_phrases
from rag.dating import DateSource, dated, figures
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import Unit, units_of

PLAN = Document(
    id="d",
    source="d.txt",
    title="見本市計画",
    content_hash="",
    kind="計画",
    issued=date(2022, 3, 1),
)
UNDATED = Document(id="d", source="d.txt", title="見本市のお知らせ", content_hash="")


def unit_in(
    text: str,
    *,
    heading: tuple[str, ...] = (),
    kind: ChunkKind = ChunkKind.PROSE,
    columns: tuple[str, ...] = (),
    cells: tuple[str, ...] = (),
    before: str = "",
    after: str = "",
) -> tuple[Unit, Page]:
    """The first unit of `text` on a page where `before` and `after` surround it."""
    page = Page(document_id="d", number=1, text=f"{before}{text}{after}")
    chunk = Chunk(
        id="d:00000",
        document_id="d",
        ordinal=0,
        page=1,
        start=len(before),
        end=len(before) + len(text),
        kind=kind,
        text=text,
        search_text=text,
        heading=heading,
        columns=columns,
        cells=cells,
    )
    return units_of(chunk, page)[0], page


@pytest.mark.parametrize(
    ("text", "phrase", "year", "fiscal", "month"),
    [
        ("利用者は2025年11月末時点で120人です。", "2025年11月末時点", 2025, False, 11),
        ("令和3年度の実績は45件でした。", "令和3年度", 2018 + 3, True, None),
        ("２０２４年度は57,356件となりました。", "２０２４年度", 2024, True, None),
        ("対応した施設は34施設（2021年7月末）です。", "2021年7月末", 2021, False, 7),
        (
            "平成31年（2019年）2月20日に80人が参加した。",
            "平成31年（2019年）2月20日",
            2019,
            False,
            2,
        ),
    ],
)
def test_a_figure_has_the_date_of_its_own_sentence(
    text: str, phrase: str, year: int, fiscal: bool, month: int | None
) -> None:
    found = dated(*unit_in(text), PLAN)
    assert found is not None
    assert (found.phrase, found.year, found.fiscal, found.month) == (phrase, year, fiscal, month)
    assert found.source is DateSource.OWN


def test_two_figures_keep_two_dates_and_the_unit_has_no_single_one() -> None:
    unit, page = unit_in("登録者数 2024年度 140人 2025年度 227人 (11月末時点)")
    phrases = [(f.text, f.dating.phrase if f.dating else "") for f in figures(unit, page, PLAN)]
    assert phrases == [("140人", "2024年度"), ("227人", "2025年度（11月末時点）")]
    assert dated(unit, page, PLAN) is None


def test_figures_under_a_row_of_years_are_not_paired_by_guessing() -> None:
    unit, page = unit_in("年度別の件数 2019年度 2020年度 9件 20件 これまでの実績")
    assert [f.dating for f in figures(unit, page, PLAN)][:1] == [None]


def test_a_list_has_the_date_of_the_line_it_stands_under() -> None:
    unit, page = unit_in(
        "2025年度の状況（11月末まで）\n・比率…31.9%\n・件数…46,906件", kind=ChunkKind.LIST
    )
    assert {f.text: f.dating and f.dating.phrase for f in figures(unit, page, PLAN)} == {
        "31.9%": "2025年度（11月末まで）",
        "46,906件": "2025年度（11月末まで）",
    }


def test_a_cell_has_the_date_of_its_column_head() -> None:
    unit, page = unit_in(
        "窓口\t28.9%\t10.6%",
        kind=ChunkKind.TABLE_ROW,
        columns=("項目", "2025（今回）", "2021（前回）"),
        cells=("窓口", "28.9%", "10.6%"),
    )
    found = [
        (f.text, f.dating.year, f.dating.source) for f in figures(unit, page, PLAN) if f.dating
    ]
    assert found == [("28.9%", 2025, DateSource.COLUMN), ("10.6%", 2021, DateSource.COLUMN)]


def test_a_row_that_begins_with_its_year_is_of_that_year() -> None:
    unit, page = unit_in(
        "2013\t12件", kind=ChunkKind.TABLE_ROW, columns=("年", "件数"), cells=("2013", "12件")
    )
    found = dated(unit, page, PLAN)
    assert found is not None
    assert (found.year, found.source) == (2013, DateSource.COLUMN)


def test_a_note_below_dates_the_figures_above_it() -> None:
    unit, page = unit_in("削減した時間は3,170時間です。", after="\n※2021.6月末時点の数値\n次の段落")
    found = dated(unit, page, PLAN)
    assert found is not None
    assert (found.year, found.month, found.source) == (2021, 6, DateSource.CAPTION)


def test_the_nearest_heading_goes_before_the_document() -> None:
    heading = ("第2章", "令和５年度の実績", "相談窓口")
    found = dated(*unit_in("相談は120件ありました。", heading=heading), PLAN)
    assert found is not None
    assert (found.phrase, found.source) == ("令和５年度", DateSource.HEADING)


def test_the_title_of_a_plan_in_a_heading_is_no_date_of_figures() -> None:
    heading = ("見本市計画 2018-2021",)
    found = dated(*unit_in("相談は120件ありました。", heading=heading), PLAN)
    assert found is not None
    assert (found.phrase, found.source) == ("2022年3月策定", DateSource.DOCUMENT)


def test_the_period_dates_a_document_without_a_date_of_issue() -> None:
    audit = Document(
        id="d",
        source="d.txt",
        title="監査",
        content_hash="",
        kind="監査報告",
        valid_from=date(2021, 11, 1),
        valid_until=date(2022, 3, 24),
    )
    found = dated(*unit_in("指摘は3件でした。"), audit)
    assert found is not None
    assert found.phrase == "2021年11月〜2022年3月"


def test_nothing_is_invented_where_nothing_is_dated() -> None:
    assert dated(*unit_in("相談は120件ありました。"), UNDATED) is None


@pytest.mark.parametrize(
    "text", ["2021年1月から57施設で使えます。", "2022年3月に策定した計画では120件を目指します。"]
)
def test_a_start_or_an_event_is_not_the_date_of_a_figure(text: str) -> None:
    assert dated(*unit_in(text), UNDATED) is None


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("約1.2万人が利用", [(12_000.0, "人")]),
        ("１２３名と45％", [(123.0, "人"), (45.0, "%")]),
        ("△1,234千円", [(-1_234_000.0, "円")]),
        ("①予約 8種類 ※18", [(8.0, "種類")]),
        ("24時間365日", [(24.0, "時間")]),
        ("11月3日の第2章", []),
        ("2022年度", []),
    ],
)
def test_numbers_are_read_with_scale_and_counter(
    text: str, values: list[tuple[float, str]]
) -> None:
    found = [(f.value, f.counter) for f in figures(*unit_in(f"{text}について"), UNDATED)]
    assert [pair for pair in found if pair[1]] == values


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2025年12月現在", Says.STATE),
        ("令和6年度末まで", Says.STATE),
        ("2021年1月から開始", Says.START),
        ("2014年度運用開始", Says.EVENT),
        ("令和4年3月に策定", Says.EVENT),
        ("令和4年度", Says.PLAIN),
    ],
)
def test_a_date_says_state_event_or_start(text: str, says: Says) -> None:
    assert [phrase.says for phrase in date_phrases(text)] == [says]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2007～2010年度", 2007, 2010),
        ("2022年4月から2026年3月まで", 2022, 2026),
        ("2021/6/1〜2023/5/30", 2021, 2023),
        ("2023.11.6~11.30", 2023, 2023),
    ],
)
def test_a_span_of_time_is_one_phrase(text: str, first: int, last: int) -> None:
    assert [(p.year, p.last_year, p.text) for p in date_phrases(text)] == [(first, last, text)]


def test_bare_years_are_read_only_where_asked_for() -> None:
    assert date_phrases("2025（今回）") == []
    assert [p.year for p in date_phrases("2025（今回）", bare=True)] == [2025]
    assert date_phrases("2025件", bare=True) == []
