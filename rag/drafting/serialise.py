"""Drafts as JSON, the form in which they are kept, exported and sent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NotRequired, TypedDict

from rag.drafting.citations import CellCitation, DraftCitation
from rag.drafting.drafter import Draft
from rag.drafting.figures import CostFigures, IndicatorFigures
from rag.drafting.records import Cell, Sheet

STATUS = "案"


class CellJson(TypedDict):
    file: str
    sheet: str
    address: str
    label: str


class FlagJson(TypedDict):
    code: str
    title: str
    message: str
    cells: list[CellJson]


class SentenceJson(TypedDict):
    text: str
    citations: list[int]


class CitationJson(TypedDict):
    """`kind` is "cell" or "document"; the other fields of the kind are there."""

    marker: int
    kind: str
    quote: str
    label: NotRequired[str]
    cell: NotRequired[CellJson]
    document_id: NotRequired[str]
    document_title: NotRequired[str]
    source: NotRequired[str]
    page: NotRequired[int | None]
    heading: NotRequired[str]
    start: NotRequired[int]
    end: NotRequired[int]
    verified: NotRequired[bool]


class YearJson(TypedDict):
    fiscal_year: int
    plan: str
    actual: str
    achievement: float | None
    change: float | None


class IndicatorJson(TypedDict):
    kind: str
    name: str
    unit: str
    direction: str
    years: list[YearJson]
    sparkline: list[float | None]


class CostJson(TypedDict):
    fiscal_year: int
    unit: str
    project_cost: str
    labour_cost: str
    total: str
    change: float | None
    comparable: bool


class UnitCostJson(TypedDict):
    fiscal_year: int
    basis: str
    yen: float


class FiguresJson(TypedDict):
    evaluated_year: int
    indicators: list[IndicatorJson]
    costs: list[CostJson]
    unit_costs: list[UnitCostJson]


class ReviewJson(TypedDict):
    """What people made of a draft; times are ISO 8601, UTC. `text` is None if nobody edited it."""

    text: str | None
    direction: str
    reason: str
    edited_by: str
    edited_at: str
    checked_by: str
    checked_at: str
    fixed_by: str
    fixed_at: str


class DraftJson(TypedDict):
    """One sheet's draft. `error` is there, and all else empty, where a sheet could not be read.

    `review` is there for drafts that people work on at the service.
    """

    sheet_no: str
    name: str
    fiscal_year: int | None
    bureau: str
    division: str
    place: str
    first_direction: str
    first_comment: str
    flags: list[FlagJson]
    draft: str
    sentences: list[SentenceJson]
    proposed_direction: str
    reasons: list[str]
    citations: list[CitationJson]
    related: list[CitationJson]
    figures: FiguresJson | None
    warnings: list[dict[str, str]]
    status: str
    versions: dict[str, str]
    row: list[list[str]]
    error: str
    review: NotRequired[ReviewJson]


def draft_json(draft: Draft) -> DraftJson:
    sheet = draft.sheet
    return DraftJson(
        sheet_no=sheet.sheet_no.text,
        name=sheet.name.text,
        fiscal_year=sheet.fiscal_year,
        bureau=sheet.bureau.text,
        division=sheet.division.text,
        place=sheet.name.cell.label,
        first_direction=sheet.first.direction.text,
        first_comment=sheet.first.comment.text,
        flags=[
            FlagJson(
                code=flag.code.value,
                title=title,
                message=message,
                cells=[cell_json(cell) for cell in flag.cells],
            )
            for flag, title, message in zip(draft.flags, draft.titles, draft.messages, strict=True)
        ],
        draft=draft.text,
        sentences=[
            SentenceJson(text=sentence.text, citations=list(sentence.markers))
            for sentence in draft.sentences
        ],
        proposed_direction=draft.proposal.direction,
        reasons=list(draft.proposal.reasons),
        citations=[citation_json(citation) for citation in draft.citations],
        related=[citation_json(reference.citation) for reference in draft.related],
        figures=figures_json(draft),
        warnings=[{"code": w.code, "message": w.message} for w in draft.warnings],
        status=STATUS,
        versions={
            "rules": draft.versions.rules,
            "wording": draft.versions.wording,
            "index": draft.versions.index,
        },
        row=row_json(sheet),
        error="",
    )


def failure_json(
    sheet_no: str,
    name: str,
    place: str,
    message: str,
    row: tuple[tuple[str, str], ...] = (),
) -> DraftJson:
    """The entry of a sheet that could not be read or drafted."""
    return DraftJson(
        sheet_no=sheet_no,
        name=name,
        fiscal_year=None,
        bureau="",
        division="",
        place=place,
        first_direction="",
        first_comment="",
        flags=[],
        draft="",
        sentences=[],
        proposed_direction="",
        reasons=[],
        citations=[],
        related=[],
        figures=None,
        warnings=[],
        status="",
        versions={},
        row=[[head, text] for head, text in row],
        error=message,
    )


def cell_json(cell: Cell) -> CellJson:
    return CellJson(file=cell.file, sheet=cell.sheet, address=cell.address, label=cell.label)


def citation_json(citation: DraftCitation) -> CitationJson:
    if isinstance(citation, CellCitation):
        return CitationJson(
            marker=citation.marker,
            kind="cell",
            label=citation.label,
            quote=citation.quote,
            cell=cell_json(citation.cell),
        )
    return CitationJson(
        marker=citation.marker,
        kind="document",
        document_id=citation.document_id,
        document_title=citation.document_title,
        source=citation.source,
        page=citation.page if citation.has_pages else None,
        heading=" > ".join(citation.heading),
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        verified=citation.verified,
    )


def figures_json(draft: Draft) -> FiguresJson:
    figures = draft.figures
    return FiguresJson(
        evaluated_year=figures.evaluated_year,
        indicators=[_indicator(each) for each in figures.indicators],
        costs=[_cost(each) for each in figures.costs],
        unit_costs=[
            UnitCostJson(fiscal_year=u.fiscal_year, basis=u.basis, yen=round(float(u.yen), 1))
            for u in figures.unit_costs
        ],
    )


def _indicator(each: IndicatorFigures) -> IndicatorJson:
    indicator, unit = each.indicator, each.indicator.unit.text
    return IndicatorJson(
        kind=indicator.kind.value,
        name=indicator.name.text,
        unit=unit,
        direction=indicator.direction.value,
        years=[
            YearJson(
                fiscal_year=year.fiscal_year,
                plan=year.plan.quantity(unit),
                actual=year.actual.quantity(unit),
                achievement=_rounded(year.achievement),
                change=_rounded(year.change),
            )
            for year in each.years
        ],
        sparkline=list(each.sparkline),
    )


def _cost(each: CostFigures) -> CostJson:
    cost = each.cost
    return CostJson(
        fiscal_year=each.fiscal_year,
        unit=cost.unit,
        project_cost=cost.project_cost.quantity(cost.unit),
        labour_cost=cost.labour_cost.quantity(cost.unit),
        total=cost.total.quantity(cost.unit),
        change=_rounded(each.change),
        comparable=each.comparable,
    )


def _rounded(number: Decimal | None) -> float | None:
    return None if number is None else float(round(number, 1))


def row_json(sheet: Sheet) -> list[list[str]]:
    return [[head, text] for head, text in sheet.row]


def is_draft(entry: Mapping[str, object]) -> bool:
    """Whether a kept entry has the fields of a draft (a journal may be of an older version)."""
    return DraftJson.__required_keys__ <= set(entry)
