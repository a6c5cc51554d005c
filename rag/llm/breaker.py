"""A circuit breaker: a model that failed is left alone for a while, then tried once."""

import threading
import time
from collections.abc import Callable

FAILURES = 2  # in a row
REST_S = 30.0


class Breaker:
    """Thread-safe. Whoever was let through says how it went, exactly once."""

    def __init__(
        self,
        failures: int = FAILURES,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._rest_s = rest_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._rests_until = 0.0
        self._trying = False

    def admits(self) -> bool:
        """Whether a request may go out now; after a rest only one at a time, as a trial."""
        with self._lock:
            if self._failed < self._most:
                return True
            if self._trying or self._clock() < self._rests_until:
                return False
            self._trying = True
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed = 0
            self._trying = False

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._trying = False
            self._rests_until = self._clock() + self._rest_s

    def undecided(self) -> None:
        """The request ended before the model could show anything: its asker left."""
        with self._lock:
            self._trying = False

    @property
    def resting(self) -> bool:
        with self._lock:
            return self._failed >= self._most and self._clock() < self._rests_until
