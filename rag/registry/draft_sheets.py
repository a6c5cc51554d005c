"""The sheets of a batch: what the machine drafted, and beside it what people made of that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from rag.errors import ShioriError
from rag.registry.database import Database
from rag.registry.draft_blanking import without_removed
from rag.registry.schema import draft_openings, draft_sheets, draft_versions


class SheetState(StrEnum):
    NONE = ""  # not drafted yet, or not possible
    DRAFT = "案"
    CHECKED = "確認済"
    FIXED = "確定"


class DraftConflictError(ShioriError):
    """Somebody else has changed the sheet meanwhile, or its state does not allow the change."""

    code = "draft_conflict"


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftSheet:
    """`text` is None as long as nobody has edited what the machine drafted."""

    batch_id: str
    position: int
    sheet_no: str
    name: str
    machine: str  # JSON
    made: int
    made_at: str  # ISO 8601, UTC, as all times here; "" for none
    text: str | None
    direction: str
    reason: str
    edited_by: str
    edited_at: str
    state: SheetState
    checked_by: str
    checked_at: str
    fixed_by: str
    fixed_at: str
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What a person changes; None leaves it as it is."""

    text: str | None = None
    direction: str | None = None
    reason: str | None = None


class DraftSheets:
    """The sheets of one registry. Safe to share between threads; each call is one transaction.

    Every change counts `revision` on, and whoever changes something names the revision that they
    saw. Raises `DraftConflictError` where it is another one now.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, batch_id: str) -> list[DraftSheet]:
        """In the order of the file."""
        statement = (
            select(draft_sheets)
            .where(draft_sheets.c.batch_id == batch_id)
            .order_by(draft_sheets.c.position)
        )
        with self._database.read() as connection:
            return [_sheet(row) for row in connection.execute(statement)]

    def get(self, batch_id: str, position: int) -> DraftSheet | None:
        with self._database.read() as connection:
            row = connection.execute(select(draft_sheets).where(_at(batch_id, position))).first()
        return _sheet(row) if row is not None else None

    def earlier(self, batch_id: str, position: int) -> list[tuple[int, str, str]]:
        """(number, made at, JSON) of the drafts before the newest, the latest first."""
        statement = (
            select(draft_versions.c.number, draft_versions.c.made_at, draft_versions.c.machine)
            .where(
                draft_versions.c.batch_id == batch_id,
                draft_versions.c.position == position,
            )
            .order_by(draft_versions.c.number.desc())
        )
        with self._database.read() as connection:
            return [(row.number, row.made_at, row.machine) for row in connection.execute(statement)]

    def require_revision(self, batch_id: str, position: int, revision: int) -> None:
        """Raises DraftConflictError where the sheet is another one now, or fixed."""
        with self._database.read() as connection:
            self._unfixed(connection, batch_id, position, revision)

    def keep_first(self, batch_id: str, position: int, machine: str, state: SheetState) -> bool:
        """Keeps the first draft of a sheet; False when it has one or the batch is gone."""
        with self._database.write() as connection:
            changed = connection.execute(
                update(draft_sheets)
                .where(_at(batch_id, position), draft_sheets.c.machine == "")
                .values(
                    machine=without_removed(connection, machine),
                    state=state,
                    made=1,
                    made_at=_now(),
                    revision=1,
                )
            )
            return changed.rowcount == 1

    def draft_again(
        self, batch_id: str, position: int, revision: int, machine: str, state: SheetState
    ) -> DraftSheet:
        """Puts a new draft in place of the newest, which is kept; edits stay as they are."""
        with self._database.write() as connection:
            old = self._unfixed(connection, batch_id, position, revision)
            if old.machine:
                connection.execute(
                    insert(draft_versions).values(
                        batch_id=batch_id,
                        position=position,
                        number=old.made,
                        made_at=old.made_at,
                        machine=old.machine,
                    )
                )
            return self._change(
                connection,
                old,
                machine=without_removed(connection, machine),
                made=old.made + 1,
                made_at=_now(),
                **_unchecked(state),
            )

    def edit(
        self, batch_id: str, position: int, revision: int, edit: Edit, person: str
    ) -> DraftSheet:
        """What `person` (a name) wrote or chose. What was checked has to be checked again."""
        changes = {
            name: value
            for name in ("text", "direction", "reason")
            if (value := getattr(edit, name)) is not None
        }
        with self._database.write() as connection:
            old = self._unfixed(connection, batch_id, position, revision)
            return self._change(
                connection,
                old,
                **changes,
                edited_by=person,
                edited_at=_now(),
                **_unchecked(SheetState.DRAFT),
            )

    def advance(
        self, batch_id: str, position: int, revision: int, state: SheetState, person: str
    ) -> DraftSheet:
        """案 → 確認済 → 確定, or back; each step with the name and the time of who took it."""
        with self._database.write() as connection:
            old = self._seen(connection, batch_id, position, revision)
            if state is SheetState.FIXED:
                if old.state is not SheetState.CHECKED:
                    raise DraftConflictError(
                        f"「{old.name}」は{old.state or 'まだ'}です。確定できるのは確認済の調書です。"
                    )
                changes = {"fixed_by": person, "fixed_at": _now()}
            elif state is SheetState.CHECKED:
                changes = {"fixed_by": "", "fixed_at": ""}
                if old.state is not SheetState.FIXED:  # else back from 確定: it stays checked
                    changes |= {"checked_by": person, "checked_at": _now()}
            else:
                changes = _unchecked(SheetState.DRAFT)
            return self._change(connection, old, **changes | {"state": state})

    def opened(self, batch_id: str, position: int, person_id: str) -> None:
        """Notes that the person has the sheet as it is now before their eyes."""
        with self._database.write() as connection:
            revision = connection.scalar(
                select(draft_sheets.c.revision).where(_at(batch_id, position))
            )
            if revision is None:
                return
            statement = upsert(draft_openings).values(
                batch_id=batch_id, position=position, person_id=person_id, revision=revision
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["batch_id", "position", "person_id"],
                    set_={"revision": revision},
                )
            )

    def openings(self, batch_id: str, person_id: str) -> Mapping[int, int]:
        """Which sheets (by position) the person has opened, and in which revision last."""
        statement = select(draft_openings.c.position, draft_openings.c.revision).where(
            draft_openings.c.batch_id == batch_id, draft_openings.c.person_id == person_id
        )
        with self._database.read() as connection:
            return {row.position: row.revision for row in connection.execute(statement)}

    def _seen(
        self, connection: Connection, batch_id: str, position: int, revision: int
    ) -> DraftSheet:
        row = connection.execute(select(draft_sheets).where(_at(batch_id, position))).first()
        if row is None:
            raise DraftConflictError("この調書は削除されています。一覧を読み直してください。")
        sheet = _sheet(row)
        if sheet.revision != revision:
            who = f"{sheet.edited_by}さんが" if sheet.edited_by else "ほかの操作で"
            raise DraftConflictError(
                f"「{sheet.name}」は、開いている間に{who}変更されています。"
                "書いた文を控えてから、調書を開き直してください。"
            )
        return sheet

    def _unfixed(
        self, connection: Connection, batch_id: str, position: int, revision: int
    ) -> DraftSheet:
        sheet = self._seen(connection, batch_id, position, revision)
        if sheet.state is SheetState.FIXED:
            raise DraftConflictError(
                f"「{sheet.name}」は{sheet.fixed_by}さんが確定しています。"
                "直すときは、先に確定を取り消してください。"
            )
        return sheet

    def _change(self, connection: Connection, old: DraftSheet, **changes: object) -> DraftSheet:
        connection.execute(
            update(draft_sheets)
            .where(_at(old.batch_id, old.position))
            .values(revision=old.revision + 1, **changes)
        )
        row = connection.execute(select(draft_sheets).where(_at(old.batch_id, old.position))).one()
        return _sheet(row)


def _unchecked(state: SheetState) -> dict[str, Any]:
    names: Sequence[str] = ("checked_by", "checked_at", "fixed_by", "fixed_at")
    return {"state": state} | dict.fromkeys(names, "")


def _at(batch_id: str, position: int) -> Any:
    return and_(draft_sheets.c.batch_id == batch_id, draft_sheets.c.position == position)


def _sheet(row: Row[Any]) -> DraftSheet:
    values = dict(row._mapping)
    return DraftSheet(**values | {"state": SheetState(values["state"])})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
