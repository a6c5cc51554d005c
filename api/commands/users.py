"""`shiori user add / import / list / disable / enable / roles / groups / department / reset-password / token`

Works beside a running server; what is changed counts at that person's next request.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from api.commands.options import (
    AsJson,
    CommandError,
    DataDir,
    load_settings,
    print_json,
    printable,
)

if TYPE_CHECKING:
    from api.people.accounts import Accounts
    from api.people.caller import Role
    from rag.registry import Database
    from rag.registry.people import Person

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="利用者名（英小文字、数字、. _ @ -）")]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role",
        help="役割: documents（文書担当）、evaluation（評価担当）、audit（監査）、admin（管理者）。"
        "くり返せる",
        show_default=False,
    ),
]
Groups = Annotated[
    list[str] | None,
    typer.Option("--group", help="読める文書のグループ。くり返せる", show_default=False),
]
Prompt = Annotated[bool, typer.Option("--prompt", help="初期パスワードを画面から入力する")]


def add_user(
    login: Login,
    name: Annotated[str, typer.Option("--name", help="氏名または表示名")] = "",
    department: Annotated[str, typer.Option("--department", help="部/課")] = "",
    roles: Roles = None,
    groups: Groups = None,
    prompt: Prompt = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="パスワードを付けない（認証プロキシの利用者）")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """利用者を登録し、初期パスワードを一度だけ示す。"""
    wanted = _roles(roles)
    password = "" if no_password else _typed_password() if prompt else None
    with _accounts(data_dir) as accounts:
        person, initial = accounts.add(
            login,
            name,
            department=department,
            roles=wanted,
            groups=groups or [],
            password=password,
        )
    print(printable(f"利用者「{person.login}」を登録しました。"))
    if password is None:
        _show_initial(initial)


def import_users(
    file: Annotated[Path, typer.Argument(help="CSV（利用者名、氏名、所属、役割、グループ）")],
    passwords: Annotated[
        Path | None,
        typer.Option("--passwords", help="新しい人の初期パスワードを書き出すファイル"),
    ] = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="新しい人にパスワードを付けない")
    ] = False,
    disable_others: Annotated[
        bool, typer.Option("--disable-others", help="一覧にない人の利用を止める")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """一覧（CSV）のとおりに利用者を登録し、所属・役割・グループを直す。"""
    if (passwords is None) is not no_password:
        raise CommandError("--passwords か --no-password のどちらかを付けてください。")
    from api.people.roster import read_roster, take_over

    rows = read_roster(file.read_bytes())
    # Opened before anybody is added: passwords that cannot be written down would be lost.
    kept = None if passwords is None else _private_file(passwords)
    try:
        with _accounts(data_dir) as accounts:
            report = take_over(
                accounts, rows, with_passwords=not no_password, disable_others=disable_others
            )
        if kept is not None:
            kept.write("利用者名,初期パスワード\r\n")
            kept.writelines(f"{login},{initial}\r\n" for login, initial in report.added)
    finally:
        if kept is not None:
            kept.close()
    print(
        f"登録: {len(report.added)}人、変更: {len(report.changed)}人、"
        f"そのまま: {len(report.unchanged)}人、停止: {len(report.disabled)}人"
    )
    if passwords is not None:
        print(
            printable(f"初期パスワードを「{passwords}」に書きました。配ったあとで消してください。")
        )


def list_users(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """登録されている利用者の一覧。"""
    with _accounts(data_dir) as accounts:
        everybody = accounts.everybody()
    if as_json:
        print_json({"users": [_person_json(person) for person in everybody]})
        return
    from api.people.caller import ROLE_NAMES, Role

    for person in everybody:
        roles = "、".join(ROLE_NAMES[Role(role)] for role in person.roles) or "職員"
        state = "停止中" if person.disabled else "初期パスワード" if person.must_change else ""
        columns = (person.login, person.name, person.department, roles)
        print(printable("\t".join((*columns, "、".join(person.groups), state))))
    if not everybody:
        print("利用者は登録されていません。shiori user add で登録してください。")


def disable_user(login: Login, data_dir: DataDir = None) -> None:
    """利用を止める。開いている画面もすぐに使えなくなる。"""
    with _accounts(data_dir) as accounts:
        person = accounts.set_disabled(login, True)
    print(printable(f"利用者「{person.login}」の利用を止めました。"))


def enable_user(login: Login, data_dir: DataDir = None) -> None:
    """止めた利用をまた認める。"""
    with _accounts(data_dir) as accounts:
        person = accounts.set_disabled(login, False)
    print(printable(f"利用者「{person.login}」の利用を再開しました。"))


def set_roles(login: Login, roles: Roles = None, data_dir: DataDir = None) -> None:
    """役割を決める（示したものに置き換わる。なければ職員だけになる）。"""
    wanted = _roles(roles)
    with _accounts(data_dir) as accounts:
        person = accounts.set_roles(login, wanted)
    print(printable(f"利用者「{person.login}」の役割: {'、'.join(person.roles) or '職員'}"))


def set_groups(login: Login, groups: Groups = None, data_dir: DataDir = None) -> None:
    """読める文書のグループを決める（示したものに置き換わる）。"""
    with _accounts(data_dir) as accounts:
        person = accounts.set_groups(login, groups or [])
    shown = "、".join(person.groups) or "なし（全職員向けの文書だけ）"
    print(printable(f"利用者「{person.login}」のグループ: {shown}"))


def set_department(
    login: Login,
    department: Annotated[str, typer.Argument(help="部/課")],
    data_dir: DataDir = None,
) -> None:
    """所属の部/課を決める。"""
    with _accounts(data_dir) as accounts:
        person = accounts.set_department(login, department)
    print(printable(f"利用者「{person.login}」の所属: {person.department}"))


def reset_password(login: Login, prompt: Prompt = False, data_dir: DataDir = None) -> None:
    """新しい初期パスワードを作る。開いている画面は使えなくなる。"""
    password = _typed_password() if prompt else None
    with _accounts(data_dir) as accounts:
        initial = accounts.reset_password(login, password)
    print("パスワードを初期化しました。")
    if password is None:
        _show_initial(initial)


def issue_token(
    login: Login,
    label: Annotated[str, typer.Option("--label", help="何のためのトークンか")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=3_650, help="有効な日数")] = 365,
    revoke: Annotated[bool, typer.Option("--revoke", help="この人のトークンをすべて消す")] = False,
    data_dir: DataDir = None,
) -> None:
    """プログラムがこの人として質問するためのトークンを作る（一度だけ示す）。"""
    from datetime import timedelta

    from api.people.sessions import TOKEN, Sessions

    settings = load_settings(data_dir)
    with _database(settings.data_dir) as database:
        from api.people.accounts import Accounts

        person = Accounts(database).find(login)
        sessions = Sessions(database, idle=timedelta(days=1), absolute=timedelta(days=1))
        if revoke:
            print(f"トークンを{sessions.end_all(person.id, TOKEN)}個消しました。")
            return
        print(sessions.issue_token(person, label, days))


def _private_file(path: Path) -> TextIO:
    """A new file that only its owner can read. Raises CommandError when there is one already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandError(
            printable(f"「{path}」はもうあります。別の名前を指定してください。")
        ) from error
    return os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")


