"""Accounts: adding, finding and changing people. Whatever is changed counts at the next request."""

import re
import unicodedata
import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError

from api.people import passwords
from api.people.caller import Role
from rag.errors import ShioriError
from rag.registry import Database, people, sessions
from rag.registry.people import Person

MAX_LOGIN_CHARACTERS = 64
MAX_NAME_CHARACTERS = 100
MAX_GROUPS = 50_000

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]*")


class UnknownPersonError(ShioriError):
    code = "unknown_person"


class AccountError(ShioriError):
    """An account cannot be made or changed as asked."""

    code = "account"


def login_name(typed: str) -> str:
    """The one form of a login name: half-width, small letters."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


class Accounts:
    """The people of one registry. Safe to share between threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        login: str,
        name: str,
        *,
        department: str = "",
        roles: Collection[Role] = (),
        groups: Collection[str] = (),
        password: str | None = None,
    ) -> tuple[Person, str]:
        """A new person and the initial password, which has to be changed at the first sign-in.

        With `password` "" there is none: somebody else (a proxy) says who it is. Raises
        AccountError, PasswordRefusedError.
        """
        login = login_name(login)
        if len(login) > MAX_LOGIN_CHARACTERS or not _LOGIN.fullmatch(login):
            raise AccountError("利用者名は英小文字、数字、. _ @ - で、64文字以内にしてください。")
        initial = passwords.initial_password() if password is None else password
        if password:
            passwords.require_good(password, login)
        now = datetime.now(UTC).isoformat()
        person = Person(
            id=uuid.uuid4().hex,
            login=login,
            name=label(name) or login,
            department=label(department),
            roles=_role_values(roles),
            groups=labels(groups),
            password_hash=passwords.hash_password(initial) if initial else "",
            password_set_at=now,
            must_change=bool(initial),
            created_at=now,
        )
        try:
            with self._database.write() as connection:
                people.add(connection, person)
        except IntegrityError as error:
            raise AccountError(f"利用者名「{login}」はもう登録されています。") from error
        return person, initial

    def everybody(self) -> Sequence[Person]:
        with self._database.read() as connection:
            return people.everybody(connection)

    def by_id(self, person_id: str) -> Person | None:
        with self._database.read() as connection:
            return people.by_id(connection, person_id)

    def find(self, login: str) -> Person:
        """Raises UnknownPersonError."""
        with self._database.read() as connection:
            person = people.by_login(connection, login_name(login))
        if person is None:
            raise UnknownPersonError(
                "その利用者は登録されていません。shiori user list で確かめてください。"
            )
        return person

    def set_disabled(self, login: str, disabled: bool) -> Person:
        """A person who is disabled is signed out everywhere at once."""
        return self._change(login, end_sessions=disabled, disabled=disabled)

    def set_roles(self, login: str, roles: Collection[Role]) -> Person:
        return self._change(login, roles=_role_values(roles))

    def set_groups(self, login: str, groups: Collection[str]) -> Person:
        return self._change(login, groups=labels(groups))

    def set_department(self, login: str, department: str) -> Person:
        return self._change(login, department=label(department))

    def describe(
        self,
        login: str,
        *,
        name: str,
        department: str,
        roles: Collection[Role],
        groups: Collection[str],
    ) -> Person:
        """Set everything at once that is said of a person."""
        return self._change(
            login,
            name=label(name) or login_name(login),
            department=label(department),
            roles=_role_values(roles),
            groups=labels(groups),
        )

    def reset_password(self, login: str, password: str | None = None) -> str:
        """A new initial password; everything the person has open is signed out."""
        person = self.find(login)
        initial = passwords.initial_password() if password is None else password
        if password is not None:
            passwords.require_good(password, person.login)
        self._set_password(person, initial, must_change=True, end_sessions=True)
        return initial

    def choose_password(self, person: Person, password: str) -> None:
        """The person's own choice; every browser is signed out. Raises PasswordRefusedError."""
        passwords.require_good(password, person.login)
        if passwords.matches(person.password_hash, password):
            raise passwords.PasswordRefusedError(
                "今のパスワードと同じです。別のパスワードにしてください。"
            )
        self._set_password(person, password, must_change=False, end_sessions=True)

    def _set_password(
        self, person: Person, password: str, *, must_change: bool, end_sessions: bool
    ) -> None:
        self._change(
            person.login,
            end_sessions=end_sessions,
            password_hash=passwords.hash_password(password),
            password_set_at=datetime.now(UTC).isoformat(),
            must_change=must_change,
        )

    def _change(self, login: str, *, end_sessions: bool = False, **values: object) -> Person:
        person = self.find(login)
        with self._database.write() as connection:
            people.change(connection, person.id, **values)
            if end_sessions:
                sessions.end_all(connection, person.id)
        changed: dict[str, object] = dict(values)
        return replace(person, **changed)  # type: ignore[arg-type]


def label(text: str) -> str:
    """A name as it is kept: composed, without control characters or blanks at its ends."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(c for c in composed if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return " ".join(visible.split())[:MAX_NAME_CHARACTERS]


def labels(texts: Collection[str]) -> tuple[str, ...]:
    """Names of groups, each once, in order. Raises AccountError for too many."""
    kept = tuple(sorted({label(text) for text in texts} - {""}))
    if len(kept) > MAX_GROUPS:
        raise AccountError(f"グループは{MAX_GROUPS:,}個までです。")
    return kept


def _role_values(roles: Collection[Role]) -> tuple[str, ...]:
    return tuple(sorted({role.value for role in roles} - {Role.STAFF.value}))
