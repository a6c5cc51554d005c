"""The index as an upload gets it: what the uploader may not look after is neither seen nor replaced."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from api.people.caller import Caller
from api.people.permissions import may_manage
from api.people.shown import shown_document
from rag.errors import IngestError
from rag.index import Index
from rag.searching import SearchableIndex
from rag.stores import no_progress
from rag.types import Chunk, Document, Page, ReplacementReceipt


class NameTakenError(IngestError):
    """Under this name there is a document that the person may not replace."""

    code = "name_taken"


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """Who may read a document, how confidential it is, and what its officer says of it.

    `described` by name of the field of `Document`: 種別, 所管課, 策定日, 対象期間.
    """

    groups: tuple[str, ...] = ()
    confidentiality: str = ""
    described: Mapping[str, Any] = field(default_factory=dict)

    def put_on(self, document: Document) -> Document:
        """The document with these labels; what they leave open stays as it is."""
        return replace(
            document,
            groups=self.groups or document.groups,
            confidentiality=self.confidentiality or document.confidentiality,
            **self.described,
            described=tuple(sorted({*document.described, *self.described})),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardedIndex:
    """Takes in documents for `caller`, with `labels` where the upload brings some.

    `receipts` are those of the documents whose place was taken. With `compact` False their words
    stay in the files of the index until `compact_index`: once for all documents of an archive.
    """

    index: Index
    shelf: SearchableIndex
    caller: Caller
    labels: Labels = Labels()
    compact: bool = True
    receipts: list[ReplacementReceipt] = field(default_factory=list)

    def documents(self) -> list[Document]:
        return self.shelf.documents()

    def shown(self, document_id: str) -> dict[str, object]:
        """The document as its uploader gets to see it, whoever may read it from now on."""
        return shown_document(self.index.document(document_id), self.caller, self.shelf)

    def add(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        *,
        original: bytes | None = None,
        on_embedded: Callable[[int], None] = no_progress,
    ) -> None:
        """Raises `NameTakenError`, and as `Index.add`."""
        known = {held.id: held for held in self.index.documents()}.get(document.id)
        if known is not None and not may_manage(self.caller, known):
            raise NameTakenError(
                f"「{document.source}」という名前では登録できません。別の名前にしてください。"
            )
        labelled = self.labels.put_on(document)
        if known is None:
            self.index.add(labelled, pages, chunks, original=original, on_embedded=on_embedded)
            return
        receipt = self.index.replace(
            labelled,
            pages,
            chunks,
            original=original,
            on_embedded=on_embedded,
            compact=self.compact,
        )
        self.receipts.append(receipt)

    def compact_index(self) -> None:
        """Take the words of what was replaced out of all files, if that was put off."""
        if self.receipts and not self.compact:
            self.index.compact()
