"""The audit log as CSV for a spreadsheet and as JSON lines for a program."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from api.exports.csv_file import harmless
from rag.registry.audit import AuditRecord

_COLUMNS = (
    ("番号", "sequence"), ("日時（UTC）", "at"), ("利用者ID", "who"), ("利用者名", "login"), ("氏名", "name"),
    ("部署", "department"), ("操作", "action"), ("段階", "phase"), ("対象", "target"), ("HTTP", "http"),
    ("入力（個人情報は伏せたもの）", "input"), ("状態", "status"), ("文書", "documents"), ("回答のSHA-256", "output_sha256"),
    ("ターン", "turn"), ("版", "versions"), ("封印", "hash"),
)  # fmt: skip


def csv_lines(records: Iterable[AuditRecord]) -> Iterator[str]:
    """With the mark that Excel wants; no cell is computed."""
    yield "\ufeff" + _row([head for head, _ in _COLUMNS])
    for record in records:
        fields = {**record.fields, "sequence": record.sequence, "hash": record.hash}
        yield _row([_cell(fields.get(name, "")) for _, name in _COLUMNS])


def json_lines(records: Iterable[AuditRecord]) -> Iterator[str]:
    """`body` is kept as the text that was sealed, so that others can check the chain."""
    for record in records:
        line = {"sequence": record.sequence, "hash": record.hash, "body": record.body}
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return harmless(text)


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
