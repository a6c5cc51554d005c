"""Bad names, requests and protocol (78 to 92) against the real server process, and ten users.

What single requests must be answered is held in test_api_requests, test_api_documents and
test_api_file_names; here one server process has to get through all of it.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from bad_inputs_support import JAPANESE, Expected
from bad_office_support import SHEETS, WORDS
from bad_pdf_support import PDFS
from bad_text_support import TEXTS
from fakes import NgramEmbeddings

from rag.embedding import MAX_QUERY_CHARACTERS
from rag.registry import Database, TurnLog

UPLOAD_LIMIT_BYTES = 3_000_000
# Numbers whose outcome is held elsewhere, by file and test.
ELSEWHERE = {
    83: ("test_api_documents.py", "test_an_upload_without_a_proper_file_part_is_refused"),
    84: ("test_api_requests.py", "test_a_body_over_one_megabyte_is_413_whatever_its_length_header"),
    86: ("test_api_requests.py", "test_a_wrong_body_is_refused_by_naming_the_field"),
    89: ("test_api_requests.py", "test_a_range_of_ten_thousand_parts_is_no_work"),
}
# A few of each kind: what takes long to read, crashes parsers, or is refused at once.
UPLOADED = {2, 5, 11, 18, 21, 26, 31, 33, 35, 39, 44, 45, 51, 61, 68, 71}


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[str]
    url: str
    data_dir: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("bad-requests") / "var"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHIORI_")}
    limits = {
        "SHIORI_MAX_UPLOAD_BYTES": str(UPLOAD_LIMIT_BYTES),
        "SHIORI_READING_CPU_S": "2",
        "SHIORI_READING_MEMORY_BYTES": "500000000",
    }
    log_path = data_dir.parent / "log.txt"
    log = log_path.open("w", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        env=kept | limits,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        assert "http://127.0.0.1:" in ready
        running = Server(process, ready[ready.index("http://") :].split("（")[0], data_dir)
        with running.client() as client:
            upload(client, "手数料.txt", f"{JAPANESE}受付は3番窓口。\n".encode())
        yield running
        assert process.poll() is None, "the server ended"
        assert "Traceback" not in log_path.read_text(encoding="utf-8")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        log.close()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client
        assert server.process.poll() is None
        assert client.get("/healthz").status_code == 200


def upload(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return client.post("/api/documents", files={"file": (name, content)})


def refusal(response: httpx.Response) -> str:
    assert 400 <= response.status_code < 500, response.text
    body = response.json()
    assert set(body) == {"code", "message"}
    assert any("\u3041" <= letter <= "\u9fff" for letter in body["message"])
    return str(body["message"])


def raw_upload(server: Server, name: bytes, content: bytes) -> bytes:
    """The first line of the answer to a form whose file name has exactly these bytes."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--x--\r\n'
        % (name, content)
    )
    head = (
        b"POST /api/documents HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head + body)
        return connection.recv(4_000).split(b"\r\n")[0]


@pytest.mark.parametrize(
    "name",
    [
        b"../../etc/passwd.txt", b"/etc/cron.d/x.txt", b"..%2f..%2fx.txt", b".txt", b"con.txt",
        b"a\\..\\..\\b.txt", "\u202efdp.txt".encode(), b"x" * 5_000 + b".txt", b"q'uo;te.txt",
    ],
    ids=range(9),
)  # fmt: skip
def test_78_no_name_of_an_upload_leaves_the_data_folder(
    server: Server, client: httpx.Client, name: bytes
) -> None:
    around = set(server.data_dir.parent.iterdir())
    status = raw_upload(server, name, name + JAPANESE.encode())
    assert status.split()[1] in {b"200", b"201", b"422", b"415", b"400"}, status
    assert set(server.data_dir.parent.iterdir()) == around
    for document in client.get("/api/documents").json()["documents"]:
        source = document["source"]
        assert "/" not in source and "\\" not in source and len(source.encode()) <= 255
        assert not any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in source)


def test_79_a_name_in_cp932_bytes_is_shown_as_it_was_meant(
    server: Server, client: httpx.Client
) -> None:
    status = raw_upload(server, "行政計画.txt".encode("cp932"), JAPANESE.encode())
    assert b" 201 " in status
    sources = {document["source"] for document in client.get("/api/documents").json()["documents"]}
    assert "行政計画.txt" in sources


def test_80_one_name_is_one_document_in_either_form_of_unicode(client: httpx.Client) -> None:
    name = "ガイド.txt"
    first = upload(client, name, JAPANESE.encode())
    twin = upload(client, unicodedata.normalize("NFD", name), JAPANESE.encode())
    other = upload(client, "別の名前.txt", JAPANESE.encode())
    assert (first.status_code, twin.status_code, other.status_code) == (201, 200, 201)
    assert twin.json()["outcome"] == "unchanged"
    assert first.json()["document"]["id"] != other.json()["document"]["id"]


