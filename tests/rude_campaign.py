"""Hostile questions (R14), and clients that are slow or rude (R15), against a server behind nginx.

    .venv/bin/python tests/rude_campaign.py [--seconds 30] [--no-questions]

Prints the times of ten polite users without and with them. Rude clients come from 127.0.0.2 and
further addresses of this machine, because the proxy counts by address. Exit code 1 when a question
got neither an answer nor a refusal in words, or a polite user got nothing.
"""

import argparse
import os
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from bad_inputs_campaign import rss_mb, send, serving
from bad_inputs_support import JAPANESE
from bad_office_support import SHEETS, WORDS
from bad_pdf_support import PDFS
from bad_text_support import TEXTS
from nginx_support import Proxy, nginx_before
from test_cli_verbs import shiori

from api.people.caller import EVERYBODY

QUESTION = {"question": "証明書の交付手数料は？"}
ODD = (
    "\n" * 2_000, "。、！？…", "は が を に の", '" OR * -手数料', "NEAR(手数料 窓口)", "ア" * 2_000, "a" * 2_000,
    "漢" * 2_000, "1" * 2_000, "か\u3099" * 1_000, "🙂" * 2_000, "한" * 2_000, "・" * 2_000, "ー" * 2_000, "\ufdfa" * 2_000,
    "令和7年度と" * 330, "1,234円、" * 330, "（" * 2_000, "[a](" * 500, "090-1234-5678 " * 140, "1234 5678 9012 " * 130,
    "〒100-0001東京都千代田区1-2-3 " * 80, "йд" * 1_000, "手数料はいくらか、窓口はどこか、" * 120, "１２３４５６７８" * 250,
    "\U000e0041" * 1_999 + "あ", "か" + "\u3099" * 1_999, "比較すると" * 400, "2021年から2022年から" * 150,
)  # fmt: skip
LAG_EVERY_S = 0.05


