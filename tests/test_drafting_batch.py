"""Batches: kept sheet by sheet, resumed after a crash, one failure stops nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from drafting_support import record

from api.drafting.batch import draft_batch, fingerprint
from api.drafting.journal import BatchBusyError, Journal
from ingest.sheets.raw import SheetBatch
from ingest.sheets.read import read_sheets
from rag.drafting.drafter import Draft, Drafter
from rag.drafting.records import Sheet
from rag.drafting.style import HouseStyle


def batch(count: int = 5) -> SheetBatch:
    records = [record(sheet_no=str(number), name=f"第{number}事業") for number in range(count)]
    return read_sheets(json.dumps(records).encode(), "調書.json")


class Counting(Drafter):
    """A drafter that tells which sheets it was asked for."""

    asked: list[str] = []  # noqa: RUF012

    def draft(self, sheet: Sheet, directions: Any = None) -> Draft:
        self.asked.append(sheet.sheet_no.text)
        if sheet.sheet_no.text == "3" and os.environ.get("DRAFT_FAILS"):
            raise ZeroDivisionError
        return Drafter.draft(self, sheet, directions)


@pytest.fixture
def counting() -> Counting:
    Counting.asked.clear()
    return Counting()


def test_a_broken_off_batch_goes_on_where_it_stopped(tmp_path: Path, counting: Counting) -> None:
    made, path = batch(), tmp_path / "案.journal"

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with Journal(path, "same") as journal, pytest.raises(KeyboardInterrupt):
        draft_batch(made, counting, journal, stop)
    assert counting.asked == ["0", "1", "2"]
    with Journal(path, "same") as journal:
        drafts = draft_batch(made, counting, journal)
        journal.remove()
    assert counting.asked == ["0", "1", "2", "3", "4"]
    assert drafts == draft_batch(made, Drafter())
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_a_crash_cut_off_is_drafted_again(tmp_path: Path, counting: Counting) -> None:
    made, path = batch(), tmp_path / "案.journal"
    with Journal(path, "same") as journal:
        draft_batch(made, counting, journal)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 40])
    with Journal(path, "same") as journal:
        assert sorted(journal.done) == [0, 1, 2, 3]
        draft_batch(made, counting, journal)
    with Journal(path, "same") as journal:
        assert sorted(journal.done) == [0, 1, 2, 3, 4]
    assert counting.asked[5:] == ["4"]


@pytest.mark.parametrize(
    "rubbish", [b"", b"\xff\xfe\n{", b"[1]\n", b'{"journal": 0}\n{"position": 1}\n']
)
def test_a_journal_that_is_none_is_begun_anew(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "案.journal"
    path.write_bytes(rubbish)
    with Journal(path, "same") as journal:
        assert journal.done == {}


def test_drafts_of_other_input_or_other_settings_are_not_taken_over(tmp_path: Path) -> None:
    made, path = batch(), tmp_path / "案.journal"
    one = fingerprint(made, Drafter(), None)
    with Journal(path, one) as journal:
        draft_batch(made, Drafter(), journal)
    others = (
        fingerprint(batch(6), Drafter(), None),
        fingerprint(made, Drafter(style=HouseStyle(max_characters=200)), None),
        fingerprint(made, Drafter(), {"事業": "name"}),
    )
    assert len({one, *others}) == 4
    with Journal(path, others[1]) as journal:
        assert journal.done == {}


def test_two_batches_do_not_write_into_one_journal(tmp_path: Path) -> None:
    with (
        Journal(tmp_path / "案.journal", "same"),
        pytest.raises(BatchBusyError, match="別の作業"),
        Journal(tmp_path / "案.journal", "same"),
    ):
        pass


def test_a_sheet_that_fails_inside_does_not_stop_the_others(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAFT_FAILS", "1")
    drafts = draft_batch(batch(), counting)
    assert [bool(each["error"]) for each in drafts] == [False, False, False, True, False]
    assert "ZeroDivisionError" in drafts[3]["error"]
    assert drafts[3]["row"]


def shiori(*arguments: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=environment(),
    )


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHIORI_")}
    return kept | {"PYTHONWARNINGS": "error"}


@pytest.fixture
def sheet_file(tmp_path: Path) -> Path:
    file = tmp_path / "調書.json"
    records = [record(sheet_no=str(number), name=f"第{number}事業") for number in range(250)]
    file.write_text(json.dumps(records), encoding="utf-8")
    return file


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_command_is_broken_off_and_goes_on(
    tmp_path: Path, sheet_file: Path, number: signal.Signals
) -> None:
    out = tmp_path / "案.json"
    command = ["draft", str(sheet_file), "--out", str(out), "--no-documents"]
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", *command],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=environment(),
        # A background shell lets its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    journal = tmp_path / "案.json.journal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.is_file() and journal.read_text("utf-8").count("\n") > 20):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert not out.exists()
    if number is signal.SIGINT:
        assert process.returncode == 130
        assert "続きから始めます" in said and "Traceback" not in said
    result = shiori(*command)
    assert result.returncode == 0, result.stderr
    assert "前回の続きから始めます" in result.stderr
    assert "250件の案を作りました" in result.stdout
    drafts = json.loads(out.read_text("utf-8"))
    assert [each["sheet_no"] for each in drafts] == [str(n) for n in range(250)]
    assert not any(each["error"] for each in drafts)
    assert not journal.exists()
