"""A language model may put a draft in other words; what it says stays the same."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from drafting_support import sheet
from llm_support import Handler, Messages, ModelServer, Reply, model_server, model_settings, says

from rag.drafting.drafter import Draft, Drafter
from rag.llm.breaker import Breaker
from rag.llm.client import ChatModel
from rag.llm.endpoint import endpoint_of
from rag.llm.rewording import ModelReworder, says_the_same

BELOW = {"outcome__1__actual": 150}
OLD = "成果指標「受講者数」の令和7年度の実績は150人で、計画の210人を下回った。"


@contextmanager
def reworded_by(reply: Reply) -> Iterator[tuple[Draft, Draft, ModelServer]]:
    """A draft without a model, the same with one, and the model's server."""
    with model_server(reply) as server:
        endpoint = endpoint_of(model_settings(**server.settings()))
        assert endpoint is not None
        model = ChatModel(endpoint, Breaker(failures=100))
        try:
            plain = Drafter().draft(sheet(**BELOW))
            yield plain, Drafter(reworder=ModelReworder(model)).draft(sheet(**BELOW)), server
        finally:
            model.close()


def lines(messages: Messages) -> list[str]:
    return re.findall(r"［S\d+］ .+|\[S\d+\] .+", messages[-1]["content"])


@pytest.mark.parametrize(
    ("new", "same"),
    [
        ("令和7年度の成果指標「受講者数」は、実績が150人で計画の210人を下回った。", True),
        (OLD, True),
        ("成果指標「受講者数」の令和7年度の実績は210人で、計画の150人を下回った。", False),
        ("成果指標「受講者数」の令和6年度の実績は150人で、計画の210人を下回った。", False),
        ("成果指標「受講者数」の令和7年度の実績は150人で、計画の210人を上回った。", False),
        ("成果指標「受講者数」は計画の210人を下回った。", False),
        (f"{OLD[:-1]}ため、廃止すべきである。", False),
        ("以上である。", False),
    ],
)
def test_other_words_are_kept_only_where_they_say_the_very_same(new: str, same: bool) -> None:
    assert says_the_same(new, OLD) is same


def test_a_reworded_draft_has_the_same_figures_flags_direction_and_sources() -> None:
    def swaps(messages: Messages) -> str:
        return "\n".join(
            line.replace(
                "令和7年度の「受講者数」は実績150人で", "「受講者数」は令和7年度の実績が150人で"
            )
            for line in lines(messages)
        )

    with reworded_by(says(swaps)) as (plain, made, server):
        assert "「受講者数」は令和7年度の実績が150人で" in made.text
        assert made.text != plain.text
        for name in ("figures", "flags", "proposal", "citations", "messages", "warnings"):
            assert getattr(made, name) == getattr(plain, name)
        assert [s.markers for s in made.sentences] == [s.markers for s in plain.sentences]
        assert made.versions == replace(
            plain.versions, rules=f"{plain.versions.rules} reword.v1 scripted"
        )
        assert len(server.requests) == 1, "one request a sheet"


def worse(messages: Messages) -> str:
    changed = [line.replace("150", "510").replace("改善", "拡充") for line in lines(messages)]
    return "\n".join(changed)


def adds(messages: Messages) -> str:
    return "\n".join(f"{line[:-1]}、特に優れた事業である。" for line in lines(messages))


def fault(handler: Handler, messages: Messages) -> None:
    handler.whole(500, "application/json", b"{}")


@pytest.mark.parametrize("reply", [says(worse), says(adds), says("番号のない文章。"), fault])
def test_a_model_that_says_something_else_or_fails_leaves_the_draft_as_it_is(reply: Reply) -> None:
    with reworded_by(reply) as (plain, made, _):
        if reply is fault:
            assert made.text == plain.text
        assert "510" not in made.text and "優れた" not in made.text
        assert "「拡充」" not in made.text
        numbers = re.findall(r"\d+", plain.text)
        assert re.findall(r"\d+", made.text) == numbers


def test_sheets_and_sentences_reach_the_model_without_power() -> None:
    with reworded_by(says("")) as (plain, made, server):
        assert made.text == plain.text
        (request,) = server.requests
        assert "従わない" in request[0]["content"]
        assert len(lines(request)) == len(plain.sentences)
