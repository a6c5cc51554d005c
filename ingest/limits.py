"""How much work one file may cause. The same limits bind every loader."""

from contextvars import ContextVar
from dataclasses import dataclass

# A plan of 300 pages is no attack: a larger file may take longer, a tiny one never.
CPU_S_PER_MB = 20
MAX_CPU_S = 600
WALL_S_PER_CPU_S = 5  # on a busy machine
MAX_FILE_BYTES_WRITTEN = 50_000_000
MAX_OPEN_FILES = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """`cpu_s` holds for a small file; see `cpu_s_for`."""

    file_bytes: int = 200_000_000
    pages: int = 2_000
    cpu_s: int = 60
    memory_bytes: int = 1_000_000_000  # address space of the reading process
    unpacked_bytes: int = 200_000_000  # all members of a packed file together
    cells_per_sheet: int = 200_000
    characters: int = 5_000_000
    ocr: bool = False  # pages without text are recognised, where a Tesseract is installed

    def cpu_s_for(self, size_bytes: int) -> int:
        """Seconds of computing for a file of this size."""
        more = CPU_S_PER_MB * (size_bytes // 1_000_000)
        return self.cpu_s + min(more, max(0, MAX_CPU_S - self.cpu_s))

    def wall_s_for(self, size_bytes: int) -> int:
        """Seconds on the clock for a file of this size."""
        return WALL_S_PER_CPU_S * self.cpu_s_for(size_bytes)


_in_force: ContextVar[Limits | None] = ContextVar("limits", default=None)


def in_force() -> Limits:
    """The limits a loader keeps to: those the file was handed in with, or the default ones."""
    return _in_force.get() or Limits()


def enforce(limits: Limits) -> None:
    """From now on `in_force` gives `limits` in this process."""
    _in_force.set(limits)
