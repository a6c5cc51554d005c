"""The nginx site that is handed out, in a real nginx: limits, streams, and who says who one is."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_support import ScriptedAssistant, app_for, registered_index, running
from nginx_support import Proxy, nginx_before
from people_support import GOOD_PASSWORD, add_person

UPLOAD_LIMIT = {"SHIORI_MAX_UPLOAD_BYTES": "2000000"}
ASKING = {"question": "生成AIの月平均利用者数は"}


class Pace:
    """Holds the scripted answer after its second piece until a test lets it go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, piece: int) -> None:
        if piece >= 2:
            assert self.go_on.wait(60)


@pytest.fixture(scope="module")
def pace() -> Pace:
    return Pace()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, pace: Pace) -> Iterator[Proxy]:
    """nginx before a service with accounts; nobody else is asked who somebody is."""
    folder = tmp_path_factory.mktemp("town")
    with registered_index(folder) as index:
        assistant = ScriptedAssistant(index, before_token=pace)
        app = app_for(assistant, auth="local", max_upload_bytes=2_000_000)
        with running(app) as server:
            add_person(server, "tanaka", groups=["総務課"])
            port = int(server.url.rsplit(":", 1)[1])
            with nginx_before(port, folder / "nginx", env=UPLOAD_LIMIT) as started:
                yield started


@pytest.fixture
def signed_in(proxy: Proxy) -> Iterator[httpx.Client]:
    with proxy.client(headers={"Sec-Fetch-Site": "same-origin"}) as client:
        body = {"login": "tanaka", "password": GOOD_PASSWORD}
        answer = client.post("/api/session", json=body)
        assert answer.status_code == 200, answer.text
        # The proxy said that TLS is spoken: the cookie is bound to this host and to TLS.
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-") and "Secure" in cookie and "HttpOnly" in cookie
        yield client


def test_pages_and_answers_come_through_with_their_headers(signed_in: httpx.Client) -> None:
    page = signed_in.get("/")
    assert page.status_code == 200 and "しおり" in page.text
    assert "require-trusted-types-for 'script'" in page.headers["content-security-policy"]
    assert "max-age" in page.headers["strict-transport-security"]
    assert "nginx/" not in page.headers.get("server", "")
    assert "227人" in signed_in.post("/api/ask", json=ASKING).json()["answer"]


def test_a_stream_arrives_while_it_is_written(signed_in: httpx.Client, pace: Pace) -> None:
    pace.go_on.clear()
    received = ""
    try:
        with signed_in.stream("POST", "/api/chat", json=ASKING) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for text in answer.iter_text():
                received += text
                # The service makes no third piece before this one has been seen here.
                if received.count("event: token") == 2:
                    pace.go_on.set()
    finally:
        pace.go_on.set()
    assert "event: answer" in received and received.count("event: token") > 2


def test_what_is_too_large_is_refused_by_the_proxy_in_words(
    signed_in: httpx.Client, proxy: Proxy
) -> None:
    large = signed_in.post("/api/ask", content=b" " * 1_100_000)
    assert large.status_code == 413 and large.json()["code"] == "body_too_large"
    upload = signed_in.post("/api/documents", files={"file": ("a.txt", b"x" * 2_200_000)})
    assert upload.status_code == 413
    assert "2MB" in upload.json()["message"], "the sentence of the proxy, with the limit in force"
    # Below the limit it is the service that answers: this person may not register documents.
    allowed = signed_in.post("/api/documents", files={"file": ("a.txt", b"x" * 1_900_000)})
    assert allowed.status_code == 403
    header = signed_in.get("/", headers={"X-Long": "x" * 40_000})
    assert header.status_code in (400, 431)


def test_plain_http_only_leads_to_tls(proxy: Proxy) -> None:
    conf = (proxy.folder / "shiori.conf").read_text()
    plain = conf.split("listen ")[1].split(";")[0]
    answer = httpx.get(f"http://127.0.0.1:{plain}/static/guide.html?a=1", trust_env=False)
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{proxy.url}/static/guide.html?a=1"


def test_questions_stay_out_of_the_log_of_the_proxy(proxy: Proxy) -> None:
    with proxy.client() as client:
        client.get("/static/guide.html?q=canary-in-a-query")
    log = (proxy.folder / "access.log").read_text()
    assert "/static/guide.html" in log and "canary" not in log


def test_the_state_of_the_service_is_for_this_machine(proxy: Proxy) -> None:
    with proxy.client() as client:
        assert client.get("/readyz").status_code == 200
    assert "deny all" in (proxy.folder / "shiori.conf").read_text()


def test_no_text_is_left_in_the_working_files_of_the_proxy(
    signed_in: httpx.Client, proxy: Proxy
) -> None:
    signed_in.post("/api/documents", files={"file": ("a.txt", b"secret" * 300_000)})
    signed_in.post("/api/ask", content=json.dumps({"question": "あ" * 300_000}))
    kept = [path for name in ("body", "proxy") for path in (proxy.folder / name).rglob("*")]
    assert [path for path in kept if path.is_file()] == []
    assert "buffered to a temporary file" not in (proxy.folder / "error.log").read_text()


def test_too_many_attempts_to_sign_in_are_held_up_by_the_proxy(proxy: Proxy) -> None:
    with proxy.client(headers={"Sec-Fetch-Site": "same-origin"}) as client:
        answers = [client.post("/api/session", json={}) for _ in range(60)]
    held = [answer for answer in answers if answer.status_code == 429]
    assert held and "1分" in held[-1].json()["message"]


@pytest.mark.parametrize(
    ("line", "shorter", "sent"),
    [
        ("client_header_timeout 15s;", "client_header_timeout 1s;", b"GET / HTTP/1.1\r\nHost: lo"),
        (
            "client_body_timeout 30s;",
            "client_body_timeout 1s;",
            b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{",
        ),
    ],
)
def test_a_sender_that_falls_silent_is_let_go(
    tmp_path: Path, line: str, shorter: str, sent: bytes
) -> None:
    """Shortened from 15 and 30 seconds, so that the test need not wait as long."""
    with (
        nginx_before(9, tmp_path / "nginx", instead={line: shorter}) as proxy,
        proxy.connection() as connection,
    ):
        connection.sendall(sent)
        left = b"begun"
        while left:  # an answer in words perhaps, then the end; never a time-out of ours
            left = connection.recv(4096)


def test_a_service_that_is_not_there_is_explained(tmp_path: Path) -> None:
    with nginx_before(9, tmp_path / "nginx") as proxy, proxy.client() as client:
        answer = client.post("/api/ask", json=ASKING)
        assert answer.status_code == 503 and "起動する" in answer.json()["message"]
        page = client.get("/")
        assert page.status_code == 503 and page.text.startswith("しおりが")
        assert page.headers["content-type"] == "text/plain; charset=utf-8"
