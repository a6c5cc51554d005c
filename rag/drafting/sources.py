"""What the plans and the audit report say on a project: exact quotes, found by retrieval."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from rag.drafting.records import Sheet
from rag.retrieval import Retriever
from rag.text import find_key, key, normal, split_sentences
from rag.tokens import content_tokens
from rag.types import Chunk, ChunkKind, Citation, Document, Query
from rag.units import units_of

_CHUNKS_READ = 40
_PLAN, _AUDIT = "計画", "監査"
_DEMANDS = re.compile(
    r"(?:検討|対応|公表|策定|評価|配慮|留意|改善|見直し|取り組|推進|努め|増や|活用)[^。]{0,12}(?:ほしい|された[いく]|望まれ|求め|必要|べき)|ほしい。?$|されたい。?$"
)
_FIGURE = re.compile(r"(?:約|延べ)?\d[\d,]*(?:\.\d+)?[^\d\s、。]{1,4}")
_ENOUGH_WORDS = 3  # shared words that make an audit sentence bear on the project
_LONG_WORD = 5  # a shared word of a heading that is as long is enough by itself
_STOCK = frozenset(
    [
        "件数",
        "回数",
        "人数",
        "割合",
        "推進",
        "事業",
        "利用",
        "実施",
        "開催",
        "対策",
        "業務",
        "支援",
        "整備",
        "活用",
        "促進",
        "管理",
        "機会",
        "制度",
        "取組",
        "対応",
        "強化",
        "向上",
    ]
)
_BRACKETS = re.compile(r"[（(【〔][^）)】〕]*[）)】〕]")


class ReferenceRole(StrEnum):
    PLAN_ENTRY = "plan_entry"  # what a plan's list of projects says of this one
    PLAN_TARGET = "plan_target"  # a plan's target for an indicator of the sheet
    AUDIT = "audit"  # what the auditors asked for


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """`quote` reads as it is to be quoted; `citation.quote` is the exact text of the page."""

    role: ReferenceRole
    title: str  # short, as a sentence names the document
    quote: str
    citation: Citation
    indicator: str = ""  # the indicator of a PLAN_TARGET


class SourceFinder(Protocol):
    """Where the drafts take plan and audit passages from."""

    @property
    def version(self) -> str:
        """Of what is searched; "" for nothing."""
        ...

    def find(self, sheet: Sheet) -> Sequence[Reference]:
        """References that bear on the sheet's project, at most one of a role."""
        ...


class NoSources:
    """Drafts from the sheet alone."""

    version = ""

    def find(self, sheet: Sheet) -> Sequence[Reference]:
        return ()


