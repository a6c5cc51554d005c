"""Made-up input for a bounded time, run by `make fuzz`; the short forms are in `make test`.

    .venv/bin/python tests/fuzz_campaign.py [--seconds 600] [--examples 200] [--seed 1] [FILE ...]

Each file of tests gets an equal share of the time and goes on with new examples until its share is
used up (the round it is in is finished). What fails is shrunk and printed, with the line that
repeats it; exit code 1 then.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = (
    "test_fuzz_text.py",
    "test_fuzz_files.py",
    "test_loaders_fuzz.py",
    "test_index_states.py",
    "test_api_schema.py",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--examples", type=int, default=200, help="for each test and round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("files", nargs="*", default=FILES)
    asked = parser.parse_args()
    failed = False
    for file in asked.files:
        started, rounds = time.monotonic(), 0
        sound = True
        while sound and (
            not rounds or time.monotonic() - started < asked.seconds / len(asked.files)
        ):
            sound = _round(file, asked.examples, asked.seed + rounds)
            rounds += 1
        seconds = time.monotonic() - started
        said = "nothing found" if sound else f"FAILED with seed {asked.seed + rounds - 1}"
        print(
            f"{file}: {rounds} rounds of {asked.examples} examples, {said}, seconds {seconds:.0f}",
            flush=True,
        )
        failed |= not sound
    return 1 if failed else 0


def _round(file: str, examples: int, seed: int) -> bool:
    command = [
        sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--timeout", "0",
        f"--hypothesis-seed={seed}", "-p", "no:cacheprovider", str(HERE / file),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        env=os.environ | {"SHIORI_FUZZ_EXAMPLES": str(examples)},
        cwd=HERE.parent,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stdout[-6_000:], done.stderr[-2_000:], flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
