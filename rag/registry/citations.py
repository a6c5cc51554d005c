"""How often answers cited a document, and which of its pages."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from rag.registry.database import Database
from rag.registry.schema import citations, turns


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentUse:
    """Of one document, by all people together; nobody is named."""

    answers: int
    last_at: str  # ISO 8601, UTC; "" for never
    pages: tuple[tuple[int, int], ...]  # (page, answers), most cited first; page 0 without pages


def keep_citations(
    connection: Connection,
    turn_id: str,
    cited: Collection[tuple[str, int]],
    there: Collection[str],
) -> None:
    """`there` are the ids of documents that exist now: of others nothing is kept."""
    rows = [
        {"turn_id": turn_id, "document_id": document_id, "page": page}
        for document_id, page in sorted(cited)
        if document_id in there
    ]
    if rows:
        connection.execute(insert(citations), rows)


def use_of(database: Database, document_id: str) -> DocumentUse:
    own = citations.c.document_id == document_id
    whole = (
        select(func.count(citations.c.turn_id.distinct()), func.max(turns.c.asked_at))
        .join(turns, turns.c.id == citations.c.turn_id)
        .where(own)
    )
    answers = func.count(citations.c.turn_id.distinct())
    by_page = (
        select(citations.c.page, answers)
        .where(own)
        .group_by(citations.c.page)
        .order_by(answers.desc(), citations.c.page)
    )
    with database.read() as connection:
        count, last = connection.execute(whole).one()
        pages = tuple((page, number) for page, number in connection.execute(by_page))
    return DocumentUse(answers=count, last_at=last or "", pages=pages)
