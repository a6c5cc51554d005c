"""`shiori eval run` and `shiori eval compare`."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from eval.comparison import compare as compare_results
from eval.comparison import comparison_text, render_comparison
from eval.conditions import (
    DEFAULT_CONDITION,
    build_condition,
    read_conditions,
    select_conditions,
)
from eval.questions import load_dataset
from eval.report import figure, render_report
from eval.results import EvalResult, ResultFile, read_results, result_json, write_results
from eval.runner import run_condition
from eval.summary import METRICS, summarise
from eval.workspace import open_documents, open_existing
from ingest.progress import TerminalProgress
from rag.embedding import open_embedder
from rag.errors import ShioriError
from rag.settings import Settings

DEFAULT_DOCUMENTS = Path("corpus")
DEFAULT_DATASET = Path("eval/data/dev/questions.jsonl")

app = typer.Typer(help="回答品質を評価し、評価結果を比べます。", no_args_is_help=True)


@app.command("run")
def run_command(
    dataset: Annotated[
        list[Path] | None, typer.Option(help="設問ファイル（JSONL）。繰り返し指定できます。")
    ] = None,
    documents: Annotated[
        Path | None, typer.Option(help="尋ねる文書のファイルかフォルダ（既定は corpus/）。")
    ] = None,
    existing: Annotated[
        bool, typer.Option("--existing", help="--data-dir に登録済みの文書をそのまま使います。")
    ] = False,
    data_dir: Annotated[
        Path, typer.Option(help="データのフォルダ。評価用の索引は eval-cache に残します。")
    ] = Path("var"),
    condition: Annotated[
        list[str] | None,
        typer.Option(help="評価条件の名前か組（baselines、ladder）。繰り返し指定できます。"),
    ] = None,
    mode: Annotated[str, typer.Option(help="回答の方式: auto、extractive、llm")] = "extractive",
    report: Annotated[Path | None, typer.Option(help="HTMLの報告書を書くファイル。")] = None,
    json_file: Annotated[
        str | None, typer.Option("--json", help="結果を書くJSONファイル。- は標準出力です。")
    ] = None,
) -> None:
    """設問ファイルの質問をすべて尋ね、定めた基準で採点します。"""
    try:
        results = run_all(
            dataset or [DEFAULT_DATASET],
            None if existing else (documents or DEFAULT_DOCUMENTS),
            data_dir,
            condition or [DEFAULT_CONDITION],
            mode,
        )
        if report is not None:
            write_text(report, render_report(results))
        if json_file == "-":
            sys.stdout.write(result_json(ResultFile(results=tuple(results))))
        else:
            if json_file is not None:
                write_results(Path(json_file), ResultFile(results=tuple(results)))
            typer.echo(summary_text(results))
    except (ShioriError, OSError) as error:
        fail(error)


@app.command("compare")
def compare_command(
    first: Annotated[Path, typer.Argument(metavar="A", help="評価結果のJSONファイル。")],
    second: Annotated[Path, typer.Argument(metavar="B", help="比べる評価結果のJSONファイル。")],
    condition_a: Annotated[str, typer.Option(help="Aの評価条件（既定は最初の条件）。")] = "",
    condition_b: Annotated[str, typer.Option(help="Bの評価条件（既定は最初の条件）。")] = "",
    report: Annotated[Path | None, typer.Option(help="HTMLの報告書を書くファイル。")] = None,
) -> None:
    """二つの評価結果を比べ、正しくなった設問と誤りになった設問を示します。"""
    try:
        comparison = compare_results(
            read_results(first).condition(condition_a),
            read_results(second).condition(condition_b),
        )
        typer.echo(comparison_text(comparison))
        if report is not None:
            write_text(report, render_comparison(comparison))
    except (ShioriError, OSError) as error:
        fail(error)


def run_all(
    dataset_paths: list[Path],
    documents: Path | None,
    data_dir: Path,
    condition_names: list[str],
    mode: str,
) -> list[EvalResult]:
    """One result per condition. `documents` None takes the index of `data_dir` as it is.

    Raises ShioriError for every expected failure, before anything is ingested where possible.
    """
    chosen = select_conditions(condition_names, read_conditions())
    dataset = load_dataset(dataset_paths)
    settings = Settings(data_dir=data_dir)
    console = Console(stderr=True)
    embedder = open_embedder(settings.embedding_model)
    with ExitStack() as stack:
        if documents is None:
            index, about = stack.enter_context(open_existing(data_dir, embedder))
        else:
            with TerminalProgress(console) as bars:
                cache = data_dir / "eval-cache"
                opened = open_documents(documents, cache, embedder, bars)
                index, about = stack.enter_context(opened)
        results: list[EvalResult] = []
        for name, spec in chosen:
            built = build_condition(name, spec, index, embedder, mode)
            with Progress(console=console, disable=not console.is_terminal) as progress:
                task = progress.add_task(spec.title, total=len(dataset.questions))
                results.append(
                    run_condition(built, dataset, about, lambda row: progress.advance(task))  # noqa: B023
                )
        return results


def summary_text(results: list[EvalResult]) -> str:
    """The figures of each condition, one a line, for a terminal."""
    lines: list[str] = []
    for result in results:
        found = summarise(result.rows)
        lines += ["", f"■ {result.title}（{result.condition}）　{len(result.rows)}問"]
        lines += [
            f"  {metric.label}\t{figure(metric, found[metric.name])}\t{found[metric.name].count}問"
            for metric in METRICS
        ]
    return "\n".join(lines).lstrip()


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def fail(error: ShioriError | OSError) -> None:
    """One line on stderr and exit 1."""
    if isinstance(error, ShioriError):
        message = error.message
    else:
        message = f"{error.filename}: ファイルを書けません（{error.strerror}）。"
    typer.echo(message, err=True)
    raise typer.Exit(1)
