"""Sheets from a CSV file: heads in the first rows, one sheet a row."""

import csv
import io
from pathlib import PurePath

from ingest.sheets.errors import SheetFileError
from ingest.sheets.raw import RawValue, column_letters
from rag.drafting.records import Cell

MAX_ROWS = 5_000
MAX_COLUMNS = 500


def read_csv(content: bytes, file: str) -> list[list[RawValue]]:
    """The cells of a CSV file in UTF-8 or Shift_JIS, with commas or tabs. Raises SheetFileError."""
    text = _decode(content, file)
    first = text.split("\n", 1)[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    grid: list[list[RawValue]] = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
            if number > MAX_ROWS:
                raise SheetFileError(
                    f"「{file}」は{MAX_ROWS:,}行を超えています。ファイルを分けてください。"
                )
            grid.append(
                [
                    RawValue(
                        text=cell,
                        cell=Cell(file=file, address=f"{column_letters(column)}{number}"),
                    )
                    for column, cell in enumerate(row[:MAX_COLUMNS], start=1)
                ]
            )
    except csv.Error as error:
        raise SheetFileError(
            f"「{file}」をCSVとして読み取れません（{error}）。Excelなどで保存し直してください。"
        ) from error
    return grid


def _decode(content: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetFileError(
        f"「{PurePath(file).name}」の文字コードを読み取れません。UTF-8 または Shift_JIS で保存し直してください。"
    )
