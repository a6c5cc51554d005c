"""`shiori reindex`"""

from typing import TYPE_CHECKING

from api.commands.options import DataDir, load_settings, say

if TYPE_CHECKING:
    from ingest.limits import Limits
    from rag.index import Index


def reindex(data_dir: DataDir = None) -> None:
    """保存してあるファイルから、いまの設定で索引を作り直す。"""
    settings = load_settings(data_dir)
    from api.limits import limits_of
    from ingest.reading import CHUNKER_VERSION
    from rag.embedding import open_embedder
    from rag.index import Index

    embedded = 0

    def count(chunks: int) -> None:
        nonlocal embedded
        embedded += chunks

    with Index.open(
        settings.data_dir,
        open_embedder(settings.embedding_model),
        batch_size=settings.embedding_batch_size,
        mend=True,
        on_embedded=count,
    ) as index:
        if index.chunker_version != CHUNKER_VERSION:
            cut_again(index, limits_of(settings))
            index.set_chunker_version(CHUNKER_VERSION)
        index.compact()
        status = index.status()
    if embedded:
        say(f"{embedded}個の検索単位のベクトルを計算し直しました。")
    print(f"索引を作り直しました: {status.documents}件の文書、{status.chunks}個の検索単位。")


def cut_again(index: "Index", limits: "Limits") -> None:
    """Every document from its stored file, with what is known about it kept."""
    from ingest.catalog import CatalogEntry
    from ingest.isolation import read_isolated

    for document in index.documents():
        say(f"「{document.source}」を読み直しています…")
        content = index.original(document.id).read_bytes()
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
        read = read_isolated(content, document.source, entry, limits=limits)
        index.add(read.document, read.pages, read.chunks, original=content)
