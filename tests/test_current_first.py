"""The edition in force answers first where an older one says as much."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fakes import NgramEmbeddings

from ingest.catalog import CatalogEntry
from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index
from rag.types import Query

OLD = """# みなと市デジタル計画

## 計画の期間

計画の期間は、2022年4月から2026年3月までの4年間とする。

## 港の無線

港の無線は、12か所に置く。
"""
NEW = """# みなと市デジタル計画

## 計画の期間

この計画の期間は、2026年4月から2030年3月までの4年間とし、毎年度見直す。

## 前計画の成果

前計画の期間である2022年4月から2026年3月までに、手続きの半分をオンラインにした。
"""
AS_OF = date(2026, 11, 28)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder: Path = tmp_path_factory.mktemp("port")
    with Index.open(folder / "var", NgramEmbeddings()) as index:
        for name, text, first in (("旧.md", OLD, 2022), ("新.md", NEW, 2026)):
            entry = CatalogEntry(
                file=name,
                title=f"みなと市デジタル計画 {first}-{first + 3}",
                kind="計画",
                issued=date(first, 3, 1),
                valid_from=date(first, 4, 1),
                valid_until=date(first + 4, 3, 31),
            )
            report = ingest_bytes(name, text.encode(), index, entry=entry)
            assert not report.failures
        yield Assistant(index)


def first_of(port: Assistant, question: str, as_of: date = AS_OF) -> str:
    answer = port.ask(Query(text=question, as_of=as_of))
    assert answer.citations, answer.text
    return answer.text.split("\n")[0]


def test_what_both_editions_say_is_answered_by_the_one_in_force(port: Assistant) -> None:
    assert "2030年3月" in first_of(port, "計画の期間は")
    assert "2030年3月" in first_of(port, "みなと市デジタル計画の期間はいつからいつまで")


def test_the_old_edition_answers_for_the_past_and_for_what_it_alone_says(port: Assistant) -> None:
    before = first_of(port, "前の計画の期間は")
    assert "2022年4月" in before and "2030年" not in before
    assert "12か所" in first_of(port, "港の無線は何か所")


def test_on_an_earlier_day_the_earlier_edition_is_in_force(port: Assistant) -> None:
    assert "2026年3月までの4年間" in first_of(port, "計画の期間は", date(2024, 5, 1))
