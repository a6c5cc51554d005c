"""Evidence made of a text or a row, and what is calculated from it."""

from collections.abc import Sequence
from datetime import date

from rag.calculation import Calculation
from rag.calculations import calculation
from rag.conflicts import Statement, statements_of
from rag.dating import Figure, figures
from rag.question import read_question
from rag.scoring import Evidence, Signals, question_terms
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import Unit, units_of

SIGNALS = Signals(1, 1, 1, 1, 1, 1, 1, 1, 0, 0)
TODAY = date(2026, 4, 1)
DOCUMENT = Document(
    id="d", source="報告.md", title="報告", content_hash="0" * 64, issued=date(2026, 1, 1)
)


def prose(text: str, score: float = 1.0, ordinal: int = 0) -> Evidence:
    return Evidence(_unit(text, ChunkKind.PROSE, ordinal), score, SIGNALS)


def row(columns: Sequence[str], cells: Sequence[str], ordinal: int = 0) -> Evidence:
    unit = _unit("\t".join(cells), ChunkKind.TABLE_ROW, ordinal, columns, cells)
    return Evidence(unit, 1.0, SIGNALS)


def _unit(
    text: str,
    kind: ChunkKind,
    ordinal: int,
    columns: Sequence[str] = (),
    cells: Sequence[str] = (),
) -> Unit:
    chunk = Chunk(
        id=f"d:{ordinal:05d}", document_id="d", ordinal=ordinal, page=ordinal + 1, start=0, end=len(text),
        kind=kind, text=text, search_text=text, columns=tuple(columns), cells=tuple(cells),
    )  # fmt: skip
    return units_of(chunk, Page(document_id="d", number=1, text=text))[0]


def figures_of(unit: Unit) -> list[Figure]:
    return figures(unit, Page(document_id="d", number=1, text=unit.chunk.text), DOCUMENT)


def worked(question: str, *evidence: Evidence) -> Calculation | None:
    read = read_question(question)

    def statements() -> list[Statement]:
        page = Page(document_id="d", number=1, text="")
        terms = question_terms(read, lambda word: 1.0)
        return statements_of(read, terms, evidence, lambda *place: page, {"d": DOCUMENT})

    return calculation(read, evidence, figures_of, statements, TODAY)


def text_of(question: str, *evidence: Evidence) -> str | None:
    found = worked(question, *evidence)
    return found.text if found is not None else None
