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
    Cause.FAILED: "処理に失敗した",
    Cause.NOT_REFUSED: "断るべきところで答えた",
    Cause.FALSE_REFUSAL: "誤って断った",
    Cause.FORBIDDEN: "誤りの語を含む",
    Cause.TOO_LONG: "長すぎる",
    Cause.CUT: "選んだが、必要な語を切り落とした",
    Cause.NOT_CONCLUDED: "根拠は示したが、答えの形にできなかった",
    Cause.NOT_RETRIEVED: "根拠が上位10件に検索されなかった",
    Cause.NOT_SELECTED: "検索されたが、回答に選ばれなかった",
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
