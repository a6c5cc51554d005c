"""What is said instead of an answer, and where the asker may look instead."""

from collections.abc import Sequence

from rag.composed import Reading
from rag.temporal import years
from rag.text import normal
from rag.types import Document

OUT_OF_SCOPE = (
    "しおりは登録された庁内文書の内容についてお答えする仕組みのため、このご質問は対象外です。"
    "計画・監査報告・会議資料などの内容についてお尋ねください。"
)
NO_DOCUMENTS = (
    "お答えに使える文書がまだありません。"
    "文書が登録されているか、読めるグループに入っているかを、管理者に確かめてください。"
)
_NO_EVIDENCE = (
    "登録されている文書からは、この質問に答える記載が見つかりませんでした。"
    "近い内容の箇所を下に示します。言い方を変えるか、文書の所管課にご確認ください。"
)
_MOST_YEARS = 4  # more are no help in a sentence


def no_evidence(nearest: Document | None, reading: Reading) -> str:
    """The refusal, with the document that is nearest, whom to ask, and what years it does tell of."""
    if nearest is None:
        return _NO_EVIDENCE
    ask = f"（所管：{nearest.department}）" if nearest.department else ""
    text = f"{_NO_EVIDENCE}最も近い箇所があるのは「{nearest.title}」{ask}です。"
    if reading.signals.other_time and (told := _years_told(reading)):
        text += f"見つかった記載は、{'・'.join(told)}のものです。"
    return text


def _years_told(reading: Reading) -> Sequence[str]:
    """The years of the best unit in their order: 「2024年度」, none where there are too many."""
    mentions = years(normal(reading.evidence[0].unit.text)) if reading.evidence else []
    ordered = sorted(mentions, key=lambda mention: mention.year)
    told = list(dict.fromkeys(f"{m.year}年{'度' if m.fiscal else ''}" for m in ordered))
    return told if len(told) <= _MOST_YEARS else ()
