"""The whole catalogue of bad files sent to a server while ten users ask: how long they wait.

`python tests/bad_inputs_campaign.py` prints the time of an answer with and without the files.
"""

import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
from bad_inputs_support import JAPANESE
from bad_office_support import SHEETS, WORDS
from bad_pdf_support import PDFS
from bad_text_support import TEXTS

USERS = 10
PAUSE_S = 1.0  # a user reads for longer
IDLE_S = 20.0


def main() -> None:
    # Ended from outside, it still ends its server.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    root = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", folder]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root
        ) as server:
            assert server.stdout is not None
            line = server.stdout.readline()
            try:
                _run(line[line.index("http://") :].split("（")[0], server)
            finally:
                server.terminate()


def _run(url: str, server: "subprocess.Popen[str]") -> None:
    # Made before anybody asks: making them would hold up the users, who are threads of this process.
    files = [(case.name, case.content()) for case in (*PDFS, *WORDS, *SHEETS, *TEXTS)]
    waits: list[float] = []
    stop = threading.Event()
    with httpx.Client(base_url=url, timeout=600, trust_env=False) as client:
        _send(client, "手数料.txt", f"{JAPANESE}\n".encode())
        users = [threading.Thread(target=_ask, args=(url, stop, waits)) for _ in range(USERS)]
        for user in users:
            user.start()
        time.sleep(IDLE_S)
        idle = list(waits)
        statuses: Counter[int] = Counter()
        started = time.monotonic()
        for name, content in files:
            statuses[_send(client, name, content)] += 1
        busy, spent = waits[len(idle) :], time.monotonic() - started
        stop.set()
        for user in users:
            user.join()
    print(f"{sum(statuses.values())} files in {spent:.0f} s, by status: {dict(statuses)}")
    for name, times in (("without files", idle), ("with files", busy)):
        p95 = statistics.quantiles(times, n=20)[-1]
        print(
            f"{name}: {len(times)} answers, p50 {statistics.median(times):.2f} s, p95 {p95:.2f} s"
        )
    print("the server is the same process" if server.poll() is None else "THE SERVER ENDED")


def _send(client: httpx.Client, name: str, content: bytes) -> int:
    return client.post("/api/documents", files={"file": (name, content)}).status_code


def _ask(url: str, stop: threading.Event, waits: list[float]) -> None:
    with httpx.Client(base_url=url, timeout=600, trust_env=False) as client:
        while not stop.is_set():
            started = time.perf_counter()
            client.post("/api/ask", json={"question": "証明書の交付手数料は？"}).raise_for_status()
            waits.append(time.perf_counter() - started)
            stop.wait(PAUSE_S)


if __name__ == "__main__":
    main()
