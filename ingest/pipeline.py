"""Folders and files into the index: what is new or changed goes in, one bad file stops nothing."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Protocol

from ingest.archives import ARCHIVE_SUFFIXES, is_archive, members
from ingest.catalog import CATALOG_NAME, Catalog, CatalogEntry, CatalogError, read_catalog
from ingest.errors import FileLimitError, UnreadableFileError
from ingest.isolation import read_isolated
from ingest.limits import Limits
from ingest.loaders import SUFFIXES
from ingest.loaders.kinds import ADVICE
from ingest.names import document_id, sanitise_name, source_of
from ingest.progress import IngestProgress, SilentProgress
from ingest.reading import CHUNKER_VERSION, ReadFile
from ingest.report import Failure, IngestReport
from ingest.review import with_review_of
from rag.errors import IngestError
from rag.types import Chunk, ChunkKind, Document, Page

__all__ = ["CHUNKER_VERSION", "IndexForIngest", "find_files", "ingest", "ingest_bytes"]


class IndexForIngest(Protocol):
    """The part of the index that ingestion needs."""

    def add(
        self,
        document: Document,
        pages: Sequence[Page],
        chunks: Sequence[Chunk],
        *,
        original: bytes | None = None,
        on_embedded: Callable[[int], None] = ...,
    ) -> None: ...

    def documents(self) -> list[Document]: ...


@dataclass(frozen=True, slots=True)
class SourceFile:
    path: Path
    source: str
    entry: CatalogEntry | None
    catalog: Catalog = field(default_factory=dict)  # for the files inside an archive


@dataclass(slots=True)
class _Tally:
    added: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("pages", "chunks", "table_rows", "duplicates"), 0)
    )
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("read", "structure", "embed", "write"), 0.0)
    )

    def report(self, index: IndexForIngest, *, stopped: bool) -> IngestReport:
        return IngestReport(
            added=tuple(self.added),
            replaced=tuple(self.replaced),
            unchanged=tuple(self.unchanged),
            warnings=tuple(self.warnings),
            failures=tuple(self.failures),
            stopped=stopped,
            documents=tuple(self.documents),
            registered=tuple(index.documents()) if self.documents else (),
            seconds=dict(self.seconds),
            **self.counts,
        )


def ingest(
    paths: Iterable[Path],
    index: IndexForIngest,
    *,
    catalog: Catalog | None = None,
    progress: IngestProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    force: bool = False,
    limits: Limits | None = None,
) -> IngestReport:
    """Takes in files and folders (with their subfolders, in order of their names).

    A file is skipped when its content and what the catalogue says of it are as stored, unless
    `force`. Documents that are no longer in the folder stay. What cannot be read becomes a
    failure in the report; only errors of the index itself (full disk, lost lock) are raised.
    `should_stop` is asked before every file.
    """
    progress = progress or SilentProgress()
    limits = limits or Limits()
    tally = _Tally()
    files = list(find_files(paths, catalog, tally.failures))
    stopped = False
    for number, file in enumerate(files, start=1):
        if should_stop is not None and should_stop():
            stopped = True
            break
        progress.file_started(file.source, number, len(files))
        try:
            content = _content(file, limits)
            if is_archive(file.source):
                _unpack(content, file, index, tally, progress, force, limits)
            else:
                _take_in(content, file.source, file.entry, index, tally, progress, force, limits)
        except IngestError as error:
            tally.failures.append(
                Failure(source=file.source, code=error.code, message=error.message)
            )
        progress.file_finished(file.source)
    return tally.report(index, stopped=stopped)


def ingest_bytes(
    name: str,
    content: bytes,
    index: IndexForIngest,
    *,
    entry: CatalogEntry | None = None,
    progress: IngestProgress | None = None,
    force: bool = False,
    limits: Limits | None = None,
) -> IngestReport:
    """Takes in one uploaded file under its sanitised name; an archive as the documents inside it.

    A failure is in the report.
    """
    tally = _Tally()
    limits = limits or Limits()
    source = sanitise_name(name)
    try:
        if not source:
            raise UnreadableFileError(
                "ファイル名がないか、使えない文字だけでできています。名前を付け直してください。"
            )
        progress = progress or SilentProgress()
        if is_archive(source):
            file = SourceFile(Path(source), source, None)
            _unpack(content, file, index, tally, progress, force, limits)
        else:
            _take_in(content, source, entry, index, tally, progress, force, limits)
    except IngestError as error:
        tally.failures.append(Failure(source=source, code=error.code, message=error.message))
    return tally.report(index, stopped=False)


def find_files(
    paths: Iterable[Path], catalog: Catalog | None, failures: list[Failure]
) -> Iterator[SourceFile]:
    """The readable files that `paths` name, each source once; what is not there goes to `failures`."""
    seen: set[str] = set()
    for path in paths:
        for file in _files_of(path, catalog, failures):
            if file.source not in seen:
                seen.add(file.source)
                yield file


def _files_of(path: Path, catalog: Catalog | None, failures: list[Failure]) -> Iterator[SourceFile]:
    if not path.exists():
        _fail(failures, path, "not_found", f"「{path}」が見つかりません。場所を確かめてください。")
        return
    if not path.is_dir():
        known = catalog if catalog is not None else _catalog_beside(path.parent, failures)
        source = source_of(path, None)
        yield SourceFile(path, source, known.get(source), known)
        return
    known = catalog if catalog is not None else _catalog_beside(path, failures)
    before = len(failures)
    # Kinds that a person has to convert first are picked up too, to be named in the report.
    wanted = SUFFIXES | ARCHIVE_SUFFIXES | ADVICE.keys()
    found = [file for file in _walk(path, failures) if file.suffix.lower() in wanted]
    if not found and len(failures) == before:
        kinds = "、".join(sorted(SUFFIXES | ARCHIVE_SUFFIXES))
        _fail(
            failures,
            path,
            "no_readable_files",
            f"フォルダ「{path}」に読み込めるファイルがありません。読み込める形式は {kinds} です。",
        )
    for file in found:
        source = source_of(file, path)
        yield SourceFile(file, source, known.get(source), known)


def _walk(folder: Path, failures: list[Failure]) -> Iterator[Path]:
    """Files below a folder in order of their names; hidden ones and a catalogue's README aside."""

    def refused(error: OSError) -> None:
        _fail(
            failures,
            Path(error.filename),
            "unreadable_folder",
            f"フォルダ「{error.filename}」を開けませんでした（{error.strerror}）。アクセス権を確かめてください。",
        )

    for root, folders, names in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(names):
            if not name.startswith((".", "~$")) and name.upper() != "README.MD":
                yield Path(root) / name


