"""Many people at once, from a table that the personnel office keeps: added, changed, disabled."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from api.people.accounts import AccountError, Accounts, UnknownPersonError, login_name
from api.people.caller import ROLE_NAMES, Role

# The head of each column in Japanese and in English.
COLUMNS = {
    "login": ("利用者名", "login"),
    "name": ("氏名", "name"),
    "department": ("所属", "department"),
    "roles": ("役割", "roles"),
    "groups": ("グループ", "groups"),
}
ENCODINGS = ("utf-8-sig", "cp932")
MAX_ROWS = 100_000

_ROLES = {role.value: role for role in Role} | {ROLE_NAMES[role]: role for role in Role}


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterRow:
    login: str
    name: str = ""
    department: str = ""
    roles: frozenset[Role] = frozenset()
    groups: tuple[str, ...] = ()


@dataclass(slots=True)
class RosterReport:
    added: list[tuple[str, str]] = field(default_factory=list)  # (login, initial password)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)


def read_roster(content: bytes) -> list[RosterRow]:
    """The rows of a CSV file (UTF-8 or Shift_JIS), all of them or none.

    Several roles or groups in one cell are separated by 「、」, 「;」 or line breaks.
    Raises AccountError naming the line.
    """
    lines = csv.DictReader(io.StringIO(_decoded(content), newline=""))
    heads = {name: _head(lines.fieldnames or (), COLUMNS[name]) for name in COLUMNS}
    if not heads["login"]:
        raise AccountError("一覧の1行目に「利用者名」（login）の列がありません。")
    rows: list[RosterRow] = []
    for line in lines:
        cells = {name: (line.get(head) or "").strip() for name, head in heads.items() if head}
        if not any(cells.values()):
            continue
        if len(rows) >= MAX_ROWS:
            raise AccountError(f"一覧は{MAX_ROWS:,}行までです。")
        rows.append(_row(cells, lines.line_num))
    seen: set[str] = set()
    for row in rows:
        if row.login in seen:
            raise AccountError(f"一覧に利用者名「{row.login}」が二度あります。")
        seen.add(row.login)
    return rows


def take_over(
    accounts: Accounts,
    rows: Sequence[RosterRow],
    *,
    with_passwords: bool,
    disable_others: bool = False,
    on_row: Callable[[], None] = lambda: None,
) -> RosterReport:
    """Make the accounts what the rows say; passwords and who is disabled stay as they are.

    With `disable_others` whoever is in no row is disabled, and nobody is ever deleted.
    """
    report = RosterReport()
    for row in rows:
        try:
            known = accounts.find(row.login)
        except UnknownPersonError:
            _, initial = accounts.add(
                row.login,
                row.name,
                department=row.department,
                roles=row.roles,
                groups=row.groups,
                password=None if with_passwords else "",
            )
            report.added.append((row.login, initial))
        else:
            after = accounts.describe(
                row.login,
                name=row.name,
                department=row.department,
                roles=row.roles,
                groups=row.groups,
            )
            (report.unchanged if after == known else report.changed).append(row.login)
        on_row()
    if disable_others:
        listed = {row.login for row in rows}
        for person in accounts.everybody():
            if person.login not in listed and not person.disabled:
                accounts.set_disabled(person.login, True)
                report.disabled.append(person.login)
    return report


def _row(cells: dict[str, str], line: int) -> RosterRow:
    login = login_name(cells.get("login", ""))
    if not login:
        raise AccountError(f"一覧の{line}行目に利用者名がありません。")
    names = list(_parts(cells.get("roles", "")))
    unknown = [name for name in names if name not in _ROLES]
    if unknown:
        raise AccountError(
            f"一覧の{line}行目の役割「{unknown[0]}」はありません。"
            f"{'、'.join(ROLE_NAMES.values())} のどれかにしてください。"
        )
    return RosterRow(
        login=login,
        name=cells.get("name", ""),
        department=cells.get("department", ""),
        roles=frozenset(_ROLES[name] for name in names),
        groups=tuple(_parts(cells.get("groups", ""))),
    )


def _parts(cell: str) -> Iterator[str]:
    for part in cell.replace(";", "、").replace("；", "、").replace("\n", "、").split("、"):
        if part.strip():
            yield part.strip()


def _head(fields: Sequence[str], names: Sequence[str]) -> str:
    return next((head for head in fields if head and head.strip().casefold() in names), "")


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AccountError("一覧の文字コードが分かりません。UTF-8で保存し直してください。")
