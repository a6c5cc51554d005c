"""`shiori doctor`"""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import DataDir, load_settings, printable

if TYPE_CHECKING:
    from rag.index import Index
    from rag.settings import Settings

LOW_DISK_BYTES = 1_000_000_000

Finding = tuple[str, str, bool]  # what was looked at, what was found, whether it is sound


def doctor(
    repair: Annotated[
        bool,
        typer.Option("--repair", help="調べる前に、索引を登録簿から作り直し、残り物を片付ける"),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """登録簿と索引の一致、埋め込みモデル、読み取りモデル、言語モデル、原本、空き容量を調べる。異常があれば終了コード1。"""
    settings = load_settings(data_dir)
    if repair:
        from api.commands.repair import mend

        for subject, done in mend(settings):
            print(printable(f"[修復] {subject}: {done}"), flush=True)
    sound = True
    for subject, found, is_sound in examine(settings):
        print(printable(f"[{'正常' if is_sound else '異常'}] {subject}: {found}"), flush=True)
        sound = sound and is_sound
    if not sound:
        raise typer.Exit(1)


def examine(settings: "Settings") -> Iterator[Finding]:
    """The findings in the order they are made; later checks need the earlier ones to be sound."""
    from rag.embedding import open_embedder
    from rag.errors import ShioriError
    from rag.factory import open_index
    from rag.reader.model import bundled_reader

    yield _disk(settings)
    try:
        vector = open_embedder(settings.embedding_model).embed_query("点検")
    except ShioriError as error:
        yield "埋め込みモデル", error.message, False
        return
    yield "埋め込みモデル", f"{settings.embedding_model}（{len(vector)}次元）", True
    try:
        bundled_reader().read("点検", ["点検"])
    except ShioriError as error:
        yield "読み取りモデル", error.message, False
        return
    yield "読み取りモデル", "読み取れます", True
    yield language_model(settings)
    if not settings.data_dir.is_dir():
        yield (
            "データフォルダ",
            f"「{settings.data_dir}」がありません。shiori ingest で文書を登録してください。",
            False,
        )
        return
    try:
        index = open_index(settings)
    except ShioriError as error:
        yield "データフォルダ", error.message, False
        return
    with index:
        yield "データフォルダ", f"{settings.data_dir}", True
        yield from _index(index)


def language_model(settings: "Settings") -> Finding:
    from rag.errors import ShioriError
    from rag.factory import open_model

    try:
        model = open_model(settings)
    except ShioriError as error:
        return "言語モデル", error.message, False
    if model is None:
        return "言語モデル", "設定されていません（文書の抜き書きで答えます）", True
    try:
        wrong = model.probe()
    finally:
        model.close()
    found = f"{settings.llm_model}（{settings.llm_base_url}）"
    return "言語モデル", f"{found} {wrong}" if wrong else found, not wrong


def _disk(settings: "Settings") -> Finding:
    folder = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.1f}GB"
    if free < LOW_DISK_BYTES:
        return "空き容量", f"{found}しかありません。1GB以上空けてください。", False
    return "空き容量", found, True


def _index(index: "Index") -> Iterator[Finding]:
    from ingest.pipeline import CHUNKER_VERSION

    faults = index.database.faults()
    yield (
        "登録簿",
        f"壊れています（{faults[0]}）。バックアップから shiori restore で戻してください。"
        if faults
        else "読み取れます",
        not faults,
    )
    status = index.status()
    counts = (
        f"文書{status.documents}件、断片{status.chunks}件、"
        f"ベクトル索引{status.vectors}件、全文索引{status.lexical_entries}件"
    )
    yield "登録簿と索引", counts if status.agree else f"一致しません（{counts}）。", status.agree
    missing = [
        document.source for document in index.documents() if not _has_original(index, document.id)
    ]
    yield (
        "原本",
        f"保存されていない文書があります: {'、'.join(missing)}（同じファイルを登録し直すと戻ります）"
        if missing
        else "すべて保存されています",
        not missing,
    )
    is_current = not status.documents or index.chunker_version == CHUNKER_VERSION
    yield (
        "文書の分割方法",
        "現在の版です" if is_current else "以前の版です。shiori reindex を実行してください。",
        is_current,
    )


def _has_original(index: "Index", document_id: str) -> bool:
    from rag.errors import ShioriError

    try:
        return index.original(document_id).is_file()
    except ShioriError:
        return False
