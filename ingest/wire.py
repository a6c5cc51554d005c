"""What goes between this process and the one that reads files: JSON, checked on arrival.

The reading process may have been taken over by the very file it reads. Nothing it sends is run,
and nothing is believed that can be checked.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cache

from pydantic import TypeAdapter, ValidationError

from ingest.catalog import CatalogEntry
from ingest.limits import Limits
from ingest.names import document_id
from ingest.reading import ReadFile

MAX_MESSAGE_CHARACTERS = 1_000


class BrokenResultError(Exception):
    """The reading process sent something that cannot be the reading of this file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One file to read; its bytes follow."""

    source: str
    entry: CatalogEntry | None
    limits: Limits
    cpu_s: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of it: `read`; or `code` and `message` of a refusal; or `fault`, a word."""

    read: ReadFile | None = None
    code: str = ""
    message: str = ""
    fault: str = ""


@cache
def _orders() -> TypeAdapter[Order]:
    return TypeAdapter(Order)


@cache
def _outcomes() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)


def prepare() -> None:
    """Make ready what every order needs, before a process forks."""
    _orders()
    _outcomes()


def order_bytes(order: Order) -> bytes:
    """One line."""
    return _orders().dump_json(order) + b"\n"


def order_of(line: bytes) -> Order:
    return _orders().validate_json(line)


def outcome_bytes(outcome: Outcome) -> bytes:
    return _outcomes().dump_json(outcome)


def outcome_of(received: bytes, source: str, content: bytes) -> Outcome:
    """The outcome of reading `content` under `source`.

    Raises BrokenResultError for what no honest reader sends.
    """
    try:
        outcome = _outcomes().validate_json(received)
    except ValidationError as error:
        raise BrokenResultError("not an outcome") from error
    if outcome.read is None:
        return replace(outcome, message=outcome.message[:MAX_MESSAGE_CHARACTERS])
    _require_consistent(outcome.read, document_id(source))
    document = replace(
        outcome.read.document,
        id=document_id(source),
        source=source,
        content_hash=hashlib.sha256(content).hexdigest(),
    )
    return replace(outcome, read=replace(outcome.read, document=document))


def _require_consistent(read: ReadFile, identifier: str) -> None:
    lengths = {page.number: len(page.text) for page in read.pages}
    document = read.document
    sound = (
        bool(read.chunks)
        and list(lengths) == list(range(1, len(read.pages) + 1))
        and all(page.document_id == identifier for page in read.pages)
        and document.page_count == len(read.pages)
        and document.chunk_count == len(read.chunks)
        and document.character_count == sum(lengths.values())
        and all(
            chunk.id == f"{identifier}:{ordinal:05d}"
            and chunk.document_id == identifier
            and chunk.ordinal == ordinal
            and 0 <= chunk.start <= chunk.end <= lengths.get(chunk.page, -1)
            and (not chunk.duplicate_of or chunk.duplicate_of.startswith(f"{identifier}:"))
            for ordinal, chunk in enumerate(read.chunks)
        )
    )
    if not sound:
        raise BrokenResultError("pages and chunks do not fit together")
