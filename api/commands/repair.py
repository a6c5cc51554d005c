"""What `shiori doctor --repair` mends, and what it says about it."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.settings import Settings

Mended = tuple[str, str]  # what it was about, what was done


def mend(settings: "Settings") -> Iterator[Mended]:
    """Makes the derived indexes anew and clears leftovers; yields one sentence for each.

    The registry, the originals and the records are not touched. Raises ShioriError when another
    process has the folder (nothing is changed then) or the registry cannot be read.
    """
    from ingest.pipeline import CHUNKER_VERSION
    from rag.errors import IndexMismatchError
    from rag.factory import open_index
    from rag.repair import forget_indexes, passing

    before = passing(settings.data_dir)
    if not forget_indexes(settings.data_dir):
        yield "データフォルダ", "登録簿がないため、直すものはありません。"
        return
    told = _Told()
    logger = logging.getLogger("rag")
    logger.addHandler(told)
    try:
        with open_index(settings, CHUNKER_VERSION) as index:
            status = index.status()
        yield (
            "索引",
            f"登録簿から作り直しました（断片{status.chunks}件、ベクトル索引{status.vectors}件、"
            f"全文索引{status.lexical_entries}件）。",
        )
    except IndexMismatchError as error:
        from api.commands.reindex import reindex

        yield "索引", f"いまの設定で作り直します。{error.message}"
        reindex(wait=0, data_dir=settings.data_dir)
    finally:
        logger.removeHandler(told)
    yield from (("中断された操作", line) for line in told.lines)
    yield from _cleared(before, passing(settings.data_dir))


def _cleared(before: dict[str, int], after: dict[str, int]) -> Iterator[Mended]:
    from rag.locking import OWNER_MARK
    from rag.repair import INDEXES

    gone = {name: size for name, size in before.items() if name not in after}
    if gone.pop(OWNER_MARK, None) is not None:
        yield "使用中の印", "終了したプロセスのものが残っていたので、消しました。"
    # The indexes in use are gone as well, because new ones took their place.
    rest = {name: size for name, size in gone.items() if not name.startswith(INDEXES)}
    for name, size in sorted(rest.items()):
        yield "残り物", f"{name}（{size / 1e6:.1f}MB）を消しました。"
    if not rest:
        yield "残り物", "ありませんでした。"


class _Told(logging.Handler):
    """Keeps what the opening says about operations that were cut off."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
