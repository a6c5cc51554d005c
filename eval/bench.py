"""Speed and size: ingestion, `POST /api/ask` of a running server, memory, start, installation.

    python -m eval.bench [--documents FOLDER] [--questions FILE] [--rounds N]

Prints a table and asserts nothing: times depend on the machine.
"""

import os
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.bench_ingestion import IngestionTimes, time_ingestion
from eval.bench_installation import installed_bytes
from eval.bench_load import (
    UPLOADED,
    CrowdTimes,
    StreamTimes,
    long_document,
    time_crowds,
    time_streams,
)
from eval.bench_people import SETTINGS, tokens_of_people
from eval.bench_server import RoundTimes, running_server, time_round
from eval.questions import Question, load_dataset
from rag.errors import ShioriError
from rag.settings import Settings

_MIB = 1024 * 1024
# Both sets: only the time is looked at, and a crowd needs many questions that differ.
_QUESTIONS = [Path("eval/data/dev/questions.jsonl"), Path("eval/data/test/questions.jsonl")]


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    value: str


def main(
    documents: Annotated[Path, typer.Option(help="取り込む文書のフォルダ。")] = Path("corpus"),
    questions: Annotated[
        list[Path], typer.Option(help="尋ねる設問ファイル（JSONL）。くり返せる。")
    ] = _QUESTIONS,
    rounds: Annotated[
        int, typer.Option(min=1, help="全設問を尋ねる回数。毎回起動し直します。")
    ] = 3,
) -> None:
    """取り込み、応答、メモリ、起動、導入の大きさを測って表にします。"""
    console = Console(stderr=True)
    try:
        dataset = load_dataset(questions)
        with tempfile.TemporaryDirectory(prefix="shiori-bench-") as folder:
            data_dir = Path(folder) / "var"
            with console.status("文書を取り込んでいます"):
                ingestion = time_ingestion(documents, data_dir, Settings().embedding_model)
            served: list[RoundTimes] = []
            for number in range(1, rounds + 1):
                with console.status(f"サーバーに尋ねています（{number}/{rounds}回目）"):
                    served.append(time_round(data_dir, dataset.questions, Path(folder)))
            with console.status("50人が同時に尋ねています"):
                crowd = crowded(data_dir, dataset.questions, Path(folder))
    except ShioriError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error
    table = Table("項目", "値", title=f"{documents} と {len(dataset.questions)} 問での測定")
    for row in [
        *rows(ingestion, served, installed_bytes("shiori")),
        *crowd_rows(crowd),
    ]:
        table.add_row(row.what, row.value)
    Console().print(table)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """Fifty people at one moment, several rounds each, and streams beside an ingestion."""

    trial: Sequence[CrowdTimes]
    accounts: Sequence[CrowdTimes]
    streams: StreamTimes


def crowded(data_dir: Path, questions: Sequence[Question], log_folder: Path) -> Crowd:
    """Raises EvaluationError when the server does not start or a stream ends without an answer."""
    asked = [question.question for question in questions]
    log = log_folder / "server.log"
    with running_server(data_dir, log) as server:
        trial = time_crowds(server.port, asked)
        streams = time_streams(server.port, asked[:40], long_document())
    tokens = tokens_of_people(data_dir, limited_to_some=UPLOADED)
    with running_server(data_dir, log, SETTINGS) as server:
        return Crowd(trial=trial, accounts=time_crowds(server.port, asked, tokens), streams=streams)


def crowd_rows(crowd: Crowd) -> list[Row]:
    """What many people at one moment get, and streams while a document is taken in."""
    found: list[Row] = []
    for name, rounds in (("試用", crowd.trial), ("利用者あり", crowd.accounts)):
        who = f"{rounds[0].people}人同時（{name}、起動から順に{len(rounds)}回）"
        found += [
            Row(f"{who} p50", _each(times.p50_s for times in rounds)),
            Row(f"{who} p95", _each(times.p95_s for times in rounds)),
            Row(f"{who} 失敗", f"{sum(times.failed for times in rounds)} 件"),
        ]
    streams = crowd.streams
    return [
        *found,
        Row("ストリーム p95（取り込みなし）", f"{1e3 * streams.idle_p95_s:.0f} ミリ秒"),
        Row(
            "ストリーム p95（取り込み中）",
            f"{1e3 * streams.ingesting_p95_s:.0f} ミリ秒（{streams.ratio:.1f}倍、"
            f"{streams.asked_while_ingesting} 問）",
        ),
        Row("機械の混み具合（1分の平均）", f"{os.getloadavg()[0]:.1f}"),
    ]


def _each(seconds: Iterable[float]) -> str:
    return "、".join(f"{1e3 * one:.0f}" for one in seconds) + " ミリ秒"


def rows(ingestion: IngestionTimes, served: Sequence[RoundTimes], size_bytes: int) -> list[Row]:
    """The table: medians over the rounds where there are several."""
    rest = ingestion.total_s - ingestion.embedding_s
    middle = statistics.median
    failed = sum(times.failed for times in served)
    found = [
        Row("取り込んだ文書・断片", f"{ingestion.documents} 文書、{ingestion.chunks} 断片"),
        Row("取り込みの時間", f"{ingestion.total_s:.1f} 秒"),
        Row("　うち埋め込み", f"{ingestion.embedding_s:.1f} 秒"),
        Row("　うち埋め込み以外", f"{rest:.1f} 秒（{100 * rest / ingestion.total_s:.0f}%）"),
        Row("応答時間 p50", f"{1e3 * middle([times.p50_s for times in served]):.0f} ミリ秒"),
        Row("応答時間 p95", f"{1e3 * middle([times.p95_s for times in served]):.0f} ミリ秒"),
        Row("二度目の起動", f"{middle([times.start_s for times in served]):.1f} 秒"),
        Row("サーバーのメモリ（最大）", _memory([times.peak_bytes for times in served])),
        Row("導入の大きさ（試験用を除く）", f"{size_bytes / _MIB:.0f} MiB"),
    ]
    if failed:
        found.append(Row("失敗した質問", f"{failed} 件"))
    return found


def _memory(peaks: Sequence[int | None]) -> str:
    known = [peak for peak in peaks if peak is not None]
    return f"{max(known) / _MIB:.0f} MiB" if known else "この環境では測れません"


if __name__ == "__main__":
    typer.run(main)
