"""How long an index that is gone takes to be rebuilt from the registry (R2).

    .venv/bin/python tests/rebuild_campaign.py [--chunks 50000]

The vectors are random ones of the length that the default model gives (384): rebuilding takes them
from the registry, so that no model has a part in it. Then what one dense search takes, over all
chunks and over some of the documents.
"""

import argparse
import hashlib
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from fakes import make_document

from rag.embedding import Embedder, EmbedderInfo
from rag.index import Index

SEARCHES = 40
PAGES = 2_000  # of each document; a page is a chunk here


class RandomEmbeddings(Embedder):
    """A vector of length one for each text, the same each time."""

    @property
    def info(self) -> EmbedderInfo:
        return EmbedderInfo(name="random", dimension=384, fingerprint="random-1")

    def _load(self) -> None: ...

    def _passages(self, texts: list[str]) -> list[np.ndarray]:
        return [self._query(text) for text in texts]

    def _query(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        vector = np.random.default_rng(seed).standard_normal(384).astype(np.float32)
        return vector / np.linalg.norm(vector)


def text(number: int) -> str:
    return (
        f"第{number}号議案について、市民課の窓口では令和{number % 9 + 1}年度に{number * 37 % 9_973:,}件の申請を"
        f"受け付け、うち{number % 613}件を電子申請により処理した。担当は第{number % 41}係で、手数料は"
        f"{number % 97 * 50}円、処理の期間は{number % 23 + 1}日である。次年度は{number % 17}件の見直しを予定する。"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=50_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shiori-rebuild-") as place:
        folder = Path(place, "var")
        started = time.monotonic()
        with Index.open(folder, RandomEmbeddings()) as index:
            for first in range(0, asked.chunks, PAGES):
                texts = [text(first + n) for n in range(min(PAGES, asked.chunks - first))]
                index.add(*make_document(f"{first}.txt", texts))
        print(f"{asked.chunks} chunks put in: {time.monotonic() - started:.0f} s", flush=True)
        for name, gone in (
            ("start, nothing to rebuild", ()),
            ("dense index gone", ("vectors",)),
            ("lexical index gone", ("lexical",)),
            ("both gone", ("vectors", "lexical")),
        ):
            for kind in gone:
                for path in folder.glob(f"{kind}-*"):
                    shutil.rmtree(path)
            started, computing = time.monotonic(), time.process_time()
            with Index.open(folder, RandomEmbeddings()) as index:
                opened = time.monotonic() - started
                computed = time.process_time() - computing
                status = index.status()
                assert status.agree and status.chunks == asked.chunks
                wanted = text(asked.chunks // 2)
                assert index.chunk(index.vector_search(wanted, 1)[0].chunk_id).text == wanted
            searched = time.monotonic() - started
            print(
                f"{name}: open after {opened:.0f} s ({computed:.0f} s of computing), first search "
                f"and checks after {searched:.0f} s",
                flush=True,
            )
        with Index.open(folder, RandomEmbeddings()) as index:
            ids = [document.id for document in index.documents()]
            for name, scope in (
                ("all documents", []),
                ("a quarter of them", ids[::4]),
                ("one of them", ids[:1]),
            ):
                waits, computing = [], time.process_time()
                for number in range(SEARCHES):
                    started = time.perf_counter()
                    index.vector_search(text(asked.chunks + number), 100, scope)
                    waits.append(time.perf_counter() - started)
                computed = (time.process_time() - computing) / SEARCHES
                print(
                    f"100 nearest in {name}: median {statistics.median(waits) * 1_000:.1f} ms, "
                    f"{computed * 1_000:.1f} ms of computing",
                    flush=True,
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
