"""Batches of sheets to be drafted. Each is at once the job that drafts them, and its progress."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, case, delete, func, insert, select, update

from rag.registry.database import Database
from rag.registry.schema import draft_batches, draft_sheets


class JobState(StrEnum):
    WAITING = "waiting"  # for the batches before it
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"  # as a whole; single sheets that fail do not stop the others


_BLANK = (
    *("machine", "made_at", "direction", "reason", "edited_by", "edited_at", "state"),
    *("checked_by", "checked_at", "fixed_by", "fixed_at"),
)
UNFINISHED = frozenset({JobState.WAITING, JobState.RUNNING, JobState.PAUSED})


@dataclass(frozen=True, kw_only=True, slots=True)
class NewBatch:
    """A file as it was handed in. `entries` are (調書番号, 事務事業名) in the order of the file."""

    owner: str
    owner_name: str
    department: str
    file: str
    sha256: str
    content: bytes
    options: Mapping[str, object]
    remarks: tuple[str, ...]
    entries: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftBatch:
    id: str
    owner: str
    owner_name: str
    department: str
    created_at: datetime  # UTC
    file: str
    sha256: str
    options: Mapping[str, Any]
    remarks: tuple[str, ...]
    state: JobState
    reason: str
    ended_at: datetime | None  # UTC
    total: int
    done: int  # sheets with a draft or an error of their own
    failed: int  # of these, sheets with an error
    by_state: Mapping[str, int]  # sheets by 案, 確認済, 確定


class DraftBatches:
    """The batches of one registry. Safe to share between threads; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, batch: NewBatch) -> str:
        """Keeps the batch, waiting to be drafted; returns its id."""
        batch_id = uuid4().hex
        with self._database.write() as connection:
            connection.execute(
                insert(draft_batches).values(
                    id=batch_id,
                    owner=batch.owner,
                    owner_name=batch.owner_name,
                    department=batch.department,
                    created_at=_now(),
                    file=batch.file,
                    sha256=batch.sha256,
                    content=batch.content,
                    options=json.dumps(dict(batch.options), ensure_ascii=False),
                    remarks=batch.remarks,
                    state=JobState.WAITING,
                    reason="",
                    ended_at="",
                )
            )
            blank = dict.fromkeys(_BLANK, "")
            rows = [
                blank
                | {
                    "batch_id": batch_id,
                    "position": position,
                    "sheet_no": number,
                    "name": name,
                    "made": 0,
                    "revision": 0,
                }
                for position, (number, name) in enumerate(batch.entries)
            ]
            connection.execute(insert(draft_sheets), rows)
        return batch_id

    def get(self, batch_id: str) -> DraftBatch | None:
        return next(iter(self._select(draft_batches.c.id == batch_id)), None)

    def all(self) -> list[DraftBatch]:
        """Every batch, the newest first."""
        return self._select()

    def content(self, batch_id: str) -> bytes | None:
        with self._database.read() as connection:
            return connection.scalar(
                select(draft_batches.c.content).where(draft_batches.c.id == batch_id)
            )

    def move(
        self, batch_id: str, before: Collection[JobState], after: JobState, reason: str = ""
    ) -> bool:
        """Changes the state; False when the batch is gone or in another state than `before`."""
        ended = "" if after in UNFINISHED else _now()
        with self._database.write() as connection:
            changed = connection.execute(
                update(draft_batches)
                .where(draft_batches.c.id == batch_id, draft_batches.c.state.in_(before))
                .values(state=after, reason=reason, ended_at=ended)
            )
            return changed.rowcount == 1

    def take_next(self) -> DraftBatch | None:
        """The batch that has waited longest, running from now on."""
        with self._database.write() as connection:
            batch_id = connection.scalar(
                select(draft_batches.c.id)
                .where(draft_batches.c.state == JobState.WAITING)
                .order_by(draft_batches.c.created_at)
                .limit(1)
            )
            if batch_id is None:
                return None
            connection.execute(
                update(draft_batches)
                .where(draft_batches.c.id == batch_id)
                .values(state=JobState.RUNNING)
            )
        return self.get(batch_id)

    def resume_interrupted(self) -> int:
        """What ran when its process died waits again; returns how many."""
        with self._database.write() as connection:
            changed = connection.execute(
                update(draft_batches)
                .where(draft_batches.c.state == JobState.RUNNING)
                .values(state=JobState.WAITING)
            )
            return changed.rowcount

    def remove(self, batch_id: str) -> int:
        """Takes out the batch with its file, drafts and edits; returns how many sheets it had."""
        with self._database.write() as connection:
            sheets = connection.scalar(
                select(func.count())
                .select_from(draft_sheets)
                .where(draft_sheets.c.batch_id == batch_id)
            )
            connection.execute(delete(draft_batches).where(draft_batches.c.id == batch_id))
        self._database.forget_removed()
        return sheets or 0

    def _select(self, *where: Any) -> list[DraftBatch]:
        states = ("案", "確認済", "確定")
        counted = (
            select(
                draft_sheets.c.batch_id,
                func.count().label("total"),
                func.sum(case((draft_sheets.c.machine != "", 1), else_=0)).label("done"),
                *(
                    func.sum(case((draft_sheets.c.state == state, 1), else_=0)).label(state)
                    for state in states
                ),
            )
            .group_by(draft_sheets.c.batch_id)
            .subquery()
        )
        wanted = [column for column in draft_batches.c if column.name != "content"]
        statement = (
            select(*wanted, *(column for column in counted.c if column.name != "batch_id"))
            .join(counted, counted.c.batch_id == draft_batches.c.id)
            .where(*where)
            .order_by(draft_batches.c.created_at.desc())
        )
        with self._database.read() as connection:
            return [_batch(row, states) for row in connection.execute(statement)]


def _batch(row: Row[Any], states: Sequence[str]) -> DraftBatch:
    found = row._mapping
    by_state = {state: found[state] for state in states}
    return DraftBatch(
        id=row.id,
        owner=row.owner,
        owner_name=row.owner_name,
        department=row.department,
        created_at=datetime.fromisoformat(row.created_at),
        file=row.file,
        sha256=row.sha256,
        options=json.loads(row.options),
        remarks=row.remarks,
        state=JobState(row.state),
        reason=row.reason,
        ended_at=datetime.fromisoformat(row.ended_at) if row.ended_at else None,
        total=row.total,
        done=row.done,
        failed=row.done - sum(by_state.values()),
        by_state=by_state,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
