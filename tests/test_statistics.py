"""Figures of use: what is counted, who sees it, and that no figure is one person's."""

import io
import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from api_support import RunningServer
from fakes import NgramEmbeddings
from people_support import add_person, browsing, service_with_accounts, services_of
from sqlalchemy import insert
from typer.testing import CliRunner

from api.cli import app
from api.minutes import StandardMinutes
from api.people.caller import Role
from api.statistics import OTHERS, Figures, PeriodError, period_of, shown_departments, statistics
from api.targets import TargetsFileError, read_targets
from rag.index import Index
from rag.registry import Database
from rag.registry.schema import feedback, turns
from rag.registry.usage import UsageLog

STANDARD = StandardMinutes.read("question=10/5,mail=15/8,draft=10/5")


def write_turn(
    database: Database, number: int, owner: str, department: str, month: str, **values: str
) -> None:
    """A turn as it is recorded; `minutes` and `outcome` are what the person said of it."""
    status = values.get("status", "answered")
    with database.write() as connection:
        connection.execute(
            insert(turns).values(
                id=f"t{number}",
                conversation_id=values.get("conversation", f"c{number}"),
                asked_at=f"{month}-15T03:00:00.123456+00:00",
                question=values.get("question", f"質問{number}"),
                answer=json.dumps({"status": status}) if status else "",
                state="complete" if status else "cut_by_user",
                owner=owner,
                department=department,
                template=values.get("template", ""),
            )
        )
        if "outcome" in values or "verdict" in values:
            blank = dict.fromkeys(
                ("category", "note", "document_id", "office", "reported_at", "settled_at"), ""
            )
            connection.execute(
                insert(feedback).values(
                    turn_id=f"t{number}",
                    owner=owner,
                    department=department,
                    template=values.get("template", ""),
                    given_at="2026-05-01T00:00:00+00:00",
                    verdict=values.get("verdict", ""),
                    outcome=values.get("outcome", ""),
                    minutes=int(values.get("minutes", "0")),
                    settled_by="",
                    reply="",
                    **blank,
                )
            )


def spring(database: Database) -> None:
    """税務課 with three people, 総務課 with three, 福祉課 with one; two months."""
    number = 0
    for department, people in (("税務課", "abc"), ("総務課", "def"), ("福祉課", "g")):
        for person in people:
            for month in ("2026-04", "2026-05"):
                number += 1
                write_turn(database, number, person, department, month)
    said = {"outcome": "as_is", "minutes": "10", "verdict": "useful"}
    write_turn(database, 50, "a", "税務課", "2026-05", **said)
    mail = {"outcome": "edited", "minutes": "8", "template": "mail"}
    write_turn(database, 51, "a", "税務課", "2026-05", **mail)
    for n, status in enumerate(("no_evidence", "out_of_scope", "blocked", "partial", ""), 60):
        write_turn(database, n, "d", "総務課", "2026-05", status=status)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "registry.sqlite3")
    spring(opened)
    yield opened
    opened.close()


def figures(database: Database, since: str = "2026-04", until: str = "2026-06"):  # type: ignore[no-untyped-def]
    log = UsageLog(database)
    return statistics(
        period_of(since, until, date(2026, 6, 1)),
        log.uses(since, until),
        log.fixed_sheets(since, until),
        STANDARD,
        {"mail": "メール"},
        (),
    )


def test_persons_are_counted_once_a_month_and_once_in_all(database: Database) -> None:
    found = figures(database)
    assert (found.total.uses, found.total.users) == (14, 7)
    months = dict(found.months)
    assert list(months) == ["2026-04", "2026-05", "2026-06"]
    assert (months["2026-04"].users, months["2026-05"].users) == (7, 7)
    assert months["2026-06"] == Figures()
    may = months["2026-05"]
    assert (may.answered, may.partial, may.no_evidence, may.out_of_scope, may.blocked) == (
        9,
        1,
        1,
        1,
        1,
    )
    assert may.unfinished == 1 and may.questions == 14
    assert (may.useful, may.as_is, may.edited, may.minutes) == (1, 1, 1, 18)
    assert dict(found.templates)["メール"].questions == 1


