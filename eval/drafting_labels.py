"""The labelled sample sheets: what a good comment must say, the trap in a sheet, the direction."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.errors import EvaluationError
from ingest.sheets.mapping import read_mapping
from ingest.sheets.read import read_sheet_file
from rag.drafting.records import Sheet

SHEETS = Path("corpus/sheets/_2025")
LABELS = Path("eval/data/drafting/labels.jsonl")
_MAPPING_SUFFIX = ".mapping.json"
_MASTER = "sheets.json"  # what the other files are made of; its sheets would count twice


class SheetLabel(BaseModel):
    """`must_mention`: each entry is a fact, its wordings separated by |. `trap`: a flag's code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sheet_no: str
    direction: str
    trap: str = ""
    must_mention: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledSheet:
    sheet: Sheet
    label: SheetLabel


def read_labelled(folder: Path = SHEETS, labels: Path = LABELS) -> list[LabelledSheet]:
    """Every labelled sheet of the files in `folder`, in file order. Raises EvaluationError."""
    known = read_labels(labels)
    found: list[LabelledSheet] = []
    for path in sorted(folder.iterdir()):
        if (
            path.name == _MASTER
            or path.name.endswith(_MAPPING_SUFFIX)
            or path.suffix not in (".xlsx", ".csv", ".json")
        ):
            continue
        mapping_file = path.with_name(path.stem + _MAPPING_SUFFIX)
        mapping = None
        if mapping_file.is_file():
            mapping = read_mapping(mapping_file.read_bytes(), mapping_file.name)
        batch = read_sheet_file(path, mapping)
        for failure in batch.failures:
            raise EvaluationError(f"{path}: {failure.place} {failure.message}")
        for sheet in batch.sheets:
            if sheet.sheet_no.text in known:
                found.append(LabelledSheet(sheet=sheet, label=known[sheet.sheet_no.text]))
    missing = set(known) - {each.label.sheet_no for each in found}
    if missing or not found:
        raise EvaluationError(f"{labels}: 調書が見つかりません（{'、'.join(sorted(missing))}）。")
    return found


def read_labels(path: Path = LABELS) -> dict[str, SheetLabel]:
    """Labels by 調書番号. Raises EvaluationError naming the line."""
    found: dict[str, SheetLabel] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            label = SheetLabel.model_validate_json(line)
        except ValidationError as error:
            raise EvaluationError(f"{path}:{number}: 正解の行を読み取れません。") from error
        found[label.sheet_no] = label
    return found
