"""What an ingestion did, for people and for machines."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.inspection import near_duplicates, remarks
from ingest.quality_report import quality_report
from rag.types import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A file or folder that could not be taken in. `message` is a Japanese sentence."""

    source: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestReport:
    """Sources by what happened to them, and counts over the documents added or replaced."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    pages: int = 0
    chunks: int = 0
    table_rows: int = 0
    duplicates: int = 0
    warnings: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    stopped: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)  # read, structure, embed, write
    documents: tuple[Document, ...] = ()  # those added or replaced
    registered: tuple[Document, ...] = ()  # all, to tell what is alike

    @property
    def nothing_readable(self) -> bool:
        """True when there was something to read and none of it could be taken in."""
        return bool(self.failures) and not (self.added or self.replaced or self.unchanged)

    def as_dict(self) -> dict[str, object]:
        """Plain values for `--json`."""
        return {
            "added": list(self.added),
            "replaced": list(self.replaced),
            "unchanged": list(self.unchanged),
            "pages": self.pages,
            "chunks": self.chunks,
            "table_rows": self.table_rows,
            "duplicates": self.duplicates,
            "warnings": list(self.warnings),
            "failures": [
                {"source": f.source, "code": f.code, "message": f.message} for f in self.failures
            ],
            "stopped": self.stopped,
            "seconds": {stage: round(spent, 3) for stage, spent in self.seconds.items()},
            "quality": [quality_report(d, self.registered) for d in self.documents],
        }

    def as_text(self) -> str:
        """A few lines of Japanese for the terminal."""
        lines = [
            f"登録: 新規 {len(self.added)} 件、更新 {len(self.replaced)} 件、"
            f"変更なし {len(self.unchanged)} 件、失敗 {len(self.failures)} 件",
        ]
        if self.added or self.replaced:
            lines.append(
                f"内容: {self.pages:,} ページ、{self.chunks:,} 個の検索単位"
                f"（表の行 {self.table_rows:,}、重複する文章 {self.duplicates:,}）"
            )
            spent = "、".join(
                f"{_STAGES[stage]} {seconds:.1f} 秒" for stage, seconds in self.seconds.items()
            )
            lines.append(f"時間: {spent}")
        if self.stopped:
            lines.append("途中で止められました。登録が済んだ文書はそのまま使えます。")
        lines.extend(f"注意: {warning}" for warning in self.warnings)
        for document in self.documents:
            lines.extend(f"確認: 「{document.source}」の{said}" for said in remarks(document))
            lines.extend(
                f"確認: 「{document.source}」は「{other.source}」とよく似ています（文の{share:.0%}が共通）。"
                "古い版でないか確かめてください。"
                for other, share in near_duplicates(document, self.registered)
            )
        lines.extend(f"失敗: {failure.message}" for failure in self.failures)
        return "\n".join(lines)


_STAGES = {"read": "読み込み", "structure": "構造の認識", "embed": "埋め込み", "write": "書き込み"}
