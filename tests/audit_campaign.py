"""Promise S11: a server is killed at any moment, and every answer that got out has its record.

    python tests/audit_campaign.py [rounds]

Each round starts a server, lets clients ask without pause, kills it with SIGKILL after a random
time and looks for the record of every answer that arrived, streamed ones included.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parent))

from rag.registry.audit import AuditLog
from rag.registry.audit_check import verify

CLIENTS = 3


def serve(data_dir: Path) -> None:
    """The child: prints its address and serves until it is killed."""
    from api_support import ScriptedAssistant, app_for, registered_index, running

    with (
        registered_index(data_dir) as index,
        running(app_for(ScriptedAssistant(index))) as server,
    ):
        print(server.url, flush=True)
        signal.pause()


def delivered_without_record(folder: Path, seed: int) -> int:
    """One round. Raises AssertionError when the log is not whole or nobody got an answer."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--serve", str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    url = child.stdout.readline().strip()
    delivered: list[str] = []
    first = threading.Event()
    threads = [
        threading.Thread(target=_ask, args=(url, kind, delivered, first))
        for kind in ("ask", "chat", "ask")[:CLIENTS]
    ]
    for thread in threads:
        thread.start()
    assert first.wait(30), "nobody got an answer"
    time.sleep(random.Random(seed).uniform(0.0, 0.4))
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    for thread in threads:
        thread.join(30)
    log = AuditLog(folder / "index")
    recorded = {str(record.fields.get("turn", "")) for record in log.everything()}
    check = verify(log)
    assert check.sound, check.faults
    assert delivered
    return sum(turn not in recorded for turn in delivered)


def _ask(url: str, kind: str, delivered: list[str], first: threading.Event) -> None:
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        while True:
            try:
                if kind == "ask":
                    turn = client.post("/api/ask", json={"question": "利用者数は"}).json()["id"]
                else:
                    turn = _streamed(client)
            except (httpx.HTTPError, ValueError):
                return
            delivered.append(turn)
            first.set()


def _streamed(client: httpx.Client) -> str:
    """The turn of a stream as soon as its answer has arrived."""
    with client.stream("POST", "/api/chat", json={"question": "利用者数は"}) as response:
        for line in response.iter_lines():
            if line.startswith("data: ") and '"citations"' in line:
                turn: str = json.loads(line.removeprefix("data: "))["id"]
                return turn
    raise ValueError("cut")


def main(rounds: int) -> int:
    missing = 0
    started = time.monotonic()
    for seed in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            missing += delivered_without_record(Path(folder), seed)
    print(f"{rounds} kills, {missing} answers without a record, {time.monotonic() - started:.0f} s")
    return 1 if missing else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]))
    else:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
