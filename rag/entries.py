"""Keys of the entries in the derived indexes.

An entry carries the revision of its document. While a document is replaced, entries of the old
and the new revision lie side by side; the registry alone says which of them answer.
"""


def entry_key(chunk_id: str, revision: int) -> str:
    return f"{chunk_id}@{revision}"


def split_key(key: str) -> tuple[str, int]:
    """(chunk id, revision)."""
    chunk_id, _, revision = key.rpartition("@")
    return chunk_id, int(revision)


def document_of(chunk_id: str) -> str:
    return chunk_id.rpartition(":")[0]
