"""How much is tried by the tests that make up their own input.

`SHIORI_FUZZ_EXAMPLES` is the number of examples, new ones each time; without it a few, always the
same. `make fuzz` sets it, and goes on for a bounded time (tests/fuzz_campaign.py).
"""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("SHIORI_FUZZ_EXAMPLES", "0"))


def quick(few: int, *, share: float = 1.0) -> settings:
    """Settings for a test that takes `few` examples in `make test`, and `share` of all in a campaign."""
    return settings(
        max_examples=max(1, round(EXAMPLES * share)) if EXAMPLES else few,
        derandomize=not EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
