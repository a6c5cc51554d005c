"""Whether registry, indexes and model agree, in sentences for the administrator."""

from datetime import UTC, datetime

from rag.errors import ShioriError
from rag.index import Index
from rag.searching import SearchableIndex


def readiness_faults(index: Index) -> list[str]:
    """Why the index cannot answer; empty when it can."""
    status = index.status()
    if status.agree:
        return []
    return [
        f"登録簿の断片は {status.chunks} 件ですが、ベクトル索引は {status.vectors} 件、"
        f"全文索引は {status.lexical_entries} 件です。サーバーを再起動すると索引を作り直します。"
    ]


def indexed_at(index: SearchableIndex) -> datetime | None:
    """When the newest of the registered files came in (UTC); None without any."""
    times = []
    for document in index.documents():
        try:
            times.append(index.original(document.id).stat().st_mtime)
        except (ShioriError, OSError):
            continue  # removed meanwhile, or registered without its file
    return datetime.fromtimestamp(max(times), UTC) if times else None
