"""3 departments × 5 roles × canary documents through every operation: 0 canaries in any byte.

The long form, with 300 documents, is `tests/leak_campaign.py`.
"""

import logging
import re
from pathlib import Path

import pytest
from api_support import running, settings_for
from fakes import NgramEmbeddings
from leak_support import (
    CANARY,
    DEPARTMENTS,
    Walk,
    canaries_outside_the_stores,
    fill,
    questions_about,
    walk_all,
)
from llm_support import model_server, model_settings, says
from people_support import add_person, browsing, services_of

from api.app import create_app
from api.people.caller import EVERYBODY, Caller
from api.people.scopes import Scopes
from rag.assistant import Assistant
from rag.index import Index
from rag.llm.client import ChatModel
from rag.llm.endpoint import endpoint_of
from rag.llm.writer import ModelWriter
from rag.types import Query


def test_no_canary_reaches_anybody_who_may_not_read_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)  # as the server writes them
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        town = fill(index, per_label=4)
        app = create_app(settings_for(tmp_path, auth="local"), Assistant(index))
        with running(app) as server:
            leaks, sent, walked = walk_all(server, town, hidden_each=2, questions_each=1)
            assert leaks == []
            assert canaries_outside_the_stores(server) == []
            paths = app.openapi()["paths"]
            everything = {(method, path) for path in paths for method in paths[path]}
            assert {path for _, path in everything - walked} <= {
                "/api/session",
                "/api/session/password",
            }
    assert sent > 400
    assert not CANARY.search(caplog.text.encode())


def test_the_walk_would_notice_a_leak(tmp_path: Path) -> None:
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        town = fill(index, per_label=1)
        app = create_app(settings_for(tmp_path, auth="local"), Assistant(index))
        with running(app) as server:
            services = services_of(server)
            services.scopes.of = lambda caller: services.scopes._whole  # type: ignore[method-assign]
            add_person(server, "a")
            with browsing(server, "a") as client:
                openapi = client.get("/api/openapi.json").json()
                walk = Walk(
                    town=town,
                    client=client,
                    allowed={"reading": set(), "shelf": set()},
                    hidden=[1],
                    foreign_conversations=["x"],
                    questions=["点検の対象件数は何件ですか"],
                )
                walk.everything(openapi["paths"], openapi["components"]["schemas"])
    found = {leak.split(" -> ")[0].split("/")[2] for leak in walk.leaks}
    assert {"ask", "chat", "search", "documents"} <= found


def test_no_canary_reaches_the_prompt_of_somebody_who_may_not_read_it(tmp_path: Path) -> None:
    with (
        model_server(says("対象件数は文書のとおりです。[1]")) as server,
        Index.open(tmp_path / "var", NgramEmbeddings()) as index,
    ):
        town = fill(index, per_label=3)
        endpoint = endpoint_of(model_settings(**server.settings()))
        assert endpoint is not None
        assistant = Assistant(index, writer=ModelWriter(ChatModel(endpoint)))
        scopes = Scopes(assistant, index)
        prompts = 0
        for department in DEPARTMENTS:
            caller = Caller(id="a", name="A", groups=frozenset({department, EVERYBODY}))
            allowed = town.readable([department, EVERYBODY])
            server.requests.clear()
            for question in questions_about(sorted(town.labels))[::2]:
                scopes.of(caller).assistant.ask(Query(text=question))
            prompts += len(server.requests)
            seen = {int(found) for found in CANARY.findall(repr(server.requests).encode())}
            assert seen and seen <= allowed
        assistant.writer.model.close()
    assert prompts > 10


# Each of these asks `api.people.permissions` first, or hands out nothing of a document.
KNOW_EVERYTHING = {
    "about.py",
    "conversations.py",
    "documents.py",
    "health.py",
    "reports.py",
    "reviews.py",
}


def test_no_other_route_touches_what_holds_everything() -> None:
    routes = Path(__file__).resolve().parents[1] / "api/routes"
    touching = {
        path.name
        for path in routes.glob("*.py")
        if re.search(r"services\.(index|whole|scopes)\b", path.read_text(encoding="utf-8"))
    }
    assert touching == KNOW_EVERYTHING
