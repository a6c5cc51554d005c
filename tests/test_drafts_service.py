"""From a file of sheets to fixed second evaluations over HTTP."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import docx
import httpx
import openpyxl
import pytest
from api_support import RunningServer
from drafts_support import (
    change,
    evaluating,
    finished,
    hand_in,
    opened,
    positions,
    sample,
    sheets_file,
)
from people_support import browsing


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with evaluating(tmp_path_factory.mktemp("drafts")) as running:
        yield running


@pytest.fixture
def erika(server: RunningServer) -> Iterator[httpx.Client]:
    with browsing(server, "erika") as client:
        yield client


@pytest.fixture
def eiji(server: RunningServer) -> Iterator[httpx.Client]:
    with browsing(server, "eiji") as client:
        yield client


def test_a_file_becomes_drafts_that_cite_sheet_and_plan(erika: httpx.Client) -> None:
    batch = hand_in(erika, sheets_file(2))
    assert batch["job"]["total"] == 2
    done = finished(erika, batch["id"])
    assert done["job"] == done["job"] | {"done": 2, "failed": 0, "reason": ""}
    assert [row["state"] for row in done["sheets"]] == ["案", "案"]
    sheet = opened(erika, batch["id"])
    kinds = {citation["kind"] for citation in sheet["draft"]["citations"]}
    assert kinds == {"cell", "document"}
    assert sheet["review"]["direction"] == ""  # proposed, never set
    assert sheet["draft"]["proposed_direction"] in sheet["directions"]
    assert sheet["draft"]["figures"]["indicators"][0]["sparkline"]


def test_columns_with_other_names_are_confirmed_by_a_person(erika: httpx.Client) -> None:
    name, content = "sheets-other-columns.xlsx", sample("sheets-other-columns.xlsx")
    refused = erika.post("/api/drafts", files={"file": (name, content)})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_columns")
    assert "--mapping" not in refused.json()["message"]
    proposed = erika.post("/api/drafts/columns", files={"file": (name, content)}).json()["columns"]
    assert {"head", "field", "label", "confidence", "sample"} == set(proposed[0])
    mapping = json.dumps({"columns": {each["head"]: each["field"] for each in proposed}})
    batch = hand_in(erika, content, name, mapping=mapping)
    assert finished(erika, batch["id"])["job"]["done"] == batch["job"]["total"] > 0


def test_one_broken_sheet_does_not_stop_the_others(erika: httpx.Client) -> None:
    sheets = json.loads(sheets_file(3))
    sheets[1]["fiscal_year"] = "いつか"
    done = finished(erika, hand_in(erika, json.dumps(sheets).encode())["id"])
    assert done["job"]["failed"] == 1
    assert [bool(row["error"]) for row in done["sheets"]] == [False, True, False]
    assert done["sheets"][1]["state"] == ""
    broken = opened(erika, done["id"], 1)
    refused = change(erika, broken, {"text": "書く"})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_draft")


def test_from_draft_to_fixed_with_names_and_times(erika: httpx.Client, eiji: httpx.Client) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
    sheet = opened(erika, batch_id)
    machine = sheet["draft"]["draft"]
    undecided = change(erika, sheet, {"state": "確認済"}, "/state")
    assert (undecided.status_code, undecided.json()["code"]) == (422, "direction_missing")
    sheet = change(erika, sheet, {"text": "人が直した文。", "direction": "継続"}).json()
    assert sheet["draft"]["draft"] == machine  # kept apart
    assert sheet["review"]["text"] == "人が直した文。"
    assert sheet["review"]["edited_by"] == "erika"
    sheet = change(erika, sheet, {"state": "確認済"}, "/state").json()
    assert (sheet["state"], sheet["review"]["checked_by"]) == ("確認済", "erika")
    seen = opened(eiji, batch_id)
    fixed = change(eiji, seen, {"state": "確定"}, "/state").json()
    assert (fixed["review"]["fixed_by"], fixed["review"]["checked_by"]) == ("eiji", "erika")
    assert fixed["review"]["fixed_at"] >= fixed["review"]["checked_at"] > ""
    late = change(erika, fixed, {"text": "あとから"})
    assert (late.status_code, late.json()["code"]) == (409, "draft_conflict")
    assert "eijiさんが確定" in late.json()["message"]
    again = change(erika, fixed, {"state": "案"}, "/state").json()
    assert (again["state"], again["review"]["checked_by"]) == ("案", "")


def test_another_direction_needs_a_reason(erika: httpx.Client) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
    sheet = change(erika, opened(erika, batch_id), {"direction": "改善"}).json()
    refused = change(erika, sheet, {"state": "確認済"}, "/state")
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    assert "一次評価（継続）" in refused.json()["message"]
    sheet = change(erika, sheet, {"reason": "開催の方法を見直す余地がある。"}).json()
    assert change(erika, sheet, {"state": "確認済"}, "/state").status_code == 200
    unknown = change(erika, opened(erika, batch_id), {"direction": "爆破"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_direction")


def test_two_people_at_one_sheet_lose_nothing(erika: httpx.Client, eiji: httpx.Client) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
    hers, his = opened(erika, batch_id), opened(eiji, batch_id)
    assert change(erika, hers, {"text": "先に書いた文。"}).status_code == 200
    refused = change(eiji, his, {"text": "後から書いた文。"})
    assert (refused.status_code, refused.json()["code"]) == (409, "draft_conflict")
    assert "erikaさんが変更" in refused.json()["message"]
    assert opened(eiji, batch_id)["review"]["text"] == "先に書いた文。"


def test_an_edit_after_the_check_asks_for_another_check(erika: httpx.Client) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
    sheet = change(erika, opened(erika, batch_id), {"direction": "継続"}).json()
    sheet = change(erika, sheet, {"state": "確認済"}, "/state").json()
    sheet = change(erika, sheet, {"text": "やはり直す。"}).json()
    assert (sheet["state"], sheet["review"]["checked_at"]) == ("案", "")


def test_a_draft_made_again_keeps_the_older_one_and_the_edit(erika: httpx.Client) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(1), documents=False)["id"])["id"]
    sheet = change(erika, opened(erika, batch_id), {"text": "人の文。"}).json()
    again = change(erika, sheet, {}, "/draft").json()
    assert (again["made"], again["review"]["text"]) == (2, "人の文。")
    assert [each["number"] for each in again["earlier"]] == [1]
    assert again["earlier"][0]["draft"] == again["draft"]["draft"]  # same input, same draft
    stale = change(erika, sheet, {}, "/draft")
    assert (stale.status_code, stale.json()["code"]) == (409, "draft_conflict")


def test_only_what_was_opened_is_confirmed_in_bulk(erika: httpx.Client) -> None:
    batch = finished(erika, hand_in(erika, sheets_file(3))["id"])
    for position in (0, 1):
        change(erika, opened(erika, batch["id"], position), {"direction": "継続"})
    undecided = opened(erika, batch["id"], 2)
    assert undecided["review"]["direction"] == ""
    with_new = {"positions": positions(batch), "state": "確認済"}
    answer = erika.post(f"/api/drafts/{batch['id']}/states", json=with_new).json()
    assert answer["done"] == [0, 1]
    assert "方向性が選ばれていません" in answer["refused"][0]["message"]
    rows = erika.get(f"/api/drafts/{batch['id']}").json()["sheets"]
    assert [row["state"] for row in rows] == ["確認済", "確認済", "案"]


def test_what_a_colleague_changed_since_is_not_confirmed_unseen(
    erika: httpx.Client, eiji: httpx.Client
) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
    change(erika, opened(erika, batch_id), {"direction": "継続"})
    change(eiji, opened(eiji, batch_id), {"text": "同僚の文。"})
    answer = erika.post(
        f"/api/drafts/{batch_id}/states", json={"positions": [0], "state": "確認済"}
    ).json()
    assert answer["done"] == []
    assert "開いて確かめていません" in answer["refused"][0]["message"]


def test_the_exports_hold_machine_text_decision_and_names(erika: httpx.Client) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(2))["id"])["id"]
    sheet = opened(erika, batch_id)
    change(erika, sheet, {"text": "=1+1 から始まる人の文。", "direction": "継続"})
    machine = sheet["draft"]["draft"]
    book = openpyxl.load_workbook(
        io.BytesIO(erika.get(f"/api/drafts/{batch_id}/export?form=xlsx").content)
    )
    table = book["二次評価案"]
    heads = [cell.value for cell in table[1]]
    row = dict(zip(heads, [cell.value for cell in table[2]], strict=True))
    assert row["二次評価"] == "=1+1 から始まる人の文。"
    assert table.cell(2, heads.index("二次評価") + 1).data_type == "s"
    assert (row["二次評価（案）"], row["二次評価の方向性"], row["状態"]) == (machine, "継続", "案")
    assert row["編集"].startswith("erika（20")
    assert row["入力ファイル"] == "調書.json"
    second = dict(zip(heads, [cell.value for cell in table[3]], strict=True))
    assert second["二次評価"] == second["二次評価（案）"]
    word = erika.get(f"/api/drafts/{batch_id}/export?form=docx")
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(word.content)).paragraphs)
    assert "=1+1 から始まる人の文。" in text and "方向性：継続" in text
    csv = erika.get(f"/api/drafts/{batch_id}/export?form=csv")
    assert csv.headers["content-disposition"].startswith("attachment")
    assert "人の文" in csv.content.decode("utf-8-sig")
    none = erika.get(f"/api/drafts/{batch_id}/export?state=確定")
    assert (none.status_code, none.json()["code"]) == (409, "nothing_to_export")


def test_personal_numbers_are_not_written_into_an_evaluation(erika: httpx.Client) -> None:
    batch_id = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
    refused = change(erika, opened(erika, batch_id), {"text": "マイナンバー123456789018の方。"})
    assert (refused.status_code, refused.json()["code"]) == (422, "personal_information_blocked")
    assert opened(erika, batch_id)["review"]["text"] is None


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("調書.pdf", b"%PDF", 415, "unsupported_type"),
        ("調書.json", b"[]", 422, "sheet_file"),
        ("調書.xlsx", b"PK\x03\x04broken", 422, "sheet_file"),
    ],
)
def test_what_is_no_file_of_sheets_is_refused_in_a_sentence(
    erika: httpx.Client, name: str, content: bytes, status: int, code: str
) -> None:
    response = erika.post("/api/drafts", files={"file": (name, content)})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["message"].endswith("。")


def test_the_template_is_accepted_by_the_service_itself(erika: httpx.Client) -> None:
    form = erika.get("/api/drafts/template")
    assert openpyxl.load_workbook(io.BytesIO(form.content)).sheetnames
    empty = erika.post("/api/drafts", files={"file": ("様式.xlsx", form.content)})
    assert "記入された調書がありません" in empty.json()["message"]


def test_a_batch_goes_with_its_file_drafts_and_edits(
    erika: httpx.Client, server: RunningServer
) -> None:
    mark = "消えるべき講座名ホタルイカ"
    batch_id = finished(erika, hand_in(erika, sheets_file(1, name=mark))["id"])["id"]
    change(erika, opened(erika, batch_id), {"text": f"{mark}の評価。"})
    receipt = erika.delete(f"/api/drafts/{batch_id}").json()
    assert receipt == receipt | {"sheets": 1, "left": 0}
    assert erika.get(f"/api/drafts/{batch_id}").status_code == 404
    folder: Path = server.app.state.services.index.data_dir
    held = [p.name for p in folder.rglob("*") if p.is_file() and mark.encode() in p.read_bytes()]
    assert held == []
