"""/api/documents: list, look at, add, replace, delete and fetch documents."""

from anyio import to_thread
from fastapi import APIRouter, UploadFile
from fastapi.responses import FileResponse, JSONResponse

from api.dependencies import ServicesDep
from api.file_names import attachment_header
from api.limits import limits_of
from api.serialise import document_json, receipt_json
from api.uploads import (
    StopWhenServerStops,
    add_upload,
    read_upload,
    replace_upload,
    uploaded_name,
)

router = APIRouter(prefix="/api/documents", tags=["文書"])


@router.get("", summary="登録文書の一覧")
def list_documents(services: ServicesDep) -> dict[str, object]:
    documents = services.assistant.index.documents()
    return {
        "documents": [document_json(document) for document in documents],
        "count": len(documents),
    }


@router.post("", summary="文書を登録する（同じ名前の文書は置き換える）", status_code=201)
async def add_document(file: UploadFile, services: ServicesDep) -> JSONResponse:
    name, settings = uploaded_name(file), services.settings
    content = await read_upload(file, settings.max_upload_bytes)
    progress = StopWhenServerStops(services.stopping.is_set)
    async with services.write_lock:
        status, report = await to_thread.run_sync(
            add_upload,
            name,
            content,
            services.assistant.index,
            limits_of(settings),
            progress,
        )
    return JSONResponse(report, status)


@router.put("/{document_id}", summary="登録文書の内容を置き換える")
async def replace_document(
    document_id: str, file: UploadFile, services: ServicesDep, keep_old: bool = False
) -> JSONResponse:
    """The new file goes in under the old name, so that the document keeps its id.

    With `keep_old` the old text stays as an old version (旧版) for questions about days before.
    """
    index, settings = services.assistant.index, services.settings
    document = index.document(document_id)
    uploaded_name(file, same_kind_as=document.source)
    content = await read_upload(file, settings.max_upload_bytes)
    progress = StopWhenServerStops(services.stopping.is_set)
    async with services.write_lock:
        status, report = await to_thread.run_sync(
            replace_upload, document, content, index, limits_of(settings), progress, keep_old
        )
    return JSONResponse(report, status)


@router.get("/{document_id}", summary="一つの文書")
def show_document(document_id: str, services: ServicesDep) -> dict[str, object]:
    return document_json(services.assistant.index.document(document_id))


@router.delete("/{document_id}", summary="文書を登録簿と索引から削除する")
async def remove_document(document_id: str, services: ServicesDep) -> dict[str, object]:
    index = services.assistant.index
    async with services.write_lock:
        receipt = await to_thread.run_sync(index.remove, document_id)
    return receipt_json(receipt)


@router.get(
    "/{document_id}/original",
    summary="登録したときのファイル",
    response_class=FileResponse,
)
def original(document_id: str, services: ServicesDep) -> FileResponse:
    index = services.assistant.index
    document = index.document(document_id)
    return FileResponse(
        index.original(document_id),
        # Never a type that a browser would open on this origin.
        media_type="application/octet-stream",
        headers={"Content-Disposition": attachment_header(document.source)},
    )
