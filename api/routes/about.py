"""GET /api/about and GET /api/suggestions: what the empty page shows."""

import importlib.metadata

from fastapi import APIRouter

from api.dependencies import CallerDep, ServicesDep
from api.readiness import indexed_at

router = APIRouter(prefix="/api", tags=["状態"])


@router.get("/about", summary="版、索引の日付、登録文書の数")
def about(services: ServicesDep, caller: CallerDep) -> dict[str, object]:
    assistant = services.assistant_for(caller)
    index, versions = assistant.index, assistant.versions
    newest = indexed_at(index)
    return {
        "name": "しおり",
        "version": importlib.metadata.version("shiori"),
        "index_version": versions.index,
        "embedding": versions.embedding,
        "generator": versions.generator,
        "document_count": len(index.documents()),
        "indexed_at": newest.isoformat(timespec="seconds") if newest else None,
        "mode": "extractive" if services.whole.writer is None else "auto",
        "modes": ["auto", "extractive", *(["llm"] if services.whole.writer else [])],
    }


@router.get("/suggestions", summary="登録文書から作った質問の例")
def suggestions(services: ServicesDep, caller: CallerDep) -> dict[str, list[str]]:
    return {"suggestions": services.suggestions_for(caller)}
