"""What people say of answers, the minutes they save, and reports to the office of a document."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_support import RunningServer
from people_support import add_person, browsing, service_with_accounts, services_of

from api.minutes import MinutesSettingError, Outcome, StandardMinutes
from api.offices import belongs_to
from api.people.caller import EVERYBODY, Role

OFFICERS = {"jouhou": "総務部／情報課", "zeimu": "税務課"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[RunningServer]:
    """The plan belongs to 情報課; an officer there and one elsewhere may both read it."""
    with service_with_accounts(tmp_path, minutes_saved="question=12/7,summary=40/20") as server:
        index = services_of(server).index
        plan, pages, chunks = index.document("plan"), index.pages("plan"), index.chunks_of("plan")
        index.add(replace(plan, department="情報課", groups=(EVERYBODY,)), pages, chunks)
        add_person(server, "sato", password="", department="福祉課")
        for login, department in OFFICERS.items():
            add_person(server, login, password="", department=department, roles={Role.DOCUMENTS})
        yield server


def answered(client: httpx.Client) -> str:
    return str(client.post("/api/ask", json={"question": "利用者数は"}).json()["id"])


def say(client: httpx.Client, turn: str, **said: object) -> httpx.Response:
    return client.post("/api/feedback", json={"turn_id": turn} | said)


def reports(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/reports").json()["reports"]
    return found


def test_one_click_says_how_many_minutes_were_saved(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        turn = answered(client)
        assert say(client, turn, outcome="edited").json()["minutes"] == 7
        assert say(client, turn, verdict="useful").json()["minutes"] == 7  # stays
        assert say(client, turn, outcome="as_is").json()["minutes"] == 12
        assert say(client, turn, outcome="unused").json()["minutes"] == 0
        terms = client.get("/api/feedback").json()
        assert terms["minutes"]["summary"] == {"as_is": 40, "edited": 20, "unused": 0}
        assert "標準時間" in terms["method"]


def test_what_was_said_is_there_when_the_conversation_is_opened_again(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        turn = answered(client)
        say(client, turn, verdict="wrong", category="outdated", note="連絡は 03-1234-5678 まで")
        conversation = client.get("/api/conversations").json()["conversations"][0]["id"]
        said = client.get(f"/api/conversations/{conversation}").json()["turns"][0]["feedback"]
        assert (said["verdict"], said["category"]) == ("wrong", "outdated")
        assert "1234" not in said["note"] and "連絡" in said["note"]
        assert said["report"] is None
        # Whoever finds it useful after all takes the objection back.
        said = say(client, turn, verdict="useful").json()
        assert (said["category"], said["note"]) == ("", "")


def test_a_report_reaches_the_office_of_the_document_and_no_other(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        turn = answered(client)
        assert reports_refused(client)
        said = say(client, turn, verdict="wrong", category="incorrect", note="違う", report=True)
        assert said.json()["report"]["office"] == "情報課"
    with browsing(town, "zeimu") as client:
        assert reports(client) == []
        assert client.get("/api/reports/count").json() == {"open": 0}
        assert client.put(f"/api/reports/{turn}", json={"settled": True}).status_code == 404
    with browsing(town, "jouhou") as client:
        use = client.get("/api/documents/plan/use").json()
        assert (use["answers"], use["pages"]) == (1, [{"page": 12, "answers": 1}])
        assert client.get("/api/reports/count").json() == {"open": 1}
        (report,) = reports(client)
        assert report["question"] == "利用者数は" and report["note"] == "違う"
        assert report["department"] == "福祉課" and report["category"] == "内容が事実と違う"
        assert report["answer"]["short_answer"] == "227人"
        assert "sato" not in str(report)
        done = client.put(f"/api/reports/{turn}", json={"settled": True, "reply": "直しました"})
        assert done.json()["settled_by"] == "jouhou"
        assert client.get("/api/reports", params={"settled": False}).json()["reports"] == []
        assert client.get("/api/reports").json()["open"] == 0
    with browsing(town, "sato") as client:
        conversation = client.get("/api/conversations").json()["conversations"][0]["id"]
        turns = client.get(f"/api/conversations/{conversation}").json()["turns"]
        assert turns[0]["feedback"]["report"]["reply"] == "直しました"
        assert say(client, turn, report=False).json()["report"] is None
    with browsing(town, "jouhou") as client:
        assert reports(client) == []


def reports_refused(client: httpx.Client) -> bool:
    return client.get("/api/reports").status_code == 403


def test_a_removed_document_takes_notes_and_reports_about_it_along(town: RunningServer) -> None:
    services = services_of(town)
    with browsing(town, "sato") as client:
        turn = answered(client)
        say(client, turn, verdict="wrong", note="むらさきの付箋", report=True)
    services.index.remove("plan")
    with browsing(town, "jouhou") as client:
        assert reports(client) == []
    files = b"".join(path.read_bytes() for path in services.index.data_dir.glob("registry*"))
    assert "むらさきの付箋".encode() not in files
    assert services.feedback.of([turn])[turn].verdict == "wrong"  # still counted


def test_only_ones_own_complete_answers_are_judged(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        turn = answered(client)
        cut = services_of(town).index.turn_log.begin_turn("c", "途中", owner=owner_of(town, "sato"))
        assert say(client, cut, verdict="useful").json()["code"] == "turn_not_complete"
        assert say(client, "nothing", verdict="useful").json()["code"] == "unknown_turn"
        assert say(client, turn, verdict="great").status_code == 422
        elsewhere = say(client, turn, verdict="wrong", report=True, document_id="other")
        assert elsewhere.json()["code"] == "unknown_document"
    with browsing(town, "zeimu") as client:
        assert say(client, turn, verdict="useful").json()["code"] == "unknown_turn"


def owner_of(town: RunningServer, login: str) -> str:
    return services_of(town).gate.accounts.find(login).id


def test_the_audit_log_knows_the_judgement_and_not_the_words(town: RunningServer) -> None:
    with browsing(town, "sato") as client:
        say(client, answered(client), verdict="wrong", note="うぐいす色の付箋", outcome="unused")
    records = [record.body for record in services_of(town).audit.records(limit=5)]
    said = next(body for body in records if "/api/feedback" in body and "unused" in body)
    assert '"wrong"' in said and "うぐいす" not in "".join(records)


@pytest.mark.parametrize(
    ("department", "office", "belongs"),
    [
        ("情報課", "情報課", True),
        ("総務部/情報課", "情報課", True),
        ("総務部／情報課", "総務部", True),
        ("情報課", "総務部 情報課", True),
        ("総務部/税務課", "総務部/情報課", False),
        ("情報課", "広報情報課", False),
        ("", "情報課", False),
        ("情報課", "", False),
    ],
)
def test_an_office_is_known_with_and_without_its_bureau(
    department: str, office: str, belongs: bool
) -> None:
    assert belongs_to(department, office) is belongs


@pytest.mark.parametrize(
    "setting", ["", "summary=3/1", "question=5/10", "question=ten", "question=999/1"]
)
def test_a_standard_that_cannot_be_read_is_named(setting: str) -> None:
    with pytest.raises(MinutesSettingError, match="SHIORI_MINUTES_SAVED"):
        StandardMinutes.read(setting)


def test_a_template_without_a_standard_of_its_own_saves_what_a_question_saves() -> None:
    standard = StandardMinutes.read("question=10/5, mail=15/8")
    assert standard.of("own", Outcome.AS_IS) == standard.of("", Outcome.AS_IS) == 10
    assert standard.of("mail", Outcome.EDITED) == 8
