"""`shiori documents exclude / include / accept`"""

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.documents import DocumentKey, find_document
from api.commands.options import AsJson, DataDir, load_settings, print_json, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag.index import Index
    from rag.types import Document

Pages = Annotated[str, typer.Option("--pages", help="ページ番号（例: 3-5,8）")]


def exclude_pages_of(
    key: DocumentKey, pages: Pages, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """ページを検索と回答の対象から外す。本文は残り、include で戻せる。"""

    def change(index: "Index", document: "Document") -> None:
        from ingest.review import exclude_pages, page_numbers

        exclude_pages(index, document, {*document.excluded_pages, *page_numbers(pages)})

    _review(key, as_json, data_dir, change)


def include_pages_of(
    key: DocumentKey, pages: Pages, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """外したページを検索と回答の対象に戻す。"""

    def change(index: "Index", document: "Document") -> None:
        from ingest.review import exclude_pages, page_numbers

        exclude_pages(index, document, set(document.excluded_pages).difference(page_numbers(pages)))

    _review(key, as_json, data_dir, change)


def accept_document(
    key: DocumentKey,
    undo: Annotated[bool, typer.Option("--undo", help="確認済みを取り消す")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """読み取りの結果を確かめたと記録する。"""

    def change(index: "Index", document: "Document") -> None:
        from ingest.review import accept

        accept(index, document, not undo)

    _review(key, as_json, data_dir, change)


def _review(
    key: str, as_json: bool, data_dir: DataDir, change: "Callable[[Index, Document], None]"
) -> None:
    settings = load_settings(data_dir)
    from ingest.quality_report import quality_lines, quality_report
    from rag.factory import open_index

    index = open_index(settings)
    try:
        document = find_document(index, key)
        change(index, document)
        report = quality_report(index.document(document.id), index.documents())
    finally:
        index.close()
    if as_json:
        print_json(report)
        return
    print(printable(f"「{document.source}」を更新しました。"))
    for line in quality_lines(report):
        print(printable(line))
