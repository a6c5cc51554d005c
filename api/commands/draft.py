"""`shiori draft`"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AsJson,
    CommandError,
    CommandInterruptedError,
    DataDir,
    load_settings,
    printable,
    say,
)

if TYPE_CHECKING:
    from api.drafting.journal import Journal
    from api.exports.provenance import Provenance
    from ingest.sheets.raw import SheetBatch
    from rag.drafting.drafter import Drafter, Reworder
    from rag.drafting.serialise import DraftJson
    from rag.drafting.sources import SourceFinder
    from rag.drafting.style import HouseStyle
    from rag.settings import Settings

JOURNAL_SUFFIX = ".journal.jsonl"


def draft(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="調書のファイル（XLSX、CSV、JSON）", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="出力先（.xlsx、.docx、.csv、.json）", show_default=False),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option("--template", help="様式を書き出す（.xlsx、.csv）", show_default=False),
    ] = None,
    propose_mapping: Annotated[
        Path | None,
        typer.Option(
            "--propose-mapping", help="列の対応表の案をこのファイルに書く", show_default=False
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="確かめた列の対応表を使う", show_default=False),
    ] = None,
    style: Annotated[
        Path | None, typer.Option("--style", help="文体の設定（TOML）", show_default=False)
    ] = None,
    no_documents: Annotated[
        bool, typer.Option("--no-documents", help="計画や監査報告を参照せず、調書だけで作る")
    ] = False,
    with_model: Annotated[
        bool,
        typer.Option(
            "--with-model", help="設定した言語モデルに文を言い換えさせる（数値と判定は変わらない）"
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="途中まで作った分を使わず、最初から作る")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """一次評価の調書から、二次評価の案を作る。"""
    settings = load_settings(data_dir)
    if template is not None:
        _write_template(template)
        return
    if file is None:
        raise CommandError(
            "調書のファイルを指定してください。様式は shiori draft --template 様式.xlsx で書き出せます。"
        )
    if propose_mapping is not None:
        _propose(file, propose_mapping)
        return
    if out is None and not as_json:
        raise CommandError("出力先を --out で指定してください（例：--out 二次評価案.xlsx）。")
    _draft_file(settings, file, out, mapping, style, no_documents, restart, as_json, with_model)


def _draft_file(
    settings: "Settings",
    file: Path,
    out: Path | None,
    mapping_file: Path | None,
    style_file: Path | None,
    no_documents: bool,
    restart: bool,
    as_json: bool,
    with_model: bool,
) -> None:
    from api.drafting.batch import draft_batch, fingerprint
    from api.drafting.journal import Journal
    from api.exports.write import write_safely, writer_for
    from ingest.sheets.mapping import read_mapping
    from ingest.sheets.read import read_sheet_file
    from rag.drafting.drafter import Drafter
    from rag.drafting.style import HouseStyle, read_style

    if out is not None:
        writer_for(out.suffix)  # refused before any work is done
        if out.resolve() == file.resolve():
            raise CommandError(f"出力先「{out}」が入力と同じです。別の名前にしてください。")
    mapping: Mapping[str, str] | None = None
    if mapping_file is not None:
        mapping = read_mapping(_read(mapping_file), mapping_file.name)
    chosen: HouseStyle = read_style(style_file) if style_file is not None else HouseStyle()
    batch = read_sheet_file(file, mapping)
    for remark in batch.remarks:
        say(f"注意: {printable(remark)}")
    with (
        _sources(settings, no_documents, chosen) as sources,
        _reworder(settings, with_model) as reworder,
    ):
        started = time.perf_counter()
        drafter = Drafter(sources=sources, style=chosen, reworder=reworder)
        if out is None:
            drafts = draft_batch(batch, drafter)
        else:
            path = out.with_name(out.name + JOURNAL_SUFFIX)
            if restart:
                path.unlink(missing_ok=True)
            with Journal(path, fingerprint(batch, drafter, mapping)) as journal:
                if journal.done:
                    say(f"前回の続きから始めます（{len(journal.done)}件は作成済み）。")
                drafts = _with_progress(batch, drafter, journal)
                about = _provenance(batch, drafter)
                write_safely(out, writer_for(out.suffix)(drafts, about))
                journal.remove()
    seconds = time.perf_counter() - started
    if as_json:
        import json

        print(json.dumps(drafts, ensure_ascii=False, indent=2))
    else:
        print(printable(summary(drafts, seconds, out)))
    if all(each["error"] for each in drafts):
        raise typer.Exit(1)


@contextmanager
def _reworder(settings: "Settings", with_model: bool) -> "Iterator[Reworder | None]":
    """The language model as one that rewords; None unless it is asked for."""
    if not with_model:
        yield None
        return
    from rag.factory import open_model
    from rag.llm.rewording import ModelReworder

    model = open_model(settings)
    if model is None:
        raise CommandError(
            "言語モデルが設定されていません。SHIORI_LLM_BASE_URL と SHIORI_LLM_MODEL を設定してください。"
        )
    try:
        yield ModelReworder(model)
    finally:
        model.close()


def _with_progress(
    batch: "SheetBatch", drafter: "Drafter", journal: "Journal"
) -> "list[DraftJson]":
    """Drafts with a bar on a terminal; an interruption says what is kept."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from api.drafting.batch import draft_batch

    console = Console(stderr=True)
    reached = len(journal.done)
    with Progress(
        TextColumn("二次評価の案"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task("", total=len(batch.entries))

        def advance(done: int, total: int) -> None:
            nonlocal reached
            reached = max(reached, done)
            progress.update(task, completed=done)

        try:
            return draft_batch(batch, drafter, journal, advance)
        except KeyboardInterrupt as error:
            raise CommandInterruptedError(
                f"中断しました。{reached}件は保存してあります。"
                "同じコマンドをもう一度実行すると、続きから始めます。"
            ) from error


@contextmanager
def _sources(
    settings: "Settings", no_documents: bool, style: "HouseStyle"
) -> "Iterator[SourceFinder]":
    """The index of the data folder, or nothing where there is none or none is wanted."""
    from rag.drafting.sources import IndexSources, NoSources

    if not no_documents and not (settings.data_dir / "registry.sqlite3").is_file():
        say(
            f"「{settings.data_dir}」に登録された文書がないため、調書だけで作ります。"
            "計画や監査報告を参照するには、先に shiori ingest で登録してください。"
        )
        no_documents = True
    if no_documents:
        yield NoSources()
        return
    from ingest.pipeline import CHUNKER_VERSION
    from rag.factory import open_assistant

    assistant = open_assistant(settings, CHUNKER_VERSION)
    try:
        yield IndexSources(assistant.retriever, style.quote_characters)
    finally:
        assistant.close()


def _provenance(batch: "SheetBatch", drafter: "Drafter") -> "Provenance":
    from api.exports.provenance import Provenance

    versions = drafter.versions()
    return Provenance(
        input_file=batch.file,
        input_sha256=batch.sha256,
        created_at=datetime.now().astimezone(),
        rules=versions.rules,
        wording=versions.wording,
        index=versions.index,
    )


def summary(drafts: "Sequence[DraftJson]", seconds: float, out: Path | None) -> str:
    """What a run did, for a reader at a terminal."""
    from rag.drafting.directions import role_of

    made = [each for each in drafts if not each["error"]]
    flagged = sum(bool(each["flags"]) for each in made)
    differing = sum(
        bool(each["first_direction"])
        and role_of(each["first_direction"]) is not role_of(each["proposed_direction"])
        for each in made
    )
    pace = seconds / max(1, len(drafts))
    lines = [
        f"{len(made)}件の案を作りました（{seconds:.1f}秒、1件あたり{pace:.2f}秒）。",
        f"確認事項のある調書 {flagged}件、一次評価と方向性の提案が違う調書 {differing}件。",
    ]
    lines += [
        f"作成できなかった調書: {each['sheet_no']} {each['name']}（{each['place']}） {each['error']}"
        for each in drafts
        if each["error"]
    ]
    if out is not None:
        lines.append(f"「{out}」に書きました。内容を確かめ、二次評価は担当者が決めてください。")
    return "\n".join(lines)


def _write_template(path: Path) -> None:
    from api.exports.write import write_safely
    from ingest.sheets.template import template_csv, template_xlsx
    from rag.temporal import fiscal_year

    last_year = fiscal_year(datetime.now().date()) - 1
    if path.suffix.lower() == ".xlsx":
        content = template_xlsx(last_year)
    elif path.suffix.lower() == ".csv":
        content = template_csv(last_year)
    else:
        raise CommandError(f"様式は .xlsx か .csv で書き出せます（「{path.name}」）。")
    write_safely(path, content)
    print(f"様式を「{path}」に書きました。")


def _propose(file: Path, path: Path) -> None:
    from api.exports.write import write_safely
    from ingest.sheets.mapping import proposal_json
    from ingest.sheets.read import propose_mapping

    proposals = propose_mapping(_read(file), file.name)
    write_safely(path, proposal_json(proposals, file.name).encode("utf-8"))
    named = sum(bool(proposal.field) for proposal in proposals)
    print(
        f"{len(proposals)}列のうち{named}列に項目を当てた案を「{path}」に書きました。"
        f"確かめて直し、--mapping {path} を付けて実行してください。"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(
            f"「{path}」を開けません（{error.strerror}）。場所とアクセス権を確かめてください。"
        ) from error
