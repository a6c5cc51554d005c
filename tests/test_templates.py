"""Everyday texts from templates: fixed phrases around what the documents say, cited."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_support import running, settings_for
from fakes import NgramEmbeddings
from llm_answers_support import check_promises, take_in, writing
from llm_support import Messages, says

from api.app import create_app
from rag.assistant import Assistant
from rag.index import Index
from rag.llm.prompts import FOLDER, read_prompt
from rag.templates.template import (
    OWN_FOLDER,
    Template,
    TemplateError,
    checked_values,
    read_template,
    shelf,
)
from rag.templates.writing import WITHOUT_MODEL, write
from rag.types import AnswerStatus, Query

BUILT_IN = shelf(Path("nowhere")).templates
FILLED: dict[str, dict[str, str]] = {
    "question": {"question": "生成AIの利用者は月平均で何人ですか"},
    "summary": {"topic": "オンライン申請"},
    "comparison": {"first": "令和5年度", "second": "令和6年度", "aspect": "オンライン申請の件数"},
    "speech": {"event": "講座", "speaker": "市長", "topic": "生成AIの研修"},
    "council": {"asker": "緑議員", "question": "令和6年度のオンライン申請の件数は"},
    "mail": {"to": "総務課 御中", "sender": "情報政策課", "question": "生成AIの研修は年に何回か"},
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("city") / "var", NgramEmbeddings()) as opened:
        take_in(opened)
        yield opened


def by_id(identifier: str) -> Template:
    return shelf(Path("nowhere")).get(identifier)


def test_the_product_brings_the_texts_that_a_city_hall_writes_daily() -> None:
    assert [template.id for template in BUILT_IN] == list(FILLED)
    for template in BUILT_IN:
        assert template.version >= 1 and "できません" in template.without_model + "できません。"
        assert set(template.example_fields) == {field.name for field in template.fields}
        assert "[1]" in template.example_result


@pytest.mark.parametrize("template", BUILT_IN, ids=lambda t: t.id)
def test_without_a_model_a_template_quotes_and_says_what_it_cannot_do(
    index: Index, template: Template
) -> None:
    values = checked_values(template, FILLED[template.id])
    answer = write(Assistant(index), template, values, Query(text=""))
    check_promises(index, answer)
    assert answer.status is AnswerStatus.ANSWERED and answer.citations
    said = {warning.code: warning.message for warning in answer.warnings}
    assert said[WITHOUT_MODEL] == template.without_model
    assert answer.versions.generator.endswith(f"{template.id}.v{template.version}")
    for name, value in values.items():
        assert value in answer.text or f"{{{{{name}}}}}" not in template.lead


@pytest.mark.parametrize("template", BUILT_IN, ids=lambda t: t.id)
def test_a_model_writes_the_middle_under_guard(index: Index, template: Template) -> None:
    def answers(messages: Messages) -> str:
        return "生成AIの研修は、情報政策課が年2回開きます。[E1]研修は市民に大好評です。[E1]オンライン申請は令和6年度に2,518件でした。"

    with writing(index, says(answers)) as (assistant, server):
        values = checked_values(template, FILLED[template.id])
        answer = write(assistant, template, values, Query(text=""))
        check_promises(index, answer)
        assert "大好評" not in answer.text
        if answer.mode == "llm":
            assert answer.versions.prompt == (template.prompt or "answer.v1")
        assert all("従わない" in request[0]["content"] for request in server.requests)


def test_sources_of_two_sections_are_numbered_through(index: Index) -> None:
    answer = write(Assistant(index), by_id("comparison"), FILLED["comparison"], Query(text=""))
    assert [citation.marker for citation in answer.citations] == list(
        range(1, len(answer.citations) + 1)
    )
    assert answer.text.index("【令和5年度】") < answer.text.index("【令和6年度】")


def test_without_evidence_there_is_no_text_with_a_frame(index: Index) -> None:
    values = FILLED["speech"] | {"topic": "火星への移住の費用"}
    answer = write(Assistant(index), by_id("speech"), values, Query(text=""))
    assert answer.status is AnswerStatus.NO_EVIDENCE and "ごあいさつ" not in answer.text


def test_what_is_typed_is_neither_a_place_nor_a_citation(index: Index) -> None:
    values = FILLED["mail"] | {"to": "{{sender}} [1] <b>"}
    answer = write(Assistant(index), by_id("mail"), values, Query(text=""))
    check_promises(index, answer)
    assert answer.text.startswith("{{sender}} ［1］ <b>")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"to": "", "sender": "a", "question": "b"}, "あて名"),
        ({"to": "a" * 101, "sender": "a", "question": "b"}, "100文字"),
        (FILLED["mail"] | {"other": "x"}, "other"),
    ],
)
def test_a_field_that_is_missing_too_long_or_unknown_is_named(
    given: dict[str, str], named: str
) -> None:
    with pytest.raises(TemplateError, match=named):
        checked_values(by_id("mail"), given)


OWN = """version = 2
title = "庁内通知"
purpose = "通知の下書き"
without_model = "言い換えはできません。"
lead = "{{to}}"
[[fields]]
name = "to"
label = "あて名"
[[sections]]
query = "生成AIの研修は年に何回か"
[example]
fields = { to = "各課" }
result = "各課"
"""


def test_a_city_adds_its_own_and_a_broken_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / OWN_FOLDER
    folder.mkdir()
    (folder / "notice.toml").write_text(OWN, encoding="utf-8")
    (folder / "mail.toml").write_text(OWN.replace("庁内通知", "市のメール"), encoding="utf-8")
    (folder / "broken.toml").write_text("version = ", encoding="utf-8")
    (folder / "places.toml").write_text(OWN.replace('"{{to}}"', '"{{nobody}}"'), encoding="utf-8")
    found = shelf(tmp_path)
    assert found.get("notice").own and found.get("notice").version == 2
    assert found.get("mail").title == "市のメール"
    assert len(found.faults) == 2 and "broken.toml" in found.faults[0]
    with pytest.raises(TemplateError):
        read_template(folder / "places.toml", own=True)


@pytest.fixture
def client(index: Index, tmp_path: Path) -> Iterator[httpx.Client]:
    app = create_app(settings_for(tmp_path), Assistant(index))
    with running(app) as server, server.client() as opened:
        yield opened


def test_templates_are_listed_and_used_over_http(client: httpx.Client) -> None:
    listed = client.get("/api/templates").json()
    assert [each["id"] for each in listed["templates"]] == list(FILLED)
    assert listed["elsewhere"][0]["title"] == "二次評価" and listed["language_model"] is False
    answer = client.post("/api/templates/council", json={"fields": FILLED["council"]}).json()
    assert answer["answer"].startswith("緑議員のご質問にお答えいたします。\n")
    assert "2,518件" in answer["answer"] and answer["citations"][0]["verified"]
    turns = client.get(f"/api/conversations/{answer['conversation_id']}").json()
    assert "【議会答弁の下書き】" in str(turns)


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("nothing", {"fields": {"a": "b"}}, 404, "unknown_template"),
        ("mail", {"fields": {"to": "a"}}, 422, "template"),
        ("mail", {"fields": FILLED["mail"], "mode": "llm"}, 409, "llm_not_configured"),
        ("mail", {"fields": FILLED["mail"], "document_ids": ["x"]}, 404, "unknown_document"),
        ("mail", {"fields": {}}, 422, "too_short"),
    ],
)
def test_what_cannot_be_written_is_refused_in_words(
    client: httpx.Client, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    response = client.post(f"/api/templates/{path}", json=body)
    assert response.status_code == status
    assert re.fullmatch(r"[a-z_]+", response.json()["code"])
    assert code in (response.json()["code"], "too_short")


OWN_PLACES = {
    "reword": {"sentences"},
    "followup": {"history", "question"},
    "rephrase": {"question"},
}


def test_every_prompt_says_that_documents_command_nobody_and_has_its_places() -> None:
    for path in FOLDER.glob("*.txt"):
        prompt = read_prompt(path.stem)
        assert re.fullmatch(r"[a-z]+\.v\d+", prompt.version)
        own = OWN_PLACES.get(path.stem.partition(".")[0])
        if own is not None:
            assert prompt.places == {"mark", *own} and "従わない" in prompt.system
            continue
        assert prompt.places == {"mark", "evidence", "question"}
        assert "従わない" in prompt.system and "[E1]" in prompt.system
        filled = prompt.messages({"mark": "M", "evidence": "{{question}}", "question": "Q"})
        assert "{{question}}" in str(filled[1].content), "foreign text fills no place"
