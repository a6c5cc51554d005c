"""/api/documents/{id}/quality and PATCH: what is known about a document, what a person decides."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter
from pydantic import Field

from api.dependencies import CallerDep, ServicesDep
from api.errors import ApiError
from api.people.accounts import labels
from api.routes.documents import MAX_GROUPS, manageable
from api.schemas import Confidentiality, GroupName, Strict
from ingest.quality_report import quality_report
from ingest.review import accept, exclude_pages
from rag.index import Index
from rag.searching import SearchableIndex
from rag.types import Document

router = APIRouter(prefix="/api/documents", tags=["文書"])

MAX_PAGES = 10_000


class ReviewBody(Strict):
    """Body of PATCH /api/documents/{document_id}. What is left out stays as it is."""

    excluded_pages: (
        Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=MAX_PAGES)] | None
    ) = None
    accepted: bool | None = None
    # Whose members may read it; an empty list hides it from everybody.
    groups: Annotated[list[GroupName], Field(max_length=MAX_GROUPS)] | None = None
    confidentiality: Confidentiality | None = None

    @property
    def says_something(self) -> bool:
        return any(getattr(self, name) is not None for name in type(self).model_fields)


@router.get("/{document_id}/quality", summary="文書の読み取りの品質")
def show_quality(document_id: str, services: ServicesDep, caller: CallerDep) -> dict[str, object]:
    return _report(services.shelf_for(caller), document_id)


@router.patch("/{document_id}", summary="ページを検索から外す、確認済みにする、読める人を決める")
async def review_document(
    document_id: str, body: ReviewBody, services: ServicesDep, caller: CallerDep
) -> dict[str, object]:
    if not body.says_something:
        raise ApiError(
            422,
            "missing_field",
            "変更する内容がありません。"
            "excluded_pages、accepted、groups、confidentiality のどれかを指定してください。",
        )
    async with services.write_lock:
        manageable(document_id, services, caller)
        document = await to_thread.run_sync(_review, services.index, document_id, body)
    # What was labelled for others alone is out of sight from here on, but not from this answer.
    others = services.shelf_for(caller).documents()
    return quality_report(document, others) | {
        "groups": list(document.groups),
        "confidentiality": document.confidentiality,
    }


def _review(index: Index, document_id: str, body: ReviewBody) -> Document:
    document = index.document(document_id)
    if body.excluded_pages is not None:
        document = exclude_pages(index, document, body.excluded_pages)
    if body.accepted is not None:
        document = accept(index, document, body.accepted)
    if body.groups is not None or body.confidentiality is not None:
        groups = None if body.groups is None else labels(body.groups)
        document = index.label(document_id, groups=groups, confidentiality=body.confidentiality)
    return document


def _report(index: SearchableIndex, document_id: str) -> dict[str, object]:
    return quality_report(index.document(document_id), index.documents())
