"""Single bits flipped in the files of a derived index, and the answers afterwards."""

import random
import shutil
from pathlib import Path

from fakes import NgramEmbeddings, make_document

from rag.index import Index
from rag.lexical import CHANNELS


def flip_campaign(kind: str, flips_per_file: int, seed: int, folder: Path) -> dict[str, int]:
    """Single bits flipped in the files of one derived index; the answers compared each time."""
    chance, sound, damaged = random.Random(seed), folder / "sound", folder / "damaged"
    with Index.open(sound, NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", [f"第{n}章 窓口業務を{n * 37}件処理" for n in range(30)]))
        index.add(*make_document("b.txt", ["監査委員の意見", "備品台帳の誤り"]))
    with Index.open(sound, NgramEmbeddings()) as index:
        before = _answers(index)
    counts = {"flips": 0, "rebuilt": 0, "faults": 0}
    files = [path for path in sorted(sound.glob(f"{kind}-*/**/*")) if path.is_file()]
    for file in files:
        # SQLite's file is large, and most of it is in use.
        tries = flips_per_file * (5 if file.suffix == ".sqlite3" else 1)
        for _ in range(tries if file.stat().st_size else 0):
            shutil.rmtree(damaged, ignore_errors=True)
            shutil.copytree(sound, damaged)
            _flip_a_bit(damaged / file.relative_to(sound), chance)
            names = {path.name for path in damaged.glob(f"{kind}-*")}
            with Index.open(damaged, NgramEmbeddings()) as index:
                counts["faults"] += _answers(index) != before
            counts["rebuilt"] += {path.name for path in damaged.glob(f"{kind}-*")} != names
            counts["flips"] += 1
    return counts


def _flip_a_bit(path: Path, chance: random.Random) -> None:
    content = bytearray(path.read_bytes())
    used = [place for place in range(len(content)) if content[place]] or range(len(content))
    content[chance.choice(used)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _answers(index: Index) -> list[object]:
    question = "窓口業務で処理した件数"
    return [
        [(hit.chunk_id, round(hit.score, 5)) for hit in index.vector_search(question, 32)],
        *(index.lexical_search(question, channel, 32) for channel in CHANNELS),
        *(index.vector_search(question, 5, [document.id]) for document in index.documents()),
    ]
