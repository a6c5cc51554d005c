"""Batches with a language model, and in the style of the house."""

import re
from pathlib import Path

from drafts_support import evaluating, finished, hand_in, opened, sheets_file
from llm_answers_support import fault
from llm_support import Messages, model_server, model_settings, says
from people_support import browsing, services_of

from rag.llm.breaker import Breaker
from rag.llm.client import ChatModel
from rag.llm.endpoint import endpoint_of
from rag.llm.writer import ModelWriter


def swaps(messages: Messages) -> str:
    """The sentences as they were given, with one word in another place of each."""
    lines = re.findall(r"\[S\d+\] .+|［S\d+］ .+", messages[-1]["content"])
    return "\n".join(line.replace("取組を続け", "取組を引き続き続け") for line in lines)


def test_a_model_words_the_draft_and_its_failure_leaves_the_plain_one(tmp_path: Path) -> None:
    with model_server(says(swaps)) as model_process:
        endpoint = endpoint_of(model_settings(**model_process.settings()))
        assert endpoint is not None
        model = ChatModel(endpoint, Breaker(failures=100))
        try:
            with (
                evaluating(tmp_path, ModelWriter(model)) as server,
                browsing(server, "erika") as erika,
            ):
                assert erika.get("/api/drafts").json()["has_model"]
                plain = finished(erika, hand_in(erika, sheets_file(1))["id"])["id"]
                worded = finished(erika, hand_in(erika, sheets_file(1), model=True)["id"])["id"]
                assert len(model_process.requests) == 1
                one, other = opened(erika, plain)["draft"], opened(erika, worded)["draft"]
                for same in ("figures", "flags", "proposed_direction", "reasons", "citations"):
                    assert one[same] == other[same]
                assert "worded" not in one["versions"]["rules"]
                assert one["versions"]["rules"] != other["versions"]["rules"]
                exported = erika.get(f"/api/drafts/{worded}/export?form=csv").content
                assert "言語モデルで言い換え".encode() in exported
                model_process.reply = fault
                failed = finished(erika, hand_in(erika, sheets_file(1), model=True)["id"])["id"]
                assert opened(erika, failed)["draft"]["draft"] == one["draft"]
        finally:
            model.close()


def test_without_a_model_none_can_be_asked_for(tmp_path: Path) -> None:
    with evaluating(tmp_path) as server, browsing(server, "erika") as erika:
        assert not erika.get("/api/drafts").json()["has_model"]
        response = erika.post(
            "/api/drafts", files={"file": ("調書.json", sheets_file(1))}, data={"model": "true"}
        )
        assert (response.status_code, response.json()["code"]) == (409, "llm_not_configured")


def test_the_style_of_the_house_holds_and_a_broken_one_is_named(tmp_path: Path) -> None:
    with evaluating(tmp_path) as server, browsing(server, "erika") as erika:
        desk = services_of(server).desk
        assert desk.style_file.name == "style.toml"
        style = desk.style_file = tmp_path / "style.toml"
        style.write_text('[forbidden]\n"整合" = "一致"\n', "utf-8")
        batch = finished(erika, hand_in(erika, sheets_file(1), ending="desu")["id"])["id"]
        text = opened(erika, batch)["draft"]["draft"]
        assert "整合" not in text and "ます。" in text
        style.write_text("ending = 5\n", "utf-8")
        failed = finished(erika, hand_in(erika, sheets_file(1))["id"], "failed")
        assert "文体の設定「style.toml」" in failed["job"]["reason"]
        style.unlink()
        assert erika.patch(f"/api/jobs/{failed['id']}", json={"action": "resume"}).is_success
        finished(erika, failed["id"])
