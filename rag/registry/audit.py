"""The audit log: records that are only ever added, each sealed with the hash of the one before.

A file of its own, so that putting back an old registry takes no record away. Hash of a record:
sha256(hash of the one before, number, canonical JSON), each on a line.
"""

import hashlib
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.disk import is_full
from rag.errors import ShioriError

logger = logging.getLogger("shiori.audit")

AUDIT_FILE = "audit.sqlite3"  # in a data folder
RESERVE_FILE = "audit.reserve"
RESERVE_BYTES = 4_000_000  # some 4,000 records
FIRST = "0" * 64  # what the first record is sealed with
PRUNED = "audit.prune"
BUSY_TIMEOUT_S = 30.0
MAX_FIELD_CHARACTERS = 4_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (sequence INTEGER PRIMARY KEY, hash TEXT NOT NULL, body TEXT NOT NULL)
"""
# What a page asks for by itself when it is opened: no document, nothing typed, nothing refused.
_ROUTINE = " AND ".join(
    (
        "json_extract(body, '$.action') LIKE 'GET /%'",
        "json_extract(body, '$.action') NOT LIKE 'GET /api/audit%'",
        "coalesce(json_extract(body, '$.http'), 500) < 400",
        *(f"json_extract(body, '$.{name}') IS NULL" for name in ("documents", "target", "input")),
    )
)
TRIGGERS: Mapping[str, str] = {
    f"records_{what}": f"CREATE TRIGGER IF NOT EXISTS records_{what} BEFORE {what.upper()} ON records"
    " BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
    for what in ("update", "delete")
}


class AuditUnavailableError(ShioriError):
    """A record cannot be kept, so that nothing may be done."""

    code = "audit_unavailable"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    sequence: int
    hash: str
    body: str  # canonical JSON

    @property
    def fields(self) -> dict[str, object]:
        stored: dict[str, object] = json.loads(self.body)
        return stored


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is kept elsewhere: how far the log went, and the seal of its last record."""

    sequence: int
    hash: str


def sealed(previous: str, sequence: int, body: str) -> str:
    return hashlib.sha256(f"{previous}\n{sequence}\n{body}".encode()).hexdigest()


@dataclass(slots=True)
class _Waiting:
    """A record that somebody wants kept, and what became of it."""

    fields: Mapping[str, object]
    record: AuditRecord | None = None
    error: Exception | None = None


