"""Power cuts: what had not reached the disk is lost, the rest must hold what was acknowledged.

The data folder lies on a file system of its own inside a file. That file holds only what was
written through to the device; what waits in memory is not in it. A copy of it in the middle of the
work is what a power cut leaves. Needs the right to mount; returns zero tries without.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crash_support import Promised, check, forkserver, keep_changing, read_promises, wait_for

_IMAGE_BYTES = 64_000_000


def power_campaign(tries: int, seed: int, folder: Path) -> dict[str, int]:
    """Counts of `tries` cuts at random moments, each on a fresh file system."""
    counts = {"cuts": 0, "operations": 0, "in_flight": 0, "rebuilt": 0, "faults": 0}
    context, chance = forkserver(), random.Random(seed)
    image, copy, place = folder / "disk.img", folder / "after.img", folder / "disk"
    place.mkdir()
    for number in range(tries):
        if not _make(image):
            print("power cuts: this user may not make and mount a file system", flush=True)
            return counts
        said = folder / f"said-{number}.jsonl"
        said.touch()
        with _mounted(image, place) as is_mounted:
            if not is_mounted:
                print("power cuts: this user may not mount a file system", flush=True)
                return counts
            child = context.Process(
                target=keep_changing, args=(place / "var", said, seed * 1_000 + number)
            )
            child.start()
            try:
                wait_for(lambda ready=said: ready.stat().st_size > 0, child)
                time.sleep(chance.uniform(0, 1.5))
                assert child.pid is not None
                os.kill(child.pid, signal.SIGSTOP)
                promised = Promised()
                read_promises(said, promised)
                shutil.copyfile(image, copy)
            finally:
                child.kill()
                child.join()
        counts["cuts"] += 1
        counts["operations"] += promised.operations
        counts["in_flight"] += promised.in_flight is not None
        with _mounted(copy, place):
            try:
                counts["rebuilt"] += check(place / "var", promised)
            except AssertionError as error:
                counts["faults"] += 1
                print(f"cut {number}: {error!r}", flush=True)
    return counts


def _make(image: Path) -> bool:
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(_IMAGE_BYTES)
    return _run("mkfs.ext4", "-q", "-F", str(image))


@contextmanager
def _mounted(image: Path, place: Path) -> Iterator[bool]:
    # Without `commit=`, the file system would write by itself every five seconds.
    is_mounted = _run("mount", "-o", "loop,commit=300", str(image), str(place))
    try:
        yield is_mounted
    finally:
        if is_mounted:
            for _ in range(50):
                if _run("umount", str(place)):
                    break
                time.sleep(0.1)
            else:
                # The next cut would look at the file system of this one.
                raise RuntimeError(f"a file below {place} is still open")


def _run(*command: str) -> bool:
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True).returncode == 0
