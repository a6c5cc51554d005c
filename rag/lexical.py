"""The lexical index: Tantivy with BM25 over words, dictionary forms and character bigrams.

Texts come in tokenised; Tantivy only splits at the blanks put between the tokens. Queries are
built term by term and never parsed, so that `OR`, `*` or quotes in a question are plain words.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from rag.tokens import Tokens, terms_of
from rag.types import Hit

CHANNELS = ("surface", "lemma", "bigram")
MAX_QUERY_TERMS = 500
MAX_COUNTED = 20_000

_WRITER_BYTES = 30_000_000
_TIES_TO_SEE = 20


class TantivyLexical:
    """One folder of Tantivy. Any number of threads may search while one writes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._index = tantivy.Index(_schema(), path=str(folder), reuse=True)
        self._index.register_tokenizer("blanks", _analyzer(tantivy.Tokenizer.whitespace()))
        self._index.register_tokenizer("whole", _analyzer(tantivy.Tokenizer.raw()))
        self._index.config_reader("manual")
        self._counted: dict[tuple[str, ...], int] = {}

    def add(
        self, keys: Sequence[str], document_ids: Sequence[str], tokens: Iterable[Tokens]
    ) -> None:
        """Add entries under new keys, in one commit.

        Takes `tokens` one by one: those of a text of 450 characters are 70 kB.
        """
        writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        try:
            for key, document_id, terms in zip(keys, document_ids, tokens, strict=True):
                entry = tantivy.Document()
                entry.add_text("key", key)
                entry.add_text("document_id", document_id)
                for channel in CHANNELS:
                    entry.add_text(channel, " ".join(getattr(terms, channel)))
                writer.add_document(entry)
        except BaseException:
            del writer  # and its lock, while the error is on its way to who clears up
            raise
        self._commit(writer)

    def remove(self, keys: Iterable[str]) -> None:
        """Remove entries in one commit; keys without an entry are passed over."""
        writer = self._index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for key in keys:
            writer.delete_documents_by_term("key", key)
        self._commit(writer)

    def _commit(self, writer: tantivy.IndexWriter) -> None:
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._counted = {}

    def keys(self) -> set[str]:
        searcher = self._index.searcher()
        found = searcher.search(Query.all_query(), limit=max(1, searcher.num_docs))
        return {searcher.doc(address)["key"][0] for _, address in found.hits}

    def search(
        self, query: str, channel: str, k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """Entries by BM25 over one channel, best first, ties by key. A repeated word counts once."""
        return self.search_terms(terms_of(query, channel), channel, k, document_ids)

    def search_terms(
        self, terms: Sequence[str], channel: str, k: int, document_ids: Sequence[str] = ()
    ) -> list[Hit]:
        """As `search`, for a query that is tokenised already."""
        distinct = list(dict.fromkeys(terms))[:MAX_QUERY_TERMS]
        searcher = self._index.searcher()
        if k < 1 or not distinct or not searcher.num_docs:
            return []
        schema = self._index.schema
        query = Query.boolean_query(
            [(Occur.Should, Query.term_query(schema, channel, term, "freq")) for term in distinct]
        )
        if document_ids:
            scope = Query.term_set_query(schema, "document_id", list(document_ids))
            # The scope decides what may answer and adds nothing to the score.
            query = Query.boolean_query(
                [(Occur.Must, query), (Occur.Must, Query.const_score_query(scope, 0.0))]
            )
        # Entries of equal score come in no useful order, so that a few more are looked at.
        found = searcher.search(query, limit=k + _TIES_TO_SEE, count=False)
        hits = [Hit(searcher.doc(address)["key"][0], float(score)) for score, address in found.hits]
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def document_frequency(self, term: str, channel: str) -> int:
        """In how many entries the token occurs, removed ones included until they are merged."""
        return int(self._index.searcher().doc_freq(channel, term))

    def count(
        self,
        term: str,
        channel: str,
        *,
        within: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> int:
        """In how many entries the token occurs, of these documents or of all but those."""
        schema = self._index.schema
        parts = [(Occur.Must, Query.term_query(schema, channel, term, "freq"))]
        for occur, ids in ((Occur.Must, within), (Occur.MustNot, without)):
            if ids:
                parts.append((occur, Query.term_set_query(schema, "document_id", list(ids))))
        found: Any = self._index.searcher().search(Query.boolean_query(parts), limit=1, count=True)
        return int(found.count)

    def counted(self, asked: tuple[str, ...], count: Callable[[], int]) -> int:
        """What `count` says of `asked`, kept until entries change: many ask for the same words."""
        known = self._counted
        found = known.get(asked)
        if found is None:
            if len(known) >= MAX_COUNTED:
                known.clear()
            found = known[asked] = count()
        return found

    def holds_removed(self) -> bool:
        """Whether files still carry words of removed entries: Tantivy drops them when it merges.

        Until then they also weigh in the document frequencies of BM25.
        """
        state = json.loads((self._folder / "meta.json").read_text(encoding="utf-8"))
        return any(
            (segment.get("deletes") or {}).get("num_deleted_docs") for segment in state["segments"]
        )

    def close(self) -> None:
        """Let the files go: they stay mapped as long as the index is somewhere in memory."""
        del self._index


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="whole", index_option="basic")
    builder.add_text_field("document_id", tokenizer_name="whole", index_option="basic")
    for channel in CHANNELS:
        builder.add_text_field(channel, tokenizer_name="blanks", index_option="freq")
    return builder.build()


def _analyzer(tokenizer: tantivy.Tokenizer) -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tokenizer).build()
