"""Japanese names for what a report shows."""

from eval.results import Cause

TYPES = {
    "aggregate": "集計",
    "compare_over_time": "時点の比較",
    "conflict": "文書間の食い違い",
    "date_period": "日付・期間",
    "definition": "用語の定義",
    "fact_number": "数値",
    "fact_text": "事実",
    "followup": "続けての質問",
    "list": "列挙",
    "multi_hop_cross_doc": "複数文書にまたがる質問",
    "multi_hop_same_doc": "複数箇所にまたがる質問",
    "out_of_scope": "対象外の依頼",
    "table_lookup": "表の参照",
    "unanswerable": "文書に答えのない質問",
    "who_department": "担当者・担当課",
    "yes_no": "はい・いいえ",
}

STATUSES = {
    "answered": "回答済み",
    "partial": "一部回答",
    "no_evidence": "根拠なし",
    "out_of_scope": "対象外",
    "blocked": "受付停止",
    "failed": "処理の失敗",
}

CAUSES = {
    Cause.FALSE_REFUSAL: "誤って断った",
    Cause.NOT_REFUSED: "断るべきところで答えた",
    Cause.FAILED: "処理に失敗した",
    Cause.NOT_RETRIEVED: "根拠が検索されなかった",
    Cause.WRONG_VALUE: "値が誤っている",
    Cause.TOO_LONG: "長すぎる",
    Cause.NOT_EXTRACTED: "検索されたが回答に取り出せなかった",
}

DESERVED = {
    "evidence": "文書に答えがある質問",
    "unanswerable": "文書に答えのない質問",
    "out_of_scope": "対象外の依頼",
}


def type_label(name: str) -> str:
    return TYPES.get(name, name)


def status_label(name: str) -> str:
    return STATUSES.get(name, name)


def share(value: float) -> str:
    return f"{100 * value:.1f}%"
