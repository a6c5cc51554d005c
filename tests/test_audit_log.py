"""The chain of records: what is noticed when somebody changes it, and what cannot be."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rag.registry.audit import AUDIT_FILE, Anchor, AuditLog, AuditUnavailableError, sealed
from rag.registry.audit_check import anchor_line, read_anchors, verify


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(tmp_path, reserve_bytes=0)
    for number in range(20):
        log.append({"action": "test", "input": f"質問{number}\n次の行"})
    return log


def open_hand(log: AuditLog) -> sqlite3.Connection:
    """As somebody with the file in their hands."""
    connection = sqlite3.connect(log.path, isolation_level=None)
    for trigger in ("records_update", "records_delete"):
        connection.execute(f"DROP TRIGGER {trigger}")
    return connection


def put_back(connection: sqlite3.Connection) -> None:
    from rag.registry.audit import TRIGGERS

    for trigger in TRIGGERS.values():
        connection.execute(trigger)
    connection.close()


def edit(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE records SET body = replace(body, '質問7', '質問8') WHERE sequence = 8"
    )


def edit_and_seal(connection: sqlite3.Connection) -> None:
    edit(connection)
    previous = connection.execute("SELECT hash FROM records WHERE sequence = 7").fetchone()[0]
    body = connection.execute("SELECT body FROM records WHERE sequence = 8").fetchone()[0]
    connection.execute(
        "UPDATE records SET hash = ? WHERE sequence = 8", (sealed(previous, 8, body),)
    )


def delete(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM records WHERE sequence = 5")


def delete_and_renumber(connection: sqlite3.Connection) -> None:
    delete(connection)
    for sequence in range(6, 21):
        connection.execute(
            "UPDATE records SET sequence = ? WHERE sequence = ?", (sequence - 1, sequence)
        )


def cut_head(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM records WHERE sequence <= 3")


def reorder(connection: sqlite3.Connection) -> None:
    rows = dict(connection.execute("SELECT sequence, body FROM records WHERE sequence IN (3, 4)"))
    for sequence, other in ((3, 4), (4, 3)):
        connection.execute(
            "UPDATE records SET body = ? WHERE sequence = ?", (rows[other], sequence)
        )


def insert(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO records VALUES (21, ?, ?)", ("0" * 64, '{"action":"x"}'))


@pytest.mark.parametrize(
    "change", [edit, edit_and_seal, delete, delete_and_renumber, cut_head, reorder, insert]
)
def test_changes_are_found_without_anything_kept_elsewhere(
    log: AuditLog, change: Callable[[sqlite3.Connection], None]
) -> None:
    assert verify(log).sound
    connection = open_hand(log)
    change(connection)
    put_back(connection)
    assert not verify(log).sound


def cut_tail(log: AuditLog, count: int = 3) -> None:
    connection = open_hand(log)
    connection.execute("DELETE FROM records WHERE sequence > ?", (20 - count,))
    put_back(connection)


def test_a_cut_tail_is_found_with_an_anchor_and_not_without(log: AuditLog) -> None:
    head = log.head()
    assert head is not None
    cut_tail(log)
    alone = verify(log)
    assert alone.sound and "末尾の記録が切り取られた" in alone.cannot_tell
    assert not verify(log, [head]).sound


def test_an_exchanged_file_and_a_return_to_an_old_state_are_found(
    log: AuditLog, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    shutil.copy(log.path, old)
    log.append({"action": "later"})
    head = log.head()
    assert head is not None and verify(log, [head]).sound
    shutil.copy(old, log.path)
    for ending in ("-wal", "-shm"):
        log.path.with_name(AUDIT_FILE + ending).unlink(missing_ok=True)
    assert not verify(log, [head]).sound
    for path in tmp_path.glob(f"{AUDIT_FILE}*"):
        path.unlink()
    for _ in range(21):
        log.append({"action": "made up"})
    assert verify(log).sound and not verify(log, [head]).sound


def test_a_clock_set_back_is_noted_and_no_fault(log: AuditLog) -> None:
    connection = open_hand(log)
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    previous = connection.execute("SELECT hash FROM records WHERE sequence = 20").fetchone()[0]
    body = json.dumps({"action": "x", "at": later})
    connection.execute("INSERT INTO records VALUES (21, ?, ?)", (sealed(previous, 21, body), body))
    put_back(connection)
    record = log.append({"action": "after"})
    assert 86_000 < int(str(record.fields["clock_back_s"])) < 87_000
    check = verify(log)
    assert check.sound and check.clock_set_back == 1


def test_records_cannot_be_changed_by_ordinary_means(log: AuditLog) -> None:
    connection = sqlite3.connect(log.path)
    for statement in ("UPDATE records SET body = ''", "DELETE FROM records"):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            connection.execute(statement)
    connection.close()
    open_hand(log).close()
    assert any("仕組み" in fault for fault in verify(log).faults)


def test_pruning_leaves_a_chain_that_can_still_be_checked(log: AuditLog) -> None:
    connection = open_hand(log)
    put_back(connection)
    between = datetime.fromisoformat(str(log.records(limit=1, before=11)[0].fields["at"]))
    gone = log.prune(between, {"who": "test"})
    assert gone > 0
    check = verify(log)
    assert check.sound, check.faults
    assert check.records == 20 - gone + 1
    connection = open_hand(log)
    connection.execute("DELETE FROM records WHERE sequence = (SELECT min(sequence) FROM records)")
    put_back(connection)
    assert not verify(log).sound


def test_anchors_are_read_from_files_and_system_logs(log: AuditLog) -> None:
    head = log.head()
    assert head is not None
    text = f"Nov 26 shiori[12]: {anchor_line(head)}\n" + json.dumps(
        {"sequence": 3, "hash": "f" * 64}
    )
    assert read_anchors(text) == [head, Anchor(3, "f" * 64)]


def test_a_full_disk_uses_the_reserve_and_then_refuses(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    with small_disk(place):
        log = AuditLog(place, reserve_bytes=1_000_000)
        log.append({"action": "first"})
        assert (place / "audit.reserve").stat().st_size == 1_000_000
        with (place / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"0" * 4_096)
            except OSError:
                pass
        kept = 0
        with pytest.raises(AuditUnavailableError):
            while kept < 10_000:
                log.append({"action": "while full", "input": "あ" * 500})
                kept += 1
        assert kept > 50 and not (place / "audit.reserve").exists()
        (place / "filler").unlink()
        log.append({"action": "again"})
        assert verify(log).sound


def small_disk(place: Path):  # type: ignore[no-untyped-def]
    import subprocess
    from contextlib import contextmanager

    @contextmanager
    def mounted():  # type: ignore[no-untyped-def]
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True
        )
        if made.returncode:
            pytest.skip("this user may not mount a file system")
        try:
            yield
        finally:
            subprocess.run(["umount", str(place)], check=True)

    return mounted()
