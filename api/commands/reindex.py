"""`shiori reindex`"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import CommandError, DataDir, load_settings, printable, say

if TYPE_CHECKING:
    from ingest.limits import Limits
    from rag.embedding import Embedder
    from rag.generation import Cut
    from rag.settings import Settings
    from rag.types import Document, IndexStatus

MOST_ROUNDS = 20  # of catching up with documents that change meanwhile
_LOOK_EVERY_S = 0.5


def reindex(
    wait: Annotated[
        float, typer.Option(min=0, help="サーバーが新しい索引に切り替えるのを待つ秒数")
    ] = 60.0,
    data_dir: DataDir = None,
) -> None:
    """いまの設定で索引を作り直してから切り替える。作るあいだは、元の索引で答え続ける。"""
    settings = load_settings(data_dir)
    from rag.embedding import open_embedder

    embedder = open_embedder(settings.embedding_model)
    for _ in range(MOST_ROUNDS):
        _build(settings, embedder)
        status = _switch(settings, embedder)
        if status:
            print(
                f"索引を作り直しました: {status.documents}件の文書、{status.chunks}個の検索単位。"
            )
            return
        if _taken_over(settings.data_dir, wait):
            print("索引を作り直しました。動いているサーバーは新しい索引に切り替わりました。")
            return
        if _is_ready(settings.data_dir):
            print(
                "新しい索引ができました。サーバーを再起動すると切り替わります。"
                "それまでは元の索引で答えます。"
            )
            return
        say("作り直すあいだに文書が変わりました。続きを作ります…")
    raise CommandError(
        "文書の登録が続いているため、新しい索引が追いつきません。登録が落ち着いてから、もう一度実行してください。"
    )


def _build(settings: "Settings", embedder: "Embedder") -> None:
    from api.limits import limits_of
    from ingest.reading import CHUNKER_VERSION
    from rag.adoption import announce
    from rag.generation import build_next
    from rag.registry.database import REGISTRY_FILE

    if not (settings.data_dir / REGISTRY_FILE).is_file():
        return
    embedded, limits = 0, limits_of(settings)

    def count(chunks: int) -> None:
        nonlocal embedded
        embedded += chunks

    def read_again(document: "Document", content: bytes) -> "Cut":
        say(printable(f"「{document.source}」を読み直しています…"))
        return cut_again(document, content, limits)

    built = build_next(
        settings.data_dir,
        embedder,
        chunker_version=CHUNKER_VERSION,
        cut_again=read_again,
        batch_size=settings.embedding_batch_size,
        on_embedded=count,
    )
    announce(settings.data_dir, settings.embedding_model)
    if embedded:
        say(f"{embedded}個の検索単位を新しい索引に入れました。")
    if built.not_cut_again:
        named = "、".join(built.not_cut_again)
        say(printable(f"元のファイルを読み直せないため、前の分割のまま入れました: {named}"))


def _switch(settings: "Settings", embedder: "Embedder") -> "IndexStatus | None":
    """Open the folder, which takes the new generation over; None when a server has the folder."""
    from ingest.reading import CHUNKER_VERSION
    from rag.errors import IndexLockedError, IndexMismatchError
    from rag.index import Index

    try:
        with Index.open(
            settings.data_dir,
            embedder,
            chunker_version=CHUNKER_VERSION,
            batch_size=settings.embedding_batch_size,
        ) as index:
            return None if _is_ready(settings.data_dir) else index.status()
    except (IndexLockedError, IndexMismatchError):
        return None


def _taken_over(data_dir: Path, wait_s: float) -> bool:
    """Wait until the server has taken the new generation over or has found it out of date."""
    from rag.adoption import NEXT_FOLDER

    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline and _is_ready(data_dir):
        time.sleep(_LOOK_EVERY_S)
    # Its folder goes last, a moment after the exchange.
    while time.monotonic() < deadline and not _is_ready(data_dir):
        if not (data_dir / NEXT_FOLDER).exists():
            return True
        time.sleep(_LOOK_EVERY_S)
        if (data_dir / NEXT_FOLDER / "registry.sqlite3").exists():
            return False
    return not (data_dir / NEXT_FOLDER).exists()


def _is_ready(data_dir: Path) -> bool:
    from rag.adoption import announced

    return announced(data_dir) is not None


def cut_again(document: "Document", content: bytes, limits: "Limits") -> "Cut":
    """The document from its stored file, with what is known about it kept."""
    from ingest.catalog import CatalogEntry
    from ingest.isolation import read_isolated
    from ingest.review import with_review_of

    entry = CatalogEntry(
        file=document.source,
        title=document.title,
        kind=document.kind,
        publisher=document.publisher,
        department=document.department,
        issued=document.issued,
        valid_from=document.valid_from,
        valid_until=document.valid_until,
        successor=document.successor,
    )
    read = with_review_of(read_isolated(content, document.source, entry, limits=limits), document)
    return read.document, read.pages, read.chunks
