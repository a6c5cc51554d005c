"""`shiori ingest`"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, load_settings, print_json, printable, say

if TYPE_CHECKING:
    from ingest.limits import Limits
    from ingest.report import IngestReport
    from rag.index import Index


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="ファイルまたはフォルダ")],
    as_json: AsJson = False,
    if_stale: Annotated[
        bool, typer.Option("--if-stale", help="すべて登録済みで変更がなければ、一行だけ表示する")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="登録せずに、読み取りの結果と品質だけを示す")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """文書を読み取り、登録簿と索引に入れる。変わっていないファイルは飛ばす。"""
    settings = load_settings(data_dir)
    from api.freshness import unchanged_files
    from api.limits import limits_of

    if check:
        _check(paths, as_json, limits_of(settings))
        return
    if if_stale and not as_json:
        unchanged = unchanged_files(paths, settings.data_dir)
        if unchanged is not None:
            say(f"索引は最新です（{unchanged}件）。")
            return
    from ingest.pipeline import CHUNKER_VERSION
    from ingest.pipeline import ingest as take_in
    from ingest.progress import progress_for_stderr
    from rag.factory import open_index

    index = open_index(settings)
    try:
        # Documents cut in another way than today's are cut again, changed or not.
        outdated = bool(index.documents()) and index.chunker_version != CHUNKER_VERSION
        with progress_for_stderr() as progress:
            report = take_in(
                paths,
                index,
                progress=progress,
                force=outdated,
                limits=limits_of(settings),
            )
        if not outdated or _covers(report, index):
            index.set_chunker_version(CHUNKER_VERSION)
        if report.replaced:
            index.compact()
    finally:
        index.close()
    if as_json:
        print_json(report.as_dict())
    else:
        print(printable(report.as_text()))
    if report.nothing_readable:
        raise typer.Exit(1)


def _check(paths: list[Path], as_json: bool, limits: "Limits") -> None:
    from ingest.preview import preview
    from ingest.progress import progress_for_stderr
    from ingest.quality_report import quality_lines, quality_report

    with progress_for_stderr() as progress:
        report = preview(paths, progress=progress, limits=limits)
    if as_json:
        print_json(report.as_dict())
    else:
        for document in report.documents:
            print(printable(f"「{document.source}」"))
            for line in quality_lines(quality_report(document, report.registered)):
                print(printable(f"  {line}"))
        for failure in report.failures:
            print(printable(f"失敗: {failure.message}"))
        print("登録はしていません。登録するには --check を付けずに実行してください。")
    if report.nothing_readable:
        raise typer.Exit(1)


def _covers(report: "IngestReport", index: "Index") -> bool:
    """Whether every document of the index was taken in anew."""
    taken_in = {*report.added, *report.replaced}
    return all(document.source in taken_in for document in index.documents())
