"""The long campaigns of killing, run by `make crash`; the short forms are in `make test`.

    .venv/bin/python tests/crash_campaign.py [--random 200] [--targeted 200] [--backups 50] [--flips 20]

Prints one line for each campaign: tries, operations acknowledged, documents lost, indexes that
had to be rebuilt. Exit code 1 when anything was lost.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from crash_support import (
    TARGETS,
    LostDocumentError,
    Promised,
    check,
    forkserver,
    keep_changing,
    read_promises,
    run_and_kill,
    state_of,
    states_said,
    wait_for,
)
from fakes import NgramEmbeddings, make_document

from rag.backup import back_up
from rag.index import Index
from rag.lexical import CHANNELS
from rag.restoring import restore

FRESH_AFTER = 20  # tries on one folder, so that damage may add up


def campaign(tries: int, targets: list[str], seed: int, folder: Path) -> dict[str, int]:
    """Counts of `tries` kills, the moments chosen by `targets` in turn ("" for random ones)."""
    context, chance = forkserver(), random.Random(seed)
    counts = {"tries": 0, "operations": 0, "turns": 0, "in_flight": 0, "rebuilt": 0, "faults": 0}
    promised = Promised()
    for number in range(tries):
        if number % FRESH_AFTER == 0:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            promised = Promised()
        target = targets[number % len(targets)]
        done_before, turns_before = promised.operations, len(promised.turns)
        said = run_and_kill(context, folder / "var", seed * 10_000 + number, target, chance)
        read_promises(said, promised)
        counts["tries"] += 1
        counts["operations"] += promised.operations - done_before
        counts["turns"] += len(promised.turns) - turns_before
        counts["in_flight"] += promised.in_flight is not None
        try:
            counts["rebuilt"] += check(folder / "var", promised)
        except AssertionError as error:
            counts["faults"] += 1
            print(f"try {number} ({target or 'random'}): {error!r}", flush=True)
            kept = folder.parent / f"fault-{seed}-{number}"
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            shutil.rmtree(folder)
            folder.mkdir()
            promised = Promised()
    return counts


def backup_campaign(backups: int, seed: int, folder: Path) -> dict[str, int]:
    """Backups taken while a child adds, replaces, removes and asks; each restored and checked."""
    context = forkserver()
    said = folder / "said.jsonl"
    said.touch()
    child = context.Process(target=keep_changing, args=(folder / "source", said, seed))
    child.start()
    counts = {"backups": 0, "operations": 0, "documents": 0, "faults": 0}
    try:
        for number in range(backups):
            wanted = len(states_said(said)) + 3
            wait_for(partial(_has_said, said, wanted), child)
            earlier = len(states_said(said))
            back_up(folder / "source", folder / "backup.zip", overwrite=True)
            allowed = states_said(said)[max(0, earlier - 2) :]
            restored = folder / f"restored{number}"
            restore(folder / "backup.zip", restored)
            try:
                with Index.open(restored, NgramEmbeddings()) as index:
                    found = state_of(index)
                check(restored, Promised(state=found))
                if found not in allowed:
                    raise LostDocumentError(f"{found} was never the state")
                counts["documents"] += len(found)
            except AssertionError as error:
                counts["faults"] += 1
                print(f"backup {number}: {error!r}", flush=True)
            counts["backups"] += 1
            shutil.rmtree(restored)
        counts["operations"] = len(states_said(said))
    finally:
        child.kill()
        child.join()
    return counts


def flip_campaign(kind: str, flips_per_file: int, seed: int, folder: Path) -> dict[str, int]:
    """Single bits flipped in the files of one derived index; the answers compared each time."""
    chance, sound, damaged = random.Random(seed), folder / "sound", folder / "damaged"
    with Index.open(sound, NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", [f"第{n}章 窓口業務を{n * 37}件処理" for n in range(30)]))
        index.add(*make_document("b.txt", ["監査委員の意見", "備品台帳の誤り"]))
    with Index.open(sound, NgramEmbeddings()) as index:
        before = _answers(index)
    counts = {"flips": 0, "rebuilt": 0, "wrong": 0}
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
                counts["wrong"] += _answers(index) != before
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


def _has_said(said: Path, wanted: int) -> bool:
    return len(states_said(said)) >= wanted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--targeted", type=int, default=200)
    parser.add_argument("--backups", type=int, default=50)
    parser.add_argument("--flips", type=int, default=20, help="for each file of an index")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    faults = 0
    folder = Path(tempfile.mkdtemp(prefix="shiori-crash-"))
    for name, tries, targets in (
        ("random", arguments.random, [""]),
        ("targeted", arguments.targeted, list(TARGETS)),
    ):
        started = time.monotonic()
        counts = campaign(tries, targets, arguments.seed, folder / name)
        shown = ", ".join(f"{key} {value}" for key, value in counts.items())
        print(f"{name}: {shown}, seconds {time.monotonic() - started:.0f}", flush=True)
        faults += counts["faults"]
    started = time.monotonic()
    (folder / "backups").mkdir()
    counts = backup_campaign(arguments.backups, arguments.seed, folder / "backups")
    shown = ", ".join(f"{key} {value}" for key, value in counts.items())
    print(f"backups: {shown}, seconds {time.monotonic() - started:.0f}", flush=True)
    faults += counts["faults"]
    for kind in ("vectors", "lexical"):
        started = time.monotonic()
        counts = flip_campaign(kind, arguments.flips, arguments.seed, folder / kind)
        shown = ", ".join(f"{key} {value}" for key, value in counts.items())
        print(f"bits of {kind}: {shown}, seconds {time.monotonic() - started:.0f}", flush=True)
        faults += counts["wrong"]
    if not faults:
        shutil.rmtree(folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