class IndexSources:
    """Finds references in the index behind `retriever`, which it only reads.

    `allowed` are the ids of the documents that the requester may read; None means all.
    """

    def __init__(
        self,
        retriever: Retriever,
        longest_quote: int = 46,
        allowed: Collection[str] | None = None,
    ) -> None:
        self._retriever = retriever
        self._longest = longest_quote
        self._allowed = allowed

    @property
    def version(self) -> str:
        return self._retriever.index.version

    def find(self, sheet: Sheet) -> Sequence[Reference]:
        index = self._retriever.index
        with index.snapshot():
            documents = self._current(sheet)
            if not documents:
                return ()
            found: list[Reference] = []
            plans = [d.id for d in documents.values() if d.kind == _PLAN]
            if plans:
                chunks = self._ranked(_question(sheet), plans)
                found += list(self._plan_entries(sheet, chunks, documents))[:1]
                found += list(self._plan_targets(sheet, chunks, documents))[:1]
            audits = [d.id for d in documents.values() if _AUDIT in d.kind]
            if audits:
                chunks = self._ranked(f"{_question(sheet)} 意見", audits)[:_CHUNKS_READ]
                found += list(self._audit(sheet, chunks, documents))[:1]
            return tuple(found)

    def _current(self, sheet: Sheet) -> dict[str, Document]:
        """Documents that no other one has replaced."""
        documents = self._retriever.index.documents()
        sources = {document.source for document in documents}
        return {
            d.id: d
            for d in documents
            if (self._allowed is None or d.id in self._allowed)
            and not (d.successor and d.successor in sources)
            and (d.issued is None or d.issued <= date.today())
        }

    def _ranked(self, text: str, document_ids: Sequence[str]) -> list[Chunk]:
        query = Query(text=text, document_ids=tuple(document_ids))
        return [chunk for chunk, _ in self._retriever.rank(query)]

    def _plan_entries(
        self, sheet: Sheet, chunks: Sequence[Chunk], documents: dict[str, Document]
    ) -> Iterator[Reference]:
        """The sentence beside the project's name in a plan's table of projects."""
        name = project_key(sheet.name.text)
        for chunk in chunks:
            if chunk.kind is not ChunkKind.TABLE_ROW:
                continue
            names = [at for at, cell in enumerate(chunk.cells) if project_key(cell) == name]
            if not names:
                continue
            others = [cell for at, cell in enumerate(chunk.cells) if at not in names]
            longest = max(others, key=len, default="")
            quote = self._first_sentence(longest)
            if len(quote) >= 10:
                yield from self._reference(ReferenceRole.PLAN_ENTRY, chunk, quote, documents)

    def _plan_targets(
        self, sheet: Sheet, chunks: Sequence[Chunk], documents: dict[str, Document]
    ) -> Iterator[Reference]:
        """The last figure in a plan's row for an indicator that the sheet has too."""
        wanted = {key(indicator.name.text): indicator for indicator in sheet.indicators}
        for chunk in chunks:
            if chunk.kind is not ChunkKind.TABLE_ROW or not chunk.cells:
                continue
            indicator = wanted.get(key(chunk.cells[0]))
            figures = [c for c in chunk.cells[1:] if _FIGURE.fullmatch(normal(c).strip())]
            if indicator is None or len(figures) < 2:
                continue
            for reference in self._reference(
                ReferenceRole.PLAN_TARGET, chunk, figures[-1].strip(), documents, whole=True
            ):
                yield Reference(
                    role=reference.role,
                    title=reference.title,
                    quote=reference.quote,
                    citation=reference.citation,
                    indicator=indicator.name.text,
                )

    def _audit(
        self, sheet: Sheet, chunks: Sequence[Chunk], documents: dict[str, Document]
    ) -> Iterator[Reference]:
        """The auditors' request that shares the most telling words with the sheet."""
        words = _telling_words(
            " ".join([sheet.name.text, *(i.name.text for i in sheet.indicators)])
        )
        best: tuple[int, Chunk, str] | None = None
        for chunk in chunks:
            if chunk.kind is ChunkKind.TABLE_ROW:
                continue
            heading = _telling_words(chunk.heading[-1]) if chunk.heading else frozenset()
            named = any(len(word) >= _LONG_WORD for word in words & heading)
            before = ""
            for unit in units_of(chunk, self._retriever.page(chunk.document_id, chunk.page)):
                sentence, read = unit.text.strip(), f"{before} {unit.text}"
                before = unit.text
                if not _DEMANDS.search(sentence):
                    continue
                shared = len(words & (heading | _telling_words(read)))
                quote = self._clause(sentence)
                bears = named or shared >= _ENOUGH_WORDS
                weight = shared + (_ENOUGH_WORDS if named else 0)
                if quote and bears and (best is None or weight > best[0]):
                    best = (weight, chunk, quote)
        if best is not None:
            yield from self._reference(ReferenceRole.AUDIT, best[1], best[2], documents)

    def _first_sentence(self, text: str) -> str:
        """The first sentence without its stop, if short enough to be quoted."""
        for start, end in split_sentences(text):
            sentence = text[start:end].rstrip("。")
            return sentence if len(sentence) <= self._longest else ""
        return ""

    def _clause(self, sentence: str) -> str:
        """The sentence, or its longest ending after a comma that can be quoted."""
        whole = sentence.rstrip("。")
        starts = [0, *(m.end() for m in re.finditer("、", whole))]
        for start in starts:
            clause = whole[start:]
            if 12 <= len(clause) <= self._longest:
                return clause
        return ""

    def _reference(
        self,
        role: ReferenceRole,
        chunk: Chunk,
        quote: str,
        documents: dict[str, Document],
        whole: bool = False,
    ) -> Iterator[Reference]:
        """The reference with its place on the page; nothing when the words are not there."""
        document = documents[chunk.document_id]
        page = self._retriever.page(chunk.document_id, chunk.page)
        place = find_key(page.text[chunk.start : chunk.end], quote)
        if place is None:
            return
        start, end = chunk.start + place[0], chunk.start + place[1]
        if whole:
            start, end = chunk.start, chunk.end
        yield Reference(
            role=role,
            title=short_title(document.title),
            quote="".join(quote.split()),
            citation=Citation(
                marker=0,
                document_id=document.id,
                document_title=document.title,
                source=document.source,
                page=page.number,
                has_pages=document.has_pages,
                heading=chunk.heading,
                quote=page.text[start:end],
                start=start,
                end=end,
            ),
        )


@lru_cache(maxsize=2_048)
def _telling_words(text: str) -> frozenset[str]:
    """The nouns of `text` that say what it is about."""
    return frozenset(
        token.surface
        for token in content_tokens(normal(text))
        if token.pos in ("名詞", "英数") and len(token.surface) >= 2 and token.surface not in _STOCK
    )


def _question(sheet: Sheet) -> str:
    names = [indicator.name.text for indicator in sheet.indicators]
    return " ".join([sheet.name.text, *names])[:300]


def project_key(name: str) -> str:
    """A project's name as it is compared: without brackets, marks and blanks."""
    return key(_BRACKETS.sub("", name).split("※")[0])


def short_title(title: str) -> str:
    """A document's title as a sentence names it: 「DX郡山推進計画」, 「令和3年度行政監査」."""
    bare = _BRACKETS.sub("", title).strip()
    return re.sub(r"の?結果に関する報告(?:書)?$|の?報告書?$", "", bare).strip() or title