def test_the_month_is_that_of_the_place(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        with database.write() as connection:
            values = turns.update().where(turns.c.id == "t1")
            connection.execute(values.values(asked_at="2026-03-31T20:00:00+00:00"))
        assert dict(figures(database).months)["2026-04"].questions == 7
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_department_with_few_users_is_not_shown_by_itself(database: Database) -> None:
    names = dict(figures(database).departments)
    # 福祉課 has one user. Alone among 「その他」 it would still be that one: another joins it.
    assert "福祉課" not in names and len(names) == 2
    assert names[OTHERS].users == 4
    assert sum(each.questions for each in names.values()) == figures(database).total.questions


@pytest.mark.parametrize(
    ("owners", "shown"),
    [
        ({"甲": {"a", "b", "c"}}, {"甲"}),
        ({"甲": {"a", "b", "c"}, "乙": {"d"}}, set()),
        ({"甲": {"a", "b", "c", "d"}, "乙": {"e"}, "丙": {"f", "g"}}, {"甲"}),
        ({"乙": {"e"}}, set()),
        ({}, set()),
    ],
)
def test_what_is_left_over_never_tells_of_fewer_than_three(
    owners: dict[str, set[str]], shown: set[str]
) -> None:
    assert shown_departments(owners, 3) == shown


def test_a_deleted_conversation_still_counts_and_is_no_unanswered_question(
    database: Database,
) -> None:
    log = UsageLog(database)
    before = figures(database).total.questions
    assert {each.question for each in log.unanswered("2026-04", "2026-06")} == {"質問60", "質問63"}
    with database.write() as connection:
        gone = turns.update().where(turns.c.id == "t60")
        connection.execute(gone.values(question="", conversation_id=""))
    assert figures(database).total.questions == before
    assert {each.question for each in log.unanswered("2026-04", "2026-06")} == {"質問63"}


def test_targets_are_compared_by_fiscal_year(database: Database, tmp_path: Path) -> None:
    (tmp_path / "targets.toml").write_text(
        '[[targets]]\nname = "延べ"\nmeasure = "uses"\nfiscal_year = 2026\nvalue = 20\n', "utf-8"
    )
    targets = read_targets(tmp_path)
    log = UsageLog(database)
    period = period_of("2026-03", "2026-06", date(2026, 6, 1))
    found = statistics(period, log.uses("2026-03", "2026-06"), [], STANDARD, {}, targets)
    past, now = found.fiscal_years
    assert (past["fiscal_year"], past["targets"]) == (2025, [])
    assert now["targets"] == [
        {"name": "延べ", "measure": "uses", "value": 20.0, "reached": 14.0, "share": 70.0}
    ]
    (tmp_path / "targets.toml").write_text('[[targets]]\nname = "延べ"\n', "utf-8")
    with pytest.raises(TargetsFileError, match=r"targets\.0\.measure"):
        read_targets(tmp_path)


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [
        ("2026-13", "", "読み取れません"),
        ("2026-05", "2026-04", "より前"),
        ("2000-01", "2026-04", "長すぎます"),
    ],
)
def test_a_period_that_is_none_is_named(since: str, until: str, message: str) -> None:
    with pytest.raises(PeriodError, match=message):
        period_of(since, until, date(2026, 6, 1))


def test_the_period_is_the_fiscal_year_so_far() -> None:
    found = period_of("", "", date(2026, 2, 3))
    assert (found.since, found.until, len(found.months)) == ("2025-04", "2026-02", 11)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[RunningServer]:
    with service_with_accounts(tmp_path) as server:
        spring(services_of(server).index.database)
        for login, role in (
            ("boss", Role.ADMIN),
            ("writer", Role.DOCUMENTS),
            ("checker", Role.EVALUATION),
            ("clerk", Role.STAFF),
        ):
            add_person(server, login, password="", roles={role}, department="総務課")
        yield server


def test_who_may_see_what(town: RunningServer) -> None:
    allowed = {"boss": (200, 200), "writer": (403, 200), "checker": (200, 403), "clerk": (403, 403)}
    for login, (figures_status, missing_status) in allowed.items():
        with browsing(town, login) as client:
            assert client.get("/api/statistics").status_code == figures_status
            assert client.get("/api/statistics/unanswered").status_code == missing_status


def test_the_service_gives_figures_exports_and_questions(town: RunningServer) -> None:
    with browsing(town, "boss") as boss:
        period = {"since": "2026-04", "until": "2026-05"}
        found = boss.get("/api/statistics", params=period).json()
        assert found["total"]["uses"] == 14 and len(found["method"]) == 4
        assert not {"a", "b", "c"} & set(json.dumps(found).split('"'))  # no person
        book = openpyxl.load_workbook(
            io.BytesIO(boss.get("/api/statistics/export", params=period).content)
        )
        assert book["月別"]["B1"].value == "延べ利用者数" and book["月別"]["B2"].value == 7
        text = boss.get("/api/statistics/export", params={**period, "form": "csv"}).content
        assert "標準時間を掛け" in text.decode("utf-8-sig")
        missing = boss.get("/api/statistics/unanswered", params=period).json()["questions"]
        assert {each["question"] for each in missing} == {"質問60", "質問63"}
        # 総務課 is the only department there, with one person: it is not named.
        assert {name for each in missing for name in each["departments"]} == {OTHERS}
        wrong = boss.get("/api/statistics", params={"since": "2026-99"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "period")


def test_a_cell_of_an_export_is_no_formula(town: RunningServer) -> None:
    database = services_of(town).index.database
    for number, person in enumerate("vwxyz", 90):
        write_turn(database, number, person, "=HYPERLINK(1)", "2026-05")
    with browsing(town, "boss") as boss:
        content = boss.get("/api/statistics/export", params={"since": "2026-05"}).content
        sheet = openpyxl.load_workbook(io.BytesIO(content))["課別"]
        cell = next(c for row in sheet for c in row if c.value == "=HYPERLINK(1)")
        assert cell.data_type == "s"
        csv = boss.get("/api/statistics/export", params={"since": "2026-05", "form": "csv"})
        assert "'=HYPERLINK(1)" in csv.content.decode("utf-8-sig")


def test_the_command_line_counts_the_same(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"
    with Index.open(data_dir, NgramEmbeddings()) as index:
        spring(index.database)
    at = ["--data-dir", str(data_dir), "--since", "2026-04", "--until", "2026-05"]
    run = CliRunner().invoke(app, ["stats", *at])
    assert run.exit_code == 0, run.output
    assert "全体: 延べ14人（実7人）" in run.output
    as_json = json.loads(CliRunner().invoke(app, ["stats", *at, "--json"]).stdout)
    assert as_json["total"]["questions"] == 21
    out = tmp_path / "stats.xlsx"
    assert CliRunner().invoke(app, ["stats", *at, "--out", str(out)]).exit_code == 0
    assert "月別" in openpyxl.load_workbook(out).sheetnames