class AuditLog:
    """The records of one data folder. Safe to share between threads and processes.

    Nothing is opened or made before the first record. With `stay_open` the file stays open between
    records, which takes a fifth of the time; `close` ends that.
    """

    def __init__(
        self, data_dir: Path, reserve_bytes: int = RESERVE_BYTES, *, stay_open: bool = False
    ) -> None:
        self.path = data_dir / AUDIT_FILE
        self._reserve = data_dir / RESERVE_FILE
        self._reserve_bytes = reserve_bytes
        self._stay_open = stay_open
        self._open: tuple[sqlite3.Connection, tuple[int, int]] | None = None
        self._waiting: list[_Waiting] = []
        self._queueing = threading.Lock()
        self._writing = threading.Lock()

    def append(self, fields: Mapping[str, object]) -> AuditRecord:
        """Keep a record; it is on the disk when this returns.

        Records of one moment go to the disk together, in the order in which they came. When the
        disk is full, the space held back for records is given up, so that people go on getting
        answers for a while. Raises AuditUnavailableError when that is used up as well.
        """
        mine = _Waiting(fields)
        with self._queueing:
            self._waiting.append(mine)
        with self._writing:
            # Whoever had the turn before may have taken this record along.
            if mine.record is None and mine.error is None:
                with self._queueing:
                    together, self._waiting = self._waiting, []
                self._keep(together)
        if mine.error is not None:
            raise mine.error
        assert mine.record is not None
        return mine.record

    def close(self) -> None:
        with self._writing:
            self._let_go()

    def _keep(self, together: Sequence[_Waiting]) -> None:
        """Settles every one of them: kept, or with the error for whoever waits."""
        try:
            try:
                self._append(together)
            except sqlite3.Error as error:
                if not (is_full(error) and self._reserve.exists()):
                    raise
                self._reserve.unlink(missing_ok=True)
                logger.warning("audit log: the disk is full, the reserve is in use")
                self._append(together)
        except (sqlite3.Error, OSError) as error:
            logger.error("audit log: a record could not be kept (%s)", type(error).__name__)
            for waiting in together:
                waiting.record = None
                waiting.error = AuditUnavailableError(
                    "監査の記録を残せないため、いまは利用できません。"
                    "ディスクの空きを管理者に確かめてもらってください。"
                )
                waiting.error.__cause__ = error
            return
        if any(waiting.record and waiting.record.sequence % 100 == 1 for waiting in together):
            self._hold_back()

    def _append(self, together: Sequence[_Waiting]) -> None:
        with self._connection(stay_open=self._stay_open) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for waiting in together:
                try:
                    waiting.record = self._add(connection, waiting.fields)
                except (TypeError, ValueError) as error:  # no JSON: the others are kept
                    waiting.error = error
            connection.execute("COMMIT")

    def _add(self, connection: sqlite3.Connection, fields: Mapping[str, object]) -> AuditRecord:
        last = connection.execute(
            "SELECT sequence, hash, body FROM records ORDER BY sequence DESC LIMIT 1"
        ).fetchone()
        sequence, previous = (last[0], last[1]) if last else (0, FIRST)
        now = datetime.now(UTC)
        kept = {name: _short(value) for name, value in fields.items() if value not in ("", None)}
        kept["at"] = now.isoformat(timespec="milliseconds")
        if last:
            before = datetime.fromisoformat(json.loads(last[2])["at"])
            if now < before - timedelta(seconds=2):
                kept["clock_back_s"] = round((before - now).total_seconds())
            if now.date() != before.date():
                # For a log server: what verify needs to notice a tail that is gone.
                logger.info("audit anchor sequence=%d hash=%s", sequence, previous)
        body = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        body = body.encode("utf-8", "replace").decode()
        record = AuditRecord(sequence + 1, sealed(previous, sequence + 1, body), body)
        connection.execute(
            "INSERT INTO records VALUES (?, ?, ?)", (record.sequence, record.hash, record.body)
        )
        return record

    def head(self) -> Anchor | None:
        """The last record, or None while there is none."""
        if not self.path.exists():
            return None
        with self._connection() as connection:
            row = connection.execute(
                "SELECT sequence, hash FROM records ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        return Anchor(*row) if row else None

    def records(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        since: str = "",
        until: str = "",
        text: str = "",
        routine: bool = True,
    ) -> Sequence[AuditRecord]:
        """The newest first. `since` and `until` are ISO days, `text` stands anywhere in a record.

        Without `routine` those are left out that a page makes when it is opened (`_ROUTINE`).
        """
        if not self.path.exists():
            return []
        statement = "SELECT sequence, hash, body FROM records WHERE sequence < ?"
        values: list[object] = [before if before is not None else 2**62]
        for condition, value in (
            (" AND json_extract(body, '$.at') >= ?", since),
            (" AND json_extract(body, '$.at') < ?", f"{until}~" if until else ""),
            (" AND instr(body, ?) > 0", text),
        ):
            if value:
                statement += condition
                values.append(value)
        if not routine:
            statement += f" AND NOT ({_ROUTINE})"
        with self._connection() as connection:
            rows = connection.execute(
                f"{statement} ORDER BY sequence DESC LIMIT ?", (*values, limit)
            ).fetchall()
        return [AuditRecord(*row) for row in rows]

    def everything(self) -> Iterator[AuditRecord]:
        """All records in order, of one moment."""
        if not self.path.exists():
            return
        with self._connection() as connection:
            for row in connection.execute(
                "SELECT sequence, hash, body FROM records ORDER BY sequence"
            ):
                yield AuditRecord(*row)

    def triggers(self) -> frozenset[str]:
        if not self.path.exists():
            return frozenset(TRIGGERS)
        with closing(sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S)) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            return frozenset(row[0] for row in rows)

    def prune(self, older_than: datetime, who: Mapping[str, object]) -> int:
        """Take away what is older, and say so in a record that the rest is checked against.

        Returns how many records went.
        """
        if not self.path.exists():
            return 0
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            # Up to the first record that stays: with a clock set back the rest is not in order.
            kept = connection.execute(
                "SELECT min(sequence) FROM records WHERE json_extract(body, '$.at') >= ?",
                (older_than.isoformat(timespec="milliseconds"),),
            ).fetchone()[0]
            last = connection.execute("SELECT max(sequence) FROM records").fetchone()[0] or 0
            through = (kept if kept is not None else last) - 1
            row = connection.execute(
                "SELECT hash FROM records WHERE sequence = ?", (through,)
            ).fetchone()
            if row is None:
                connection.execute("ROLLBACK")
                return 0
            self._add(connection, {**who, "action": PRUNED, "through": through, "seal": row[0]})
            connection.execute("DROP TRIGGER records_delete")
            gone = connection.execute(
                "DELETE FROM records WHERE sequence <= ?", (through,)
            ).rowcount
            connection.execute(TRIGGERS["records_delete"])
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    @contextmanager
    def _connection(self, *, stay_open: bool = False) -> Iterator[sqlite3.Connection]:
        kept = self._kept() if stay_open else None
        if kept is not None:
            connection = kept
        else:
            connection = self._connect()
            if stay_open:
                self._open = connection, _identity(self.path)
        try:
            yield connection
        except BaseException:
            # Whatever went wrong: the next one begins anew, with nothing left of this one.
            if stay_open:
                self._let_go()
            raise
        finally:
            if not stay_open:
                connection.close()

    def _kept(self) -> sqlite3.Connection | None:
        """The open connection, if it still is one to the file that is there now."""
        if self._open is None:
            return None
        connection, identity = self._open
        try:
            if identity == _identity(self.path):
                return connection
        except FileNotFoundError:
            pass
        self._let_go()
        return None

    def _let_go(self) -> None:
        if self._open is not None:
            self._open[0].close()
            self._open = None

    def _connect(self) -> sqlite3.Connection:
        is_new = not self.path.exists()
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            # Several threads use it in turn: writers, and those who write an export.
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            if is_new or not _has_table(connection):
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(_SCHEMA)
                for trigger in TRIGGERS.values():
                    connection.execute(trigger)
                self._hold_back()
        except BaseException:
            connection.close()
            raise
        return connection

    def _hold_back(self) -> None:
        """Space that is given up when the disk is full; written, not only promised."""
        if self._reserve.exists() or not self._reserve_bytes:
            return
        try:
            free = os.statvfs(self._reserve.parent)
            if free.f_bavail * free.f_frsize < 3 * self._reserve_bytes:
                return
            with self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._reserve_bytes)
        except OSError:
            self._reserve.unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int]:
    """Tells a file from another one that took its place. Raises FileNotFoundError."""
    found = path.stat()
    return found.st_dev, found.st_ino


def _has_table(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone()
    return found is not None


def _short(value: object) -> object:
    return value[:MAX_FIELD_CHARACTERS] if isinstance(value, str) else value
