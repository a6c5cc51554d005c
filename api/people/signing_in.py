"""Signing in with a name and a password, at most four at a time.

One answer for every reason to refuse, after the same time: neither tells whether there is such an
account. Each attempt counts as failed until it has succeeded.
"""

from datetime import UTC, datetime, timedelta

import anyio
from anyio import to_thread

from api.errors import ApiError
from api.people import passwords
from api.people.accounts import UnknownPersonError, login_name
from api.people.gate import Gate
from rag.registry.people import Person

HASHES_AT_ONCE = 4  # 46 MiB each
MOST_WAITING = 40


class SignIn:
    """Holds passwords against accounts. One for each application, made in its event loop."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._hashing = anyio.CapacityLimiter(HASHES_AT_ONCE)

    async def check(self, address: str, login: str, password: str) -> Person:
        """The person with this name and password.

        Raises ApiError 401, or 429 and 503 for too many attempts.
        """
        if not self._gate.addresses.admit(address):
            raise ApiError(
                429,
                "too_many_attempts",
                "サインインの試みが続いています。1分ほど待ってから、もう一度お試しください。",
            )
        if self._hashing.statistics().tasks_waiting >= MOST_WAITING:
            raise ApiError(
                503, "busy", "混み合っています。少し待ってから、もう一度お試しください。"
            )
        return await to_thread.run_sync(
            self._check, login_name(login), password, limiter=self._hashing
        )

    async def change(self, address: str, login: str, current: str, new: str) -> Person:
        """The person with `new` as password; every session of it has ended.

        Raises as `check` does, and PasswordRefusedError when `new` does not keep the rules.
        """
        person = await self.check(address, login, current)
        await to_thread.run_sync(
            self._gate.accounts.choose_password, person, new, limiter=self._hashing
        )
        return person

    def _check(self, login: str, password: str) -> Person:
        waiting = self._gate.names.admit(login)
        if waiting:
            minutes = -(-int(waiting.total_seconds() + 1) // 60)
            raise ApiError(
                429,
                "locked",
                "続けて失敗したため、しばらくサインインできません。"
                f"{minutes}分ほど待ってから、もう一度お試しください。",
            )
        try:
            person = self._gate.accounts.find(login)
        except UnknownPersonError:
            person = None
        usable = person is not None and not person.disabled and not _initial_is_over(person)
        kept = person.password_hash if person is not None and usable else ""
        if not passwords.matches(kept, password) or person is None:
            raise ApiError(401, "wrong_credentials", "利用者名またはパスワードが違います。")
        self._gate.names.succeeded(login)
        return person


def _initial_is_over(person: Person) -> bool:
    """Whether an initial password was not used in time; somebody may have found the paper."""
    if not person.must_change:
        return False
    since = datetime.now(UTC) - datetime.fromisoformat(person.password_set_at)
    return not timedelta(0) <= since < passwords.INITIAL_VALIDITY
