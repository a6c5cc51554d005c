"""`shiori documents list / show / remove`"""

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AsJson,
    CommandError,
    DataDir,
    load_settings,
    print_json,
    printable,
)

if TYPE_CHECKING:
    from rag.index import Index
    from rag.types import Document

DocumentKey = Annotated[
    str, typer.Argument(metavar="DOCUMENT", help="文書番号、または登録時のファイル名")
]


def list_documents(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """登録されている文書の一覧。"""
    settings = load_settings(data_dir)
    from api.serialise import document_json
    from rag.factory import open_index

    index = open_index(settings)
    try:
        documents = index.documents()
    finally:
        index.close()
    if as_json:
        print_json({"documents": [document_json(document) for document in documents]})
        return
    for document in documents:
        size = f"{document.page_count}ページ" if document.has_pages else "ページなし"
        print(printable(f"{document.id}\t{document.source}\t{document.title}\t{size}"))
    if not documents:
        print("登録されている文書はありません。shiori ingest で登録してください。")


def show_document(key: DocumentKey, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """一つの文書について分かっていること。"""
    settings = load_settings(data_dir)
    from api.serialise import document_json
    from ingest.quality_report import quality_lines, quality_report
    from rag.factory import open_index

    index = open_index(settings)
    try:
        document = find_document(index, key)
        report = quality_report(document, index.documents())
    finally:
        index.close()
    shown = document_json(document) | {"quality": report}
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        if name != "quality":
            text = "、".join(map(str, value)) if isinstance(value, list) else value
            print(printable(f"{name}: {'' if text is None else text}"))
    for line in quality_lines(report):
        print(printable(line))


def remove_document(key: DocumentKey, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """文書を登録簿と索引から削除し、何を消したかを示す。"""
    settings = load_settings(data_dir)
    from api.serialise import receipt_json
    from rag.factory import open_index

    index = open_index(settings)
    try:
        receipt = index.remove(find_document(index, key).id)
    finally:
        index.close()
    if as_json:
        print_json(receipt_json(receipt))
    else:
        print(
            printable(
                f"「{receipt.source}」を削除しました。"
                f"登録簿: {receipt.pages}ページ、{receipt.chunks}断片。"
                f"ベクトル索引: {receipt.vectors}件。全文索引: {receipt.lexical_entries}件。"
                f"残り: {receipt.left}件。"
            )
        )
    if receipt.left:
        raise typer.Exit(1)


def find_document(index: "Index", key: str) -> "Document":
    """The document with this id or this source.

    Raises CommandError when there is none.
    """
    for document in index.documents():
        if key in {document.id, document.source}:
            return document
    raise CommandError(
        "指定された文書は登録されていません。shiori documents list で確かめてください。"
    )
