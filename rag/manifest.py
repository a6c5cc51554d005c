"""With what settings a data folder was made, and what to do when they are others now."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rag.embedding import EmbedderInfo
from rag.errors import IndexMismatchError
from rag.tokens import TOKENIZER_VERSION

VECTORS_FOLDER = "vectors_folder"
LEXICAL_FOLDER = "lexical_folder"
CHUNKER = "chunker"

_LABELS = {
    "embedder": "埋め込みモデル",
    "dimension": "ベクトルの次元",
    "fingerprint": "埋め込みモデルの版",
    "tokenizer": "形態素解析器と辞書",
    CHUNKER: "文書の分割方法",
}


def of_indexes(info: EmbedderInfo) -> dict[str, str]:
    """The settings that the derived indexes depend on, as they are now."""
    return {
        "embedder": info.name,
        "dimension": str(info.dimension),
        "fingerprint": info.fingerprint,
        "tokenizer": TOKENIZER_VERSION,
    }


def differences(found: Mapping[str, str], now: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(what, in the folder, now) of every setting that differs."""
    return [
        (_LABELS[key], found.get(key, "不明"), value)
        for key, value in now.items()
        if found.get(key) != value
    ]


def refuse(data_dir: Path, differing: Sequence[tuple[str, str, str]]) -> None:
    """Raises `IndexMismatchError` naming what differs, if anything, and what mends it."""
    if not differing:
        return
    what = "、".join(f"{label} {found} → {now}" for label, found, now in differing)
    raise IndexMismatchError(
        f"データフォルダ「{data_dir}」は別の設定で作られています（{what}）。"
        "設定を元に戻すか、shiori reindex を実行して索引を作り直してください。"
    )
