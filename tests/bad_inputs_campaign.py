"""The whole catalogue of bad files sent to a server while ten users ask (R12).

    .venv/bin/python tests/bad_inputs_campaign.py [--orders 3] [--first 0] [--cpu-seconds 60]

The catalogue goes in once in its own order, once backwards, then shuffled, each time with good files
among it and into a new folder. Prints how each order went and how long the users waited before,
beside it and afterwards; exit code 1 when a file had no proper end, a good file was not found, a
user got no answer, or the server was another process.
"""

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from bad_inputs_support import JAPANESE
from bad_office_support import SHEETS, WORDS
from bad_pdf_support import PDFS
from bad_text_support import TEXTS

ROOT = Path(__file__).resolve().parents[1]
USERS = 10
PAUSE_S = 1.0  # a user reads for longer
IDLE_S = 30.0
GOOD = {f"良い文書{n}.txt": f"{JAPANESE}受付は{n}番窓口である。\n".encode() for n in range(8)}


@dataclass
class Users:
    """Ten people who ask; `waits` in seconds, `failures` in words."""

    url: str
    waits: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def asking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._ask) for _ in range(USERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _ask(self) -> None:
        with httpx.Client(base_url=self.url, timeout=120, trust_env=False) as client:
            while not self.stop.is_set():
                started = time.perf_counter()
                try:
                    answer = client.post("/api/ask", json={"question": "証明書の交付手数料は？"})
                    if answer.status_code != 200 or "300円" not in answer.json()["answer"]:
                        self.failures[f"{answer.status_code} {answer.text[:80]}"] += 1
                except httpx.HTTPError as error:
                    self.failures[f"{type(error).__name__}: {error}"] += 1
                self.waits.append(time.perf_counter() - started)
                self.stop.wait(PAUSE_S)


@contextmanager
def serving(
    folder: str, environment: dict[str, str]
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", folder]
    with (
        open(Path(folder).parent / "log.txt", "a", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=os.environ | environment,
        ) as server,
    ):
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            yield line[line.index("http://") :].split("（")[0], server
        finally:
            server.terminate()


def one_order(
    files: list[tuple[str, bytes]], environment: dict[str, str], name: str
) -> tuple[list[str], float]:
    """What went wrong, and p95 with the files as a multiple of p95 without."""
    wrong: list[str] = []
    with (
        tempfile.TemporaryDirectory() as place,
        serving(f"{place}/var", environment) as (url, server),
        httpx.Client(base_url=url, timeout=600, trust_env=False) as client,
    ):
        users, statuses = Users(url), Counter[int]()
        send(client, "手数料.txt", f"{JAPANESE}\n".encode())
        with users.asking():
            time.sleep(IDLE_S)
            idle = list(users.waits)
            before_mb = memory_mb(server.pid)
            started = time.monotonic()
            for file, content in files:
                try:
                    answer = send(client, file, content)
                except httpx.HTTPError as error:
                    wrong.append(f"{file}: {type(error).__name__}: {error}")
                    continue
                statuses[answer.status_code] += 1
                if answer.status_code not in (200, 201):
                    said = answer.json().get("message", "")
                    if answer.status_code >= 500 or not said.endswith("。"):
                        wrong.append(f"{file}: {answer.status_code} {said}")
                elif file in GOOD and answer.json()["chunks"] < 1:
                    wrong.append(f"{file}: nothing to find")
            spent, busy = time.monotonic() - started, users.waits[len(idle) :]
            grown, own = (
                after - before
                for after, before in zip(memory_mb(server.pid), before_mb, strict=True)
            )
            time.sleep(IDLE_S)  # with what is in the index now
            later = users.waits[len(idle) + len(busy) :]
        held = {found["source"] for found in client.get("/api/documents").json()["documents"]}
        wrong += [f"{file} is missing" for file in GOOD if file not in held]
        wrong += [f"{count} × {what}" for what, count in users.failures.items()]
        if server.poll() is not None:
            wrong.append("the server ended")
        if "Traceback" in Path(place, "log.txt").read_text(encoding="utf-8"):
            wrong.append("a traceback in the log")
    (_, before), (_, during), (_, after) = shown = [_middle_and_p95(t) for t in (idle, busy, later)]
    without, beside, afterwards = (f"p50 {p50:.3f} s, p95 {p95:.3f} s" for p50, p95 in shown)
    print(
        f"{name}: {sum(statuses.values())} files in {spent:.0f} s, by status {dict(statuses)}; "
        f"{len(idle)} answers before, {without}; {len(busy)} beside, {beside}, longest "
        f"{max(busy):.2f} s ({during / before:.1f} ×); {len(later)} afterwards, {afterwards} "
        f"({during / after:.1f} ×); the server grew by {grown:.0f} MB, {own:.0f} without pages of "
        f"files; wrong: {len(wrong)}",
        flush=True,
    )
    return wrong, during / before


def _middle_and_p95(seconds: list[float]) -> tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]


def send(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return client.post("/api/documents", files={"file": (name, content)})


def rss_mb(pid: int) -> float:
    return memory_mb(pid)[0]


def memory_mb(pid: int) -> tuple[float, float]:
    """What a process holds in memory, with and without the pages of files that it has mapped."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    held = {
        line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmR", "RssA"))
    }
    return int(held["VmRSS"]) / 1_000, int(held["RssAnon"]) / 1_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=3)
    parser.add_argument(
        "--first", type=int, default=0, help="0 in order, 1 backwards, 2 … shuffled"
    )
    parser.add_argument("--cpu-seconds", type=int, default=60, help="for reading one file")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    # Ended from outside, it still ends its server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # Made before anybody asks: making them would hold up the users, who are threads of this process.
    files = [(case.name, case.content()) for case in (*PDFS, *WORDS, *SHEETS, *TEXTS)]
    for place, good in enumerate(GOOD.items()):
        files.insert(place * len(files) // len(GOOD), good)
    environment = {"SHIORI_READING_CPU_S": str(asked.cpu_seconds)}
    failed = False
    for number in range(asked.first, asked.first + asked.orders):
        name = ("in order", "backwards")[number] if number < 2 else f"shuffled {number}"
        order = files[::-1] if number == 1 else list(files)
        if number > 1:
            random.Random(asked.seed + number).shuffle(order)
        wrong, _ = one_order(order, environment, name)
        for line in wrong:
            print("  ", line, flush=True)
        failed |= bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
