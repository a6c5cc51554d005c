"""What every loader returns."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedPage:
    """Text of one page as it will be stored. `label` is the printed page number where known."""

    text: str
    label: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedDocument:
    """A file as pages of text. `warnings` are Japanese sentences about what was not readable."""

    pages: tuple[LoadedPage, ...]
    has_pages: bool
    media_type: str
    metadata_title: str = ""
    metadata_date: date | None = None
    warnings: tuple[str, ...] = ()
