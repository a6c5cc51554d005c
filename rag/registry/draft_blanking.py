"""Drafts that rest on documents somebody may not see, or that are gone: those parts go, the rest
of the draft stays. Sheets (調書) are no documents: what comes from their cells is never touched.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from rag.registry.schema import documents, draft_sheets, draft_versions

REMOVED = "出典の文書が削除されたため、その文書による文と引用を消去しました。"
REMOVED_QUOTE = "「（出典の文書が削除されたため消去）」"

_QUOTED = re.compile("「([^「」]{8,})」")
# A quotation inside a quotation has other brackets than it had in the document.
_UNSEEN = str.maketrans("", "", "「」『』 \t\r\n\u3000")


def documents_of(draft: dict[str, Any]) -> set[str]:
    """Ids of the documents that a draft (as JSON) quotes."""
    found = (*draft.get("citations", ()), *draft.get("related", ()))
    return {each["document_id"] for each in found if each.get("kind") == "document"}


def without_documents(
    draft: dict[str, Any], document_ids: Collection[str], why: str
) -> dict[str, Any]:
    """The draft without sentences and quotations of these documents; `why` becomes a warning."""
    gone = set(document_ids)
    if not gone & documents_of(draft):
        return draft
    citations = draft["citations"]
    markers = {each["marker"] for each in citations if each.get("document_id") in gone}
    sentences = [each for each in draft["sentences"] if not markers & set(each["citations"])]
    return draft | {
        "sentences": sentences,
        "draft": "".join(each["text"] for each in sentences),
        "citations": [each for each in citations if each["marker"] not in markers],
        "related": [each for each in draft["related"] if each.get("document_id") not in gone],
        "warnings": [*draft["warnings"], {"code": "source_hidden", "message": why}],
    }


def blank_drafts(connection: Connection, document_id: str, texts: Sequence[str]) -> int:
    """Takes a removed document out of every draft; returns how many drafts named it.

    Of what people wrote only quotations that stand in the document are taken out.
    """
    flat = "".join(texts).translate(_UNSEEN)
    named = f'"{document_id}"'
    blanked = 0
    for table in (draft_sheets, draft_versions):
        key = list(table.primary_key.columns)
        found = connection.execute(
            select(table).where(table.c.machine.contains(named, autoescape=True))
        ).all()
        for row in found:
            values: dict[str, object] = {
                "machine": json.dumps(
                    without_documents(json.loads(row.machine), {document_id}, REMOVED),
                    ensure_ascii=False,
                )
            }
            if table is draft_sheets and row.text:
                values["text"] = _QUOTED.sub(
                    lambda match: (
                        REMOVED_QUOTE if match[1].translate(_UNSEEN) in flat else match[0]
                    ),
                    row.text,
                )
            where = [column == getattr(row, column.name) for column in key]
            connection.execute(update(table).where(*where).values(**values))
            blanked += 1
    return blanked


def without_removed(connection: Connection, machine: str) -> str:
    """The JSON of a draft just made, without documents that were removed meanwhile."""
    draft = json.loads(machine)
    wanted = documents_of(draft)
    there = set(connection.scalars(select(documents.c.id).where(documents.c.id.in_(wanted))))
    if wanted <= there:
        return machine
    return json.dumps(without_documents(draft, wanted - there, REMOVED), ensure_ascii=False)
