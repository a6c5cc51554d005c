"""`shiori user`: accounts from the command line, also beside a running server."""

import json
import re
from pathlib import Path

import pytest
from api_support import registered_index, settings_for
from people_support import GOOD_PASSWORD, service_with_accounts, services_of, signed_in
from typer.testing import CliRunner, Result

from api.cli import app as command_line
from api.commands.serve import _remarks as remarks
from api.people.accounts import Accounts


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


ROSTER = """利用者名,氏名,所属,役割,グループ
Tanaka,田中 一郎,総務部/総務課,文書担当、監査,総務課、監査委員
sato,佐藤 花子,税務部/税務課,,税務課
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_table_of_everybody_is_taken_over(tmp_path: Path, encoding: str) -> None:
    table, written, data = tmp_path / "a.csv", tmp_path / "p.csv", tmp_path / "data"
    table.write_bytes(ROSTER.encode(encoding))
    result = shiori(data, "import", str(table), "--passwords", str(written))
    assert result.exit_code == 0 and "登録: 2人" in result.stdout
    assert written.stat().st_mode & 0o077 == 0
    kept = dict(line.split(",") for line in written.read_text("utf-8-sig").splitlines()[1:])
    assert set(kept) == {"tanaka", "sato"} and kept["tanaka"] not in result.stdout
    assert users(data)["tanaka"]["roles"] == ["audit", "documents"]
    assert users(data)["tanaka"]["groups"] == ["監査委員", "総務課"]
    again = shiori(data, "import", str(table), "--passwords", str(written))
    assert again.exit_code == 1  # the passwords that were written down are not written over


def test_after_a_reshuffle_the_table_says_who_may_do_what(tmp_path: Path) -> None:
    table, data = tmp_path / "a.csv", tmp_path / "data"
    table.write_text(ROSTER, encoding="utf-8")
    shiori(data, "import", str(table), "--no-password")
    shiori(data, "add", "keeper", "--role", "admin")
    table.write_text("login,groups\nsato,福祉課\n", encoding="utf-8")
    result = shiori(data, "import", str(table), "--no-password", "--disable-others")
    assert "変更: 1人" in result.stdout and "停止: 2人" in result.stdout
    now = users(data)
    assert now["sato"]["groups"] == ["福祉課"] and now["sato"]["disabled"] is False
    assert now["tanaka"]["disabled"] is True and now["keeper"]["disabled"] is True


@pytest.mark.parametrize(
    "table",
    [
        "氏名\n田中\n",
        "利用者名,役割\na,王様\n",
        "利用者名\na\nA\n",
        "利用者名,氏名\n,田中\n",
        "利用者名\nあいう\n",
    ],
)
def test_a_table_with_a_mistake_is_refused_with_the_place(tmp_path: Path, table: str) -> None:
    (tmp_path / "a.csv").write_text(table, encoding="utf-8")
    result = shiori(tmp_path / "data", "import", str(tmp_path / "a.csv"), "--no-password")
    assert result.exit_code == 1 and re.search(r"[ぁ-ん]", str(result.exception))
    assert users(tmp_path / "data") == {}


def test_the_folder_with_the_accounts_is_for_its_owner_alone(tmp_path: Path) -> None:
    for name, words in (("a", ("user", "list")), ("b", ("documents", "list"))):
        folder = tmp_path / name
        result = CliRunner().invoke(command_line, [*words, "--data-dir", str(folder)])
        assert result.exit_code == 0
        assert folder.stat().st_mode & 0o077 == 0


def test_a_start_says_what_is_missing_before_people_get_answers(tmp_path: Path) -> None:
    with registered_index(tmp_path) as index:
        local = settings_for(tmp_path, auth="local")
        nobody, closed = remarks(local, index)
        assert "shiori user add" in nobody and "1件" in closed
        Accounts(index.database).add("a", "A", password="")
        index.label("plan", groups=["全職員"])
        assert remarks(local, index) == []
        index.label("plan", groups=[])
        assert remarks(settings_for(tmp_path), index) == []
