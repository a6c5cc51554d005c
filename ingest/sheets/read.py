"""A file of sheets into a batch: the one entry for command line, server and evaluation."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ingest.sheets.assemble import assemble
from ingest.sheets.csv_file import read_csv
from ingest.sheets.errors import SheetFileError, UnknownColumnsError
from ingest.sheets.json_file import read_json
from ingest.sheets.mapping import Proposal, propose
from ingest.sheets.personal import held, personal_remark
from ingest.sheets.raw import RawSheet, SheetBatch, SheetFailure
from ingest.sheets.table import find_head, rows_below
from rag.drafting.records import Cell, Note, Sheet
from rag.text import key

SUFFIXES = (".xlsx", ".xlsm", ".csv", ".tsv", ".json")
MAX_FILE_BYTES = 50_000_000


def read_sheet_file(path: Path, mapping: Mapping[str, str] | None = None) -> SheetBatch:
    """The sheets of the file at `path`. Raises SheetFileError."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SheetFileError(f"「{path.name}」は50MBを超えています。ファイルを分けてください。")
        content = path.read_bytes()
    except OSError as error:
        raise SheetFileError(
            f"「{path}」を開けません（{error.strerror}）。場所とアクセス権を確かめてください。"
        ) from error
    return read_sheets(content, path.name, mapping)


def read_sheets(content: bytes, file: str, mapping: Mapping[str, str] | None = None) -> SheetBatch:
    """The sheets of a file's `content`; `file` is its name. `mapping` as from `read_mapping`.

    A sheet that cannot be read becomes a failure beside the others. Raises SheetFileError when
    nothing of the file can be read, UnknownColumnsError when only its column heads are unknown.
    """
    raws, notes = _raw_sheets(content, file, mapping)
    entries = [held(raw) or _entry(raw) for raw in raws]
    if not entries:
        raise SheetFileError(
            f"「{file}」に記入された調書がありません。事務事業名を記入した行を入れてください。"
        )
    if notes:
        at = next((n for n, entry in enumerate(entries) if isinstance(entry, Sheet)), None)
        if at is not None:
            first = entries[at]
            assert isinstance(first, Sheet)
            entries[at] = replace(first, notes=(*notes, *first.notes))
    remarks = tuple(
        f"{note.why}「{note.cell.sheet}」に、画面に表示されない内容があります。" for note in notes
    )
    if remark := personal_remark(raws):
        remarks = (*remarks, remark)
    return SheetBatch(
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        entries=tuple(link_years(entries)),
        remarks=remarks,
    )


def propose_mapping(content: bytes, file: str) -> list[Proposal]:
    """A field for each column of the file's first table. Raises SheetFileError."""
    suffix = _suffix(file)
    if suffix in (".xlsx", ".xlsm"):
        # Imported here and below: every file is read in a process of its own, which is there in
        # half the time without the reader of workbooks.
        from ingest.sheets.xlsx import open_pages

        pages, _ = open_pages(content, file)
        failure: UnknownColumnsError | None = None
        for page in pages:
            try:
                return propose(page.grid)
            except UnknownColumnsError as error:
                failure = error
        raise failure or SheetFileError(f"「{file}」に表示されているシートがありません。")
    if suffix in (".csv", ".tsv"):
        return propose(read_csv(content, file))
    raise SheetFileError(
        "列の対応表を作れるのは XLSX と CSV です。JSONは項目名をそのまま使います。"
    )


def _suffix(file: str) -> str:
    suffix = Path(file).suffix.lower()
    if suffix not in SUFFIXES:
        raise SheetFileError(
            f"「{file}」の形式は読み取れません。XLSX、CSV、JSONのどれかにしてください。"
        )
    return suffix


def _raw_sheets(
    content: bytes, file: str, mapping: Mapping[str, str] | None
) -> tuple[list[RawSheet], tuple[Note, ...]]:
    suffix = _suffix(file)
    if suffix == ".json":
        return read_json(content, file), ()
    if suffix in (".xlsx", ".xlsm"):
        from ingest.sheets.xlsx import open_pages, read_pages

        pages, notes = open_pages(content, file)
        raws = read_pages(pages, file, mapping)
        if not raws and not any(find_head(page.grid, mapping) for page in pages):
            raise _unknown_columns(file)
        return raws, notes
    grid = read_csv(content, file)
    head = find_head(grid, mapping)
    if head is None:
        raise _unknown_columns(file)
    return rows_below(
        grid, head, lambda row: Cell(file=file, address=f"A{row + 1}"), lambda _: ()
    ), ()


def _unknown_columns(file: str) -> UnknownColumnsError:
    return UnknownColumnsError(
        f"「{file}」の列の見出しが様式と違います。--propose-mapping 対応表.json で対応表を作り、"
        "確かめてから --mapping 対応表.json を付けて実行してください。"
    )


def _entry(raw: RawSheet) -> Sheet | SheetFailure:
    try:
        return assemble(raw)
    except SheetFileError as error:
        texts = {
            field: raw.values[field].text for field in ("sheet_no", "name") if field in raw.values
        }
        return SheetFailure(
            sheet_no=texts.get("sheet_no", ""),
            name=texts.get("name", ""),
            place=raw.place.label,
            message=error.message,
            row=raw.row,
        )


def link_years(entries: list[Sheet | SheetFailure]) -> list[Sheet | SheetFailure]:
    """Where a file holds a project's sheet of the year before, its comment is last year's."""
    known = {
        (key(e.sheet_no.text or e.name.text), e.fiscal_year): e
        for e in entries
        if isinstance(e, Sheet)
    }
    out: list[Sheet | SheetFailure] = []
    for entry in entries:
        if isinstance(entry, Sheet) and entry.previous.first_comment.blank:
            before = known.get((key(entry.sheet_no.text or entry.name.text), entry.fiscal_year - 1))
            if before is not None:
                comment = before.first.comment
                previous = replace(entry.previous, first_comment=comment)
                entry = replace(entry, previous=previous)
        out.append(entry)
    return out
