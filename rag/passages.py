"""From ranked chunks to the passages that are shown: windows of neighbouring chunks."""

import re
from collections.abc import Callable, Sequence

from rag.types import Chunk, Document, Page, Passage

MAX_PASSAGE_CHARACTERS = 1_200

# Begun only where a run of blanks begins: else lines indented by hundreds of them take 0.1 s a page.
_TRAILING_BLANKS = re.compile(r"(?<![ \t\u3000\r\f])[ \t\u3000\r\f]++\n")
_EMPTY_LINES = re.compile(r"\n{2,}")

ChunksOfPage = Callable[[str, int], Sequence[Chunk]]
GetPage = Callable[[str, int], Page]
GetDocument = Callable[[str], Document]


def tidy(text: str) -> str:
    """Stored text without trailing blanks and empty lines; nothing else changes."""
    return _EMPTY_LINES.sub("\n", _TRAILING_BLANKS.sub("\n", text)).strip()


def build_passages(
    ranked: Sequence[tuple[Chunk, float]],
    count: int,
    chunks_of_page: ChunksOfPage,
    get_page: GetPage,
    get_document: GetDocument,
    max_characters: int = MAX_PASSAGE_CHARACTERS,
) -> list[Passage]:
    """The best `count` windows. Each grows around the best chunk no earlier window holds.

    A window stays within its page, grows first within its section, and never repeats text of an
    earlier window.
    """
    shown: set[str] = set()
    passages: list[Passage] = []
    for chunk, score in ranked:
        if len(passages) == count:
            break
        if chunk.id in shown:
            continue
        siblings = list(chunks_of_page(chunk.document_id, chunk.page))
        page = get_page(chunk.document_id, chunk.page)
        low, high = _window(siblings, chunk, page.text, shown, max_characters)
        window = siblings[low : high + 1]
        shown.update(sibling.id for sibling in window)
        document = get_document(chunk.document_id)
        start, end = window[0].start, window[-1].end
        passages.append(
            Passage(
                rank=len(passages) + 1,
                document_id=document.id,
                document_title=document.title,
                source=document.source,
                page=chunk.page,
                has_pages=document.has_pages,
                heading=chunk.heading,
                start=start,
                end=end,
                text=tidy(page.text[start:end])[:max_characters],
                score=score,
                chunk_ids=tuple(sibling.id for sibling in window),
            )
        )
    return passages


def _window(
    siblings: Sequence[Chunk], chunk: Chunk, text: str, shown: set[str], limit: int
) -> tuple[int, int]:
    at = next(i for i, sibling in enumerate(siblings) if sibling.id == chunk.id)
    low = high = at

    for same_section in (True, False):
        grown = True
        while grown:
            grown = False
            for new_low, new_high, edge in ((low, high + 1, high + 1), (low - 1, high, low - 1)):
                if not 0 <= edge < len(siblings) or siblings[edge].id in shown:
                    continue
                if same_section and siblings[edge].heading != chunk.heading:
                    continue
                stretch = text[siblings[new_low].start : siblings[new_high].end]
                # Tidying only shortens, so that most stretches need not be tidied to be measured.
                if len(stretch) <= limit or len(tidy(stretch)) <= limit:
                    low, high, grown = new_low, new_high, True
                    break
    return low, high
