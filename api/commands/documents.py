"""`shiori documents list / show / label / remove`"""

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


def label_document(
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DOCUMENT…", help="文書番号、または登録時のファイル名", show_default=False
        ),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(
            "--groups", help='読めるグループ（例: 総務課,監査委員）。"" で誰も読めなくする'
        ),
    ] = None,
    confidentiality: Annotated[
        str | None, typer.Option("--confidentiality", help="機密性1、機密性2、機密性3A など")
    ] = None,
    unlabelled: Annotated[
        bool, typer.Option("--unlabelled", help="グループの決まっていないすべての文書を対象にする")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """だれが読めるか（グループ）と機密性を決める。"""
    if groups is None and confidentiality is None:
        raise CommandError("--groups か --confidentiality を指定してください。")
    if bool(keys) is unlabelled:
        raise CommandError("文書を指定するか、--unlabelled を付けてください。")
    settings = load_settings(data_dir)
    from typing import get_args

    from api.people.accounts import labels
    from api.schemas import Confidentiality
    from rag.factory import open_index

    levels = get_args(Confidentiality)
    if confidentiality is not None and confidentiality not in levels:
        raise CommandError(f"機密性は {'、'.join(filter(None, levels))} のどれかにしてください。")
    wanted = None if groups is None else labels(groups.replace("、", ",").split(","))
    index = open_index(settings)
    try:
        found = [find_document(index, key) for key in keys or ()]
        if unlabelled:
            found = [document for document in index.documents() if not document.groups]
        for document in found:
            changed = index.label(document.id, groups=wanted, confidentiality=confidentiality)
            readers = "、".join(changed.groups) or "なし（だれも読めません）"
            level = changed.confidentiality or "なし"
            print(printable(f"「{changed.source}」を読めるグループ: {readers}　機密性: {level}"))
    finally:
        index.close()
    if not found:
        print("対象の文書はありません。")


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
