"""Who may do what with a document: decided here and nowhere else.

read     its text answers the person's questions: a group in common
manage   change, label or delete it: 管理者 any; 文書担当 those they read and those without a label
open     get the text or picture of a page, or the file: who reads it, but a page that is held back
         (マイナンバー) and the file with it only who manages it, until somebody has accepted it
see      look at it among the documents: whoever may read or manage it
"""

from api.errors import ApiError
from api.people.caller import Caller, Role
from rag.types import Document


def may_read(caller: Caller, document: Document) -> bool:
    return caller.single_user or not caller.groups.isdisjoint(document.groups)


def may_manage(caller: Caller, document: Document) -> bool:
    if caller.has(Role.ADMIN):
        return True
    if not caller.has(Role.DOCUMENTS):
        return False
    return not document.groups or may_read(caller, document)


def may_see(caller: Caller, document: Document) -> bool:
    return may_read(caller, document) or may_manage(caller, document)


def is_officer(caller: Caller) -> bool:
    """Whether the person may add documents and looks after some."""
    return caller.has(Role.DOCUMENTS) or caller.has(Role.ADMIN)


def require_open(caller: Caller, document: Document, page: int | None = None) -> None:
    """Raises ApiError 403 for a page that is held back; without `page`, for a file with one."""
    held = () if document.accepted else document.quality.my_number_pages
    if (page in held if page is not None else held) and not may_manage(caller, document):
        raise ApiError(
            403,
            "page_held_back",
            "マイナンバーとみられる部分があるため、文書担当が確かめるまで表示できません。"
            "必要なときは、文書担当に相談してください。",
        )
