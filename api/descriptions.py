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
    checked = dict(said)
    for name in ("kind", "department"):
        if isinstance(words := said.get(name), str):
            checked[name] = " ".join(words.split())
    if successor := said.get("successor"):
        checked["successor"] = _source_of(str(successor), document, shelf)
    first = checked.get("valid_from", document.valid_from)
    last = checked.get("valid_until", document.valid_until)
    if isinstance(first, date) and isinstance(last, date) and last < first:
        raise ApiError(
            422,
            "invalid_period",
            f"対象期間の終わり（{last}）が始まり（{first}）より前です。日付を確かめてください。",
        )
    return checked


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
