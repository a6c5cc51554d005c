"""The frozen records that flow through Shiori.

SourceFile -> Document, Page, Chunk -> index;  Query -> Hit -> Passage -> Answer with Citations.
Every offset is a half-open range of Python string indexes into `Page.text`, which is kept
exactly as stored and never rewritten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from rag.quality import DocumentQuality


class AnswerStatus(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    NO_EVIDENCE = "no_evidence"
    OUT_OF_SCOPE = "out_of_scope"
    BLOCKED = "blocked"


class ChunkKind(StrEnum):
    PROSE = "prose"
    LIST = "list"
    TABLE_ROW = "table_row"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One file in the corpus with what is known about it.

    `id` is derived from `source` alone, so a changed file replaces its old version.
    """

    id: str
    source: str  # file name as ingested, relative to the folder given, NFC, "/" separated
    title: str
    content_hash: str  # SHA-256 of the file, hex
    kind: str = ""  # 文書種別: 計画, 監査報告, 会議資料, …
    publisher: str = ""
    department: str = ""  # 所管課
    issued: date | None = None  # 策定日
    valid_from: date | None = None  # 対象期間
    valid_until: date | None = None
    successor: str = ""  # 後継文書: the successor's `source`
    superseded_on: date | None = None  # 旧版になった日; it answers only for days before it
    media_type: str = "text/plain"
    has_pages: bool = True  # False for formats without pages (TXT, Markdown): one Page, number 1
    page_count: int = 0
    character_count: int = 0
    chunk_count: int = 0
    warnings: tuple[str, ...] = ()
    quality: DocumentQuality = field(default_factory=DocumentQuality)
    excluded_pages: tuple[int, ...] = ()  # a person took them out: neither searched nor cited
    accepted: bool = False  # a person has looked at the findings and takes the document as it is
    groups: tuple[str, ...] = ()  # whose members may read it; none means nobody
    confidentiality: str = ""  # 機密性
    described: tuple[str, ...] = ()  # names of the fields above that a person has set


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    document_id: str
    number: int  # 1-based, as a PDF viewer counts
    text: str  # exactly as stored; offsets refer to it
    label: str = ""  # printed page number, where known
    quality: float = 1.0  # share of characters that look like text, 0..1


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """The unit of indexing: a few sentences, a list or one table row, within one page.

    `text` is for reading (wrapped lines joined); `search_text` is normalised and carries the
    document title and heading path. For a table row, `columns` are the column heads and `cells`
    the cell texts in the same order (both empty otherwise; `columns` may be empty when unknown).
    """

    id: str  # f"{document_id}:{ordinal:05d}"
    document_id: str
    ordinal: int  # position in the document, from 0
    page: int
    start: int
    end: int
    kind: ChunkKind
    text: str
    search_text: str
    heading: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    duplicate_of: str = ""  # chunk id of an earlier passage with the same text (概要版 = 本編)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    question: str
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    text: str
    history: tuple[Turn, ...] = ()
    as_of: date | None = None  # the present, for "current" documents; None means today
    document_ids: tuple[str, ...] = ()  # empty means all
    top_k: int = 10


class Hit(NamedTuple):
    """Score of one chunk in one index. Higher is better.

    A tuple, because a question makes nearly a thousand of them.
    """

    chunk_id: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A stretch of one page that is shown: one or more neighbouring chunks.

    `text` has at most 1,200 characters.
    """

    rank: int
    document_id: str
    document_title: str
    source: str
    page: int
    has_pages: bool
    heading: tuple[str, ...]
    start: int
    end: int
    text: str
    score: float
    chunk_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """`quote` equals `page.text[start:end]`, always."""

    marker: int
    document_id: str
    document_title: str
    source: str
    page: int
    has_pages: bool
    heading: tuple[str, ...]
    quote: str
    start: int
    end: int
    verified: bool = True


@dataclass(frozen=True, slots=True)
class AnswerWarning:
    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Versions:
    index: str
    embedding: str
    generator: str
    prompt: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    status: AnswerStatus
    text: str  # sentences that rest on evidence end with a marker such as [1]
    short_answer: str | None = None  # at most 120 characters
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    warnings: tuple[AnswerWarning, ...] = ()
    resolved_question: str = ""  # the question with follow-up references resolved
    mode: str = "extractive"
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    versions: Versions


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovalReceipt:
    """What a removal took out, and what is left of the document (0 everywhere)."""

    document_id: str
    source: str
    pages: int
    chunks: int
    vectors: int
    lexical_entries: int
    left: int
    blanked_answers: int = 0  # recorded answers that showed its text


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplacementReceipt:
    """What a replacement took out and put in, and what is left of the old text (0)."""

    document_id: str
    source: str
    old_pages: int
    old_chunks: int
    pages: int
    chunks: int
    kept_as: str  # `source` of the old version (旧版), "" when it was not kept
    left: int  # entries of the old text under the old id


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexStatus:
    """Counts of registry and derived indexes. `agree` is False when one lacks an entry."""

    version: str
    documents: int
    pages: int
    chunks: int
    vectors: int
    lexical_entries: int
    agree: bool
    embedder: str
    dimension: int
