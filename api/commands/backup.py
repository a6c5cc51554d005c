"""`shiori backup` and `shiori restore`"""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import AsJson, DataDir, load_settings, print_json, printable, say

Archive = Annotated[Path, typer.Argument(metavar="FILE.zip", help="バックアップのファイル")]


def backup(
    archive: Archive,
    force: Annotated[
        bool, typer.Option("--force", help="同じ名前のファイルがあれば上書きする")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """登録簿と元のファイルを一つのファイルに保存する。サーバーを止める必要はない。"""
    settings = load_settings(data_dir)
    from rag.backup import back_up

    report = back_up(settings.data_dir, archive, overwrite=force)
    if report.without_original:
        named = "、".join(report.without_original)
        say(printable(f"元のファイルがない文書は、本文だけを保存しました: {named}"))
    if as_json:
        print_json(
            {
                "archive": str(report.archive),
                "size_bytes": report.size_bytes,
                "documents": report.documents,
                "originals": report.originals,
                "without_original": list(report.without_original),
            }
        )
        return
    print(
        printable(
            f"「{report.archive}」に保存しました: {report.documents}件の文書、"
            f"{report.originals}個の元のファイル、{report.size_bytes / 1e6:.1f}MB。"
            "文書と質問の本文がすべて入っています。取り扱いに注意してください。"
        )
    )


def restore(
    archive: Archive,
    force: Annotated[
        bool, typer.Option("--force", help="データフォルダの今の内容を捨てて置き換える")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """バックアップを確かめてから、データフォルダに戻す。索引は作り直す。"""
    settings = load_settings(data_dir)
    from rag.errors import IndexMismatchError
    from rag.factory import open_index
    from rag.restoring import restore as put_back

    report = put_back(archive, settings.data_dir, replace_existing=force)
    try:
        with open_index(settings) as index:
            status = index.status()
    except IndexMismatchError as error:
        say(error.message)
        status = None
    if as_json:
        print_json(
            {
                "documents": report.documents,
                "originals": report.originals,
                "made_at": report.made_at,
                "without_original": list(report.without_original),
                "indexes_agree": bool(status and status.agree),
            }
        )
    else:
        print(
            printable(
                f"「{settings.data_dir}」に戻しました: {report.documents}件の文書、"
                f"{report.originals}個の元のファイル（{report.made_at} に保存したもの）。"
            )
        )
    if status is None or not status.agree:
        raise typer.Exit(1)
