"""What the first questions after a start would otherwise wait for, done before them."""

import math
import time
from collections.abc import Iterator
from itertools import zip_longest

from rag.assistant import Assistant
from rag.searching import SearchableIndex
from rag.types import Document, Query

WARMING_UP_S = 1.0
_DOCUMENTS = 40  # a large stock is not read through at every start


def warm_up(assistant: Assistant, seconds: float = WARMING_UP_S) -> int:
    """Load and learn, then read for some `seconds`; how many questions were asked for it.

    What documents and their sections are called leads to what is asked of them.
    """
    asked = 0
    enough = math.inf  # the first question loads the model, however long that takes
    for asked, text in enumerate(_names(assistant.index), start=1):
        assistant.ask(Query(text=text), mode="extractive")
        if asked == 1:
            enough = time.monotonic() + seconds
        elif time.monotonic() > enough:
            return asked
    return asked


def _names(index: SearchableIndex) -> Iterator[str]:
    """The titles, then the headings, the documents taking turns."""
    documents = index.documents()[:_DOCUMENTS]
    yield from (document.title for document in documents)
    for headings in zip_longest(*(_headings(index, document) for document in documents)):
        yield from filter(None, headings)


def _headings(index: SearchableIndex, document: Document) -> Iterator[str]:
    seen: set[str] = set()
    for page in range(1, document.page_count + 1):
        for chunk in index.chunks_of(document.id, page):
            if chunk.heading and chunk.heading[-1] not in seen:
                seen.add(chunk.heading[-1])
                yield chunk.heading[-1]
