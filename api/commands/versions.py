"""`shiori documents replace / supersede`"""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.documents import DocumentKey, find_document
from api.commands.options import (
    AsJson,
    CommandError,
    DataDir,
    load_settings,
    print_json,
    printable,
)

if TYPE_CHECKING:
    from rag.types import ReplacementReceipt

On = Annotated[
    str | None,
    typer.Option("--on", help="旧版になる日（YYYY-MM-DD、既定: 今日）", show_default=False),
]


def replace_document(
    key: DocumentKey,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="新しい内容のファイル")],
    keep_old: Annotated[
        bool, typer.Option("--keep-old", help="元の内容を旧版として残し、基準日で探せるようにする")
    ] = False,
    on: On = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """文書の内容を新しいファイルに置き換え、何を入れ替えたかを示す。"""
    settings, day = load_settings(data_dir), _day(on)
    from api.limits import limits_of
    from api.serialise import replacement_json
    from ingest.replacement import replace_document as put_in_place
    from rag.factory import open_index

    if not file.is_file():
        raise CommandError(f"ファイル「{file}」が見つかりません。場所を確かめてください。")
    with open_index(settings) as index:
        document = find_document(index, key)
        if file.suffix.lower() != Path(document.source).suffix.lower():
            raise CommandError(
                f"置き換えるファイルは、元と同じ種類（{Path(document.source).suffix}）にしてください。"
            )
        _, receipt = put_in_place(
            document,
            file.read_bytes(),
            index,
            keep_old=keep_old,
            on=day,
            limits=limits_of(settings),
        )
    if as_json:
        print_json(replacement_json(receipt))
    else:
        print(printable(receipt_text(receipt)))
    if receipt.left:
        raise typer.Exit(1)


def supersede_document(
    key: DocumentKey,
    by: Annotated[
        str, typer.Option("--by", metavar="DOCUMENT", help="代わりになる新しい文書")
    ] = "",
    on: On = None,
    undo: Annotated[bool, typer.Option("--undo", help="旧版の扱いをやめ、現行に戻す")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """文書を旧版にする。ふだんの答えには使わず、基準日がその前の質問にだけ使う。"""
    settings, day = load_settings(data_dir), _day(on)
    if undo == bool(by):
        raise CommandError("--by で代わりの文書を指定するか、--undo を付けてください。")
    from api.serialise import document_json
    from rag.factory import open_index

    with open_index(settings) as index:
        document = find_document(index, key)
        successor = find_document(index, by) if by else None
        if successor and successor.id == document.id:
            raise CommandError("文書自身を、代わりの文書に指定することはできません。")
        shown = index.supersede(
            document.id,
            successor.source if successor else "",
            (day or date.today()) if successor else None,
        )
    if as_json:
        print_json(document_json(shown))
    elif shown.superseded_on:
        print(
            printable(
                f"「{shown.source}」を {shown.superseded_on} から旧版にしました。"
                f"代わりの文書は「{shown.successor}」です。"
            )
        )
    else:
        print(printable(f"「{shown.source}」を現行の文書に戻しました。"))


def receipt_text(receipt: "ReplacementReceipt") -> str:
    kept = f"元の内容は「{receipt.kept_as}」として残しました。" if receipt.kept_as else ""
    return (
        f"「{receipt.source}」を置き換えました。"
        f"元: {receipt.old_pages}ページ、{receipt.old_chunks}断片。"
        f"新: {receipt.pages}ページ、{receipt.chunks}断片。{kept}"
        f"元の断片の残り: {receipt.left}件。"
    )


def _day(text: str | None) -> date | None:
    """Raises CommandError for what is no date."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"日付「{text}」を読み取れません。2026-04-01 のように指定してください。"
        ) from None
