"""Sessions on the server: a random id in the browser, its hash in the registry.

ASVS 5.0, 7.2 to 7.4: 256 random bits, new at every sign-in, an idle and an absolute limit, ended by
signing out, by a new password and by disabling the person.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from rag.registry import Database, sessions
from rag.registry.people import Person
from rag.registry.sessions import Session

BROWSER, TOKEN = "browser", "token"
TOKEN_PREFIX = "shiori-"
DEFAULT_TOKEN_DAYS = 365

_NOTED_EVERY = timedelta(minutes=1)  # writing with each request would make readers wait
_MAX_ID_CHARACTERS = 200


def hash_of(session_id: str) -> str:
    return hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()


class Sessions:
    """The open sessions of one registry. Safe to share between threads and processes."""

    def __init__(self, database: Database, *, idle: timedelta, absolute: timedelta) -> None:
        self._database = database
        self._idle = idle
        self._absolute = absolute

    def begin(self, person: Person) -> str:
        """The id of a new session of a browser."""
        return self._begin(person, BROWSER, "", self._absolute, secrets.token_urlsafe(32))

    def issue_token(self, person: Person, label: str, days: int = DEFAULT_TOKEN_DAYS) -> str:
        """A bearer token for a program that asks in the person's name."""
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        return self._begin(person, TOKEN, label, timedelta(days=days), token)

    def _begin(
        self, person: Person, kind: str, label: str, lifetime: timedelta, session_id: str
    ) -> str:
        now = datetime.now(UTC)
        session = Session(
            id_hash=hash_of(session_id),
            person_id=person.id,
            kind=kind,
            label=label,
            created_at=now.isoformat(),
            last_seen_at=now.isoformat(),
            expires_at=(now + lifetime).isoformat(),
        )
        with self._database.write() as connection:
            sessions.forget_expired(connection, now.isoformat())
            sessions.begin(connection, session)
        return session_id

    def resolve(self, session_id: str, kind: str) -> tuple[Session, Person] | None:
        """The session with its person as both are now; None when it is over or unknown."""
        if not session_id or len(session_id) > _MAX_ID_CHARACTERS:
            return None
        return self._alive(hash_of(session_id), kind)

    def find(self, id_hash: str) -> tuple[Session, Person] | None:
        """As `resolve`, for a session that was found earlier; asking does not keep it open."""
        return self._alive(id_hash, None)

    def _alive(self, id_hash: str, kind: str | None) -> tuple[Session, Person] | None:
        with self._database.read() as connection:
            found = sessions.find(connection, id_hash)
        if found is None:
            return None
        session, person = found
        now = datetime.now(UTC)
        idle_since = datetime.fromisoformat(session.last_seen_at)
        over = datetime.fromisoformat(session.expires_at) <= now or (
            session.kind == BROWSER and idle_since + self._idle <= now
        )
        if person.disabled or over or kind not in (None, session.kind):
            return None
        # A clock that was set back must not lengthen a session.
        if kind and not timedelta(0) <= now - idle_since < _NOTED_EVERY:
            with self._database.write() as connection:
                sessions.seen(connection, id_hash, max(now, idle_since).isoformat())
        return session, person

    def end(self, session_id: str) -> None:
        with self._database.write() as connection:
            sessions.end(connection, hash_of(session_id))

    def end_all(self, person_id: str, kind: str | None = None) -> int:
        with self._database.write() as connection:
            return sessions.end_all(connection, person_id, kind)
