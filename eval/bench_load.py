"""Many people at one moment, and streams while a document is being taken in."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.bench_server import REQUEST_TIMEOUT_S
from eval.errors import EvaluationError
from eval.metrics import median, percentile_95

PEOPLE = 50
UPLOADED = "bench.md"  # what is taken in beside the streams
_BOUNDARY = "shiori-bench"


@dataclass(frozen=True, kw_only=True, slots=True)
class CrowdTimes:
    """Everybody asks at the same moment; seconds until the whole answer is there."""

    people: int
    p50_s: float
    p95_s: float
    failed: int


def time_crowds(
    port: int, questions: Sequence[str], tokens: Sequence[str] = (), rounds: int = 4
) -> list[CrowdTimes]:
    """Round after round, each with other questions: what was asked before costs next to nothing.

    As many rounds as the questions are enough for, one at least.
    """
    enough = max(1, min(rounds, len(questions) // PEOPLE))
    return [time_crowd(port, questions[number * PEOPLE :], tokens) for number in range(enough)]


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamTimes:
    """Seconds until the answer of a stream is there, one stream after the other."""

    idle_p95_s: float
    ingesting_p95_s: float
    asked_while_ingesting: int

    @property
    def ratio(self) -> float:
        return self.ingesting_p95_s / self.idle_p95_s


def time_crowd(
    port: int, questions: Sequence[str], tokens: Sequence[str] = (), people: int = PEOPLE
) -> CrowdTimes:
    """`people` different questions at once; with `tokens`, asked by these people in turn."""
    taken: list[float] = []
    failed: list[int] = []
    together = threading.Barrier(people)

    def ask(number: int) -> None:
        question = questions[number % len(questions)]
        token = tokens[number % len(tokens)] if tokens else ""
        together.wait()
        begun = time.perf_counter()
        status, _ = _post(port, "/api/ask", _question(question), token)
        taken.append(time.perf_counter() - begun)
        if status != http.client.OK:
            failed.append(status)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not taken:
        raise EvaluationError("サーバーが一つの質問にも答えませんでした。")
    return CrowdTimes(
        people=people,
        p50_s=median(taken),
        p95_s=percentile_95(taken),
        failed=len(failed) + people - len(taken),
    )


def time_streams(port: int, questions: Sequence[str], document: bytes) -> StreamTimes:
    """The same streams with nothing else to do, and again while `document` is taken in.

    Each question is asked once before, so that neither round finds it new.
    """

    def asked(question: str) -> float:
        begun = time.perf_counter()
        status, body = _post(port, "/api/chat", _question(question))
        if status != http.client.OK or b"event: answer" not in body:
            raise EvaluationError(f"ストリームが回答なしに終わりました（{status}）。")
        return time.perf_counter() - begun

    for question in questions:
        asked(question)
    idle = [asked(question) for question in questions]
    done = threading.Event()
    upload = threading.Thread(target=_take_in, args=(port, document, done.set))
    upload.start()
    busy: list[float] = []
    while not done.is_set():
        for question in questions:
            busy.append(asked(question))
            if done.is_set():
                break
    upload.join()
    return StreamTimes(
        idle_p95_s=percentile_95(idle),
        ingesting_p95_s=percentile_95(busy),
        asked_while_ingesting=len(busy),
    )


def long_document(statements: int = 600) -> bytes:
    """A text that takes a while to embed: statements with a figure each."""
    lines = (
        f"第{number}条の施設の利用料は、1回あたり{number * 10:,}円とし、"
        f"減免の申請は{number % 28 + 1}日前までに所管課へ行う。"
        for number in range(1, statements + 1)
    )
    return ("# 施設の利用料一覧\n\n" + "\n\n".join(lines) + "\n").encode()


def _take_in(port: int, document: bytes, done: Callable[[], None]) -> None:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{UPLOADED}"\r\n'
        "Content-Type: text/markdown\r\n\r\n"
    ).encode()
    body = head + document + f"\r\n--{_BOUNDARY}--\r\n".encode()
    try:
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        _post(port, "/api/documents", body, kind=kind, timeout_s=1_800.0)
    finally:
        done()


def _question(text: str) -> bytes:
    return json.dumps({"question": text, "mode": "extractive"}).encode()


def _post(
    port: int,
    path: str,
    body: bytes,
    token: str = "",
    *,
    kind: str = "application/json",
    timeout_s: float = REQUEST_TIMEOUT_S,
) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except OSError:
        return 0, b""
    finally:
        connection.close()
