"""The quality report of a document: what a person should know before its answers are trusted."""

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise

from ingest.personal import personal_counts, personal_remark
from ingest.quality import GARBLED_BELOW
from rag.quality import DocumentQuality, shared, sketch_of
from rag.text import key
from rag.types import Chunk, ChunkKind, Document, Page

NEAR_DUPLICATE = 0.5  # share of sentences in common
_SHORTEST = 10  # characters of a sentence that counts for likeness
_MOST_WORDS = 20  # mixed words kept
_SHOWN = 5

_WORD = r"\u30a1-\u30fa\u30fc\u4e00-\u9fff"  # katakana and kanji
# Cyrillic letters beside kana or kanji or inside a Latin word come from text recognition. A single
# Greek letter does not (α波, β版), two after katakana do.
_FOREIGN = re.compile("[\u0400-\u04ff]+|[\u0370-\u03ff]{2,}")
_BEFORE = re.compile(rf"(?:[{_WORD}]{{1,20}}|[A-Za-z]{{1,20}})$")
_AFTER = re.compile(rf"[{_WORD}]{{1,20}}|[A-Za-z]{{1,20}}")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\U000e0000-\U000e007f]")
_SENTENCE_END = re.compile(r"[。\n]")


def inspect(
    pages: Sequence[Page], chunks: Sequence[Chunk], hidden_pages: Sequence[int] = ()
) -> DocumentQuality:
    """The findings on a document as it was read."""
    rows = [chunk for chunk in chunks if chunk.kind is ChunkKind.TABLE_ROW]
    text = "\n".join(page.text for page in pages)
    words = dict.fromkeys(_mixed_words(text))
    personal, numbered = personal_counts(pages)
    return DocumentQuality(
        empty_pages=tuple(page.number for page in pages if not page.text.strip()),
        garbled_pages=tuple(page.number for page in pages if page.quality < GARBLED_BELOW),
        hidden_pages=tuple(hidden_pages),
        tables=_tables(rows),
        table_rows=len(rows),
        repeated_passages=sum(bool(chunk.duplicate_of) for chunk in chunks),
        mixed_words=tuple(words)[:_MOST_WORDS],
        private_characters=len(_PRIVATE.findall(text)),
        invisible_characters=len(_INVISIBLE.findall(text)),
        sketch=sketch_of(_sentence_hashes(text)),
        personal=personal,
        my_number_pages=numbered,
    )


def remarks(document: Document) -> list[str]:
    """Japanese sentences on what a person should look at; none for a sound document.

    What the loader's warnings on the document say already is not said again.
    """
    quality = document.quality
    left_out = set(document.excluded_pages)
    found = []
    for pages, what, said in (
        (
            quality.empty_pages,
            "文字がありません。画像だけのページなら文字認識（OCR）をしてください",
            "）に文字がありません",
        ),
        (
            quality.garbled_pages,
            "文字化けしているため検索の対象から外れています",
            "は文字化けしているため検索の対象から",
        ),
        (
            quality.hidden_pages,
            "画面では見えない文字があります。内容を確かめてください",
            "画面では見えない文字",
        ),
    ):
        open_pages = [page for page in pages if page not in left_out]
        if open_pages and not any(said in warning for warning in document.warnings):
            found.append(
                f"{_numbers(open_pages)}ページに{what}。".replace(
                    "ページに文字化け", "ページは文字化け"
                )
            )
    numbered = [page for page in quality.my_number_pages if page not in left_out]
    if numbered and not document.accepted:
        found.append(
            f"{_numbers(numbered)}ページにマイナンバーとみられる番号があるため、検索の対象から外しています。"
            "文書を削除するか、番号のない文書に差し替えてください。番号でないと確かめたときは「確認済み」にすると使えます。"
        )
    if remark := personal_remark(dict(quality.personal)):
        found.append(remark)
    if quality.mixed_words:
        shown = "、".join(f"「{word}」" for word in quality.mixed_words[:_SHOWN])
        found.append(
            f"別の文字体系の字が混ざった語が{len(quality.mixed_words)}種類（{shown}）あります。"
            "文字認識の誤りでないか確かめてください。"
        )
    if quality.private_characters:
        found.append(
            f"外字が{quality.private_characters:,}字あります。正しく表示されるか確かめてください。"
        )
    if quality.invisible_characters:
        found.append(
            f"目に見えない制御用の文字が{quality.invisible_characters:,}字あります。検索では無視します。"
        )
    if document.chunk_count and quality.repeated_passages * 3 > document.chunk_count:
        found.append(
            f"検索単位{document.chunk_count:,}個のうち{quality.repeated_passages:,}個は、同じ文書の前の部分の繰り返しです。"
        )
    return found


def near_duplicates(document: Document, others: Iterable[Document]) -> list[tuple[Document, float]]:
    """Other documents with at least half of the sentences in common, most alike first."""
    found = [
        (other, share)
        for other in others
        if other.id != document.id
        and (share := shared(document.quality, other.quality)) >= NEAR_DUPLICATE
    ]
    return sorted(found, key=lambda pair: (-pair[1], pair[0].source))


def _mixed_words(text: str) -> Iterator[str]:
    """Words in which letters of another script stand beside kana, kanji or Latin letters."""
    # Looked for from the foreign letters outwards: the other way round a long run of kana would
    # cost quadratic time.
    for match in _FOREIGN.finditer(text):
        before = _BEFORE.search(text[max(0, match.start() - 20) : match.start()])
        after = _AFTER.match(text, match.end())
        greek = match.group() >= "\u0370" and match.group() < "\u0400"
        if greek and not (before and "\u30a1" <= before.group()[-1] <= "\u30fc"):
            continue
        if before or after:
            yield (
                (before.group() if before else "")
                + match.group()[:20]
                + (after.group() if after else "")
            )


def _tables(rows: Sequence[Chunk]) -> int:
    """Rows that follow each other on a page under the same heads are one table."""
    return bool(rows) + sum(
        (before.page, before.columns) != (row.page, row.columns)
        or row.ordinal != before.ordinal + 1
        for before, row in pairwise(rows)
    )


def _sentence_hashes(text: str) -> Iterable[int]:
    for sentence in _SENTENCE_END.split(text):
        if len(sentence) >= _SHORTEST:
            # A checksum would not do: it puts sentences that differ in a figure side by side.
            wording = key(sentence).encode("utf-8", "surrogatepass")
            yield int.from_bytes(blake2b(wording, digest_size=4).digest())


def _numbers(pages: Sequence[int]) -> str:
    shown = "、".join(map(str, pages[:10]))
    return f"{shown}ほか" if len(pages) > 10 else shown
