"""XLSX: a sheet is a page, its tables are tab-separated rows under a heading with the cell range.

Behind a heading with a range like A3:F20 every body row is one line and the last line is row 20,
so that the cells of a quoted line follow from the page text alone (`rag/cell_ranges.py`). Where
merged rows break that, the range is written A3～F20.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from ingest.errors import UnreadableFileError
from ingest.limits import in_force
from ingest.loaders.grid_cells import GridCell
from ingest.loaders.grid_forms import with_words
from ingest.loaders.grids import GridText, grid_text, one_line
from ingest.loaders.packages import Package, local
from ingest.loaders.records import LoadedDocument, LoadedPage
from ingest.loaders.xlsx_sheet import Sheet, address, read_sheet
from ingest.loaders.xlsx_workbook import SheetEntry, Workbook, read_workbook
from rag.cell_ranges import SPREADSHEET
from rag.text import clean

_UNIT = re.compile(r"[（(【\[]?\s*単位\s*[：:]?\s*([^）)】\]\s]{1,8})\s*[）)】\]]?$")
_NOTE = re.compile(r"[※＊*注（(]|備考|資料[：:]|出典")
_TALLEST_MERGE = 200  # rows; a taller one is decoration
_SHOWN = 5  # addresses named in a warning


_Rows = dict[int, list[GridCell]]


def load_xlsx(content: bytes, name: str, max_pages: int) -> LoadedDocument:
    """The sheets as pages, labelled with their names; hidden ones say so.

    Raises:
        UnreadableFileError: damaged, over a limit, or without any filled cell.
    """
    package = Package(content, name)
    workbook = read_workbook(package)
    pages: list[LoadedPage] = []
    warnings: list[str] = []
    title = ""
    for entry in workbook.sheets[:max_pages]:
        try:
            sheet = read_sheet(package, entry.part, workbook)
        except UnreadableFileError as error:
            if len(workbook.sheets) == 1:
                raise
            warnings.append(f"シート「{entry.name}」: {error.message}")
            sheet = Sheet()
        text = clean(_sheet_text(entry, sheet, _boxes(package, entry.part)))
        pages.append(LoadedPage(text=text, label=_label(entry)))
        warnings.extend(_sheet_warnings(name, entry, sheet))
        title = title or _first_caption(sheet)
    warnings.extend(_package_warnings(name, package, workbook, max_pages))
    if not any(page.text.count("\n") > 1 for page in pages):
        raise UnreadableFileError(
            f"「{name}」には文字の入ったセルがありません。内容を確かめてください。"
        )
    return LoadedDocument(
        pages=tuple(pages),
        has_pages=True,
        media_type=SPREADSHEET,
        metadata_title=_title(name, title),
        warnings=tuple(warnings),
    )


def _label(entry: SheetEntry) -> str:
    return f"{entry.name}（非表示シート）" if entry.hidden else entry.name


def _sheet_text(entry: SheetEntry, sheet: Sheet, boxes: Sequence[str]) -> str:
    # Depth 2: a heading of depth 1 would count as the title of the whole document.
    parts = [f"## {one_line(_label(entry))}"]
    for band in _bands(_cells_by_row(sheet)):
        parts.extend(_band_parts(with_words(band)))
    parts.extend(boxes)
    return "\n\n".join(part for part in parts if part) + "\n"


def _cells_by_row(sheet: Sheet) -> _Rows:
    """The filled cells with their spans, rows in order."""
    merges = {(top, left): (bottom, right) for top, left, bottom, right in sheet.merges}
    rows: _Rows = {}
    for row, column in sorted(sheet.cells):
        bottom, right = merges.get((row, column), (row, column))
        cell = GridCell(
            row=row,
            column=column,
            text=sheet.cells[row, column],
            rows=bottom - row + 1,
            columns=right - column + 1,
        )
        rows.setdefault(row, []).append(cell)
    return rows


def _bands(rows: _Rows) -> Iterator[_Rows]:
    """Runs of rows that follow each other; a merge over a few rows holds them together."""
    band: _Rows = {}
    reach = 0
    for row, cells in rows.items():
        if band and row > reach + 1:
            yield band
            band = {}
        tallest = max(cell.rows for cell in cells)
        reach = max(reach, row + tallest - 1 if tallest <= _TALLEST_MERGE else row)
        band[row] = cells
    if band:
        yield band


def _band_parts(band: _Rows) -> Iterator[str]:
    """Titles and notes as lines of their own, the table between them under its range."""
    rows = list(band)
    first, last = _table_rows(rows, band)
    above = [one_line(cell.text) for row in rows[:first] for cell in band[row]]
    units = [found.group(1) for text in above if (found := _UNIT.match(text))]
    caption = next((t for t in above if not _UNIT.match(t) and len(t) <= 60), "")
    cells = [cell for row in rows[first:last] for cell in band[row]]
    body = grid_text(cells, unit=units[-1] if units else "")
    if not body.lines and not body.header:
        yield "\n".join(above)
        return
    yield "\n".join(text for text in above if text != caption)
    span = _span(cells, body, rows[first], rows[last - 1])
    yield f"### {caption}（{span}）\n{body.text}" if caption else f"### {span}\n{body.text}"
    yield "\n".join(one_line(cell.text) for row in rows[last:] for cell in band[row])


def _span(cells: Sequence[GridCell], body: GridText, top: int, bottom: int) -> str:
    left = min(cell.column for cell in cells)
    # A merge may be declared over the whole width of the sheet; the filled columns count.
    right = max(cell.column for cell in cells)
    unbroken = not body.rows or body.rows == tuple(range(bottom - len(body.rows) + 1, bottom + 1))
    return f"{address(top, left)}{':' if unbroken else '～'}{address(bottom, right)}"


def _table_rows(rows: Sequence[int], by_row: _Rows) -> tuple[int, int]:
    """Which of the rows (from, to) are the table; titles and units above, notes below."""

    def own(row: int) -> int:
        return sum(not _UNIT.match(one_line(cell.text)) for cell in by_row[row])

    widest = max((own(row) for row in rows), default=0)
    if widest < 2:
        return len(rows), len(rows)
    first = next(i for i, row in enumerate(rows) if own(row) >= 2)
    last = len(rows)
    while last > first and own(rows[last - 1]) < 2 and _NOTE.match(by_row[rows[last - 1]][0].text):
        last -= 1
    return first, last


def _boxes(package: Package, part: str) -> list[str]:
    """The text of shapes drawn on the sheet."""
    found = []
    for kind, path in package.targets(part).values():
        if kind != "drawing" or not package.has(path):
            continue
        for body in package.tree(path).iter():
            if local(body.tag) == "txBody":
                lines = [
                    "".join(run.text or "" for run in paragraph.iter() if local(run.tag) == "t")
                    for paragraph in body
                    if local(paragraph.tag) == "p"
                ]
                found.append("\n".join(line for line in lines if line.strip()))
    return [text for text in found if text]


def _sheet_warnings(name: str, entry: SheetEntry, sheet: Sheet) -> Iterator[str]:
    where = f"「{name}」のシート「{entry.name}」"
    if entry.hidden and sheet.cells:
        yield f"{where}は非表示のシートです。内容は「非表示シート」と示して登録しました。"
    if sheet.uncalculated:
        shown = "、".join(sheet.uncalculated[:_SHOWN])
        more = " ほか" if len(sheet.uncalculated) > _SHOWN else ""
        yield (
            f"{where}に計算結果のない式が{len(sheet.uncalculated):,}個（{shown}{more}）あり、「（未計算）」として登録しました。"
            "Excelで開いて保存し直すと結果が入ります。"
        )
    if hidden := sheet.hidden_cells():
        yield f"{where}に非表示の行か列があります（{hidden:,}セル）。その内容も登録しました。"
    if sheet.truncated_at:
        yield (
            f"{where}はセルの数が上限の{in_force().cells_per_sheet:,}個を超えるため、{sheet.truncated_at:,}行目より先は登録していません。"
            "シートを分けて登録してください。"
        )


def _package_warnings(
    name: str, package: Package, workbook: Workbook, max_pages: int
) -> Iterator[str]:
    if len(workbook.sheets) > max_pages:
        yield f"「{name}」は{len(workbook.sheets):,}シートあるため、はじめの{max_pages:,}シートだけを登録しました。"
    comments = sum(
        bool(re.search(r"/(?:threadedC|c)omments?/?[^/]*\.xml$", path)) for path in package.members
    )
    if comments:
        yield f"「{name}」にはコメント（メモ）があります。コメントの内容は登録していません。"
    if any("/charts/" in path for path in package.members):
        yield f"「{name}」にはグラフがあります。グラフの中の文字は登録していません（元の表は登録しました）。"
    if any(path.endswith("vbaProject.bin") for path in package.members):
        yield f"「{name}」にはマクロがあります。マクロは実行も登録もしていません。"


def _first_caption(sheet: Sheet) -> str:
    for row, column in sorted(sheet.cells)[:1]:
        alone = sum(place[0] == row for place in sheet.cells) == 1
        text = one_line(sheet.cells[row, column])
        return text if alone and 6 <= len(text) <= 60 else ""
    return ""


def _title(name: str, caption: str) -> str:
    path = PurePosixPath(name)
    japanese = re.search(r"[\u3041-\u9fff]{2}", path.stem)
    if caption and not japanese:
        return caption
    return path.stem if len(path.stem) >= 4 else caption or path.stem