def test_81_an_upload_over_the_limit_is_refused_with_and_without_a_length(
    client: httpx.Client,
) -> None:
    content = b"a" * (UPLOAD_LIMIT_BYTES * 2)
    assert "3MB" in refusal(upload(client, "大きい.txt", content))
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    streamed = client.post(
        "/api/documents",
        content=iter([head, *(content[n : n + 500_000] for n in range(0, len(content), 500_000))]),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert streamed.status_code == 413


def test_82_huge_and_countless_form_fields_are_refused(client: httpx.Client) -> None:
    file = {"file": ("a.txt", JAPANESE.encode())}
    refusal(client.post("/api/documents", files=file, data={"note": "a" * 2_000_000}))
    refusal(
        client.post(
            "/api/documents", files=file, data={f"f{number}": "1" for number in range(1_001)}
        )
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b'{"question": ' + b"9" * 6_000 + b"}", 400),
        (b'{"question": "\xff"}', 400),
        ('{"question": "無視される問い", "question": "手数料はいくら？"}'.encode(), 200),
    ],
    ids=["nesting", "digits", "encoding", "repeated key"],
)
def test_85_odd_json_is_answered_or_refused(client: httpx.Client, body: bytes, status: int) -> None:
    response = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    if status == 200:
        assert response.json()["resolved_question"] == "手数料はいくら？"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/healthz", [("X-Long", "a" * 200_000)]),
        ("/healthz", [(f"X-{number}", "1") for number in range(5_000)]),
        ("/healthz?q=" + "a" * 60_000, []),
    ],
    ids=["long header", "many headers", "long address"],
)
def test_87_oversized_heads_do_no_harm(
    server: Server, client: httpx.Client, path: str, headers: list[tuple[str, str]]
) -> None:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        try:
            connection.sendall(request)
            answer = connection.recv(1_000)
        except (BrokenPipeError, ConnectionResetError):
            return  # turned away before it was all sent
    assert answer == b"" or int(answer.split()[1]) < 500


def test_88_half_sent_requests_keep_nobody_waiting(server: Server, client: httpx.Client) -> None:
    halves = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(60)]
    try:
        for number, half in enumerate(halves):
            half.sendall(
                b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-" if number % 2 else b"GET"
            )
        answer = client.post("/api/ask", json={"question": "手数料はいくら？"})
        assert answer.status_code == 200 and "300円" in answer.json()["answer"]
    finally:
        for half in halves:
            half.close()


def test_90_a_forged_host_or_forwarding_header_is_reflected_nowhere(client: httpx.Client) -> None:
    forged = {
        "Host": "evil.example",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
    }
    for path in ("/", "/api/documents", "/api/openapi.json", "/nowhere"):
        response = client.get(path, headers=forged)
        shown = response.text + json.dumps(dict(response.headers))
        assert "evil.example" not in shown and "203.0.113.9" not in shown


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("あ" * 8_001, 422),
        ("\n" * 10_000, 422),
        ("。、！？…", 200),
        ("は が を に の", 200),
        ('" OR * -手数料', 200),
        ("NEAR(手数料 窓口)", 200),
        ("$regex: .* {}[]^~", 200),
        ("lemma:手数料 AND (窓口", 200),
        ("ア" * 2_000, 200),
        ("a" * 2_000, 200),
        ("か\u3099" * 900, 200),
        ("デジタルデバйд \u200b\u202e\U000e0041", 200),
    ],
)
def test_91_any_question_is_answered_or_refused(
    client: httpx.Client, question: str, status: int
) -> None:
    response = client.post("/api/ask", json={"question": question})
    assert response.status_code == status
    if status == 422:
        refusal(response)
    else:
        assert response.json()["status"] in {"answered", "partial", "no_evidence", "out_of_scope"}


def test_91_a_long_question_costs_no_more_than_a_short_paragraph() -> None:
    embedder = NgramEmbeddings()
    assert embedder.embed_query("漢" * 2_000) == embedder.embed_query("漢" * MAX_QUERY_CHARACTERS)


def test_92_turns_keep_their_order_when_the_clock_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SetBack(datetime):
        days = iter([20, 19, 18])

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(2026, 11, next(cls.days), tzinfo=UTC)

    database = Database(tmp_path / "registry.sqlite3")
    try:
        turns = TurnLog(database)
        monkeypatch.setattr("rag.registry.turns.datetime", SetBack)
        for question in ("一", "二", "三"):
            turns.begin_turn("c", question)
        monkeypatch.undo()
        assert [turn.question for turn in turns.turns("c")] == ["一", "二", "三"]
    finally:
        database.close()


def test_ten_users_go_on_asking_while_bad_files_come_in(server: Server) -> None:
    """The full catalogue goes through the same reader in test_bad_inputs_files."""
    stop, answered, failed = threading.Event(), [0] * 10, []
    asked_for: list[float] = []

    def ask(user: int) -> None:
        with server.client() as client:
            while not stop.is_set():
                started = time.perf_counter()
                response = client.post("/api/ask", json={"question": "証明書の交付手数料は？"})
                asked_for.append(time.perf_counter() - started)
                if response.status_code != 200 or "300円" not in response.json()["answer"]:
                    failed.append(response.text)
                answered[user] += 1
                stop.wait(0.5)

    users = [threading.Thread(target=ask, args=(user,)) for user in range(10)]
    for user in users:
        user.start()
    cases = [case for case in [*PDFS, *WORDS, *SHEETS, *TEXTS] if case.number in UPLOADED]
    cases = [case for case in cases if len(case.content()) < UPLOAD_LIMIT_BYTES]
    try:
        with server.client() as client:
            for case in cases:
                before = sum(answered)
                response = upload(client, case.name, case.content())
                if case.expected is Expected.REFUSED:
                    assert 400 <= response.status_code < 500, (str(case), response.text)
                    if "形式" not in refusal(response) and "種類" not in refusal(response):
                        assert case.says in refusal(response), str(case)
                else:
                    assert response.status_code == 201, (str(case), response.text)
                if case.number == 11:
                    assert sum(answered) > before, "everybody waited for a file to be read"
    finally:
        stop.set()
        for user in users:
            user.join(60)
    assert failed == [] and min(answered) > 0
    assert server.process.poll() is None


def test_every_number_from_78_to_92_is_covered() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    for number in range(78, 93):
        if number not in ELSEWHERE:
            assert f"def test_{number}_" in here, number
    for file, test in ELSEWHERE.values():
        assert f"def {test}(" in (Path(__file__).parent / file).read_text(encoding="utf-8")
