"""Records of the engine as the JSON that the contract promises."""

from typing_extensions import TypedDict

from ingest.quality_report import quality_json
from rag.types import Answer, Citation, Document, Page, Passage, RemovalReceipt, ReplacementReceipt

HEADING_SEPARATOR = " > "


class CitationJson(TypedDict):
    marker: int
    document_id: str
    document_title: str
    source: str
    page: int | None
    heading: str
    quote: str
    start: int
    end: int
    verified: bool


class PassageJson(TypedDict):
    rank: int
    document_id: str
    document_title: str
    source: str
    page: int | None
    heading: str
    text: str
    score: float
    start: int
    end: int


class WarningJson(TypedDict):
    code: str
    message: str


class AnswerJson(TypedDict):
    id: str
    conversation_id: str
    status: str
    short_answer: str | None
    answer: str
    citations: list[CitationJson]
    passages: list[PassageJson]
    warnings: list[WarningJson]
    resolved_question: str
    mode: str
    timings_ms: dict[str, float]
    versions: dict[str, str]


def citation_json(citation: Citation) -> CitationJson:
    return CitationJson(
        marker=citation.marker,
        document_id=citation.document_id,
        document_title=citation.document_title,
        source=citation.source,
        page=citation.page if citation.has_pages else None,
        heading=HEADING_SEPARATOR.join(citation.heading),
        quote=citation.quote,
        start=citation.start,
        end=citation.end,
        verified=citation.verified,
    )


def passage_json(passage: Passage) -> PassageJson:
    return PassageJson(
        rank=passage.rank,
        document_id=passage.document_id,
        document_title=passage.document_title,
        source=passage.source,
        page=passage.page if passage.has_pages else None,
        heading=HEADING_SEPARATOR.join(passage.heading),
        text=passage.text,
        score=round(float(passage.score), 6),
        start=passage.start,
        end=passage.end,
    )


def answer_json(answer: Answer, *, turn_id: str, conversation_id: str) -> AnswerJson:
    versions = answer.versions
    return AnswerJson(
        id=turn_id,
        conversation_id=conversation_id,
        status=answer.status.value,
        short_answer=answer.short_answer,
        answer=answer.text,
        citations=[citation_json(citation) for citation in answer.citations],
        passages=[passage_json(passage) for passage in answer.passages],
        warnings=[WarningJson(code=w.code, message=w.message) for w in answer.warnings],
        resolved_question=answer.resolved_question,
        mode=answer.mode,
        timings_ms={name: round(float(ms), 1) for name, ms in answer.timings_ms.items()},
        versions={
            "index": versions.index,
            "embedding": versions.embedding,
            "generator": versions.generator,
            "prompt": versions.prompt,
        },
    )


def document_json(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "source": document.source,
        "title": document.title,
        "content_hash": document.content_hash,
        "kind": document.kind,
        "publisher": document.publisher,
        "department": document.department,
        "issued": document.issued.isoformat() if document.issued else None,
        "valid_from": document.valid_from.isoformat() if document.valid_from else None,
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
        "successor": document.successor or None,
        "superseded_on": document.superseded_on.isoformat() if document.superseded_on else None,
        "media_type": document.media_type,
        "has_pages": document.has_pages,
        "page_count": document.page_count,
        "character_count": document.character_count,
        "chunk_count": document.chunk_count,
        "warnings": list(document.warnings),
        "quality": quality_json(document),
        "excluded_pages": list(document.excluded_pages),
        "accepted": document.accepted,
        "groups": list(document.groups),
        "confidentiality": document.confidentiality,
        "described": list(document.described),
    }


def page_json(document: dict[str, object], page: Page) -> dict[str, object]:
    """`document` as it is shown to the reader of the page."""
    return {
        "document": document,
        "page": page.number,
        "label": page.label,
        "text": page.text,
    }


def receipt_json(receipt: RemovalReceipt) -> dict[str, object]:
    return {
        "document_id": receipt.document_id,
        "source": receipt.source,
        "pages": receipt.pages,
        "chunks": receipt.chunks,
        "vectors": receipt.vectors,
        "lexical_entries": receipt.lexical_entries,
        "left": receipt.left,
        "blanked_answers": receipt.blanked_answers,
    }


def replacement_json(receipt: ReplacementReceipt) -> dict[str, object]:
    return {
        "document_id": receipt.document_id,
        "source": receipt.source,
        "old_pages": receipt.old_pages,
        "old_chunks": receipt.old_chunks,
        "pages": receipt.pages,
        "chunks": receipt.chunks,
        "kept_as": receipt.kept_as or None,
        "left": receipt.left,
    }
