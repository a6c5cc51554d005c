"""Sheets for the drafting tests: one plain project, changed where a test needs it."""

import copy
import json
from pathlib import Path
from typing import Any

from ingest.sheets.read import read_sheets
from rag.drafting.drafter import Draft, Drafter
from rag.drafting.records import Sheet

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "corpus/sheets/_2025"

PLAIN: dict[str, Any] = {
    "fiscal_year": 2025,
    "sheet_no": "77",
    "name": "市民講座事業",
    "bureau": "市民部",
    "division": "学び課",
    "policy_code": "1-1",
    "purpose": "市民が学ぶ機会をつくる。",
    "means": "講座を開く。",
    "activity_indicators": [
        {
            "name": "講座の開催回数",
            "unit": "回",
            "direction": "up",
            "years": [
                {"fiscal_year": 2024, "plan": 10, "actual": 10},
                {"fiscal_year": 2025, "plan": 10, "actual": 10},
            ],
        }
    ],
    "outcome_indicators": [
        {
            "name": "受講者数",
            "unit": "人",
            "direction": "up",
            "years": [
                {"fiscal_year": 2024, "plan": 200, "actual": 205},
                {"fiscal_year": 2025, "plan": 210, "actual": 212},
            ],
        }
    ],
    "cost": [
        {"fiscal_year": 2024, "project_cost": 900, "labour_cost": 600, "total": 1500},
        {"fiscal_year": 2025, "project_cost": 910, "labour_cost": 600, "total": 1510},
    ],
    "users": [{"fiscal_year": 2024, "n": 205}, {"fiscal_year": 2025, "n": 212}],
    "first_evaluation": {
        "validity": 4,
        "fairness": 4,
        "efficiency": 4,
        "activity": 4,
        "outcome": 4,
        "grade": "A",
        "direction": "継続",
        "comment": "夜の講座を設けたことにより、受講者数は計画を上回った。",
    },
}


def record(**changes: Any) -> dict[str, Any]:
    """The plain record; `outcome__1__actual=3` sets the second year of the first outcome."""
    made = copy.deepcopy(PLAIN)
    for path, value in changes.items():
        parts = path.split("__")
        if parts[0] in ("outcome", "activity") and len(parts) > 1:
            target: Any = made[f"{parts[0]}_indicators"][0]
            if parts[1].isdigit():
                target["years"][int(parts[1])][parts[2]] = value
            else:
                target[parts[1]] = value
        elif parts[0] in ("cost", "users") and len(parts) == 3:
            made[parts[0]][int(parts[1])][parts[2]] = value
        elif parts[0] == "first":
            made["first_evaluation"][parts[1]] = value
        else:
            made[path] = value
    return made


def sheet(**changes: Any) -> Sheet:
    return sheets(record(**changes))[0]


def sheets(*records: dict[str, Any]) -> tuple[Sheet, ...]:
    batch = read_sheets(json.dumps(records, ensure_ascii=False).encode(), "調書.json")
    assert batch.failures == ()
    return batch.sheets


def draft(**changes: Any) -> Draft:
    return Drafter().draft(sheet(**changes))


def codes(made: Draft) -> set[str]:
    return {flag.code.value for flag in made.flags}


def cells_of(made: Draft, code: str) -> set[str]:
    """The addresses that the flags of this code name."""
    return {cell.address for flag in made.flags if flag.code.value == code for cell in flag.cells}
