"""Who sees which batch and which text in it; what happens when rights or documents go."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import RunningServer
from drafts_support import (
    QUOTED,
    SECTION,
    change,
    evaluating,
    finished,
    hand_in,
    opened,
    sheets_file,
)
from people_support import add_person, browsing, services_of

from api.people.caller import Role
from rag.registry.draft_batches import JobState
from rag.registry.schema import draft_sheets

SHOWN = QUOTED.replace("「", "『").replace("」", "』")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with evaluating(tmp_path) as running:
        yield running


def test_evaluators_only_and_only_their_own_section(server: RunningServer) -> None:
    with browsing(server, "erika") as erika, browsing(server, "eiji") as eiji:
        batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
        assert [b["id"] for b in eiji.get("/api/drafts").json()["batches"]] == [batch_id]
    with browsing(server, "clerk") as clerk:
        refused = clerk.get("/api/drafts")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    with browsing(server, "other") as other:
        assert other.get("/api/drafts").json()["batches"] == []
        assert other.get("/api/jobs").json()["jobs"] == []
        for method, address in (
            ("GET", f"/api/drafts/{batch_id}"),
            ("GET", f"/api/drafts/{batch_id}/sheets/0"),
            ("GET", f"/api/drafts/{batch_id}/export"),
            ("GET", f"/api/jobs/{batch_id}"),
            ("DELETE", f"/api/drafts/{batch_id}"),
        ):
            response = other.request(method, address)
            assert (response.status_code, response.json()["code"]) == (404, "unknown_batch")


def test_a_colleague_without_the_plan_gets_no_word_of_it(server: RunningServer) -> None:
    add_person(
        server,
        "newcomer",
        password="",
        groups=[],
        department=SECTION,
        roles={Role.EVALUATION},
    )
    with browsing(server, "erika") as erika:
        batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
        sheet = opened(erika, batch_id)
        assert SHOWN in sheet["draft"]["draft"]
        change(erika, sheet, {"text": f"計画の{SHOWN}に沿う。"})
    with browsing(server, "newcomer") as newcomer:
        received = [
            newcomer.get(address).content
            for address in (
                f"/api/drafts/{batch_id}",
                f"/api/drafts/{batch_id}/sheets/0",
                f"/api/drafts/{batch_id}/export?form=json",
                f"/api/drafts/{batch_id}/export?form=csv",
            )
        ]
        sheet = opened(newcomer, batch_id)
        refused = change(newcomer, sheet, {"text": "書き換える"})
        again = newcomer.post(
            f"/api/drafts/{batch_id}/sheets/0/draft", json={"revision": sheet["revision"]}
        )
    for content in received:
        assert "月夜の教室".encode() not in content
        assert rb"\u6708\u591c" not in content
    assert sheet["hidden"] and not sheet["can_edit"]
    assert sheet["draft"]["figures"]["indicators"]  # the sheet's own figures stay
    assert any("読めない文書" in warning["message"] for warning in sheet["draft"]["warnings"])
    assert (refused.status_code, refused.json()["code"]) == (403, "sources_hidden")
    assert (again.status_code, again.json()["code"]) == (403, "sources_hidden")


def test_drafts_use_what_the_requester_may_read_now(server: RunningServer) -> None:
    services = services_of(server)
    with browsing(server, "erika") as erika:
        services.gate.accounts.set_groups("erika", [])
        batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
        assert "月夜の教室" not in opened(erika, batch_id)["draft"]["draft"]


def test_a_job_stops_when_its_requester_is_no_evaluator_any_more(server: RunningServer) -> None:
    services = services_of(server)
    with browsing(server, "erika") as erika, browsing(server, "eiji") as eiji:
        batch_id = finished(erika, hand_in(erika, sheets_file(2))["id"])["id"]
        services.gate.accounts.set_roles("erika", set())
        with services.index.database.write() as connection:
            connection.execute(draft_sheets.update().values(machine="", state=""))
        services.desk.batches.move(batch_id, {JobState.COMPLETE}, JobState.PAUSED)
        assert eiji.patch(f"/api/jobs/{batch_id}", json={"action": "resume"}).status_code == 200
        batch = finished(eiji, batch_id, "paused")
        assert "評価担当でなくなった" in batch["job"]["reason"]
        assert batch["job"]["done"] == 0


def test_a_removed_document_leaves_no_byte_in_drafts(server: RunningServer) -> None:
    services = services_of(server)
    (plan,) = services.index.documents()
    with browsing(server, "erika") as erika:
        batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
        sheet = opened(erika, batch_id)
        sheet = change(erika, sheet, {"text": f"計画の「{SHOWN}」とは別の人の文。"}).json()
        sheet = change(erika, sheet, {}, "/draft").json()
        assert SHOWN in sheet["draft"]["draft"]
        assert SHOWN in sheet["earlier"][0]["draft"]
        services.index.remove(plan.id)
        after = opened(erika, batch_id)
        assert "月夜の教室" not in json.dumps(after, ensure_ascii=False)
        assert after["draft"]["draft"]  # what comes from the sheet stays
        assert after["review"]["text"].startswith("計画の「（出典の文書が削除された")
        assert "別の人の文" in after["review"]["text"]
        assert any("削除された" in warning["message"] for warning in after["draft"]["warnings"])
    folder = services.index.data_dir
    holding = [
        p.name for p in folder.rglob("*") if p.is_file() and "月夜の教室".encode() in p.read_bytes()
    ]
    assert holding == []
