"""A small plan, and an assistant over it whose language model is a scripted server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes import NgramEmbeddings
from llm_support import (
    Handler,
    Messages,
    ModelServer,
    Reply,
    model_server,
    model_settings,
)

from ingest.catalog import CatalogEntry
from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index
from rag.llm.breaker import Breaker
from rag.llm.client import ChatModel
from rag.llm.endpoint import endpoint_of
from rag.llm.guarded import Unsupported
from rag.llm.writer import ModelWriter
from rag.types import Answer

PLAN = """# みどり市デジタル化推進計画

## 第2章 現状と目標

### 2-1 オンライン申請

オンライン申請の件数は、令和5年度に1,204件、令和6年度に2,518件であった。
令和9年度には、年間6,000件を目標とする。

### 2-2 生成AI

生成AIの利用者は、令和6年度の月平均で143人であった。
職員は、生成AIに市民の個人情報を入力してはならない。
生成AIの研修は、情報政策課が年2回開く。
"""
DATASET = Path(__file__).resolve().parents[1] / "eval/data/dev/questions.jsonl"
QUESTION = "生成AIの利用者は月平均で何人ですか"
TRUE = "生成AIの利用者は、令和6年度の月平均で143人でした。[E1]"
FALSE = "利用者は月平均で413人に増えました。[E1]"


def take_in(index: Index) -> None:
    entry = CatalogEntry(file="計画.md", title="みどり市デジタル化推進計画")
    assert not ingest_bytes("計画.md", PLAN.encode(), index, entry=entry).failures


@contextmanager
def city_index(folder: Path) -> Iterator[Index]:
    with Index.open(folder / "var", NgramEmbeddings()) as opened:
        take_in(opened)
        yield opened


@contextmanager
def writing(
    index: Index, reply: Reply, unsupported: Unsupported = Unsupported.DROP, **values: Any
) -> Iterator[tuple[Assistant, ModelServer]]:
    """An assistant over `index` whose model is the scripted server."""
    with model_server(reply) as server:
        endpoint = endpoint_of(
            model_settings(**server.settings(**({"llm_first_token_timeout_s": 30} | values)))
        )
        assert endpoint is not None
        model = ChatModel(endpoint, Breaker(failures=100))
        try:
            yield Assistant(index, writer=ModelWriter(model, unsupported)), server
        finally:
            model.close()


def codes(answer: Answer) -> list[str]:
    return [warning.code for warning in answer.warnings]


def check_promises(index: Index, answer: Answer) -> None:
    """Every quote is what the page says, every marker has its citation."""
    for citation in answer.citations:
        page = index.page(citation.document_id, citation.page)
        assert page.text[citation.start : citation.end] == citation.quote
    marked = {int(number) for number in re.findall(r"\[(\d+)\]", answer.text)}
    assert marked == {citation.marker for citation in answer.citations}


def fault(handler: Handler, messages: Messages) -> None:
    handler.whole(500, "application/json", b"{}")


def breaks_off(handler: Handler, messages: Messages) -> None:
    handler.begin()
    handler.piece(f"{TRUE}\n利用者は")
