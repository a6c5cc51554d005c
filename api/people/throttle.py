"""Guessing passwords is slow: a growing delay for each name, a rate for each address.

The same rate keeps one person from asking in everybody's place.

A name is counted whether there is such an account or not, so that the answers tell nothing.
"""

import hashlib
import threading
import time
from collections import OrderedDict, deque
from datetime import UTC, datetime, timedelta

from rag.registry import Database, sessions

FREE_FAILURES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
ATTEMPTS_PER_MINUTE = 30  # from one address; a whole office may sit behind one
MAX_KEYS = 10_000

_MINUTE_S = 60.0


def delay_after(failures: int) -> timedelta:
    """30 s after the fifth failure in a row, twice as long after each further one."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    doublings = min(failures - FREE_FAILURES, 20)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


class NameThrottle:
    """Failures by login name, kept in the registry so that a restart forgives nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def admit(self, login: str) -> timedelta:
        """How long the name has to wait; at zero the attempt may be made.

        It counts as failed until `succeeded` is called, so that attempts at the same time are no
        way round the limit.
        """
        name = _hash(login)
        with self._database.write() as connection:
            # Read while nobody else writes: an earlier time would look like a clock set back.
            now = datetime.now(UTC)
            count, last_at, locked_until = sessions.failures(connection, name)
            since = now - datetime.fromisoformat(last_at) if last_at else timedelta(0)
            # Negative when the clock was set back: then nothing is known about the delay.
            if locked_until and since >= timedelta(0):
                left = datetime.fromisoformat(locked_until) - now
                if left > timedelta(0):
                    return left
            count = 1 if since >= FORGOTTEN_AFTER else count + 1
            until = now + delay_after(count)
            sessions.note_failure(connection, name, count, now.isoformat(), until.isoformat())
        return timedelta(0)

    def succeeded(self, login: str) -> None:
        with self._database.write() as connection:
            sessions.forget_failures(connection, _hash(login))


class RateLimit:
    """Attempts of the last minute by address or person, in memory."""

    def __init__(self, per_minute: int = ATTEMPTS_PER_MINUTE) -> None:
        self._allowed = per_minute
        self._lock = threading.Lock()
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def admit(self, key: str) -> bool:
        """Whether one more attempt of `key` is within the rate; counts it if so."""
        now = time.monotonic()
        with self._lock:
            times = self._attempts.setdefault(key, deque())
            self._attempts.move_to_end(key)
            while len(self._attempts) > MAX_KEYS:
                self._attempts.popitem(last=False)
            while times and times[0] <= now - _MINUTE_S:
                times.popleft()
            if len(times) >= self._allowed:
                return False
            times.append(now)
            return True


def _hash(login: str) -> str:
    # Hashed: people sometimes type their password where the name belongs.
    return hashlib.sha256(f"login\n{login}".encode("utf-8", "surrogatepass")).hexdigest()
