"""The first reading after a start: bounded, about all documents, and without a trace."""

from pathlib import Path

from fakes import NgramEmbeddings

from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index
from rag.reading import _units_of
from rag.types import Query
from rag.warming import warm_up


def test_titles_and_headings_are_asked_the_documents_taking_turns(tmp_path: Path) -> None:
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        names = {"計画", "報告"}
        for name in names:
            sections = "".join(f"## {name}の{n}節\n\n{name}の本文{n}である。\n\n" for n in range(3))
            ingest_bytes(f"{name}.md", f"# {name}書\n\n{sections}".encode(), index)
        asked: list[str] = []

        class Listening(Assistant):
            def ask(self, query: Query, **more: object):  # type: ignore[no-untyped-def, override]
                asked.append(query.text)
                return super().ask(query, **more)  # type: ignore[arg-type]

        assert warm_up(Listening(index), 60) == len(asked)
        titles = {document.title for document in index.documents()}
        assert set(asked[:2]) == titles
        assert {text[:2] for text in asked[2:4]} == {text[:2] for text in asked[4:6]} == names
        asked.clear()
        assert warm_up(Listening(index), 0) == len(asked) == 2  # no longer than it may


def test_pages_are_taken_apart_before_headings_are_asked(tmp_path: Path) -> None:
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        text = "# 計画書\n\n" + "".join(f"## {n}節\n\n{n}番の本文である。\n\n" for n in range(40))
        ingest_bytes("計画.md", text.encode(), index)
        [document] = index.documents()
        chunks = index.chunks_of(document.id, 1)
        known: list[int] = []

        class Listening(Assistant):
            def ask(self, query: Query, **more: object):  # type: ignore[no-untyped-def, override]
                known.append(_units_of.cache_info().currsize)
                return super().ask(query, **more)  # type: ignore[arg-type]

        _units_of.cache_clear()
        warm_up(Listening(index), 60)
        assert known[0] == 0
        assert known[1] == len(chunks)  # all of them, though an answer reads no more than some


def test_nothing_to_read_is_no_fault(tmp_path: Path) -> None:
    with Index.open(tmp_path, NgramEmbeddings()) as index:
        assert warm_up(Assistant(index)) == 0
