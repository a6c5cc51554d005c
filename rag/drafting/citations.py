"""Citations of a draft: cells of the sheet and pages of documents, numbered as they are used."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rag.drafting.records import Cell, IndicatorKind, Sheet, Value
from rag.drafting.sources import Reference
from rag.drafting.words import year_name
from rag.types import Citation


@dataclass(frozen=True, kw_only=True, slots=True)
class CellCitation:
    """`quote` is what the cell says, exactly; `reading` the same as a sentence gives it."""

    marker: int
    cell: Cell
    label: str  # 「成果指標「受講者数」の令和7年度の実績」
    quote: str
    reading: str
    fiscal_year: int | None


DraftCitation = CellCitation | Citation


@dataclass(frozen=True, slots=True)
class About:
    """What a cell is, in words."""

    label: str
    fiscal_year: int | None = None
    unit: str = ""


def describe(sheet: Sheet) -> Mapping[Cell, About]:
    """What each cell of the sheet is; the first meaning counts where cells are shared."""
    found: dict[Cell, About] = {}

    def put(value: Value, label: str, year: int | None = None, unit: str = "") -> None:
        if value.text:
            found.setdefault(value.cell, About(label, year, unit))

    put(sheet.name, "事務事業名")
    put(sheet.purpose, "目的")
    put(sheet.means, "手段")
    for indicator in sheet.indicators:
        kind = "活動指標" if indicator.kind is IndicatorKind.ACTIVITY else "成果指標"
        name, unit = f"{kind}「{indicator.name.text}」", indicator.unit.text
        put(indicator.name, f"{kind}の名称")
        for year in indicator.years:
            shown = year_name(year.fiscal_year)
            put(year.plan, f"{name}の{shown}の計画", year.fiscal_year, unit)
            put(year.actual, f"{name}の{shown}の実績", year.fiscal_year, unit)
    for cost in sheet.costs:
        for label, value in (
            ("事業費", cost.project_cost),
            ("人件費", cost.labour_cost),
            ("総コスト", cost.total),
        ):
            put(value, f"{year_name(cost.fiscal_year)}の{label}", cost.fiscal_year, cost.unit)
        label = f"{year_name(cost.fiscal_year)}の人件費の算定方法"
        put(cost.labour_method, label, cost.fiscal_year)
    for user in sheet.users:
        put(user.count, f"{year_name(user.fiscal_year)}の利用者数", user.fiscal_year, "人")
    put(sheet.first.direction, "一次評価の方向性")
    put(sheet.first.comment, "一次評価のコメント")
    put(sheet.previous.first_comment, "前年度の一次評価のコメント")
    put(sheet.previous.comment, "前年度の二次評価のコメント")
    for instruction in sheet.previous.instructions:
        put(instruction, "前年度の指示事項")
    return found


class CitationList:
    """Numbers citations as sentences use them; the same cell or quote keeps its number."""

    def __init__(self, sheet: Sheet) -> None:
        self._about = describe(sheet)
        self._found: dict[object, DraftCitation] = {}

    def cell(self, value: Value) -> CellCitation:
        known = self._found.get(value.cell)
        if isinstance(known, CellCitation):
            return known
        about = self._about.get(value.cell, About("調書の記載"))
        citation = CellCitation(
            marker=len(self._found) + 1,
            cell=value.cell,
            label=about.label,
            quote=value.text,
            reading=value.quantity(about.unit),
            fiscal_year=about.fiscal_year,
        )
        self._found[value.cell] = citation
        return citation

    def has(self, reference: Reference) -> bool:
        """Whether a sentence has used the reference already."""
        return _place(reference) in self._found

    def document(self, reference: Reference) -> Citation:
        place = reference.citation
        known = _place(reference)
        if known not in self._found:
            self._found[known] = replace(place, marker=len(self._found) + 1)
        found = self._found[known]
        assert isinstance(found, Citation)
        return found

    @property
    def all(self) -> tuple[DraftCitation, ...]:
        return tuple(self._found.values())


def _place(reference: Reference) -> tuple[str, int, int, int]:
    place = reference.citation
    return (place.document_id, place.page, place.start, place.end)
