"""Files of sheets that come from outside are read in another process, within limits.

A workbook of some kilobytes can keep a parser busy for minutes or fill the memory. Here it costs
at most its limits, and becomes one Japanese sentence.
"""

import io
import json
import pickle
import subprocess
import sys
from collections.abc import Mapping

from ingest.sheets.errors import MappingFileError, SheetFileError, UnknownColumnsError
from ingest.sheets.mapping import Proposal
from ingest.sheets.raw import SheetBatch

WALL_S = 90
MAX_RESULT_BYTES = 200_000_000
# All that a batch is made of; a process that was taken over can send nothing else.
_MODULES = frozenset({"rag.drafting.records", "ingest.sheets.raw"})


def read_sheets_isolated(
    content: bytes, file: str, mapping: Mapping[str, str] | None = None
) -> SheetBatch:
    """As `ingest.sheets.read.read_sheets`, within limits. Raises SheetFileError."""
    kind, *rest = _exchange("batch", content, file, mapping)
    if kind == "batch" and isinstance(rest[0], SheetBatch):
        return rest[0]
    raise _error(file, kind, rest)


def propose_mapping_isolated(content: bytes, file: str) -> list[Proposal]:
    """As `ingest.sheets.read.propose_mapping`, within limits. Raises SheetFileError."""
    kind, *rest = _exchange("columns", content, file, None)
    if kind == "columns" and isinstance(rest[0], list):
        return [
            Proposal(head=str(head), field=str(field), confidence=float(sure), sample=str(sample))
            for head, field, sure, sample in rest[0]
        ]
    raise _error(file, kind, rest)


def _exchange(
    task: str, content: bytes, file: str, mapping: Mapping[str, str] | None
) -> tuple[object, ...]:
    order = {"task": task, "file": file, "mapping": dict(mapping) if mapping else None}
    head = json.dumps(order).encode("ascii") + b"\n"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ingest.sheets.isolated_child"],
            input=head + content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SheetFileError(
            f"「{file}」は{WALL_S}秒たっても読み終わらないため中止しました。"
            "調書を分けるか、元のアプリケーションで保存し直してから送ってください。"
        ) from error
    if done.returncode != 0 or len(done.stdout) > MAX_RESULT_BYTES:
        raise _broken(file)
    try:
        outcome = _Unpickler(io.BytesIO(done.stdout)).load()
    except Exception as error:  # bytes from outside: whatever they do, it is one refusal
        raise _broken(file) from error
    if not isinstance(outcome, tuple) or not outcome:
        raise _broken(file)
    return outcome


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if module in _MODULES or (module, name) == ("decimal", "Decimal"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def _error(file: str, kind: object, rest: list[object]) -> SheetFileError:
    if kind == "error" and len(rest) == 2 and rest[1]:
        for known in (UnknownColumnsError, MappingFileError):
            if rest[0] == known.code:
                return known(str(rest[1]))
        return SheetFileError(str(rest[1]))
    return _broken(file)


def _broken(file: str) -> SheetFileError:
    return SheetFileError(
        f"「{file}」は読み取りの途中で計算時間かメモリーの上限に達したか、壊れています。"
        "元のアプリケーションで開いて保存し直すか、調書を分けてから送ってください。"
    )
