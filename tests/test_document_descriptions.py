"""What a person says of a document acts at the next question, without anything being embedded."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_support import RunningServer, running, settings_for
from fakes import NgramEmbeddings
from people_support import add_person, browsing, services_of

from api.app import create_app
from api.people.caller import Role
from ingest.catalog import CatalogEntry
from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index

GROUP = "総務課"
OLD, NEW = "窓口計画-1.txt", "窓口計画-2.txt"


@pytest.fixture
def embedder() -> NgramEmbeddings:
    return NgramEmbeddings()


@pytest.fixture
def town(tmp_path: Path, embedder: NgramEmbeddings) -> Iterator[RunningServer]:
    """Two plans for the same counter that nobody has described yet, and their officer."""
    with Index.open(tmp_path / "var", embedder) as index:
        for source, count in ((OLD, 300), (NEW, 450)):
            text = f"窓口の受付件数の目標は年間{count}件とする。"
            ingest_bytes(source, text.encode(), index)
        for document in index.documents():
            index.label(document.id, groups=[GROUP])
        with running(create_app(settings_for(tmp_path, auth="local"), Assistant(index))) as server:
            for login, groups, roles in (
                ("officer", [GROUP], {Role.DOCUMENTS}),
                ("reader", [GROUP], {Role.STAFF}),
                ("elsewhere", ["税務課"], {Role.DOCUMENTS}),
            ):
                add_person(server, login, password="", groups=groups, roles=roles)
            yield server


def id_of(server: RunningServer, source: str) -> str:
    return next(d.id for d in services_of(server).index.documents() if d.source == source)


def describe(client: httpx.Client, document_id: str, **said: object) -> httpx.Response:
    return client.patch(f"/api/documents/{document_id}", json=said)


def ask(client: httpx.Client, **more: object) -> dict[str, Any]:
    body = {"question": "窓口の受付件数の目標は何件ですか"} | more
    answer: dict[str, Any] = client.post("/api/ask", json=body).json()
    return answer


def cited(answer: dict[str, Any]) -> set[str]:
    return {citation["source"] for citation in answer["citations"]}


def test_a_successor_and_a_period_act_at_the_next_question(
    town: RunningServer, embedder: NgramEmbeddings
) -> None:
    embedded = len(embedder.embedded)
    old, new = id_of(town, OLD), id_of(town, NEW)
    with browsing(town, "officer") as client:
        said = describe(
            client, new, kind="計画", department=" 総務課 ", issued="2026-03-01",
            valid_from="2026-04-01", valid_until="2030-03-31",
        )  # fmt: skip
        assert said.json()["document"]["department"] == "総務課"
        shown = describe(
            client, old, kind="計画", issued="2022-03-01", valid_from="2022-04-01",
            valid_until="2026-03-31", successor=new,
        )  # fmt: skip
        assert shown.json()["document"]["successor"] == NEW
        now = ask(client, as_of="2026-11-26")
        assert now["short_answer"] == "450件"
        assert any(w["code"] == "superseded_document" for w in now["warnings"]) or cited(now) == {
            NEW
        }
        before = ask(client, as_of="2025-11-26")
        assert before["short_answer"] == "300件"
    assert len(embedder.embedded) == embedded


def test_an_old_version_answers_only_for_days_before_and_comes_back(town: RunningServer) -> None:
    old = id_of(town, OLD)
    with browsing(town, "officer") as client:
        describe(client, old, superseded_on="2026-06-01", successor=id_of(town, NEW))
        assert cited(ask(client, as_of="2026-06-02")) == {NEW}
        assert cited(ask(client, as_of="2026-05-01")) == {OLD}
        back = describe(client, old, superseded_on="", successor="")
        assert back.json()["document"]["superseded_on"] is None
        assert cited(ask(client, as_of="2026-06-02")) == {OLD, NEW}


def test_only_whoever_looks_after_a_document_describes_it_and_sees_its_use(
    town: RunningServer,
) -> None:
    old = id_of(town, OLD)
    with browsing(town, "reader") as client:
        ask(client)
        assert describe(client, old, kind="計画").status_code == 403
        assert client.get(f"/api/documents/{old}/use").status_code == 403
    with browsing(town, "elsewhere") as client:
        for answer in (describe(client, old, kind="計画"), client.get(f"/api/documents/{old}/use")):
            assert answer.status_code == 404 and OLD not in answer.text


def test_the_use_of_a_document_is_counted_by_page_over_all_people(town: RunningServer) -> None:
    old = id_of(town, OLD)
    path = f"/api/documents/{old}/use"
    with browsing(town, "reader") as reader, browsing(town, "officer") as officer:
        assert officer.get(path).json() == {"answers": 0, "last_at": None, "pages": []}
        conversations = [ask(reader)["conversation_id"] for _ in range(2)]
        use = officer.get(path).json()
        assert use["answers"] == 2 and use["pages"] == [{"page": None, "answers": 2}]
        assert use["last_at"].startswith(date.today().isoformat()[:4])
        # Deleting a conversation takes its words, not the count.
        reader.delete(f"/api/conversations/{conversations[0]}")
        assert officer.get(path).json()["answers"] == 2
    index = services_of(town).index
    index.remove(old)
    files = b"".join(path.read_bytes() for path in index.data_dir.glob("registry*"))
    assert old.encode() not in files


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"valid_from": "2026-04-01", "valid_until": "2026-03-31"}, 422, "invalid_period"),
        ({"issued": "2026-02-30"}, 422, "invalid_request"),
        ({"successor": "nothing"}, 404, "unknown_document"),
        ({"kind": "あ" * 101}, 422, "invalid_request"),
        ({"title": "別の題名"}, 422, "invalid_request"),
        ({}, 422, "missing_field"),
    ],
)
def test_a_description_without_sense_is_refused(
    town: RunningServer, said: dict[str, object], status: int, code: str
) -> None:
    with browsing(town, "officer") as client:
        answer = describe(client, id_of(town, OLD), **said)
    assert answer.status_code == status
    assert code == "invalid_request" or answer.json()["code"] == code


def test_documents_cannot_succeed_each_other_in_a_circle(town: RunningServer) -> None:
    old, new = id_of(town, OLD), id_of(town, NEW)
    with browsing(town, "officer") as client:
        assert describe(client, old, successor=old).json()["code"] == "successor_circle"
        describe(client, old, successor=new)
        assert describe(client, new, successor=old).json()["code"] == "successor_circle"


def test_what_a_person_said_goes_before_the_catalogue(tmp_path: Path) -> None:
    text = "# 計画\n\n窓口の受付件数の目標は年間300件とする。\n".encode()
    entry = CatalogEntry(file="計画.md", title="窓口計画", kind="報告", department="市民課")
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        ingest_bytes("計画.md", text, index, entry=entry)
        (document,) = index.documents()
        said = {"kind": "計画", "issued": date(2026, 3, 1)}
        index.describe(document.id, said)
        again = ingest_bytes("計画.md", text, index, entry=entry)
        assert again.unchanged == ("計画.md",)
        ingest_bytes("計画.md", text, index, entry=entry, force=True)
        known = index.document(document.id)
        assert (known.kind, known.issued) == ("計画", date(2026, 3, 1))
        # A new content has its own date; what kind of document it is stays.
        ingest_bytes("計画.md", text + "改定した。".encode(), index, entry=entry)
        known = index.document(document.id)
        assert (known.kind, known.issued, known.described) == ("計画", None, ("kind",))


def hand_in(
    client: httpx.Client, name: str, text: str, said: Mapping[str, str | list[str]]
) -> httpx.Response:
    return client.post(
        "/api/documents", params=said, files={"file": (name, text.encode(), "text/plain")}
    )


def test_what_is_said_with_the_upload_holds_from_the_first_moment(town: RunningServer) -> None:
    said = {
        "groups": [GROUP], "confidentiality": "機密性2", "kind": " 計画", "department": "市民課",
        "issued": "2030-03-01", "valid_from": "2030-04-01",
    }  # fmt: skip
    text = "窓口の受付件数の目標は年間900件とする。"
    with browsing(town, "officer") as client:
        added = hand_in(client, "窓口計画-3.txt", text, said)
        assert added.status_code == 201
        shown = added.json()["document"]
        assert {name: shown[name] for name in said} == said | {"kind": "計画"}
        assert shown["valid_until"] is None
        assert "窓口計画-3.txt" in cited(ask(client))
        # The same name with another content: kind and department stay, days are of one content.
        changed = hand_in(client, "窓口計画-3.txt", text + "改定した。", {"issued": "2031-03-01"})
        shown = changed.json()["document"]
        assert (shown["kind"], shown["department"]) == ("計画", "市民課")
        assert (shown["issued"], shown["valid_from"]) == ("2031-03-01", None)
        assert shown["groups"] == [GROUP]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"valid_from": "2030-04-01", "valid_until": "2030-03-31"}, "invalid_period"),
        ({"issued": "2030-02-30"}, "invalid_request"),
        ({"kind": "あ" * 101}, "invalid_request"),
        ({"titel": "計画"}, "invalid_request"),
    ],
)
def test_an_upload_with_a_description_without_sense_adds_nothing(
    town: RunningServer, said: dict[str, str], code: str
) -> None:
    with browsing(town, "officer") as client:
        answer = hand_in(client, "窓口計画-3.txt", "窓口の受付件数は900件。", said)
        assert answer.status_code == 422
        assert code == "invalid_request" or answer.json()["code"] == code
    assert {document.source for document in services_of(town).index.documents()} == {OLD, NEW}
