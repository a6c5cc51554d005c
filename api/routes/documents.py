"""/api/documents: list, look at, add, replace, delete and fetch documents."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, UploadFile
from fastapi.responses import FileResponse, JSONResponse
from pydantic import Field

from api.dependencies import CallerDep, OfficerDep, Services, ServicesDep, not_permitted
from api.descriptions import require_period, sound_words
from api.file_names import attachment_header
from api.limits import limits_of
from api.people.accounts import labels
from api.people.caller import Caller
from api.people.guarded import GuardedIndex, Labels
from api.people.permissions import may_manage, require_open
from api.people.shown import shown_document
from api.schemas import Confidentiality, DayOrNone, GroupName, Strict, Words
from api.serialise import receipt_json
from api.uploads import (
    StopWhenServerStops,
    add_upload,
    read_upload,
    replace_upload,
    uploaded_name,
)
from rag.types import Document

router = APIRouter(prefix="/api/documents", tags=["文書"])

MAX_GROUPS = 1_000


def manageable(document_id: str, services: Services, caller: Caller) -> Document:
    """The document, for somebody who may change it.

    Raises UnknownDocumentError for one that the caller may not see, ApiError 403 for one that may
    be looked at only.
    """
    document = services.shelf_for(caller).document(document_id)
    if not may_manage(caller, document):
        raise not_permitted()
    return document


def _guarded(services: Services, caller: Caller, wanted: Labels) -> GuardedIndex:
    return GuardedIndex(
        index=services.index, shelf=services.shelf_for(caller), caller=caller, labels=wanted
    )


@router.get("", summary="登録文書の一覧")
def list_documents(services: ServicesDep, caller: CallerDep) -> dict[str, object]:
    """Those that the caller may read, and for 文書担当 and 管理者 those to look after."""
    shelf = services.shelf_for(caller)
    documents = shelf.documents()
    return {
        "documents": [shown_document(document, caller, shelf) for document in documents],
        "count": len(documents),
    }


class UploadQuery(Strict):
    """What is said of the files of an upload. What is left out is recognised, or stays as it is."""

    groups: Annotated[list[GroupName], Field(max_length=MAX_GROUPS, default_factory=list)]
    confidentiality: Confidentiality = ""
    kind: Words = ""
    department: Words = ""
    issued: DayOrNone = ""
    valid_from: DayOrNone = ""
    valid_until: DayOrNone = ""

    def labels(self) -> Labels:
        """Raises ApiError 422 for a period that ends before it begins."""
        said = {name: getattr(self, name) for name in ("kind", "department", "issued")}
        described: dict[str, object] = {
            name: value for name, value in sound_words(said).items() if value
        }
        if self.valid_from or self.valid_until:
            # One statement: what was recognised in the text is no end to a beginning given here.
            require_period(self.valid_from, self.valid_until)
            described["valid_from"] = self.valid_from or None
            described["valid_until"] = self.valid_until or None
        return Labels(
            groups=labels(self.groups), confidentiality=self.confidentiality, described=described
        )


@router.post("", summary="文書を登録する（同じ名前の文書は置き換える）", status_code=201)
async def add_document(
    file: UploadFile,
    services: ServicesDep,
    caller: OfficerDep,
    said: Annotated[UploadQuery, Query()],
) -> JSONResponse:
    """Without `groups` nobody finds the document until somebody says who may read it."""
    name, settings, wanted = uploaded_name(file), services.settings, said.labels()
    content = await read_upload(file, settings.max_upload_bytes)
    progress = StopWhenServerStops(services.stopping.is_set)
    guarded = _guarded(services, caller, wanted)
    async with services.write_lock:
        status, report = await to_thread.run_sync(
            add_upload,
            name,
            content,
            guarded,
            limits_of(settings),
            progress,
        )
    return JSONResponse(report, status)


@router.put("/{document_id}", summary="登録文書の内容を置き換える")
async def replace_document(
    document_id: str,
    file: UploadFile,
    services: ServicesDep,
    caller: CallerDep,
    keep_old: bool = False,
) -> JSONResponse:
    """The new file goes in under the old name, so that the document keeps its id.

    With `keep_old` the old text stays as an old version (旧版) for questions about days before.
    """
    settings = services.settings
    document = manageable(document_id, services, caller)
    uploaded_name(file, same_kind_as=document.source)
    content = await read_upload(file, settings.max_upload_bytes)
    progress = StopWhenServerStops(services.stopping.is_set)
    async with services.write_lock:
        status, report = await to_thread.run_sync(
            replace_upload,
            document,
            content,
            _guarded(services, caller, Labels()),
            limits_of(settings),
            progress,
            keep_old,
        )
    return JSONResponse(report, status)


@router.get("/{document_id}", summary="一つの文書")
def show_document(document_id: str, services: ServicesDep, caller: CallerDep) -> dict[str, object]:
    shelf = services.shelf_for(caller)
    return shown_document(shelf.document(document_id), caller, shelf)


@router.delete("/{document_id}", summary="文書を登録簿と索引から削除する")
async def remove_document(
    document_id: str, services: ServicesDep, caller: CallerDep
) -> dict[str, object]:
    index = services.index
    async with services.write_lock:
        manageable(document_id, services, caller)
        receipt = await to_thread.run_sync(index.remove, document_id)
    return receipt_json(receipt)


@router.get(
    "/{document_id}/original",
    summary="登録したときのファイル",
    response_class=FileResponse,
)
def original(document_id: str, services: ServicesDep, caller: CallerDep) -> FileResponse:
    index = services.shelf_for(caller)
    document = index.document(document_id)
    require_open(caller, document)
    return FileResponse(
        index.original(document_id),
        # Never a type that a browser would open on this origin.
        media_type="application/octet-stream",
        headers={"Content-Disposition": attachment_header(document.source)},
    )
