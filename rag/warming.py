"""What the first questions after a start would otherwise wait for, done before them."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar

from rag.assistant import Assistant
from rag.reader.model import bundled_reader
from rag.reading import read_ahead
from rag.searching import SearchableIndex
from rag.types import Document, Query

Item = TypeVar("Item")

WARMING_UP_S = 1.0
_DOCUMENTS = 40  # a large stock is not read through at every start


def warm_up(assistant: Assistant, seconds: float = WARMING_UP_S) -> int:
    """Load and learn, then read for some `seconds`; how many questions were asked for it.

    What documents are called is asked first, which loads and learns. Then pages are taken apart
    into what answers are made of, for it is that what the first to ask about a page would wait
    for; what sections are called is asked with the time that is left.
    """
    bundled_reader()
    index = assistant.index
    documents = index.documents()[:_DOCUMENTS]
    asked = 0
    enough = math.inf  # the first question loads the model, however long that takes
    for title in (document.title for document in documents):
        assistant.ask(Query(text=title), mode="extractive")
        asked += 1
        if asked == 1:
            enough = time.monotonic() + seconds
        elif time.monotonic() > enough:
            return asked
    for document, number in _pages(documents):
        read_ahead(index.chunks_of(document.id, number), index.page(document.id, number))
        if time.monotonic() > enough:
            return asked
    for heading in _in_turn(_headings(index, document) for document in documents):
        assistant.ask(Query(text=heading), mode="extractive")
        asked += 1
        if time.monotonic() > enough:
            return asked
    return asked


def _pages(documents: Sequence[Document]) -> Iterator[tuple[Document, int]]:
    """Document and number of the pages, the documents taking turns."""
    return _in_turn(
        [(document, number) for number in range(1, document.page_count + 1)]
        for document in documents
    )


def _in_turn(several: Iterable[Iterable[Item]]) -> Iterator[Item]:
    """The first of each, then the second of each, until nothing is left."""
    for row in zip_longest(*several):
        yield from (one for one in row if one is not None)


def _headings(index: SearchableIndex, document: Document) -> Iterator[str]:
    seen: set[str] = set()
    for page in range(1, document.page_count + 1):
        for chunk in index.chunks_of(document.id, page):
            if chunk.heading and chunk.heading[-1] not in seen:
                seen.add(chunk.heading[-1])
                yield chunk.heading[-1]