def _catalog_beside(folder: Path, failures: list[Failure]) -> Catalog:
    try:
        return read_catalog(folder / CATALOG_NAME)
    except CatalogError as error:
        _fail(failures, folder / CATALOG_NAME, error.code, error.message)
        return {}


def _fail(failures: list[Failure], path: Path, code: str, message: str) -> None:
    failures.append(Failure(source=str(path), code=code, message=message))


def _content(file: SourceFile, limits: Limits) -> bytes:
    try:
        status = file.path.stat()
        if not S_ISREG(status.st_mode):
            raise UnreadableFileError(
                f"「{file.source}」は通常のファイルではないため読み込めません。フォルダから取り除いてください。"
            )
        if status.st_size > limits.file_bytes:
            raise FileLimitError(
                f"「{file.source}」は{status.st_size // 1_000_000:,}MBあり、上限の{limits.file_bytes // 1_000_000:,}MBを"
                "超えています。分割して登録してください。"
            )
        return file.path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFileError(
            f"「{file.source}」は読み込む前になくなりました。ファイルの場所を確かめて、もう一度実行してください。"
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            f"「{file.source}」を開けませんでした（{error.strerror}）。アクセス権を確かめてください。"
        ) from error


def _unpack(
    content: bytes,
    archive: SourceFile,
    index: IndexForIngest,
    tally: _Tally,
    progress: IngestProgress,
    force: bool,
    limits: Limits,
) -> None:
    """Takes in the files inside an archive; one that cannot be read stops no other."""
    for member in members(content, archive.source, limits, tally.warnings.append):
        try:
            if member.refusal is not None:
                raise member.refusal
            entry = archive.catalog.get(member.source)
            _take_in(member.content, member.source, entry, index, tally, progress, force, limits)
        except IngestError as error:
            tally.failures.append(
                Failure(source=member.source, code=error.code, message=error.message)
            )


def _take_in(
    content: bytes,
    source: str,
    entry: CatalogEntry | None,
    index: IndexForIngest,
    tally: _Tally,
    progress: IngestProgress,
    force: bool,
    limits: Limits,
) -> None:
    known = {document.id: document for document in index.documents()}.get(document_id(source))
    if known is not None and not force and _is_unchanged(known, content, entry):
        tally.unchanged.append(source)
        return
    read = with_review_of(read_isolated(content, source, entry, limits=limits), known)
    progress.chunks_found(len(read.pages), len(read.chunks))
    _add(read, content, index, tally, progress)
    (tally.replaced if known else tally.added).append(source)
    tally.documents.append(read.document)
    tally.warnings.extend(read.document.warnings)
    tally.counts["pages"] += len(read.pages)
    tally.counts["chunks"] += len(read.chunks)
    tally.counts["table_rows"] += sum(c.kind is ChunkKind.TABLE_ROW for c in read.chunks)
    tally.counts["duplicates"] += sum(bool(c.duplicate_of) for c in read.chunks)


def _add(
    read: ReadFile,
    content: bytes,
    index: IndexForIngest,
    tally: _Tally,
    progress: IngestProgress,
) -> None:
    started = embedded_at = time.perf_counter()

    def embedded(count: int) -> None:
        nonlocal embedded_at
        embedded_at = time.perf_counter()
        progress.chunks_embedded(count)

    index.add(read.document, read.pages, read.chunks, original=content, on_embedded=embedded)
    for stage, seconds in read.seconds.items():
        tally.seconds[stage] += seconds
    tally.seconds["embed"] += embedded_at - started
    tally.seconds["write"] += time.perf_counter() - embedded_at


def _is_unchanged(known: Document, content: bytes, entry: CatalogEntry | None) -> bool:
    if known.content_hash != sha256(content).hexdigest():
        return False
    if entry is None:
        return True
    stated = (
        "title",
        "kind",
        "publisher",
        "department",
        "issued",
        "valid_from",
        "valid_until",
        "groups",
        "confidentiality",
    )
    # What a person has said goes before the catalogue.
    open_to_it = [name for name in stated if name not in known.described]
    if "successor" not in known.described and known.successor != entry.successor:
        return False
    return all(
        not getattr(entry, name) or getattr(entry, name) == getattr(known, name)
        for name in open_to_it
    )
