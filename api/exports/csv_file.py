"""Drafts as CSV for Excel: UTF-8 with its mark, and no cell that starts a formula."""

import csv
import io
import unicodedata
from collections.abc import Sequence

from api.exports.columns import rows_of
from api.exports.provenance import Provenance
from rag.drafting.numbers import read_number
from rag.drafting.serialise import DraftJson

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(drafts: Sequence[DraftJson], provenance: Provenance) -> bytes:
    rows = rows_of(drafts, provenance)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(head) for head in rows.heads])
    writer.writerows([harmless(cell) for cell in row] for row in rows.cells)
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """`text` so that a spreadsheet shows it instead of computing it; plain numbers stay."""
    first = unicodedata.normalize("NFKC", text.lstrip(" \u3000")[:1])
    if first.startswith(_STARTS) or text[:1] in _STARTS:
        number = read_number(text)
        return text if number is not None and not number.unit else f"'{text}"
    return text
