"""POST /api/search: passages only."""

import time

from fastapi import APIRouter

from api.audit_trail import NoteDep
from api.dependencies import CallerDep, ServicesDep, require_known_documents
from api.schemas import SearchBody
from api.serialise import passage_json

router = APIRouter(prefix="/api", tags=["質問と検索"])


@router.post("/search", summary="質問に近い箇所を探す")
def search(
    body: SearchBody, services: ServicesDep, caller: CallerDep, note: NoteDep
) -> dict[str, object]:
    started = time.perf_counter()
    admitted = services.personal.admit(body.query, body.personal_information)
    services.personal.require_unblocked(admitted)
    note.put(input=admitted.recorded)
    query = body.to_query(services.settings.top_k, admitted.text)
    assistant = services.assistant_for(caller)
    require_known_documents(assistant.index, query.document_ids)
    passages = services.personal.passages(assistant.search(query))
    note.retrieved(passage.document_id for passage in passages)
    return {
        "passages": [passage_json(passage) for passage in passages],
        "timings_ms": {"total": round((time.perf_counter() - started) * 1000, 1)},
    }
