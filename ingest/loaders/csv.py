"""CSV and TSV: rows as tab-separated lines under their header, which table code reads as a table."""

import csv
import io
import re
from pathlib import PurePosixPath

from ingest.errors import UnreadableFileError
from ingest.limits import in_force
from ingest.loaders.encoding import decode
from ingest.loaders.grids import one_line
from ingest.loaders.records import LoadedDocument, LoadedPage
from ingest.tables import header_is_seen
from rag.text import clean

_LONGEST_FIELD = 1_000_000
_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 30
_LONGEST_HEAD = 30  # characters
_FIGURE = re.compile(r"[▲△+-]?[\d,.]+%?$")


def load_csv(content: bytes, name: str, max_pages: int) -> LoadedDocument:
    """One page: a line per record, cells tab-separated; a line break inside quotes is a blank.

    Raises:
        UnreadableFileError: no known encoding, nothing in it, or too much.
    """
    decoded, _ = decode(content, name)
    text = clean(decoded)
    warnings = []
    if damaged := text.count("\ufffd"):
        warnings.append(
            f"「{name}」に読み取れない文字が{damaged}か所ありました。元のファイルを確かめてください。"
        )
    records, whole = _records(text, name)
    if not any(any(record) for record in records):
        raise UnreadableFileError(f"「{name}」には文字がありません。内容を確かめてください。")
    if not whole:
        warnings.append(
            f"「{name}」はセルが多いため、はじめの{len(records):,}行だけを登録しました。分割すると全体を登録できます。"
        )
    return LoadedDocument(
        pages=(LoadedPage(text=_lines(records)),),
        has_pages=False,
        media_type="text/csv",
        metadata_title=_title(name),
        warnings=tuple(warnings),
    )


def _records(text: str, name: str) -> tuple[list[list[str]], bool]:
    """The records with their cells on one line each, and whether all of them were taken."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    records: list[list[str]] = []
    cells, most = 0, in_force().cells_per_sheet
    try:
        for record in reader:
            cells += len(record)
            if cells > most:
                return records, False
            records.append([one_line(cell) for cell in record])
    except csv.Error as error:
        raise UnreadableFileError(
            f"「{name}」の{reader.line_num}行目付近で表の形が壊れています。"
            '引用符（"）が閉じているか確かめてください。'
        ) from error
    return records, True


def _delimiter(text: str) -> str:
    """The separator that splits most lines into the same number of cells, at least two."""
    start = text[: _SAMPLE_LINES * 2_000].split("\n")
    lines = [line for line in start if line.strip()][:_SAMPLE_LINES]
    scores: list[tuple[float, int, str]] = []
    for order, delimiter in enumerate(_DELIMITERS):
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        common = max(set(widths), key=widths.count, default=1)
        share = widths.count(common) / len(widths) if widths else 0.0
        scores.append((share if common > 1 else 0.0, -order, delimiter))
    return max(scores)[2]


def _lines(records: list[list[str]]) -> str:
    """Title lines above the table stand apart from it, so that its header is the first row."""
    used = max((_filled(record) for record in records), default=0)
    out: list[str] = []
    in_table = False
    for number, record in enumerate(records):
        filled = _filled(record)
        if not filled:
            if out and out[-1]:
                out.append("")
            in_table = False
            continue
        if filled == 1 and not in_table and used > 1:
            out.extend((next(cell for cell in record if cell), ""))
            continue
        out.append("\t".join(record))
        if not in_table and _needs_mark(records[number:], used):
            out.append("\t".join(["---"] * len(record)))
        in_table = True
    return "\n".join(out).strip("\n") + "\n"


def _needs_mark(records: list[list[str]], used: int) -> bool:
    """Whether the first of the records is a header that does not look like one."""
    head, body = records[0], records[1:_SAMPLE_LINES]
    words = all(0 < len(cell) <= _LONGEST_HEAD and not _FIGURE.match(cell) for cell in head)
    same = [record for record in body if len(record) == len(head)]
    return used > 1 and words and bool(same) and not header_is_seen([head, *same])


def _filled(record: list[str]) -> int:
    return sum(bool(cell) for cell in record)


def _title(name: str) -> str:
    # Short stems are no title of their own; with its suffix the name still tells what it is.
    path = PurePosixPath(name)
    return path.stem if len(path.stem) >= 4 else path.name
