"""Errors a caller can expect. Messages are Japanese sentences a clerk understands.

ShioriError
├── IndexLockedError        another process owns the data folder
├── IndexMismatchError      the data folder was made with other settings
├── IndexDamagedError       registry or index files cannot be read
├── UnknownDocumentError    no document with this id
├── UnknownPageError        the document has no such page
├── EmbeddingModelError     the embedding model cannot be loaded
├── DocumentsChangedError   documents changed while a model wrote about them
├── DiskFullError           a write did not fit (rag/disk.py)
└── IngestError             (package ingest derives its own from this)
"""


class ShioriError(Exception):
    """Base of every expected error. `code` is stable and meant for machines."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class IndexLockedError(ShioriError):
    code = "index_locked"


class IndexMismatchError(ShioriError):
    code = "index_mismatch"


class IndexDamagedError(ShioriError):
    code = "index_damaged"


class UnknownDocumentError(ShioriError):
    code = "unknown_document"


class UnknownPageError(ShioriError):
    code = "unknown_page"


class EmbeddingModelError(ShioriError):
    code = "embedding_model"


class DocumentsChangedError(ShioriError):
    code = "documents_changed"


class IngestError(ShioriError):
    code = "ingest"
