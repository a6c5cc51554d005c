"""What is known about how well a document could be read, and how alike two documents are."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

SKETCH_SIZE = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentQuality:
    """Findings about one document; pages by their number, from 1.

    `sketch` has the smallest hashes of its sentences, in order: enough to tell how many sentences
    two documents share without comparing their texts.
    """

    empty_pages: tuple[int, ...] = ()
    garbled_pages: tuple[int, ...] = ()
    hidden_pages: tuple[int, ...] = ()  # with text that nobody sees
    tables: int = 0
    table_rows: int = 0
    repeated_passages: int = 0
    mixed_words: tuple[str, ...] = ()  # デジタルデバйд: letters of two scripts in one word
    private_characters: int = 0  # 外字
    invisible_characters: int = 0
    sketch: tuple[int, ...] = ()
    # How often, by PersonalKind.
    personal: Mapping[str, int] = field(default_factory=dict, hash=False)
    my_number_pages: tuple[int, ...] = ()  # held back until a person accepts the document


def quality_to_json(quality: DocumentQuality | Mapping[str, Any]) -> str:
    """For the registry, which hands it over as a mapping."""
    values = quality if isinstance(quality, Mapping) else asdict(quality)
    return json.dumps(dict(values), ensure_ascii=False)


def quality_from_json(text: str | None) -> DocumentQuality:
    """Empty for a document that came in before there were findings."""
    stored: dict[str, Any] = json.loads(text) if text else {}
    known = {one.name for one in fields(DocumentQuality)} & stored.keys()
    values: dict[str, Any] = {
        name: tuple(stored[name]) if isinstance(stored[name], list) else stored[name]
        for name in known
    }
    return DocumentQuality(**values)


def shared(first: DocumentQuality, second: DocumentQuality) -> float:
    """The share of sentences of both documents together that both have, 0..1, estimated.

    Bottom-k sketches (Broder 1997): of the k smallest hashes of the union, the share in both.
    """
    one, other = set(first.sketch), set(second.sketch)
    if not one or not other:
        return 0.0
    smallest = sorted(one | other)[:SKETCH_SIZE]
    return len(one.intersection(smallest) & other) / len(smallest)


def sketch_of(hashes: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(hashes))[:SKETCH_SIZE])