class Lag:
    """How long /healthz takes, asked all the time: what holds up the event loop shows here."""

    def __init__(self, url: str) -> None:
        self.waits: list[float] = []
        self._url, self._stop = url, threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def _ask(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60, trust_env=False) as client:
            while not self._stop.is_set():
                started = time.perf_counter()
                client.get("/healthz").raise_for_status()
                self.waits.append(time.perf_counter() - started)
                self._stop.wait(LAG_EVERY_S)

    @contextmanager
    def probing(self) -> Iterator["Lag"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join()

    def p99(self, since: int = 0) -> str:
        waits = sorted(self.waits[since:])
        return f"p99 {waits[int(len(waits) * 0.99)] * 1_000:.0f} ms, longest {waits[-1] * 1_000:.0f} ms"


def hostile_questions(url: str) -> int:
    """Every text of the catalogue as a question: cut to the longest allowed, and in one piece."""
    faults, statuses = 0, Counter[int]()
    texts = [case.content().decode("utf-8", "replace") for case in (*TEXTS, *PDFS, *WORDS, *SHEETS)]
    short = [*ODD, *(text[at : at + 2_000] for text in texts for at in (0, len(text) // 2))]
    long = [text for text in texts if len(text) > 2_000]
    slowest: tuple[float, str] = (0.0, "")
    with (
        httpx.Client(base_url=url, timeout=120, trust_env=False) as client,
        Lag(url).probing() as lag,
    ):
        time.sleep(10)
        idle = len(lag.waits)
        before = lag.p99()
        for text in (*short, *long):
            text = text.replace("\x00", "")
            started = time.perf_counter()
            answer = client.post(
                "/api/ask", json={"question": text.encode("utf-8", "replace").decode()}
            )
            slowest = max(slowest, (time.perf_counter() - started, text[:20]))
            statuses[answer.status_code] += 1
            refused = 400 <= answer.status_code < 500 and "。" in answer.json()["message"]
            faults += not (answer.status_code == 200 or refused)
        during = lag.p99(idle)
    print(
        f"questions: {len(short) + len(long)}, by status {dict(statuses)}, slowest {slowest[0]:.2f} s "
        f"({slowest[1]!r}); /healthz before: {before}; meanwhile: {during}; faults {faults}",
        flush=True,
    )
    return faults


class Rude:
    """Threads that misbehave until they are told to stop; `counts` of what became of them."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.counts: Counter[str] = Counter()
        self.closed_after: list[float] = []
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._held: list[socket.socket] = []

    def start(self, what: Callable[[int], None], count: int) -> None:
        for number in range(count):
            thread = threading.Thread(target=self._safely, args=(what, number), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _safely(self, what: Callable[[int], None], number: int) -> None:
        with suppress(OSError):
            what(number)

    def connect(self, number: int) -> socket.socket:
        # Forty for each address: the proxy allows fifty.
        address = f"127.0.0.{2 + number // 40}"
        raw = socket.create_connection(("127.0.0.1", self.proxy.port), 30, (address, 0))
        connection = self.proxy.trusted.wrap_socket(raw, server_hostname="localhost")
        self._held.append(connection)
        return connection

    def half_request(self, number: int) -> None:
        connection = self.connect(number)
        started = time.monotonic()
        connection.sendall(
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-" if number % 2 else b"GET /"
        )
        connection.settimeout(60)
        with suppress(OSError):
            while connection.recv(4_096):
                pass
        self.counts["half requests closed"] += 1
        self.closed_after.append(time.monotonic() - started)

    def deaf_reader(self, number: int) -> None:
        connection = self.connect(1_000 + number)
        connection.sendall(b"GET /static/guide.html HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        self.counts["deaf readers"] += 1
        self._stop.wait()

    def trickle(self, number: int) -> None:
        connection = self.connect(2_000 + number)
        connection.sendall(
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 5000\r\n\r\n"
        )
        self.counts["bodies of a byte a second"] += 1
        while not self._stop.wait(1):
            connection.sendall(b" ")

    def signing_in(self, number: int) -> None:
        body = {"login": f"nobody{number}", "password": "これは違う合言葉です"}
        transport = httpx.HTTPTransport(
            verify=self.proxy.trusted, local_address=f"127.0.1.{number + 1}"
        )
        with httpx.Client(base_url=self.proxy.url, transport=transport, timeout=30) as client:
            while not self._stop.is_set():
                with suppress(httpx.HTTPError):
                    answer = client.post(
                        "/api/session", json=body, headers={"Sec-Fetch-Site": "same-origin"}
                    )
                    self.counts[f"sign-ins {answer.status_code}"] += 1

    def wait_for_all(self, connections: int) -> None:
        """Until so many of them hold a connection, or a while has passed."""
        for _ in range(600):
            if len(self._held) >= connections:
                return
            time.sleep(0.05)

    def end(self) -> None:
        self._stop.set()
        for connection in self._held:
            with suppress(OSError):
                connection.close()
        for thread in self._threads:
            thread.join(5)


def polite(
    proxy: Proxy, token: str, stop: threading.Event, waits: list[float], wrong: Counter[str]
) -> None:
    with httpx.Client(
        base_url=proxy.url, verify=proxy.trusted, timeout=60, trust_env=False
    ) as client:
        while not stop.is_set():
            started = time.perf_counter()
            try:
                answer = client.post(
                    "/api/ask", json=QUESTION, headers={"Authorization": f"Bearer {token}"}
                )
                if answer.status_code != 200:
                    wrong[f"{answer.status_code} {answer.text[:60]}"] += 1
            except httpx.HTTPError as error:
                wrong[f"{type(error).__name__}: {error}"] += 1
            waits.append(time.perf_counter() - started)
            stop.wait(1)


def rude_clients(url: str, pid: int, token: str, seconds: float, folder: Path) -> int:
    waits: list[float] = []
    wrong: Counter[str] = Counter()
    stop = threading.Event()
    with nginx_before(int(url.rpartition(":")[2]), folder / "nginx") as proxy:
        users = [
            threading.Thread(target=polite, args=(proxy, token, stop, waits, wrong))
            for _ in range(10)
        ]
        for user in users:
            user.start()
        time.sleep(seconds)
        idle, memory = list(waits), rss_mb(pid)
        rude = Rude(proxy)
        rude.start(rude.half_request, 500)
        rude.start(rude.deaf_reader, 200)
        rude.start(rude.trickle, 50)
        rude.start(rude.signing_in, 8)
        started = len(waits)
        time.sleep(max(seconds, 25))
        busy = waits[started:]
        grown = rss_mb(pid) - memory
        rude.end()
        stop.set()
        for user in users:
            user.join()
    before, during = (statistics.quantiles(times, n=20)[-1] for times in (idle, busy))
    closed = max(rude.closed_after, default=0.0)
    print(
        f"rude clients: {dict(rude.counts)}; the last half request closed after {closed:.1f} s; "
        f"polite users: {len(idle)} answers without, p95 {before:.2f} s; {len(busy)} with, p95 "
        f"{during:.2f} s ({during / before:.1f} ×); the server grew by {grown:.0f} MB; wrong: {dict(wrong)}",
        flush=True,
    )
    return sum(wrong.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--no-questions", action="store_true")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ["SHIORI_QUESTIONS_PER_MINUTE"] = "100000"
    with tempfile.TemporaryDirectory() as place:
        with serving(f"{place}/var", {}) as (url, server):
            with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
                send(client, "手数料.txt", f"{JAPANESE}\n".encode()).raise_for_status()
            faults = 0 if asked.no_questions else hostile_questions(url)
        for command in (
            ("documents", "label", "手数料.txt", "--groups", EVERYBODY),
            ("user", "add", "tanaka", "--no-password"),
            ("user", "token", "tanaka"),
        ):
            done = shiori(*command, "--data-dir", f"{place}/var")
            assert done.returncode == 0, done.stderr
        token = done.stdout.split()[-1]
        with serving(f"{place}/var", {"SHIORI_AUTH": "local"}) as (url, server):
            faults += rude_clients(url, server.pid, token, asked.seconds, Path(place))
            if server.poll() is not None:
                print("THE SERVER ENDED")
                faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
