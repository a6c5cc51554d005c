"""Who may read what, through the real service: documents, answers, labels and their changes."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from api_support import RunningServer, running, settings_for
from openpyxl import Workbook
from people_support import add_person, browsing, services_of
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app as command_line
from api.people.caller import Role

TAX = "滞納整理の進め方\n\n滞納整理の対象件数は438件です。略称はツバメ計画です。\n"
STAFF = "職員の健康診断\n\n健康診断の受診者数は912人です。\n"
HIDDEN = "人事異動の方針\n\n異動の候補者数は57人です。カワセミ基準で選びます。\n"


def upload(
    client: httpx.Client, name: str, text: str, *groups: str, **parameters: str
) -> dict[str, object]:
    response = client.post(
        "/api/documents",
        files={"file": (name, text.encode())},
        params=[("groups", group) for group in groups] + list(parameters.items()),
    )
    assert response.status_code < 300, response.text
    document: dict[str, object] = response.json()["document"]
    return document


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningServer]:
    """tax.txt for 税務課, staff.txt for 全職員, hidden.txt for nobody."""
    with running(create_app(settings_for(tmp_path, auth="local"))) as server:
        add_person(server, "zei", password="", groups=["税務課"])
        add_person(server, "fukushi", password="", groups=["福祉課"])
        add_person(server, "nobody", password="")
        add_person(server, "officer", password="", groups=["税務課"], roles={Role.DOCUMENTS})
        add_person(server, "admin", password="", roles={Role.ADMIN})
        with browsing(server, "officer") as client:
            upload(client, "tax.txt", TAX, "税務課", confidentiality="機密性2")
            upload(client, "staff.txt", STAFF, "全職員")
            upload(client, "hidden.txt", HIDDEN)
        yield server


def sources(client: httpx.Client) -> set[str]:
    return {document["source"] for document in client.get("/api/documents").json()["documents"]}


def answer(client: httpx.Client, question: str) -> str:
    response = client.post("/api/ask", json={"question": question})
    assert response.status_code == 200, response.text
    return response.text


def test_everybody_sees_what_their_groups_may_read(service: RunningServer) -> None:
    for login, seen in {
        "zei": {"tax.txt", "staff.txt"},
        "fukushi": {"staff.txt"},
        "nobody": {"staff.txt"},
        "officer": {"tax.txt", "staff.txt", "hidden.txt"},
        "admin": {"tax.txt", "staff.txt", "hidden.txt"},
    }.items():
        with browsing(service, login) as client:
            assert sources(client) == seen
            assert client.get("/api/documents").json()["count"] == len(seen)


def test_a_reader_learns_of_no_other_groups_than_the_own(service: RunningServer) -> None:
    index = services_of(service).index
    tax = next(document for document in index.documents() if document.source == "tax.txt")
    index.label(tax.id, groups=["税務課", "監査委員"])
    for login, seen in {"zei": ["税務課"], "admin": ["監査委員", "税務課"]}.items():
        with browsing(service, login) as client:
            for path in (f"/api/documents/{tax.id}", f"/api/documents/{tax.id}/pages/1"):
                shown = client.get(path).json()
                assert shown.get("document", shown)["groups"] == seen


def test_answers_come_from_readable_documents_alone(service: RunningServer) -> None:
    question = "滞納整理の対象件数は何件ですか"
    for login, found in {"zei": True, "officer": True, "fukushi": False, "admin": False}.items():
        with browsing(service, login) as client:
            assert ("438件" in answer(client, question)) is found
            assert ("438件" in client.post("/api/search", json={"query": question}).text) is found


def test_an_unlabelled_document_answers_nobody(service: RunningServer) -> None:
    for login in ("zei", "nobody", "officer", "admin"):
        with browsing(service, login) as client:
            assert "57人" not in json.loads(answer(client, "異動の候補者数は何人ですか"))["answer"]


def test_a_hidden_document_is_refused_like_one_that_does_not_exist(
    service: RunningServer,
) -> None:
    hidden = {document.source: document.id for document in services_of(service).index.documents()}
    with browsing(service, "fukushi") as client:
        for document_id, other in ((hidden["tax.txt"], "d000000000000"),):
            for method, path in (
                ("GET", ""),
                ("GET", "/original"),
                ("GET", "/quality"),
                ("GET", "/pages/1"),
                ("GET", "/pages/99"),
                ("GET", "/pages/1/image"),
                ("DELETE", ""),
            ):
                got = client.request(method, f"/api/documents/{document_id}{path}")
                expected = client.request(method, f"/api/documents/{other}{path}")
                assert got.status_code == expected.status_code == 404
                assert got.text.replace(document_id, other) == expected.text
            for change in ({"groups": ["福祉課"]}, {"accepted": True}):
                got = client.patch(f"/api/documents/{document_id}", json=change)
                assert got.status_code == 404
            asked = {"question": "件数は？", "document_ids": [document_id]}
            unknown = {"question": "件数は？", "document_ids": [other]}
            got, expected = (client.post("/api/ask", json=body) for body in (asked, unknown))
            assert (got.status_code, got.text) == (expected.status_code, expected.text)


def test_only_officers_change_documents_and_only_those_of_theirs(service: RunningServer) -> None:
    ids = {document.source: document.id for document in services_of(service).index.documents()}
    add_person(service, "other", password="", groups=["福祉課"], roles={Role.DOCUMENTS})
    with browsing(service, "zei") as client:
        tax = f"/api/documents/{ids['tax.txt']}"
        assert client.get(tax).json()["can_manage"] is False
        file = {"file": ("new.txt", b"text")}
        for response in (
            client.post("/api/documents", files=file),
            client.put(tax, files={"file": ("tax.txt", b"text")}),
            client.patch(tax, json={"groups": []}),
            client.delete(tax),
        ):
            assert (response.status_code, response.json()["code"]) == (403, "not_permitted")
    with browsing(service, "other") as client:
        # Another department's document cannot be taken over by giving a file its name.
        response = client.post(
            "/api/documents", files={"file": ("tax.txt", "別の内容です。".encode())}
        )
        assert (response.status_code, response.json()["code"]) == (409, "name_taken")
        assert client.get("/api/documents").json()["count"] == 2
    assert "438件" in services_of(service).index.page(ids["tax.txt"], 1).text


def test_labels_count_at_the_next_request(service: RunningServer) -> None:
    ids = {document.source: document.id for document in services_of(service).index.documents()}
    question = "滞納整理の対象件数は何件ですか"
    tax = f"/api/documents/{ids['tax.txt']}"
    with browsing(service, "zei") as reader, browsing(service, "admin") as admin:
        assert "438件" in answer(reader, question)
        changed = admin.patch(tax, json={"groups": ["福祉課"], "confidentiality": "機密性3A"})
        assert changed.json()["groups"] == ["福祉課"]
        assert "438件" not in answer(reader, question)
        assert reader.get(tax).status_code == 404
        with browsing(service, "fukushi") as other:
            assert "438件" in answer(other, question)
        admin.patch(tax, json={"groups": []})
        assert "438件" not in answer(reader, question)
        admin.patch(tax, json={"groups": ["税務課"]})
        assert "438件" in answer(reader, question)


def test_groups_of_people_count_at_the_next_request(service: RunningServer) -> None:
    accounts = services_of(service).gate.accounts
    question = "滞納整理の対象件数は何件ですか"
    with browsing(service, "zei") as client:
        assert "438件" in answer(client, question)
        accounts.set_groups("zei", [])
        assert "438件" not in answer(client, question)
        accounts.set_groups("zei", ["税務課"])
        assert "438件" in answer(client, question)


def test_an_old_answer_is_not_shown_to_somebody_who_lost_the_right(
    service: RunningServer,
) -> None:
    accounts = services_of(service).gate.accounts
    with browsing(service, "zei") as client:
        asked = client.post("/api/ask", json={"question": "滞納整理の対象件数は何件ですか"}).json()
        path = f"/api/conversations/{asked['conversation_id']}"
        assert "438件" in client.get(path).text
        accounts.set_groups("zei", [])
        assert "438件" not in client.get(path).text
        # Nor does it help to understand the next question.
        body = {"question": "それは何件ですか", "conversation_id": asked["conversation_id"]}
        assert "438件" not in client.post("/api/ask", json=body).text


def test_words_of_hidden_documents_are_not_learned_for_others(service: RunningServer) -> None:
    with browsing(service, "fukushi") as client:
        for typing_error in ("ツバメイ計画とは", "カワセム基準とは", "カワセミイ基準とは"):
            text = answer(client, typing_error)
            assert "ツバメ計画" not in text and "カワセミ基準" not in text
            assert "読み替え" not in text
        assert "滞納" not in client.get("/api/suggestions").text
        assert client.get("/api/about").json()["document_count"] == 1


def test_a_new_content_keeps_its_readers(service: RunningServer) -> None:
    index = services_of(service).index
    ids = {document.source: document.id for document in index.documents()}
    with browsing(service, "officer") as client:
        file = {"file": ("tax.txt", TAX.replace("438件", "440件").encode())}
        response = client.put(f"/api/documents/{ids['tax.txt']}?keep_old=true", files=file)
        assert response.status_code == 200, response.text
        upload(client, "staff.txt", STAFF.replace("912", "913"))
        client.patch(f"/api/documents/{ids['tax.txt']}", json={"accepted": True})
    kept = {document.source: document for document in index.documents()}
    assert kept["tax.txt"].groups == kept["tax（旧版1）.txt"].groups == ("税務課",)
    assert kept["tax.txt"].confidentiality == "機密性2"
    assert kept["staff.txt"].groups == ("全職員",)


def test_a_hidden_successor_and_like_documents_are_not_named(service: RunningServer) -> None:
    index = services_of(service).index
    with browsing(service, "officer") as client:
        text = STAFF + "受診の勧奨は毎年行います。対象は全職員です。\n" * 2
        upload(client, "copy.txt", text, "全職員")
        upload(client, "secret.txt", text, "税務課")
    ids = {document.source: document.id for document in index.documents()}
    index.supersede(ids["copy.txt"], "secret.txt", None)
    with browsing(service, "nobody") as client:
        path = f"/api/documents/{ids['copy.txt']}"
        for address in (path, f"{path}/quality", f"{path}/pages/1", "/api/documents"):
            assert "secret" not in client.get(address).text
    with browsing(service, "officer") as client:
        assert "secret" in client.get(f"{path}").text


def test_an_archive_cannot_replace_what_its_sender_may_not_change(
    service: RunningServer, tmp_path: Path
) -> None:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("tax.txt", "奪った内容です。")
        archive.writestr("fresh.txt", "新しい内容です。")
    add_person(service, "other", password="", groups=["福祉課"], roles={Role.DOCUMENTS})
    with browsing(service, "other") as client:
        client.post(
            "/api/documents",
            files={"file": ("両方.zip", packed.getvalue())},
            params={"groups": "福祉課"},
        )
    texts = {
        document.source: services_of(service).index.page(document.id, 1).text
        for document in services_of(service).index.documents()
    }
    assert not any("奪った" in text for name, text in texts.items() if name == "tax.txt")


def test_the_catalogue_and_the_command_line_say_who_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "tax.txt").write_text(TAX, encoding="utf-8")
    (folder / "staff.txt").write_text(STAFF, encoding="utf-8")
    (folder / "catalog.toml").write_text(
        '[[documents]]\nfile = "tax.txt"\ngroups = ["税務課"]\nconfidentiality = "機密性2"\n',
        encoding="utf-8",
    )
    data = ["--data-dir", str(tmp_path / "data")]

    def shiori(*words: str) -> str:
        result = CliRunner().invoke(command_line, [*words, *data])
        assert result.exit_code == 0, result.output
        return result.stdout

    def readers() -> dict[str, list[str]]:
        listed = json.loads(shiori("documents", "list", "--json"))["documents"]
        return {document["source"]: document["groups"] for document in listed}

    shiori("ingest", str(folder))
    assert readers() == {"tax.txt": ["税務課"], "staff.txt": []}
    shiori("documents", "label", "--unlabelled", "--groups", "全職員")
    assert readers() == {"tax.txt": ["税務課"], "staff.txt": ["全職員"]}
    shown = shiori("documents", "label", "tax.txt", "--groups", "税務課、監査委員")
    assert "監査委員、税務課" in shown and "機密性2" in shown
    shiori("ingest", str(folder / "staff.txt"))
    assert readers()["staff.txt"] == ["全職員"]
    shiori("documents", "label", "tax.txt", "--groups", "")
    assert readers()["tax.txt"] == []


def test_a_page_with_a_my_number_opens_for_its_officers_until_it_is_accepted(
    service: RunningServer,
) -> None:
    book = Workbook()
    book.active.append(["窓口の混雑を減らす取組を進める。"])
    book.create_sheet("対象者").append(["対象者の個人番号は123456789018です。"])
    content = BytesIO()
    book.save(content)
    with browsing(service, "officer") as officer, browsing(service, "zei") as reader:
        added = officer.post(
            "/api/documents",
            files={"file": ("窓口.xlsx", content.getvalue())},
            params={"groups": "税務課"},
        )
        place = f"/api/documents/{added.json()['document']['id']}"
        assert reader.get(f"{place}/pages/1").status_code == 200
        for address in (f"{place}/pages/2", f"{place}/pages/2/image", f"{place}/original"):
            refused = reader.get(address)
            assert refused.status_code == 403 and "123456789018" not in refused.text
            assert refused.json()["code"] == "page_held_back"
        assert "123456789018" in officer.get(f"{place}/pages/2").text
        assert officer.patch(place, json={"accepted": True}).status_code == 200
        assert "123456789018" in reader.get(f"{place}/pages/2").text
        assert reader.get(f"{place}/original").status_code == 200
