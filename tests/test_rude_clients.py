"""Hostile questions, and slow and rude clients, in small numbers (R14, R15).

The long form, with the times of polite users, is tests/rude_campaign.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_support import RunningServer, app_for, registered_index, running
from bad_text_support import TEXTS
from nginx_support import Proxy, nginx_before
from rude_campaign import ODD, Rude

from api.server import KEEP_ALIVE_S
from rag.assistant import Assistant

QUESTION = {"question": "生成AIの月平均利用者数は？"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with (
        registered_index(tmp_path_factory.mktemp("rude")) as index,
        running(app_for(Assistant(index), questions_per_minute=100_000)) as server,
    ):
        yield server


@pytest.fixture
def proxy(server: RunningServer, tmp_path: Path) -> Iterator[Proxy]:
    with nginx_before(int(server.url.rpartition(":")[2]), tmp_path / "nginx") as proxy:
        yield proxy


def texts() -> Iterator[str]:
    yield from ODD
    for case in TEXTS:
        text = case.content().decode("utf-8", "replace").replace("\x00", "")
        yield text[:2_000]
        yield text[len(text) // 2 :][:2_000]


def test_every_text_of_the_catalogue_is_answered_or_refused_as_a_question(
    server: RunningServer,
) -> None:
    with server.client() as client:
        for text in texts():
            answer = client.post("/api/ask", json={"question": text})
            if answer.status_code != 200:
                assert answer.status_code in (400, 409, 422), text[:40]
                assert "。" in answer.json()["message"]


def test_polite_people_are_answered_beside_slow_and_rude_clients(proxy: Proxy) -> None:
    rude = Rude(proxy)
    try:
        rude.start(rude.half_request, 60)
        rude.start(rude.deaf_reader, 20)
        rude.start(rude.trickle, 10)
        rude.start(rude.signing_in, 2)
        rude.wait_for_all(90)
        with proxy.client() as client:
            for _ in range(5):
                answer = client.post("/api/ask", json=QUESTION)
                assert answer.status_code == 200 and "227人" in answer.json()["answer"]
    finally:
        rude.end()


def test_the_proxy_and_not_the_server_closes_a_connection_that_rests(proxy: Proxy) -> None:
    """The other way round, a question sent just when it closes is lost (502, or a reset)."""
    site = (proxy.folder / "shiori.conf").read_text(encoding="utf-8")
    upstream = site.partition("upstream")[2].partition("}")[0]
    assert "keepalive_timeout" not in upstream, "nginx's own is 60 s"
    assert KEEP_ALIVE_S > 60
