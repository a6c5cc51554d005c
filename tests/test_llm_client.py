"""The language model is asked under limits: whatever its server does, the caller gets a word."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from api_support import running
from langchain_core.messages import HumanMessage
from llm_support import (
    MODEL,
    Handler,
    Messages,
    ModelServer,
    Reply,
    model_server,
    model_settings,
    says,
    waits,
)

from api.app import create_app
from api.commands.doctor import language_model
from rag.llm.breaker import Breaker
from rag.llm.client import ChatModel, ModelState
from rag.llm.endpoint import endpoint_of
from rag.llm.errors import (
    ModelBusyError,
    ModelCancelledError,
    ModelError,
    ModelReplyError,
    ModelRestingError,
    ModelSettingsError,
    ModelSlowError,
    ModelUnreachableError,
)

ASKED = [HumanMessage("質問")]


@contextmanager
def asking(reply: Reply, **values: Any) -> Iterator[tuple[ChatModel, ModelServer]]:
    with model_server(reply) as server:
        endpoint = endpoint_of(model_settings(**server.settings(**values)))
        assert endpoint is not None
        model = ChatModel(endpoint, Breaker(failures=100))
        try:
            yield model, server
        finally:
            model.close()


def text_of(model: ChatModel) -> str:
    return "".join(piece.text for piece in model.stream(ASKED))


def wait_for(condition: Any, timeout_s: float = 2.0) -> bool:
    until = time.monotonic() + timeout_s
    while time.monotonic() < until and not condition():
        time.sleep(0.02)
    return bool(condition())


def test_the_reply_arrives_in_pieces_and_says_how_it_ended() -> None:
    with asking(says("生成AIの利用者は227人です。[E1]")) as (model, server):
        pieces = list(model.stream(ASKED))
        assert "".join(piece.text for piece in pieces) == "生成AIの利用者は227人です。[E1]"
        assert len(pieces) > 2
        assert pieces[-1].ended and not pieces[-1].cut
        assert server.requests == [[{"content": "質問", "role": "user"}]]
        assert model.state is ModelState.ANSWERING


def test_a_reply_at_its_longest_says_that_it_was_cut() -> None:
    with asking(says("長い文章", ending="length")) as (model, _):
        assert list(model.stream(ASKED))[-1].cut


def html(handler: Handler, messages: Messages) -> None:
    handler.whole(200, "text/html", b"<html>login</html>")


def fault(handler: Handler, messages: Messages) -> None:
    handler.whole(500, "application/json", b'{"error": {"message": "boom"}}')


def redirects(handler: Handler, messages: Messages) -> None:
    place = f"{handler.script.url}/elsewhere"
    handler.whole(307, "application/json", b"{}", Location=place)


def cut_off(handler: Handler, messages: Messages) -> None:
    handler.begin()
    handler.piece("途中まで")


def not_utf8(handler: Handler, messages: Messages) -> None:
    handler.begin()
    handler.wfile.write(b'data: {"choices": [{"delta": {"content": "\xff\xfe\x80"}}]}\n\n')
    handler.end()


def not_json(handler: Handler, messages: Messages) -> None:
    handler.begin()
    handler.wfile.write(b"data: {broken\n\n")


def other_schema(handler: Handler, messages: Messages) -> None:
    handler.begin()
    handler.event({"answer": "42"})
    handler.event(["no", "object"])
    handler.end()


def plain_json(handler: Handler, messages: Messages) -> None:
    handler.whole(200, "application/json", b'{"choices": []}')


def calls_a_tool(handler: Handler, messages: Messages) -> None:
    handler.begin()
    call = {"index": 0, "id": "c", "type": "function"}
    call["function"] = {"name": "delete", "arguments": "{}"}
    handler.piece("", tool_calls=[call])
    handler.end("tool_calls")


def endless(handler: Handler, messages: Messages) -> None:
    handler.begin()
    while not handler.script.stopping.is_set():
        handler.piece("永遠に続く文章です。" * 50)


def says_nothing(handler: Handler, messages: Messages) -> None:
    handler.begin()
    handler.end()


def packed(handler: Handler, messages: Messages) -> None:
    handler.whole(200, "application/json", b"\x1f\x8b" * 10, Content_Encoding="gzip")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (html, ModelReplyError),
        (fault, ModelUnreachableError),
        (redirects, ModelUnreachableError),
        (cut_off, ModelReplyError),
        (not_utf8, ModelReplyError),
        (not_json, ModelReplyError),
        (other_schema, ModelReplyError),
        (plain_json, ModelReplyError),
        (calls_a_tool, ModelReplyError),
        (endless, ModelReplyError),
        (says_nothing, ModelReplyError),
        (packed, ModelReplyError),
    ],
)
def test_a_server_that_misbehaves_gives_an_expected_error(
    reply: Reply, expected: type[ModelError]
) -> None:
    with asking(reply) as (model, server):
        with pytest.raises(expected) as raised:
            text_of(model)
        assert raised.value.message.endswith("。")
        assert server.paths == ["/v1/chat/completions"]
        assert model.state is ModelState.FAILED
        assert wait_for(lambda: server.running == 0)


def test_more_bytes_than_allowed_are_not_read() -> None:
    def comments(handler: Handler, messages: Messages) -> None:
        handler.begin()
        while not handler.script.stopping.is_set():
            handler.wfile.write(b": " + b"x" * 10_000 + b"\n\n")

    with asking(comments, llm_max_reply_bytes=50_000) as (model, server):
        with pytest.raises(ModelReplyError, match="大きすぎる"):
            text_of(model)
        assert wait_for(lambda: server.running == 0)


def test_a_model_that_does_not_begin_is_left_in_time() -> None:
    with asking(waits(), llm_first_token_timeout_s=0.2) as (model, server):
        with pytest.raises(ModelSlowError):
            text_of(model)
        assert wait_for(lambda: server.left == 1)


def test_a_model_that_falls_silent_is_left() -> None:
    with asking(waits(first=["はい"]), llm_read_timeout_s=0.2) as (model, server):
        with pytest.raises(ModelSlowError):
            text_of(model)
        assert wait_for(lambda: server.left == 1)


def test_a_model_may_think_longer_before_the_first_piece_than_between_two() -> None:
    def after_headers(handler: Handler, messages: Messages) -> None:
        handler.script.stopping.wait(0.6)
        says("はい。")(handler, messages)

    limits = {"llm_first_token_timeout_s": 10, "llm_read_timeout_s": 0.2}
    with asking(after_headers, **limits) as (model, _):
        assert text_of(model) == "はい。"


def test_a_reply_that_takes_too_long_as_a_whole_is_left() -> None:
    def slowly(handler: Handler, messages: Messages) -> None:
        handler.begin()
        while not handler.script.stopping.wait(0.05):
            handler.piece("あ")

    with asking(slowly, llm_total_timeout_s=0.4) as (model, _), pytest.raises(ModelSlowError):
        text_of(model)


def test_nobody_listening_is_unreachable() -> None:
    settings = model_settings(llm_base_url="http://127.0.0.1:9/v1", llm_model=MODEL)
    endpoint = endpoint_of(settings)
    assert endpoint is not None
    model = ChatModel(endpoint)
    try:
        with pytest.raises(ModelUnreachableError, match="接続できません"):
            text_of(model)
        assert "接続できません" in model.probe()
    finally:
        model.close()


def test_who_leaves_takes_the_request_along() -> None:
    with asking(waits(first=["はい、"])) as (model, server):
        gone = threading.Event()
        pieces = model.stream(ASKED, gone)
        assert next(pieces).text == "はい、"
        gone.set()
        with pytest.raises(ModelCancelledError):
            next(pieces)
        assert wait_for(lambda: server.left == 1 and server.running == 0)
        closed = model.stream(ASKED)
        assert next(closed).text == "はい、"
        closed.close()
        assert wait_for(lambda: server.left == 2 and server.running == 0)
        assert model.state is ModelState.UNTRIED, "who leaves says nothing about the model"


def test_no_more_requests_run_than_allowed_and_a_full_queue_says_so() -> None:
    results: list[str] = []

    def ask(model: ChatModel) -> None:
        try:
            results.append(text_of(model))
        except ModelBusyError as error:
            results.append(error.code)

    def takes_time(handler: Handler, messages: Messages) -> None:
        handler.script.stopping.wait(0.3)
        says("はい。")(handler, messages)

    limits = {"llm_concurrency": 1, "llm_queue_length": 2, "llm_first_token_timeout_s": 10}
    with asking(takes_time, **limits) as (model, server):
        threads = [threading.Thread(target=ask, args=(model,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == ["llm_busy"] * 3 + ["はい。"] * 3
        assert server.most_running == 1
        assert model.state is ModelState.ANSWERING


def test_a_model_that_fails_again_and_again_rests_and_is_then_tried_once() -> None:
    now = 0.0
    with model_server(fault) as server:
        endpoint = endpoint_of(model_settings(**server.settings()))
        assert endpoint is not None
        model = ChatModel(endpoint, Breaker(failures=2, rest_s=30, clock=lambda: now))
        try:
            for _ in range(2):
                with pytest.raises(ModelUnreachableError):
                    text_of(model)
            assert model.state is ModelState.RESTING
            with pytest.raises(ModelRestingError):
                text_of(model)
            assert len(server.requests) == 2, "a resting model is not asked"
            now = 31.0
            server.reply = says("はい。")
            assert text_of(model) == "はい。"
            assert model.state is ModelState.ANSWERING
        finally:
            model.close()


def test_a_trial_that_its_asker_leaves_does_not_lock_the_model_out() -> None:
    breaker = Breaker(failures=1, rest_s=0)
    breaker.failed()
    assert breaker.admits() and not breaker.admits()
    breaker.undecided()
    assert breaker.admits()


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"llm_base_url": "ftp://127.0.0.1/v1"}, "SHIORI_LLM_BASE_URL"),
        ({"llm_base_url": "http://user:pass@127.0.0.1/v1"}, "SHIORI_LLM_BASE_URL"),
        ({"llm_base_url": "http://127.0.0.1/v1?x=1"}, "SHIORI_LLM_BASE_URL"),
        ({"llm_base_url": "127.0.0.1:8080"}, "SHIORI_LLM_BASE_URL"),
        ({"llm_model": ""}, "SHIORI_LLM_MODEL"),
        ({"llm_base_url": "http://203.0.113.7/v1"}, "SHIORI_LLM_ALLOWED_HOSTS"),
        ({"llm_allowed_hosts": "llm.example.lg.jp"}, "SHIORI_LLM_ALLOWED_HOSTS"),
        ({"llm_answer_tokens": 5000}, "SHIORI_LLM_ANSWER_TOKENS"),
    ],
)
def test_settings_that_cannot_work_are_named(values: dict[str, Any], named: str) -> None:
    sound = {"llm_base_url": "http://127.0.0.1:1/v1", "llm_model": MODEL}
    with pytest.raises(ModelSettingsError, match=named):
        endpoint_of(model_settings(**(sound | values)))


def test_without_an_address_there_is_no_model() -> None:
    assert endpoint_of(model_settings()) is None


def test_the_key_is_in_no_text_made_of_the_settings() -> None:
    settings = model_settings(llm_api_key="geheim-77", llm_model="geheim")
    assert "geheim-77" not in f"{settings!r}{settings}{settings.model_dump_json()}"


def test_the_key_and_the_model_reach_the_server_and_nothing_of_the_machine_does() -> None:
    seen: list[str] = []

    def looks(handler: Handler, messages: Messages) -> None:
        seen.append(handler.headers["authorization"])
        says("はい。")(handler, messages)

    with asking(looks, llm_api_key="key-1") as (model, _):
        assert text_of(model) == "はい。"
        assert seen == ["Bearer key-1"]
        assert model.probe() == ""


def test_closing_ends_what_is_running() -> None:
    with model_server(waits(first=["はい"])) as server:
        endpoint = endpoint_of(model_settings(**server.settings()))
        assert endpoint is not None
        model = ChatModel(endpoint)
        pieces = model.stream(ASKED)
        next(pieces)
        model.close()
        model.close()
        assert wait_for(lambda: server.running == 0)
        assert not [thread for thread in threading.enumerate() if thread.name == "llm"]


def test_doctor_and_the_readiness_page_tell_of_the_model(tmp_path: Any) -> None:
    with model_server(says("はい。")) as server:
        settings = model_settings(data_dir=tmp_path, **server.settings())
        subject, found, sound = language_model(settings)
        assert (subject, sound) == ("言語モデル", True)
        assert MODEL in found
        other = settings.model_copy(update={"llm_model": "other"})
        assert language_model(other)[1:] == (
            f"other（{server.url}/v1） サーバーにモデル「other」がありません。",
            False,
        )
        with running(create_app(settings)) as service, service.client() as client:
            assert client.get("/readyz").json()["language_model"] == "untried"
    assert not language_model(settings)[2]
    assert language_model(model_settings())[2]
    refused = settings.model_copy(update={"llm_base_url": "http://203.0.113.7/v1"})
    assert "SHIORI_LLM_ALLOWED_HOSTS" in language_model(refused)[1]
