"""Names that a trusted proxy sends, and the single-user mode for trying out."""

import socket
from pathlib import Path

from api_support import ScriptedAssistant, app_for, registered_index, running
from people_support import browser_of, refused, service_with_accounts, services_of
from typer.testing import CliRunner

from api.cli import app as command_line


def test_a_proxy_that_is_trusted_names_the_person(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path, auth="proxy") as server:
        accounts = services_of(server).gate.accounts
        accounts.add("tanaka", "田中", password="")
        accounts.add("gone", "退職者", password="")
        accounts.set_disabled("gone", True)
        with browser_of(server) as client:
            refused(client.get("/api/about"), 401, "login_required")
            named = client.get("/api/session", headers={"X-Remote-User": "TANAKA"}).json()
            assert (named["login"], named["can_sign_out"]) == ("tanaka", False)
            for stranger in ("nobody", "gone"):
                response = client.get("/api/about", headers={"X-Remote-User": stranger})
                refused(response, 403, "no_account")
            twice = client.get(
                "/api/about", headers=[("X-Remote-User", "tanaka"), ("X-Remote-User", "x")]
            )
            refused(twice, 401, "login_required")
            body = {"login": "tanaka", "password": ""}
            refused(client.post("/api/session", json=body), 409, "no_passwords")


def test_from_an_address_that_is_no_proxy_the_header_says_nothing(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path, auth="proxy", trusted_proxies="10.0.0.1") as server:
        services_of(server).gate.accounts.add("tanaka", "田中", password="")
        with browser_of(server, **{"X-Remote-User": "tanaka"}) as client:
            refused(client.get("/api/about"), 401, "login_required")


def test_single_user_mode_is_marked_and_answers_this_machine_only(tmp_path: Path) -> None:
    with (
        registered_index(tmp_path) as index,
        running(app_for(ScriptedAssistant(index))) as server,
        server.client() as client,
    ):
        me = client.get("/api/session").json()
        assert me["single_user"] is True and me["mode"] == "single"
        # A foreign page whose name was made to point here.
        rebound = client.get("/api/documents", headers={"Host": "evil.example:8000"})
        refused(rebound, 403, "single_user_only")


def test_single_user_mode_is_not_served_to_other_machines(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["serve", "--host", "0.0.0.0", "--port", str(port), "--data-dir", str(tmp_path)]
    result = CliRunner().invoke(command_line, arguments)
    assert result.exit_code == 1
    message = str(result.exception)
    assert "試用（1人用）" in message and "SHIORI_AUTH=local" in message
