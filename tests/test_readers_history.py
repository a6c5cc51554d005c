"""What was answered before a document became unreadable: in no conversation, file, note or report."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from api_support import RunningServer, running, settings_for
from fakes import NgramEmbeddings
from leak_support import CANARY, Town, fill, questions_about
from people_support import add_person, browsing, services_of

from api.app import create_app
from api.people.caller import Role
from rag.assistant import Assistant
from rag.index import Index

OWN, OTHER = "総務課", "税務課"


@dataclass
class History:
    """One conversation of `asker` about documents of 総務課, judged and reported with a quote."""

    server: RunningServer
    town: Town
    conversation: str
    turn: str
    reported: int  # number of the document that the report is about

    def label(self, numbers: set[int], *groups: str) -> None:
        for number in numbers:
            services_of(self.server).index.label(self.town.ids[number], groups=groups)

    def seen(self, login: str) -> set[int]:
        """Numbers of the canaries in every byte about the conversation and the reports."""
        with browsing(self.server, login) as client:
            return {int(n) for content in contents(client, self) for n in CANARY.findall(content)}


def contents(client: httpx.Client, history: History) -> Iterator[bytes]:
    path = f"/api/conversations/{history.conversation}"
    word = client.get(f"{path}/export")
    if word.status_code == 200:
        with zipfile.ZipFile(io.BytesIO(word.content)) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    answers = [
        word,
        client.get(path),
        client.get(f"{path}/export", params={"form": "md"}),
        client.get("/api/conversations", params={"q": "対象件数"}),
        client.patch(path, json={"title": "件数"}),
        client.post("/api/feedback", json={"turn_id": history.turn, "outcome": "as_is"}),
        client.get("/api/feedback"),
        client.get("/api/reports"),
        client.put(f"/api/reports/{history.turn}", json={"settled": True, "reply": "確認"}),
        client.put(f"/api/reports/{history.turn}", json={"settled": False}),
        client.post(
            "/api/ask", json={"question": "担当は", "conversation_id": history.conversation}
        ),
    ]
    for answer in answers:
        yield answer.content + str(answer.headers).encode()


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        town = fill(index, per_label=3)
        for document in index.documents():
            pages, chunks = index.pages(document.id), index.chunks_of(document.id)
            index.add(replace(document, department=OWN), pages, chunks)
        with running(create_app(settings_for(tmp_path, auth="local"), Assistant(index))) as server:
            add_person(server, "asker", password="", department=OWN, groups=[OWN])
            for login, department in (("officer", OWN), ("elsewhere", OTHER)):
                add_person(
                    server,
                    login,
                    password="",
                    department=department,
                    groups=[department],
                    roles={Role.DOCUMENTS},
                )
            question = questions_about(sorted(town.readable([OWN])))[0]
            with browsing(server, "asker") as client:
                answer = client.post("/api/ask", json={"question": question}).json()
                cited = answer["citations"][0]
                title = cited["document_title"]  # with a canary, which a quote may lack
                note = f"{title}の「{cited['quote']}」は違います。"
                said = {"turn_id": answer["id"], "verdict": "wrong", "note": note, "report": True}
                assert client.post("/api/feedback", json=said).json()["report"]["office"] == OWN
            reported = next(n for n, key in town.ids.items() if key == cited["document_id"])
            yield History(server, town, answer["conversation_id"], answer["id"], reported)


def test_the_asker_and_the_officer_see_the_quotes_while_they_may(history: History) -> None:
    allowed = history.town.readable([OWN, "全職員"])
    assert history.reported in history.seen("asker") <= allowed
    assert (
        history.reported
        in history.seen("officer")
        <= allowed | {n for n, labels in history.town.labels.items() if not labels}
    )
    assert history.seen("elsewhere") <= history.town.readable([OTHER, "全職員"])


def test_nothing_of_a_document_that_became_unreadable_is_shown_again(history: History) -> None:
    everything = set(history.town.labels)
    history.label(everything, OTHER)
    assert history.seen("asker") == set()
    assert history.seen("officer") == set()
    with browsing(history.server, "elsewhere") as client:  # may read all, but is another office
        assert client.get("/api/reports").json() == {"reports": [], "open": 0}
    history.label(everything, OWN)
    assert history.reported in history.seen("asker")  # nothing was lost meanwhile


def test_a_report_shows_no_word_to_an_officer_who_may_read_only_a_part(history: History) -> None:
    rest = set(history.town.labels) - {history.reported}
    history.label(rest, OTHER)
    assert history.seen("officer") <= {history.reported}
    with browsing(history.server, "officer") as client:
        (report,) = client.get("/api/reports").json()["reports"]
    # The title of the document that they look after, and the question.
    assert report["document"]["id"] == history.town.ids[history.reported]
    assert report["note"] == "" and isinstance(report["answer"], str)
