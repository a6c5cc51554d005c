"""What a model is given to write an answer from, and whether it still holds when it has written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from rag.editions import editions, label, warnings_for
from rag.errors import DocumentsChangedError
from rag.grounding.evidence import numbered
from rag.llm.guarded import Given
from rag.priors import time_asked
from rag.question import read_question
from rag.retrieval import Retriever
from rag.types import Answer, AnswerStatus, AnswerWarning, Chunk, Query

MOST_PASSAGES = 8
_WRITABLE = (AnswerStatus.ANSWERED, AnswerStatus.PARTIAL)
_CHANGED = "回答を作るあいだに文書が変わりました。もう一度質問してください。"


@dataclass(frozen=True, slots=True)
class Material:
    """`extract` is the answer without a model, `missing` its lines on parts without evidence."""

    question: str
    given: Given
    extract: Answer
    missing: Sequence[str] = ()
    # What to say of documents (by id) that an answer cites, as that they are old.
    warnings_for: Callable[[Sequence[str]], Sequence[AnswerWarning]] = lambda documents: ()


def material_for(
    query: Query,
    extract: Answer,
    ranked: Sequence[tuple[Chunk, float]],
    missing: Sequence[str],
    retriever: Retriever,
) -> Material | None:
    """The passages around what the extract cites, then the best ranked.

    None where the documents do not say what is asked: a model then has nothing to write from.
    """
    if extract.status not in _WRITABLE:
        return None
    cited = [
        (chunk, 1.0)
        for citation in extract.citations
        for chunk in retriever.chunks_of_page(citation.document_id, citation.page)
        if chunk.start <= citation.start < chunk.end
    ]
    passages = retriever.passages([*cited, *ranked], MOST_PASSAGES)
    index = retriever.index
    evidence = numbered(passages, index.document, retriever.page, retriever.chunks_of_page)
    today = query.as_of or date.today()
    known = editions(index.documents(), today)
    pages = {(p.document_id, p.page): retriever.page(p.document_id, p.page) for p in passages}
    text = extract.resolved_question or query.text
    given = Given(
        evidence,
        lambda document_id, number: pages[document_id, number],
        text,
        lambda document_id: label(known[document_id]),
    )
    asked = time_asked(read_question(text), today)

    def of_old_ones(documents: Sequence[str]) -> Sequence[AnswerWarning]:
        # Who asks for the old plan knows that it is old.
        return () if asked.previous or asked.past else warnings_for(documents, known)

    return Material(text, given, extract, missing, of_old_ones)


def require_unchanged(answer: Answer, retriever: Retriever) -> None:
    """A document that was removed or replaced while a model wrote does not answer.

    Raises DocumentsChangedError.
    """
    index = retriever.index
    if answer.versions.index == index.version:
        return
    known = {document.id for document in index.documents()}
    for citation in answer.citations:
        if citation.document_id not in known:
            raise DocumentsChangedError(_CHANGED)
        page = retriever.page(citation.document_id, citation.page)
        if page.text[citation.start : citation.end] != citation.quote:
            raise DocumentsChangedError(_CHANGED)
