"""The catalogue of bad inputs: numbered, made by code, each with what must come of it.

Numbers 1 to 77 are files and stand in `bad_pdf_support`, `bad_office_support` and
`bad_text_support`; 78 to 92 are names, requests and protocol (tests/test_bad_inputs_requests.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ingest.limits import Limits

# Tight, so that what must be cut off is cut off in seconds.
LIMITS = Limits(
    pages=50,
    cpu_s=2,
    memory_bytes=500_000_000,
    characters=1_000_000,
    unpacked_bytes=50_000_000,
    cells_per_sheet=2_000,
)
ENGLISH = "The fee for a certificate is 300 yen."
JAPANESE = "証明書の交付手数料は300円である。"


class Expected(StrEnum):
    READ = "read"
    WARNED = "read with a warning"
    REFUSED = "refused with a sentence"


@dataclass(frozen=True, kw_only=True)
class BadInput:
    """`says` stands in the warning or refusal, `holds` in the text that is stored, and `lacks`
    nowhere in it."""

    number: int
    name: str
    content: Callable[[], bytes]
    expected: Expected
    says: str = ""
    holds: str = ""
    lacks: str = ""

    def __str__(self) -> str:
        return f"{self.number}-{self.name}"


def read(
    number: int, name: str, content: Callable[[], bytes], holds: str, lacks: str = ""
) -> BadInput:
    return BadInput(
        number=number,
        name=name,
        content=content,
        expected=Expected.READ,
        holds=holds,
        lacks=lacks,
    )


def warned(
    number: int, name: str, content: Callable[[], bytes], says: str, holds: str, lacks: str = ""
) -> BadInput:
    return BadInput(
        number=number,
        name=name,
        content=content,
        expected=Expected.WARNED,
        says=says,
        holds=holds,
        lacks=lacks,
    )


def refused(number: int, name: str, content: Callable[[], bytes], says: str) -> BadInput:
    return BadInput(number=number, name=name, content=content, expected=Expected.REFUSED, says=says)
