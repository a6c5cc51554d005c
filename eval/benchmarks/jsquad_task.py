"""The paragraphs, queries and gold answers of JSQuAD, and the index over the paragraphs.

A folder holds corpus.jsonl (`_id`, `title`, `text`), queries.jsonl (`_id`, `text`, `answers`) and
qrels.tsv (query id, passage id, relevance).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from eval.errors import QuestionFileError
from rag.index import Index
from rag.text import search_text
from rag.types import Chunk, ChunkKind, Document, Page

DOCUMENT_ID = "jsquad"


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    id: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalTask:
    """Paragraphs, queries by id, and per query the relevance of paragraphs and the gold answers."""

    paragraphs: tuple[Paragraph, ...]
    queries: Mapping[str, str]
    relevance: Mapping[str, Mapping[str, float]]
    answers: Mapping[str, tuple[str, ...]]
    sha256: str  # of the paragraphs


def read_task(folder: Path) -> RetrievalTask:
    """Raises QuestionFileError naming the file and line that cannot be read."""
    corpus = _lines(folder / "corpus.jsonl")
    paragraphs = tuple(
        Paragraph(id=_field(line, "_id", where), title=_field(line, "title", where), text=text)
        for where, line in corpus
        for text in [_field(line, "text", where)]
    )
    asked = _lines(folder / "queries.jsonl")
    queries = {_field(line, "_id", where): _field(line, "text", where) for where, line in asked}
    answers = {_field(line, "_id", where): _answers(line, where) for where, line in asked}
    relevance: dict[str, dict[str, float]] = {}
    for where, line in _lines(folder / "qrels.tsv"):
        parts = line.split("\t")
        if len(parts) != 3 or not parts[2].isdigit():
            raise QuestionFileError(f"{where}: 設問、段落、適合度の3列ではありません: {line}")
        relevance.setdefault(parts[0], {})[parts[1]] = float(parts[2])
    content = "".join(line for _, line in corpus)
    return RetrievalTask(
        paragraphs=paragraphs,
        queries=queries,
        relevance=relevance,
        answers=answers,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
    )


def _lines(path: Path) -> list[tuple[str, str]]:
    """(place, line) of the lines that are not blank."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"{path}: ファイルを読めません（{error}）。") from error
    numbered = enumerate(text.split("\n"), start=1)
    return [(f"{path} の {number} 行目", line) for number, line in numbered if line.strip()]


def _field(line: str, name: str, where: str) -> str:
    try:
        value = json.loads(line)[name]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise QuestionFileError(f"{where}: 項目 {name} を読めません。") from error
    return str(value)


def _answers(line: str, where: str) -> tuple[str, ...]:
    """The gold answers of a query; none where the file has none."""
    answers = json.loads(line).get("answers", [])
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise QuestionFileError(f"{where}: 項目 answers が文字列の並びではありません。")
    return tuple(answers)


def fill_index(index: Index, task: RetrievalTask) -> None:
    """Puts the paragraphs in, unless the index holds them already."""
    if any(document.content_hash == task.sha256 for document in index.documents()):
        return
    pages = [
        Page(document_id=DOCUMENT_ID, number=number, text=paragraph.text)
        for number, paragraph in enumerate(task.paragraphs, start=1)
    ]
    chunks = [
        Chunk(
            id=f"{DOCUMENT_ID}:{place:05d}",
            document_id=DOCUMENT_ID,
            ordinal=place,
            page=place + 1,
            start=0,
            end=len(paragraph.text),
            kind=ChunkKind.PROSE,
            text=paragraph.text,
            search_text=search_text(paragraph.title, paragraph.text),
        )
        for place, paragraph in enumerate(task.paragraphs)
    ]
    document = Document(
        id=DOCUMENT_ID,
        source="jsquad.txt",
        title="JSQuAD",
        content_hash=task.sha256,
        page_count=len(pages),
        chunk_count=len(chunks),
    )
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        bar = progress.add_task("段落の登録", total=len(chunks))
        index.add(document, pages, chunks, on_embedded=lambda n: progress.advance(bar, n))
