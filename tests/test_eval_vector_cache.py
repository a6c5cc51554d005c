"""Vectors are kept in a file and survive a run that was cut off."""

from pathlib import Path

import numpy as np
import pytest
from eval_support import CountingEmbeddings
from fakes import NgramEmbeddings

from eval.vector_cache import CachedEmbedder


class CountingQueries(NgramEmbeddings):
    """Counts the queries that are embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def _query(self, text: str) -> np.ndarray:
        self.count += 1
        return super()._query(text)


def test_a_text_is_embedded_once_over_all_runs(tmp_path: Path) -> None:
    inner = CountingEmbeddings()
    texts = [f"本文{number}" for number in range(40)]
    first = CachedEmbedder(inner, tmp_path).embed_documents([*texts, texts[0]])
    assert inner.count == 40
    second = CachedEmbedder(inner, tmp_path).embed_documents(texts)
    assert inner.count == 40
    assert second == first[:40]
    assert second == NgramEmbeddings().embed_documents(texts)


def test_queries_are_kept_only_when_asked_for_and_apart_from_passages(tmp_path: Path) -> None:
    inner = CountingQueries()
    CachedEmbedder(inner, tmp_path).embed_documents(["質問"])
    for _ in range(2):
        CachedEmbedder(inner, tmp_path).embed_query("質問")
    # The embedder itself remembers recent queries, so that one of two is embedded.
    assert inner.count == 1
    kept = CachedEmbedder(CountingQueries(), tmp_path, queries=True)
    assert kept.embed_query("質問") == pytest.approx(inner.embed_query("質問"))
    fresh = CountingQueries()
    again = CachedEmbedder(fresh, tmp_path, queries=True)
    assert again.embed_query("質問") == kept.embed_query("質問")
    assert fresh.count == 0


@pytest.mark.parametrize("lost_bytes", [1, 100, 600])
def test_what_was_written_whole_survives_a_cut_off_run(tmp_path: Path, lost_bytes: int) -> None:
    texts = [f"本文{number}" for number in range(8)]
    CachedEmbedder(NgramEmbeddings(), tmp_path).embed_documents(texts)
    (file,) = tmp_path.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:-lost_bytes])
    inner = CountingEmbeddings()
    found = CachedEmbedder(inner, tmp_path).embed_documents(texts)
    assert inner.count == -(-lost_bytes // (len(content) // 8))
    assert found == NgramEmbeddings().embed_documents(texts)
    assert file.stat().st_size == len(content)


def test_damaged_vectors_are_embedded_again(tmp_path: Path) -> None:
    texts = [f"本文{number}" for number in range(4)]
    CachedEmbedder(NgramEmbeddings(), tmp_path).embed_documents(texts)
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 4 + 40] ^= 0xFF
    file.write_bytes(bytes(content))
    inner = CountingEmbeddings()
    assert CachedEmbedder(inner, tmp_path).embed_documents(texts) == (
        NgramEmbeddings().embed_documents(texts)
    )
    assert inner.count == 3


def test_vectors_of_different_models_are_in_different_files(tmp_path: Path) -> None:
    CachedEmbedder(NgramEmbeddings(), tmp_path).embed_documents(["本文"])
    CachedEmbedder(NgramEmbeddings(dimension=64), tmp_path).embed_documents(["本文"])
    assert len(list(tmp_path.iterdir())) == 2
