"""Personal information in sheets of the evaluation."""

import json

from drafting_support import SAMPLES, record

from ingest.sheets.raw import SheetFailure
from ingest.sheets.read import read_sheet_file, read_sheets


def test_a_sheet_with_a_my_number_is_held_and_the_others_are_read() -> None:
    records = [record(), record(sheet_no="78", purpose="対象者の個人番号は1234-5678-9018")]
    batch = read_sheets(json.dumps(records).encode(), "調書.json")
    assert len(batch.sheets) == 1
    (failure,) = batch.failures
    assert isinstance(failure, SheetFailure) and failure.sheet_no == "78"
    assert "マイナンバー" in failure.message and "9018" not in str(batch)


def test_other_kinds_are_told() -> None:
    records = [record(purpose="窓口（024-924-2511）の混雑を減らす。")]
    batch = read_sheets(json.dumps(records).encode(), "調書.json")
    assert len(batch.sheets) == 1 and "電話番号1か所" in batch.remarks[-1]


def test_the_sample_sheets_raise_no_alarm() -> None:
    files = [
        path for path in sorted(SAMPLES.glob("*")) if path.suffix in (".xlsx", ".csv", ".json")
    ]
    files = [path for path in files if "other-columns" not in path.name]  # needs its mapping
    assert files
    for path in files:
        batch = read_sheet_file(path)
        assert not any("マイナンバー" in failure.message for failure in batch.failures)
        assert not any("個人情報" in remark for remark in batch.remarks), path
