"""JSQuAD validation as passage retrieval: nDCG@10 per condition, with the product's own search.

    python -m eval.benchmarks.jsquad FOLDER

FOLDER holds corpus.jsonl (`_id`, `title`, `text`), queries.jsonl (`_id`, `text`) and qrels.tsv
(query id, passage id, relevance). Every paragraph becomes one page of one chunk, so that
embedding, tokens, indexes and fusion are those that answer the staff's questions.
"""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from eval.benchmarks.ranking import ndcg
from eval.conditions import read_conditions, retrieval_options, select_conditions
from eval.errors import ConditionError, QuestionFileError
from eval.significance import Interval, bootstrap_interval
from rag.embedding import open_embedder
from rag.errors import ShioriError
from rag.index import Index
from rag.question import read_question
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.text import search_text
from rag.types import Chunk, ChunkKind, Document, Page, Query

DEPTH = 10
DOCUMENT_ID = "jsquad"
DEFAULT_CONDITIONS = ("dense", "surface", "lemma", "bigram", "fusion", "rrf", "product")


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    id: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrievalTask:
    """Paragraphs, queries by id, and the relevance of paragraphs per query."""

    paragraphs: tuple[Paragraph, ...]
    queries: Mapping[str, str]
    relevance: Mapping[str, Mapping[str, float]]
    sha256: str  # of the paragraphs


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    condition: str
    title: str
    ndcg: float
    interval: Interval
    queries: int


def read_task(folder: Path) -> RetrievalTask:
    """Raises QuestionFileError naming the file and line that cannot be read."""
    corpus = _lines(folder / "corpus.jsonl")
    paragraphs = tuple(
        Paragraph(id=_field(line, "_id", where), title=_field(line, "title", where), text=text)
        for where, line in corpus
        for text in [_field(line, "text", where)]
    )
    queries = {
        _field(line, "_id", where): _field(line, "text", where)
        for where, line in _lines(folder / "queries.jsonl")
    }
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


def score(
    index: Index, task: RetrievalTask, conditions: Sequence[str], queries: Sequence[str]
) -> list[Score]:
    """nDCG@10 of each condition over these query ids, with its 95 % bootstrap interval.

    Raises ConditionError for an unknown condition or one that has no retrieval of its own.
    """
    chosen = select_conditions(conditions, read_conditions())
    for name, spec in chosen:
        if spec.system == "tutorial":
            raise ConditionError(f"評価条件 {name} では検索だけを測ることができません。")
    retrievers = [Retriever(index, retrieval_options(spec)) for _, spec in chosen]
    values: list[list[float]] = [[] for _ in chosen]
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        # All conditions for one query at a time: the embedder remembers the query's vector.
        for query_id in progress.track(queries, description="検索"):
            query = Query(text=task.queries[query_id], top_k=DEPTH)
            question = read_question(query.text)
            for place, retriever in enumerate(retrievers):
                ranked = retriever.rank(query, question)[:DEPTH]
                names = [task.paragraphs[chunk.ordinal].id for chunk, _ in ranked]
                values[place].append(ndcg(names, task.relevance.get(query_id, {}), DEPTH))
    return [
        Score(
            condition=name,
            title=spec.title,
            ndcg=sum(found) / len(found),
            interval=bootstrap_interval(found),
            queries=len(found),
        )
        for (name, spec), found in zip(chosen, values, strict=True)
    ]


def sample_queries(task: RetrievalTask, count: int, seed: int = 0) -> list[str]:
    """All query ids in order, or `count` of them drawn with the seed when it is above 0."""
    names = list(task.queries)
    if not 0 < count < len(names):
        return names
    return sorted(random.Random(seed).sample(names, count))


def main(
    folder: Annotated[Path, typer.Argument(help="corpus.jsonl などのあるフォルダ。")],
    condition: Annotated[list[str] | None, typer.Option(help="評価条件の名前か組。")] = None,
    queries: Annotated[int, typer.Option(help="無作為に選ぶ設問の数（0はすべて）。")] = 0,
    cache: Annotated[
        Path | None, typer.Option(help="索引を残すフォルダ（既定は一時フォルダ）。")
    ] = None,
) -> None:
    """JSQuAD の段落検索を評価条件ごとに測ります（nDCG@10）。"""
    try:
        task = read_task(folder)
        settings = Settings()
        embedder = open_embedder(settings.embedding_model)
        key = hashlib.sha256(f"{task.sha256}{embedder.info.fingerprint}".encode()).hexdigest()[:16]
        place = (cache or Path(gettempdir()) / "shiori-benchmarks") / f"jsquad-{key}"
        with Index.open(place, embedder) as index:
            fill_index(index, task)
            chosen = sample_queries(task, queries)
            for found in score(index, task, condition or DEFAULT_CONDITIONS, chosen):
                low, high = found.interval.low, found.interval.high
                typer.echo(
                    f"{found.condition}\t{found.ndcg:.4f}\t({low:.4f}-{high:.4f})\t"
                    f"{found.queries}問\t{found.title}"
                )
    except ShioriError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
