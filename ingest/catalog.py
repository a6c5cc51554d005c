"""What is known about the documents of a folder: `catalog.toml` beside the files."""

import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from rag.errors import IngestError

CATALOG_NAME = "catalog.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogEntry:
    """Empty fields are not known and may be recognised from the text."""

    file: str
    title: str = ""
    kind: str = ""
    publisher: str = ""
    department: str = ""
    issued: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    successor: str = ""
    groups: tuple[str, ...] = ()  # who may read it; empty says nothing about that
    confidentiality: str = ""


Catalog = dict[str, CatalogEntry]  # by source, NFC


class CatalogError(IngestError):
    """`catalog.toml` cannot be used; the message names the place."""

    code = "catalog"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    file: str
    title: str = ""
    kind: str = ""
    publisher: str = ""
    department: str = ""
    issued: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    successor: str = ""
    groups: list[str] = []
    confidentiality: Literal["", "機密性1", "機密性2", "機密性3A", "機密性3B", "機密性3C"] = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    documents: list[_Entry] = []


def read_catalog(path: Path) -> Catalog:
    """The entries of a catalogue by file name; empty if there is no such file.

    Raises:
        CatalogError: not TOML, or an entry with an unknown or wrong field.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CatalogError(
            f"目録「{path.name}」を開けませんでした（{error.strerror}）。"
        ) from error
    try:
        parsed = _File.model_validate(tomllib.loads(raw.decode("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogError(
            f"目録「{path.name}」を読めません（{error}）。TOMLの書き方とUTF-8で保存されているかを確かめてください。"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CatalogError(
            f"目録「{path.name}」の {place} が正しくありません。項目名と日付の書き方を確かめてください。"
        ) from error
    entries = [
        CatalogEntry(**entry.model_dump() | {"groups": tuple(sorted(set(entry.groups)))})
        for entry in parsed.documents
    ]
    return {unicodedata.normalize("NFC", entry.file): entry for entry in entries}
