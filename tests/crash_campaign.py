"""The long campaigns, run by `make crash`; the short forms are in `make test`.

    .venv/bin/python tests/crash_campaign.py [--random 200] [--targeted 200] [--backups 50] ...

Prints one line for each campaign with what was tried and how many faults there were; the folder of
a fault is kept. Exit code 1 when there was any.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
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
from damage_campaign import flip_campaign
from fakes import NgramEmbeddings
from power_campaign import power_campaign
from promise_campaign import owner_campaign, same_answer_campaign, vanishing_campaign

from rag.backup import back_up
from rag.index import Index
from rag.restoring import restore

FRESH_AFTER = 20  # tries on one folder, so that damage may add up


def kill_campaign(targets: list[str], tries: int, seed: int, folder: Path) -> dict[str, int]:
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


def _has_said(said: Path, wanted: int) -> bool:
    return len(states_said(said)) >= wanted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--targeted", type=int, default=200)
    parser.add_argument("--backups", type=int, default=50)
    parser.add_argument("--flips", type=int, default=20, help="for each file of an index")
    parser.add_argument("--owners", type=int, default=50)
    parser.add_argument("--vanished", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--power-cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shiori-crash-"))
    campaigns: dict[str, tuple[int, Callable[[int, int, Path], dict[str, int]]]] = {
        "random kills": (asked.random, partial(kill_campaign, [""])),
        "targeted kills": (asked.targeted, partial(kill_campaign, list(TARGETS))),
        "backups": (asked.backups, backup_campaign),
        "bits of vectors": (asked.flips, partial(flip_campaign, "vectors")),
        "bits of lexical": (asked.flips, partial(flip_campaign, "lexical")),
        "killed owners": (asked.owners, owner_campaign),
        "vanished clients": (asked.vanished, vanishing_campaign),
        "same answers": (asked.runs, same_answer_campaign),
        "power cuts": (asked.power_cuts, power_campaign),
    }
    faults = 0
    for number, (name, (tries, campaign)) in enumerate(campaigns.items()):
        if not tries:
            continue
        started, place = time.monotonic(), folder / str(number)
        place.mkdir()
        counts = campaign(tries, asked.seed, place)
        shown = ", ".join(f"{key} {value}" for key, value in counts.items())
        print(f"{name}: {shown}, seconds {time.monotonic() - started:.0f}", flush=True)
        faults += counts["faults"]
        if not counts["faults"]:
            shutil.rmtree(place)
    print(f"faults: {faults}", flush=True)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
