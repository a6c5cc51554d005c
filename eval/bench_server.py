"""Response times and memory of a real server process."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eval.errors import EvaluationError
from eval.metrics import median, percentile_95
from eval.questions import Question
from eval.runner import TOP_K

START_TIMEOUT_S = 120.0
REQUEST_TIMEOUT_S = 60.0
_POLL_S = 0.05
_WARM_UP = "この仕組みで分かることは何ですか"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundTimes:
    """All questions once, one after the other, asked of a server that has just been started.

    A fresh server for each round, so that no remembered query makes the figures look better.
    """

    start_s: float
    p50_s: float
    p95_s: float
    peak_bytes: int | None  # highest resident memory; None where the system does not tell
    failed: int


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int
    start_s: float


def time_round(data_dir: Path, questions: Sequence[Question], log_folder: Path) -> RoundTimes:
    """Raises EvaluationError when the server does not start."""
    with running_server(data_dir, log_folder / "server.log") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=REQUEST_TIMEOUT_S)
        _ask(connection, {"question": _WARM_UP})
        seconds: list[float] = []
        failed = 0
        for question in questions:
            body = {
                "question": question.question,
                "history": [
                    {"question": turn.question, "answer": turn.answer} for turn in question.history
                ],
                "mode": "extractive",
                "top_k": TOP_K,
            }
            begun = time.perf_counter()
            status = _ask(connection, body)
            seconds.append(time.perf_counter() - begun)
            failed += status != http.client.OK
        connection.close()
        return RoundTimes(
            start_s=server.start_s,
            p50_s=median(seconds),
            p95_s=percentile_95(seconds),
            peak_bytes=_peak_bytes(server.process.pid),
            failed=failed,
        )


def _ask(connection: http.client.HTTPConnection, body: dict[str, object]) -> int:
    connection.request(
        "POST", "/api/ask", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    response = connection.getresponse()
    response.read()
    return response.status


@contextmanager
def running_server(
    data_dir: Path, log: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A server process on a free port, ready to answer; stopped at the end. `settings` are SHIORI_*.

    Raises EvaluationError with the end of its log when it ends early or is not ready in time.
    """
    port = _free_port()
    command = [
        str(Path(sys.executable).with_name("shiori")),
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--data-dir",
        str(data_dir),
    ]
    begun = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(settings or {})},
        )
        try:
            while not _ready(port):
                waited = time.perf_counter() - begun
                if process.poll() is not None or waited > START_TIMEOUT_S:
                    tail = log.read_text(encoding="utf-8", errors="replace")[-500:].strip()
                    raise EvaluationError(
                        f"サーバーが {waited:.0f} 秒で応答可能になりませんでした。記録: {tail}"
                    )
                time.sleep(_POLL_S)
            yield Server(process, port, time.perf_counter() - begun)
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=REQUEST_TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _peak_bytes(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    return None
