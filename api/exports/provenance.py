"""Where an exported file of drafts comes from, for the reader of the file."""

from dataclasses import dataclass
from datetime import datetime

NOTICE = (
    "この案はしおりが機械的に作成したものです。内容を確かめ、二次評価は担当者が決めてください。"
)

WITHOUT_MODEL = "定型文による作成（言語モデルは不使用）"
WITH_MODEL = "定型文による作成ののち、言語モデルで言い換え（数値と判定は規則による）"


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """`rules`, `wording` and `index` are versions; `index` is "" without documents."""

    input_file: str
    input_sha256: str
    created_at: datetime
    rules: str
    wording: str
    index: str
    method: str = WITHOUT_MODEL

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("作成方法", self.method),
            ("作成日時", self.created_at.isoformat(timespec="seconds")),
            ("入力ファイル", self.input_file),
            ("入力ファイルのSHA-256", self.input_sha256),
            ("規則の版", self.rules),
            ("文例の版", self.wording),
            ("文書索引の版", self.index or "文書は使っていません"),
        ]
