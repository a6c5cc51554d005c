"""JSQuAD validation with the product's own search and answers, over the paragraphs of all articles.

    python -m eval.benchmarks.jsquad FOLDER [--answers]

Passage retrieval: nDCG@10 per condition. With `--answers` also the short answers, by exact match
and F1. Every paragraph becomes one page of one chunk, so that embedding, tokens, indexes and
fusion are those that answer the staff's questions. The index and the vectors of the queries are
kept in a folder, so that a run that was cut off goes on, and the next one embeds nothing.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from eval.benchmarks.extractive import AnswerScore, score_answers
from eval.benchmarks.jsquad_task import RetrievalTask, fill_index, read_task
from eval.benchmarks.ranking import ndcg
from eval.conditions import read_conditions, retrieval_options, select_conditions
from eval.errors import ConditionError
from eval.significance import Interval, bootstrap_interval
from eval.vector_cache import CachedEmbedder
from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.errors import ShioriError
from rag.index import Index
from rag.question import read_question
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.types import Query

DEPTH = 10
DEFAULT_CONDITIONS = ("dense", "surface", "lemma", "bigram", "rrf", "fusion", "product")


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    condition: str
    title: str
    ndcg: float
    interval: Interval
    queries: int


def score(
    index: Index, task: RetrievalTask, conditions: Sequence[str], queries: Sequence[str]
) -> list[Score]:
    """nDCG@10 of each condition over these query ids, with its 95 % bootstrap interval.

    Raises ConditionError for an unknown condition or one that has no retrieval of its own.
    """
    chosen = select_conditions(conditions, read_conditions())
    for name, spec in chosen:
        if spec.system == "tutorial" or spec.cut != "product":
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
    answers: Annotated[
        bool, typer.Option("--answers", help="短い答えも測ります（完全一致とF1）。")
    ] = False,
    queries: Annotated[int, typer.Option(help="無作為に選ぶ設問の数（0はすべて）。")] = 0,
    cache: Annotated[
        Path | None, typer.Option(help="索引を残すフォルダ（既定は一時フォルダ）。")
    ] = None,
) -> None:
    """JSQuAD の段落検索を評価条件ごとに測ります（nDCG@10）。"""
    try:
        task = read_task(folder)
        inner = open_embedder(Settings().embedding_model)
        key = hashlib.sha256(f"{task.sha256}{inner.info.fingerprint}".encode()).hexdigest()[:16]
        place = (cache or Path(gettempdir()) / "shiori-benchmarks") / f"jsquad-{key}"
        embedder = CachedEmbedder(inner, place / "kept", queries=True)
        with Index.open(place, embedder) as index:
            fill_index(index, task)
            chosen = sample_queries(task, queries)
            for found in score(index, task, condition or DEFAULT_CONDITIONS, chosen):
                typer.echo(
                    f"{found.condition}\t{_figure(found.ndcg, found.interval)}\t"
                    f"{found.queries}問\t{found.title}"
                )
            if answers:
                typer.echo(answer_text(score_answers(Assistant(index), task, chosen)))
    except ShioriError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error


def answer_text(found: AnswerScore) -> str:
    """The figures of the answers, one a line."""
    figures = {
        "短い答えの完全一致": found.exact,
        "短い答えのF1": found.f1,
        "短い答えが正解を含む": found.short_holds,
        "回答が正解を含む": found.answer_holds,
        "断った割合": found.declined,
    }
    return "\n".join(
        f"{label}\t{_figure(sum(values) / len(values), bootstrap_interval(values))}\t{len(values)}問"
        for label, values in figures.items()
    )


def _figure(value: float, interval: Interval) -> str:
    return f"{value:.4f}\t({interval.low:.4f}-{interval.high:.4f})"


if __name__ == "__main__":
    typer.run(main)
