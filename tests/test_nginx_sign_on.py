"""Behind nginx with SHIORI_AUTH=proxy: the name is the proxy's, whatever the client sends."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from api_support import ScriptedAssistant, app_for, registered_index, running
from nginx_support import NAME, Proxy, nginx_before
from people_support import add_person

# What a city adds for its own way of finding out who somebody is; here names and passwords.
SIGN_ON = """    server_tokens off;
    auth_basic "city";
    auth_basic_user_file {folder}/names;"""
FORGED = ("X-Remote-User", "x-remote-user", "X_Remote_User", "X-Remote-User ")


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with (
        registered_index(tmp_path) as index,
        running(app_for(ScriptedAssistant(index), auth="proxy")) as server,
    ):
        for login in ("tanaka", "chief"):
            add_person(server, login, password="")
        port = int(server.url.rsplit(":", 1)[1])
        folder = tmp_path / "nginx"
        (tmp_path / "names").write_text("tanaka:{PLAIN}secret\n")
        instead = {"    server_tokens off;": SIGN_ON.format(folder=tmp_path)}
        with nginx_before(port, folder, "--user-variable", "$remote_user", instead=instead) as it:
            yield it


def test_the_name_that_the_proxy_found_out_is_taken(proxy: Proxy) -> None:
    with proxy.client() as client:
        assert client.get("/api/session").status_code == 401, "the proxy asks first"
        me = client.get("/api/session", auth=("tanaka", "secret"))
        assert me.json()["login"] == "tanaka"


@pytest.mark.parametrize("header", FORGED)
def test_a_name_that_the_client_sends_is_thrown_away(proxy: Proxy, header: str) -> None:
    request = (
        f"GET /api/session HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n"
        f"Authorization: Basic dGFuYWthOnNlY3JldA==\r\n{header}: chief\r\n{header}: chief\r\n\r\n"
    )
    with proxy.connection() as connection:
        connection.sendall(request.encode())
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    assert b"chief" not in answer
    assert b'"tanaka"' in answer or answer.startswith(b"HTTP/1.1 400")


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers as they came in."""

    def do_GET(self) -> None:
        body = json.dumps([[name.lower(), value] for name, value in self.headers.items()]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def test_nothing_that_the_client_claims_about_itself_gets_through(tmp_path: Path) -> None:
    claims = {
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.9.8.7;proto=http",
        "X-Remote-User": "chief",
        "X_Remote_User": "chief",
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as echo:
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        with nginx_before(echo.server_port, tmp_path / "nginx") as proxy, proxy.client() as client:
            received = client.get("/api/session", headers=claims).json()
            port = proxy.port
        echo.shutdown()
    names = [name for name, _ in received]
    assert len(names) == len(set(names)), "no header comes twice"
    heard = dict(received)
    assert heard["x-forwarded-for"] == "127.0.0.1" and heard["x-forwarded-proto"] == "https"
    assert heard["host"] == f"{NAME}:{port}"
    assert not {"x-remote-user", "x_remote_user", "x-forwarded-host", "forwarded"} & set(names)
