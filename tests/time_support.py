"""Questions read against one or several short texts, scored as the assistant scores them."""

from collections.abc import Sequence

from rag.dating import Figure, figures
from rag.question import Question, read_question
from rag.scoring import Candidate, Evidence, Term, question_terms, score_units
from rag.types import Chunk, ChunkKind, Document, Page
from rag.units import units_of


def document(source: str = "d.txt", **known: object) -> Document:
    """A document about which nothing but `known` is known."""
    plain = {"id": source, "source": source, "title": source, "content_hash": ""}
    return Document(**{**plain, **known})  # type: ignore[arg-type]


def evidence_for(
    question: str, texts: Sequence[tuple[Document, str]], heading: tuple[str, ...] = ()
) -> tuple[Question, list[Term], list[Evidence], dict[tuple[str, int], Page]]:
    """Evidence of every text (a page of its own), best first; all words are equally rare."""
    asked = read_question(question)
    terms = question_terms(asked, lambda _: 3.0)
    candidates: list[Candidate] = []
    pages: dict[tuple[str, int], Page] = {}
    for ordinal, (source, text) in enumerate(texts):
        page = Page(document_id=source.id, number=ordinal + 1, text=text)
        pages[source.id, page.number] = page
        chunk = Chunk(
            id=f"{source.id}:{ordinal:05d}",
            document_id=source.id,
            ordinal=ordinal,
            page=page.number,
            start=0,
            end=len(text),
            kind=ChunkKind.PROSE,
            text=text,
            search_text=text,
            heading=heading,
        )
        for unit in units_of(chunk, page):
            candidates.append(
                Candidate(unit=unit, retrieval=1.0, title=source.title, before="", after="")
            )
    return asked, terms, score_units(asked, terms, candidates), pages


def reading_of(question: str, text: str) -> tuple[Question, list[Term], Evidence, list[Figure]]:
    """The best unit of one text, with its figures."""
    source = document()
    asked, terms, found, pages = evidence_for(question, [(source, text)])
    best = found[0]
    page = pages[source.id, best.unit.chunk.page]
    return asked, terms, best, figures(best.unit, page, source)
