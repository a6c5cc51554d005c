"""Feedback in the words of the page, and the office that a report goes to."""

import json
from collections.abc import Sequence

from api.errors import ApiError
from api.turns import is_there
from rag.registry.feedback import Feedback
from rag.registry.turns import RecordedTurn
from rag.searching import SearchableIndex

CATEGORIES = {
    "incorrect": "内容が事実と違う",
    "outdated": "情報が古い",
    "missing": "必要なことが抜けている",
    "off_topic": "質問とずれている",
    "other": "そのほか",
}


def feedback_json(said: Feedback | None) -> dict[str, object] | None:
    """For the person who said it; the name of the officer who answered is not part of it."""
    if said is None:
        return None
    return {
        "verdict": said.verdict,
        "category": said.category,
        "note": said.note,
        "outcome": said.outcome,
        "minutes": said.minutes,
        "report": {
            "office": said.office,
            "reported_at": said.reported_at,
            "settled_at": said.settled_at or None,
            "reply": said.reply,
        }
        if said.reported
        else None,
    }


def rests_on(turn: RecordedTurn) -> list[str]:
    """Ids of the documents of an answer, those cited first."""
    answer = json.loads(turn.answer or "{}")
    return list(
        dict.fromkeys(
            part["document_id"]
            for name in ("citations", "passages")
            for part in answer.get(name) or ()
        )
    )


def office_of(
    documents: Sequence[str], wanted: str | None, readable: SearchableIndex
) -> tuple[str, str]:
    """(document id, 所管課) that a report goes to; ("", "") where the answer rests on nothing.

    Raises ApiError 404 for a document that is not of the answer or cannot be read.
    """
    there = [document_id for document_id in documents if is_there(document_id, readable)]
    if wanted is not None and wanted not in there:
        raise ApiError(
            404,
            "unknown_document",
            "報告する文書は、この回答の出典から選んでください。",
        )
    about = wanted or (there[0] if there else "")
    return about, readable.document(about).department if about else ""
