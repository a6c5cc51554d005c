"""One sheet (事務事業評価調書) as read, every value with the cell it stood in.

A sheet is the record of one project (事務事業) in one fiscal year: the first evaluation by its
department (一次評価, 所管課) and what is known of the year before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rag.drafting.numbers import write_number

UNKNOWN_COUNT = "把握困難"


class Direction(StrEnum):
    """Which way an indicator is meant to go."""

    UP = "up"
    DOWN = "down"


class IndicatorKind(StrEnum):
    ACTIVITY = "activity"  # 活動指標
    OUTCOME = "outcome"  # 成果指標


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """Where a value stood. `address` is 「C5」, or a path such as 「[3].cost[0].total」 in JSON."""

    file: str
    sheet: str = ""
    address: str = ""

    @property
    def label(self) -> str:
        """For a reader: 「調書一覧!C5」; a cell without a sheet has the file before it."""
        place = self.sheet or self.file
        return f"{place}!{self.address}" if self.address else place


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """What a cell says. `number` is None where the text is not a plain number.

    `text` is empty for a blank cell. Text that tries to instruct the tool has been taken out
    of `text`; `written` keeps all of it for the reviewer.
    """

    text: str = ""
    number: Decimal | None = None
    unit: str = ""  # written in the same cell behind the number
    cell: Cell
    written: str = ""

    @property
    def blank(self) -> bool:
        return not self.text

    def quantity(self, unit: str) -> str:
        """As a reader expects it: 「1,234人」, with the unit of the cell before `unit`.

        Text that is no number stays as it is written.
        """
        if self.number is None:
            return self.text
        return f"{write_number(self.number)}{self.unit or unit}"


@dataclass(frozen=True, kw_only=True, slots=True)
class IndicatorYear:
    fiscal_year: int
    plan: Value
    actual: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Indicator:
    name: Value
    kind: IndicatorKind
    unit: Value
    direction: Direction
    years: tuple[IndicatorYear, ...]  # ascending


@dataclass(frozen=True, kw_only=True, slots=True)
class CostYear:
    """Costs of a year as written. `unit` is 千円 unless the cells or their heads say otherwise."""

    fiscal_year: int
    project_cost: Value  # 事業費
    labour_cost: Value  # 人件費
    total: Value  # 総コスト
    labour_method: Value  # 人件費の算定方法
    unit: str = "千円"


@dataclass(frozen=True, kw_only=True, slots=True)
class UserYear:
    fiscal_year: int
    count: Value  # a number, or 把握困難


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstEvaluation:
    """一次評価. The five scores are whole numbers where they are filled in."""

    validity: Value
    fairness: Value
    efficiency: Value
    activity: Value
    outcome: Value
    grade: Value  # 継続性
    direction: Value  # 方向性
    comment: Value


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviousYear:
    """What was said about the project a year ago; blank values where it is not known."""

    first_comment: Value
    direction: Value
    comment: Value
    instructions: tuple[Value, ...]


class NoteKind(StrEnum):
    """Things about a sheet that a reader of the printed page does not see."""

    HIDDEN_VALUE = "hidden_value"  # a field of the sheet in a hidden row, column or white text
    HIDDEN_TEXT = "hidden_text"  # other text that does not show
    CELL_COMMENT = "cell_comment"  # an Excel comment; never used
    INSTRUCTION = "instruction"  # text that tries to steer the tool


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    kind: NoteKind
    text: str
    cell: Cell
    why: str = ""  # 「非表示の行」, 「白い文字」


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    fiscal_year: int  # 評価対象年度: the year whose actual figures are evaluated
    sheet_no: Value
    name: Value
    bureau: Value
    division: Value
    policy_code: Value
    purpose: Value
    means: Value
    indicators: tuple[Indicator, ...]
    costs: tuple[CostYear, ...]  # ascending
    users: tuple[UserYear, ...]  # ascending
    first: FirstEvaluation
    previous: PreviousYear
    notes: tuple[Note, ...] = ()
    row: tuple[tuple[str, str], ...] = ()  # (column head, text) as read, for writing it back

    @property
    def outcomes(self) -> tuple[Indicator, ...]:
        return tuple(i for i in self.indicators if i.kind is IndicatorKind.OUTCOME)

    @property
    def activities(self) -> tuple[Indicator, ...]:
        return tuple(i for i in self.indicators if i.kind is IndicatorKind.ACTIVITY)

    @property
    def users_unknown(self) -> bool:
        """Whether the number of users is declared 把握困難 in any year."""
        return any(UNKNOWN_COUNT in year.count.text for year in self.users)

    def values(self) -> Iterator[Value]:
        """Every value of the sheet in reading order, blank ones included."""
        yield from (self.sheet_no, self.name, self.bureau, self.division, self.policy_code)
        yield from (self.purpose, self.means)
        for indicator in self.indicators:
            yield from (indicator.name, indicator.unit)
            for year in indicator.years:
                yield from (year.plan, year.actual)
        for cost in self.costs:
            yield from (cost.project_cost, cost.labour_cost, cost.total, cost.labour_method)
        yield from (year.count for year in self.users)
        first, previous = self.first, self.previous
        yield from (first.validity, first.fairness, first.efficiency, first.activity)
        yield from (first.outcome, first.grade, first.direction, first.comment)
        yield from (previous.first_comment, previous.direction, previous.comment)
        yield from previous.instructions
