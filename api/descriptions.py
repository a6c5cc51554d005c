"""What somebody says of a document, checked: dates in order, a successor that is there."""

from collections.abc import Mapping
from datetime import date

from api.errors import ApiError
from rag.searching import SearchableIndex
from rag.types import Document


def sound_description(
    said: Mapping[str, str | date | None], document: Document, shelf: SearchableIndex
) -> dict[str, str | date | None]:
    """`said` as it is stored: white space closed up, the successor by its source and not its id.

    Raises ApiError 422 for a period that ends before it begins and for documents that would
    succeed each other in a circle, UnknownDocumentError for a successor not on the shelf.
    """
    checked = sound_words(said)
    if successor := said.get("successor"):
        checked["successor"] = _source_of(str(successor), document, shelf)
    require_period(
        checked.get("valid_from", document.valid_from),
        checked.get("valid_until", document.valid_until),
    )
    return checked


def sound_words(said: Mapping[str, str | date | None]) -> dict[str, str | date | None]:
    """`said` with the white space of 種別 and 所管課 closed up."""
    return {
        name: " ".join(value.split())
        if name in ("kind", "department") and isinstance(value, str)
        else value
        for name, value in said.items()
    }


def require_period(first: object, last: object) -> None:
    """Raises ApiError 422 for a period whose last day comes before its first."""
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise ApiError(
            422,
            "invalid_period",
            f"対象期間の終わり（{last}）が始まり（{first}）より前です。日付を確かめてください。",
        )


def _source_of(successor_id: str, document: Document, shelf: SearchableIndex) -> str:
    source = shelf.document(successor_id).source
    following = {each.source: each.successor for each in shelf.documents()}
    seen = {document.source}
    after = source
    while after:
        if after in seen:
            raise ApiError(
                422,
                "successor_circle",
                "後継文書がもとの文書に戻ってしまいます。別の文書を選んでください。",
            )
        seen.add(after)
        after = following.get(after, "")
    return source
