"""Records of one moment go to the disk together, in an audit log that stays open."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.registry.audit import AuditLog, AuditRecord
from rag.registry.audit_check import verify


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AuditLog]:
    opened = AuditLog(tmp_path, reserve_bytes=0, stay_open=True)
    yield opened
    opened.close()


def test_everybody_gets_the_own_record_and_the_chain_holds(log: AuditLog) -> None:
    got: dict[str, AuditRecord] = {}

    def keep(person: int) -> None:
        for number in range(25):
            name = f"{person}-{number}"
            got[name] = log.append({"action": "test", "input": name})

    threads = [threading.Thread(target=keep, args=(person,)) for person in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(got) == 16 * 25
    assert all(record.fields["input"] == name for name, record in got.items())
    assert sorted(record.sequence for record in got.values()) == list(range(1, 401))
    assert verify(log).faults == ()
    # Each one's own records are in the order in which they were made.
    for person in range(16):
        own = [got[f"{person}-{number}"].sequence for number in range(25)]
        assert own == sorted(own)


def test_a_record_is_on_the_disk_when_append_returns(log: AuditLog) -> None:
    kept = log.append({"action": "test"})
    (seen,) = AuditLog(log.path.parent, reserve_bytes=0).records()
    assert seen == kept


def test_what_cannot_be_written_down_fails_alone(log: AuditLog) -> None:
    failures: list[Exception] = []
    kept: list[AuditRecord] = []

    def keep(value: object) -> None:
        try:
            kept.append(log.append({"action": "test", "value": value}))
        except TypeError as error:
            failures.append(error)

    values = [object() if n % 5 == 0 else n for n in range(20)]
    with log._writing:  # so that all of them wait, and are kept together
        threads = [threading.Thread(target=keep, args=(value,)) for value in values]
        for thread in threads:
            thread.start()
        while len(log._waiting) < len(values):
            threading.Event().wait(0.01)
    for thread in threads:
        thread.join(60)
    assert (len(failures), len(kept)) == (4, 16)
    assert verify(log).faults == () and log.append({"action": "test"}).sequence == 17


def test_a_file_that_takes_its_place_is_written_to(log: AuditLog, tmp_path: Path) -> None:
    log.append({"action": "before"})
    for path in tmp_path.glob("audit.sqlite3*"):
        path.rename(path.with_name(f"old-{path.name}"))
    assert log.append({"action": "after"}).sequence == 1
    assert [record.fields["action"] for record in log.records()] == ["after"]


def test_another_process_writes_to_the_same_log(log: AuditLog) -> None:
    other = AuditLog(log.path.parent, reserve_bytes=0)
    for number in range(6):
        (log if number % 2 else other).append({"action": str(number)})
    assert [record.fields["action"] for record in log.records()] == list("543210")
    assert verify(log).faults == ()