@contextmanager
def _accounts(data_dir: Path | None) -> "Iterator[Accounts]":
    settings = load_settings(data_dir)
    from api.people.accounts import Accounts

    with _database(settings.data_dir) as database:
        yield Accounts(database)


@contextmanager
def _database(data_dir: Path) -> "Iterator[Database]":
    """The registry alone: a server may have the folder open, and needs not be asked."""
    from rag.errors import IndexDamagedError
    from rag.registry import Database
    from rag.registry.database import REGISTRY_FILE

    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise IndexDamagedError(
            f"データフォルダ「{data_dir}」を作れません。場所と権限を確認してください。"
        ) from error
    database = Database(data_dir / REGISTRY_FILE)
    try:
        yield database
    finally:
        database.close()


def _roles(names: "list[str] | None") -> "set[Role]":
    """Raises CommandError for a name that is no role."""
    from api.people.caller import ROLE_NAMES, Role

    known = {role.value: role for role in Role} | {ROLE_NAMES[role]: role for role in Role}
    unknown = [name for name in names or [] if name not in known]
    if unknown:
        raise CommandError(
            f"役割「{printable(unknown[0])}」はありません。"
            "documents、evaluation、audit、admin のどれかにしてください。"
        )
    return {known[name] for name in names or []}


def _typed_password() -> str:
    typed: str = typer.prompt(
        "初期パスワード（表示されません）", hide_input=True, confirmation_prompt="もう一度"
    )
    return typed


def _show_initial(password: str) -> None:
    print(f"初期パスワード: {password}")
    print("この画面にだけ表示します。7日以内に本人がサインインして変える必要があります。")


def _person_json(person: "Person") -> dict[str, object]:
    return {
        "login": person.login,
        "name": person.name,
        "department": person.department,
        "roles": list(person.roles),
        "groups": list(person.groups),
        "disabled": person.disabled,
        "must_change": person.must_change,
        "has_password": bool(person.password_hash),
        "created_at": person.created_at,
    }
