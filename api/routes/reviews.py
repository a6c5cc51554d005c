"""/api/documents/{id}/quality and PATCH: what is known about a document, what a person decides."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter
from pydantic import Field

from api.dependencies import ServicesDep
from api.errors import ApiError
from api.schemas import Strict
from ingest.quality_report import quality_report
from ingest.review import accept, exclude_pages
from rag.index import Index

router = APIRouter(prefix="/api/documents", tags=["文書"])

MAX_PAGES = 10_000


class ReviewBody(Strict):
    """Body of PATCH /api/documents/{document_id}. What is left out stays as it is."""

    excluded_pages: (
        Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=MAX_PAGES)] | None
    ) = None
    accepted: bool | None = None


@router.get("/{document_id}/quality", summary="文書の読み取りの品質")
def show_quality(document_id: str, services: ServicesDep) -> dict[str, object]:
    return _report(services.assistant.index, document_id)


@router.patch("/{document_id}", summary="ページを検索から外す、確認済みにする")
async def review_document(
    document_id: str, body: ReviewBody, services: ServicesDep
) -> dict[str, object]:
    if body.excluded_pages is None and body.accepted is None:
        raise ApiError(
            422,
            "missing_field",
            "変更する内容がありません。excluded_pages か accepted を指定してください。",
        )
    index = services.assistant.index
    async with services.write_lock:
        await to_thread.run_sync(_review, index, document_id, body)
    return _report(index, document_id)


def _review(index: Index, document_id: str, body: ReviewBody) -> None:
    document = index.document(document_id)
    if body.excluded_pages is not None:
        document = exclude_pages(index, document, body.excluded_pages)
    if body.accepted is not None:
        accept(index, document, body.accepted)


def _report(index: Index, document_id: str) -> dict[str, object]:
    return quality_report(index.document(document_id), index.documents())
