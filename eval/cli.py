"""`shiori eval run` and `shiori eval compare`."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
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
from eval.drafting import draft_command
from eval.errors import EvaluationError
from eval.figures import figures_json
from eval.grounding import grounding_command
from eval.personal import personal_command
from eval.questions import load_dataset
from eval.recutting import Cut, open_recut
from eval.report import render_report
from eval.report_markdown import render_markdown
from eval.results import EvalResult, ResultFile, read_results, result_json, write_results
from eval.runner import run_condition
from eval.terminal import failures_text, summary_text
from eval.vector_cache import CachedEmbedder
from eval.workspace import open_documents, open_existing
from ingest.progress import TerminalProgress
from rag.embedding import open_embedder
from rag.errors import ShioriError
from rag.factory import open_writer
from rag.index import Index
from rag.settings import Settings

DEFAULT_DOCUMENTS = Path("corpus")
DEFAULT_DATASET = Path("eval/data/dev/questions.jsonl")

app = typer.Typer(help="回答品質を評価し、評価結果を比べます。", no_args_is_help=True)
app.command("draft")(draft_command)
app.command("grounding")(grounding_command)
app.command("personal")(personal_command)


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
        typer.Option(
            help="評価条件の名前か組（baselines、ladder、ladder-quick）。繰り返し指定できます。"
        ),
    ] = None,
    ladder: Annotated[
        bool, typer.Option("--ladder", help="組 ladder のすべての条件を、製品の既定と比べます。")
    ] = False,
    keep_index: Annotated[
        bool,
        typer.Option(
            "--keep-index", help="文書が同じなら、読み取りの処理が変わっても前の索引を使います。"
        ),
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="尋ねる設問の id か種類。繰り返し指定できます（既定はすべて）。"),
    ] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="誤った設問を原因とともに表示します。")
    ] = False,
    mode: Annotated[str, typer.Option(help="回答の方式: auto、extractive、llm")] = "extractive",
    report: Annotated[
        list[Path] | None,
        typer.Option(
            help="報告書を書くファイル。末尾が .html、.md、.json のどれかで形式が決まります。"
            "繰り返し指定できます。"
        ),
    ] = None,
    json_file: Annotated[
        str | None,
        typer.Option("--json", help="設問ごとの結果を書くJSONファイル。- は標準出力です。"),
    ] = None,
) -> None:
    """設問ファイルの質問をすべて尋ね、定めた基準で採点します。"""
    try:
        reports = [(path, report_form(path)) for path in report or []]
        results = run_all(
            dataset or [DEFAULT_DATASET],
            None if existing else (documents or DEFAULT_DOCUMENTS),
            data_dir,
            [*(condition or []), *(["ladder"] if ladder else [])] or [DEFAULT_CONDITION],
            mode,
            only=only or (),
            keep_index=keep_index,
        )
        for path, render in reports:
            write_text(path, render(results))
        if json_file == "-":
            sys.stdout.write(result_json(ResultFile(results=tuple(results))))
        else:
            if json_file is not None:
                write_results(Path(json_file), ResultFile(results=tuple(results)))
            typer.echo(summary_text(results))
            if failures:
                typer.echo(failures_text(results[0]))
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
    *,
    only: Sequence[str] = (),
    keep_index: bool = False,
) -> list[EvalResult]:
    """One result per condition. `documents` None takes the index of `data_dir` as it is.

    `only` leaves the questions with one of these ids or types. Raises ShioriError for every
    expected failure, before anything is ingested where possible.
    """
    chosen = select_conditions(condition_names, read_conditions())
    dataset = load_dataset(dataset_paths).only(only)
    settings = Settings(data_dir=data_dir)
    console = Console(stderr=True)
    cache = data_dir / "eval-cache"
    embedder = CachedEmbedder(open_embedder(settings.embedding_model), cache)
    with ExitStack() as stack:
        writer = open_writer(settings) if mode != "extractive" else None
        if writer is not None:
            stack.callback(writer.model.close)
        elif mode == "llm":
            raise EvaluationError(
                "言語モデルが設定されていません（SHIORI_LLM_BASE_URL、SHIORI_LLM_MODEL）。"
            )
        if documents is None:
            index, about = stack.enter_context(open_existing(data_dir, embedder))
        else:
            with TerminalProgress(console) as bars:
                opened = open_documents(documents, cache, embedder, bars, keep=keep_index)
                index, about = stack.enter_context(opened)
        results: list[EvalResult] = []
        cuts: dict[Cut, Index] = {"product": index}
        for name, spec in chosen:
            with Progress(console=console, disable=not console.is_terminal) as progress:
                if spec.cut not in cuts:
                    cutting = progress.add_task(f"{spec.title}: 索引の作成", total=None)
                    advance = partial(progress.advance, cutting)
                    opened_cut = open_recut(index, spec.cut, cache, embedder, advance)
                    cuts[spec.cut] = stack.enter_context(opened_cut)
                    progress.remove_task(cutting)
                built = build_condition(name, spec, cuts[spec.cut], embedder, mode, writer)
                task = progress.add_task(spec.title, total=len(dataset.questions))
                results.append(
                    run_condition(built, dataset, about, lambda row: progress.advance(task))  # noqa: B023
                )
        return results


def report_form(path: Path) -> Callable[[list[EvalResult]], str]:
    """What writes a report of this file's kind. Raises EvaluationError for an unknown suffix."""
    forms: dict[str, Callable[[list[EvalResult]], str]] = {
        ".html": render_report,
        ".md": render_markdown,
        ".json": figures_json,
    }
    if path.suffix.lower() not in forms:
        raise EvaluationError(
            f"{path}: 報告書の形式が分かりません。末尾を .html、.md、.json のどれかにしてください。"
        )
    return forms[path.suffix.lower()]


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
