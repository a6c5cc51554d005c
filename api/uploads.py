"""One uploaded file on its way into the index."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from fastapi import UploadFile

from api.errors import STATUS_OF_CODE, ApiError, BodyTooLargeError
from api.file_names import safe_file_name
from api.people.guarded import GuardedIndex
from api.serialise import replacement_json
from ingest.archives import ARCHIVE_SUFFIXES, is_archive
from ingest.limits import Limits
from ingest.loaders import SUFFIXES
from ingest.loaders.kinds import ADVICE
from ingest.names import document_id
from ingest.pipeline import ingest_bytes
from ingest.progress import IngestProgress, SilentProgress
from ingest.replacement import replace_document
from ingest.report import IngestReport
from rag.types import ChunkKind, Document


def uploaded_name(upload: UploadFile, *, same_kind_as: str = "") -> str:
    """The safe name of an uploaded file of a supported kind.

    Raises ApiError 422 without a usable name, 415 for a kind that no loader reads or that is not
    the kind of the document it is to replace.
    """
    name = safe_file_name(upload.filename or "")
    if not name:
        raise ApiError(
            422,
            "bad_file_name",
            "ファイル名がないか、使えない文字だけでできています。名前を付け直して送ってください。",
        )
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES | ARCHIVE_SUFFIXES:
        supported = "、".join(sorted(SUFFIXES | ARCHIVE_SUFFIXES))
        advice = f"「{name}」は{ADVICE[suffix]}" if suffix in ADVICE else ""
        raise ApiError(
            415,
            "unsupported_type",
            f"この種類のファイルは登録できません。{advice}使える種類は {supported} です。",
        )
    wanted = PurePosixPath(same_kind_as).suffix.lower()
    if wanted and suffix != wanted:
        raise ApiError(
            415,
            "unsupported_type",
            f"置き換えるファイルは、元と同じ種類（{wanted}）にしてください。",
        )
    return name


async def read_upload(upload: UploadFile, limit_bytes: int) -> bytes:
    """The bytes of the file. Raises BodyTooLargeError above `limit_bytes`."""
    content = await upload.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise BodyTooLargeError(limit_bytes)
    return content


class StopWhenServerStops(SilentProgress):
    """Breaks an ingestion off after a batch; the index then takes back what was begun."""

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self._is_stopping = is_stopping

    def chunks_embedded(self, count: int) -> None:
        if self._is_stopping():
            raise ApiError(
                503,
                "server_stopping",
                "サーバーが停止するところのため、登録を取りやめました。再開後にもう一度送ってください。",
            )


def add_upload(
    name: str, content: bytes, index: GuardedIndex, limits: Limits, progress: IngestProgress
) -> tuple[int, dict[str, object]]:
    """(HTTP status, report) of a file that goes in under `name`, with a receipt for what it replaced.

    Raises ApiError with the sentence of the loader when the file cannot be read.
    """
    if is_archive(name):
        index = replace(index, compact=False)
    report = ingest_bytes(name, content, index, progress=progress, limits=limits)
    if is_archive(name):
        index.compact_index()
        return _answer_of_archive(report, index)
    status, answer = _answer(report, document_id(name), index)
    for receipt in index.receipts:
        answer["receipt"] = replacement_json(receipt)
    return status, answer


def replace_upload(
    document: Document,
    content: bytes,
    index: GuardedIndex,
    limits: Limits,
    progress: IngestProgress,
    keep_old: bool = False,
) -> tuple[int, dict[str, object]]:
    """(HTTP status, report) of a file that takes the place of `document` and keeps its source.

    With `keep_old` the old text stays as an old version (旧版), superseded today.
    """
    if hashlib.sha256(content).hexdigest() == document.content_hash:
        return _answer(IngestReport(unchanged=(document.source,)), document.id, index)
    read, receipt = replace_document(
        document, content, index.index, keep_old=keep_old, limits=limits, progress=progress
    )
    report = IngestReport(
        replaced=(document.source,),
        pages=len(read.pages),
        chunks=len(read.chunks),
        table_rows=sum(chunk.kind is ChunkKind.TABLE_ROW for chunk in read.chunks),
        duplicates=sum(bool(chunk.duplicate_of) for chunk in read.chunks),
        warnings=read.document.warnings,
        seconds=read.seconds,
    )
    status, answer = _answer(report, document.id, index)
    return status, answer | {"receipt": replacement_json(receipt)}


def _answer_of_archive(report: IngestReport, index: GuardedIndex) -> tuple[int, dict[str, object]]:
    """Several documents: those that could not be read stand in `failures` beside the others."""
    if report.nothing_readable:
        failure = report.failures[0]
        raise ApiError(STATUS_OF_CODE.get(failure.code, 422), failure.code, failure.message)
    sources = (*report.added, *report.replaced, *report.unchanged)
    content = report.as_dict() | {
        "outcome": "added" if report.added else "replaced" if report.replaced else "unchanged",
        "documents": [index.shown(document_id(source)) for source in sources],
        "receipts": [replacement_json(receipt) for receipt in index.receipts],
    }
    return 201 if report.added else 200, content


def _answer(report: IngestReport, key: str, index: GuardedIndex) -> tuple[int, dict[str, object]]:
    if report.failures:
        failure = report.failures[0]
        raise ApiError(STATUS_OF_CODE.get(failure.code, 422), failure.code, failure.message)
    outcome = "added" if report.added else "replaced" if report.replaced else "unchanged"
    content = report.as_dict() | {
        "outcome": outcome,
        "document": index.shown(key),
    }
    return 201 if report.added else 200, content
