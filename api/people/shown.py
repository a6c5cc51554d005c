"""Documents and turns as one person gets to see them: nothing in them names what is hidden."""

import json

from api.people.caller import Caller
from api.people.permissions import may_manage
from api.serialise import document_json
from api.turns import is_there, may_still_be_shown, turn_json
from ingest.names import document_id
from rag.registry.blanking import blanked
from rag.registry.turns import RecordedTurn
from rag.searching import SearchableIndex
from rag.types import Document

HIDDEN = "（出典の文書を読む権限がなくなったため、この回答の内容は表示しません。）"


def shown_document(document: Document, caller: Caller, shelf: SearchableIndex) -> dict[str, object]:
    """As `document_json`, with `can_manage`.

    A successor that the person may not see is left out, and so are groups that are not theirs,
    except for whoever looks after the document.
    """
    shown = document_json(document)
    manage = may_manage(caller, document)
    if not manage:
        shown["groups"] = sorted(caller.groups.intersection(document.groups))
    if document.successor and not is_there(document_id(document.successor), shelf):
        shown["successor"] = None
    return shown | {"can_manage": manage}


def shown_turn(
    recorded: RecordedTurn, caller: Caller, readable: SearchableIndex, whole: SearchableIndex
) -> dict[str, object]:
    """As `turn_json`, as far as its answer may be read now.

    An answer from documents that may no longer be read is blanked; a warning that names a hidden
    document is left out.
    """
    shown = turn_json(recorded)
    if caller.single_user or not recorded.answer:
        return shown
    if not may_still_be_shown(recorded, caller, readable):
        emptied = json.loads(blanked(recorded.answer)) | {"answer": HIDDEN}
        return shown | {"answer": emptied}
    answer = json.loads(recorded.answer)
    if answer.get("warnings"):
        hidden = [d.title for d in whole.documents() if not is_there(d.id, readable)]
        answer["warnings"] = [
            warning
            for warning in answer["warnings"]
            if not any(title in warning["message"] for title in hidden)
        ]
    return shown | {"answer": answer}
