"""`shiori user`: accounts from the command line, also beside a running server."""

import json
import re
from pathlib import Path

import pytest
from people_support import GOOD_PASSWORD, service_with_accounts, services_of, signed_in
from typer.testing import CliRunner, Result

from api.cli import app as command_line


def shiori(data_dir: Path, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(
        command_line, ["user", *words, "--data-dir", str(data_dir)], input=typed or None
    )


def users(data_dir: Path) -> dict[str, dict[str, object]]:
    listed = json.loads(shiori(data_dir, "list", "--json").stdout)["users"]
    return {user["login"]: user for user in listed}


def test_a_person_is_added_with_a_password_that_is_shown_once(tmp_path: Path) -> None:
    result = shiori(
        tmp_path, "add", "tanaka", "--name", "田中 一郎", "--department", "総務部/総務課",
        "--role", "documents", "--role", "監査", "--group", "総務課",
    )  # fmt: skip
    assert result.exit_code == 0
    (initial,) = re.findall(r"初期パスワード: (\S+)", result.stdout)
    user = users(tmp_path)["tanaka"]
    assert user["roles"] == ["audit", "documents"] and user["groups"] == ["総務課"]
    assert user["must_change"] is True and user["department"] == "総務部/総務課"
    assert initial not in shiori(tmp_path, "list").stdout


def test_the_password_can_be_typed_and_has_to_be_good(tmp_path: Path) -> None:
    weak = shiori(tmp_path, "add", "a", "--prompt", typed="short\nshort\n")
    assert weak.exit_code == 1 and users(tmp_path) == {}
    good = shiori(tmp_path, "add", "a", "--prompt", typed=f"{GOOD_PASSWORD}\n{GOOD_PASSWORD}\n")
    assert good.exit_code == 0 and GOOD_PASSWORD not in good.stdout


def test_roles_groups_department_and_state_are_changed(tmp_path: Path) -> None:
    shiori(tmp_path, "add", "a")
    assert shiori(tmp_path, "roles", "a", "--role", "admin").exit_code == 0
    assert (
        shiori(tmp_path, "groups", "a", "--group", "監査委員", "--group", "総務課").exit_code == 0
    )
    assert shiori(tmp_path, "department", "a", "総務部/人事課").exit_code == 0
    assert shiori(tmp_path, "disable", "a").exit_code == 0
    user = users(tmp_path)["a"]
    assert user["roles"] == ["admin"] and user["groups"] == ["監査委員", "総務課"]
    assert user["department"] == "総務部/人事課" and user["disabled"] is True
    shiori(tmp_path, "enable", "a")
    shiori(tmp_path, "roles", "a")
    assert users(tmp_path)["a"]["roles"] == [] and users(tmp_path)["a"]["disabled"] is False


@pytest.mark.parametrize(
    "words", [("disable", "nobody"), ("roles", "a", "--role", "king"), ("add", "あ")]
)
def test_what_cannot_be_done_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    result = shiori(tmp_path, *words)
    assert result.exit_code == 1 and result.exception is not None
    assert re.search(r"[ぁ-ん]", str(result.exception))


def test_the_command_line_acts_on_a_running_server_at_once(tmp_path: Path) -> None:
    with service_with_accounts(tmp_path) as server:
        folder = services_of(server).index.data_dir
        added = shiori(folder, "add", "tanaka")
        initial = re.findall(r"初期パスワード: (\S+)", added.stdout)[0]
        token = shiori(folder, "token", "tanaka", "--label", "試験").stdout.strip()
        with signed_in(server, "tanaka", initial) as client:
            bearer = {"Authorization": f"Bearer {token}"}
            assert client.get("/v1/models", headers=bearer).status_code == 200
            assert "1個" in shiori(folder, "token", "tanaka", "--revoke").stdout
            assert client.get("/v1/models", headers=bearer).status_code == 401
            assert client.get("/api/session").status_code == 200
            shiori(folder, "reset-password", "tanaka")
            assert client.get("/api/session").status_code == 401
