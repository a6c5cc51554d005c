"""One page of a document: its stored text, and for a PDF its picture with a passage marked."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import CallerDep, ServicesDep
from api.errors import ApiError
from api.people.permissions import require_open
from api.people.shown import shown_document
from api.serialise import page_json

router = APIRouter(prefix="/api/documents", tags=["文書"])

PageNumber = Annotated[int, Path(ge=1, le=1_000_000)]
Offset = Annotated[int | None, Query(ge=0, le=1_000_000_000)]


@router.get("/{document_id}/pages/{page_number}", summary="ページの本文")
def page(
    document_id: str, page_number: PageNumber, services: ServicesDep, caller: CallerDep
) -> dict[str, object]:
    index = services.shelf_for(caller)
    document = index.document(document_id)
    require_open(caller, document, page_number)
    return page_json(shown_document(document, caller, index), index.page(document_id, page_number))


@router.get(
    "/{document_id}/pages/{page_number}/image",
    summary="ページの画像（引用箇所に印を付ける）",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def page_image(
    document_id: str,
    page_number: PageNumber,
    request: Request,
    services: ServicesDep,
    caller: CallerDep,
    start: Offset = None,
    end: Offset = None,
    width: Annotated[int, Query(ge=200, le=2_400)] = 1_000,
) -> Response:
    index = services.shelf_for(caller)
    document = index.document(document_id)
    require_open(caller, document, page_number)
    stored = index.page(document_id, page_number)
    if document.media_type != "application/pdf":
        raise ApiError(
            404,
            "no_page_image",
            "この文書はPDFではないため、ページの画像がありません。本文の表示を使ってください。",
        )
    if (start is None) != (end is None) or (
        start is not None and end is not None and not start <= end <= len(stored.text)
    ):
        raise ApiError(
            422,
            "out_of_range",
            "開始位置（start）と終了位置（end）は、ページの本文の範囲で両方を指定してください。",
        )
    tag = f'"{document.content_hash[:16]}-{page_number}-{start}-{end}-{width}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    # Rendering loads pdfium, which the other routes never need.
    from api.page_images import render_page

    picture = render_page(index.original(document_id), page_number, stored.text, start, end, width)
    return Response(picture, media_type="image/png", headers=headers)
