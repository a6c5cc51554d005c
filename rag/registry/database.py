"""The SQLite file behind the registry: durable, in WAL mode, migrated when opened."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError

from rag.errors import IndexDamagedError, IndexMismatchError
from rag.registry.schema import SCHEMA_REVISION

MIGRATIONS = Path(__file__).parent.parent / "migrations"
BUSY_TIMEOUT_S = 30
REGISTRY_FILE = "registry.sqlite3"  # in a data folder


class Database:
    """Connections to one registry file. Safe to share between threads.

    Raises `IndexDamagedError` when the file is no registry, and `IndexMismatchError` when a newer
    version made it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = threading.Lock()
        self._engine = _engine(path)
        try:
            current = self._schema_revision()
            if current != SCHEMA_REVISION:
                _migrate(self._engine, current)
        except DatabaseError as error:
            self._engine.dispose()
            raise _unreadable(path, error) from error
        except IndexMismatchError:
            self._engine.dispose()
            raise

    def _schema_revision(self) -> str:
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return ""
            return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the registry, whatever is written meanwhile."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is on the disk when the block ends, or leaves nothing behind.

        Threads of this process are let in one after the other. SQLite has no queue: whoever finds
        the file taken sleeps for up to 100 ms and tries again, and may be overtaken for a second.
        Who waits for the turn has no connection yet, and takes none away from readers.
        """
        with (
            self._turn(),
            self._engine.connect().execution_options(write=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # After the time-out SQLite decides, which says that the file is taken.
        taken = self._writing.acquire(timeout=BUSY_TIMEOUT_S)
        try:
            yield
        finally:
            if taken:
                self._writing.release()

    def faults(self) -> list[str]:
        """What SQLite's own check finds; empty for a sound file."""
        with self.read() as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(10)"))]
        return [] if found == ["ok"] else found

    def size_bytes(self) -> int:
        """The size of the file, without its write-ahead log."""
        return self.path.stat().st_size

    def forget_removed(self) -> bool:
        """Empty the write-ahead log, so that removed text is in no file any more.

        False when a reader was in the way for longer than the time-out.
        """
        with self._engine.connect() as connection:
            raw = connection.connection.cursor()
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.close()
        return not busy

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def naming_damage(path: Path) -> Iterator[None]:
    """Turns what SQLite says of a file with broken pages into `IndexDamagedError`."""
    try:
        yield
    except DatabaseError as error:
        # Its subclasses speak of locks, full disks and the like.
        if type(error.orig) is not sqlite3.DatabaseError:
            raise
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: DatabaseError) -> IndexDamagedError:
    return IndexDamagedError(
        f"登録簿「{path}」を読み取れません。ファイルが壊れている可能性があります。"
        "バックアップから shiori restore で戻すか、別のデータフォルダに取り込み直してください。"
        f"（{error.orig}）"
    )


def copy_registry(path: Path, target: Path) -> None:
    """A consistent copy in one file, while other processes read and write; nothing is migrated.

    Removed text is not in the copy. Raises `IndexDamagedError` when the file cannot be read.
    """
    try:
        with closing(
            sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        ) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise IndexDamagedError(f"登録簿「{path}」を読み取れません。（{error}）") from error


def forget_sessions(path: Path) -> None:
    """Take the sessions out of a copy: who was signed in then is not when it is restored."""
    with closing(sqlite3.connect(path)) as connection, connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sessions'").fetchone():
            connection.execute("DELETE FROM sessions")


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def configure(raw: Any, _: Any) -> None:
        # Transactions are begun below, so that a reader's first SELECT opens one as well.
        raw.isolation_level = None
        cursor = raw.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a reader that turns writer later could be refused.
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _migrate(engine: Engine, current: str) -> None:
    # Imported only when there is something to migrate: the import takes a tenth of a second.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current and current not in known:
        raise IndexMismatchError(
            f"このデータフォルダは新しい版の shiori で作られています（形式 {current}、"
            f"この版は {SCHEMA_REVISION} まで）。新しい版の shiori で開いてください。"
        )
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
