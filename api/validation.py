"""What is wrong with a request, as one Japanese sentence that never repeats what was sent."""

from collections.abc import Mapping, Sequence
from typing import Any

FIELD_NAMES: Mapping[str, str] = {
    "question": "質問（question）",
    "query": "検索語（query）",
    "history": "これまでのやり取り（history）",
    "answer": "回答（answer）",
    "as_of": "基準日（as_of）",
    "document_ids": "対象文書（document_ids）",
    "document_id": "文書番号（document_id）",
    "mode": "回答方式（mode）",
    "top_k": "件数（top_k）",
    "conversation_id": "会話番号（conversation_id）",
    "file": "ファイル（file）",
    "messages": "メッセージ（messages）",
    "content": "内容（content）",
    "role": "役割（role）",
    "stream": "逐次送信（stream）",
    "model": "モデル（model）",
    "page_number": "ページ番号（page）",
    "start": "開始位置（start）",
    "end": "終了位置（end）",
    "width": "画像の幅（width）",
    "limit": "件数（limit）",
}

WRONG_TYPES: Mapping[str, str] = {
    "string": "文字列",
    "int": "整数",
    "float": "数値",
    "bool": "true か false",
    "list": "配列",
    "tuple": "配列",
    "dict": "オブジェクト",
    "model": "オブジェクト",
    "date": "YYYY-MM-DD の形の日付",
}


def describe_validation_error(errors: Sequence[Mapping[str, Any]]) -> tuple[int, str, str]:
    """(HTTP status, code, message) of the first error in FastAPI's list."""
    if not errors:
        return 422, "invalid_request", "リクエストの内容を確かめて送り直してください。"
    error = errors[0]
    kind = str(error.get("type", ""))
    location = tuple(error.get("loc", ()))
    limits = error.get("ctx") or {}
    if kind == "json_invalid":
        return (
            400,
            "malformed_json",
            "本文がJSONとして読み取れません。かっこや引用符の対応を確かめて送り直してください。",
        )
    if location == ("body",):
        return _describe_body(kind)
    code, rule = _rule(kind, limits)
    if kind == "extra_forbidden":
        return 422, code, rule
    return 422, code, f"{_field_name(location)}{rule}"


def _describe_body(kind: str) -> tuple[int, str, str]:
    if kind == "missing":
        return 422, "missing_body", "本文がありません。JSONの本文を付けて送ってください。"
    if kind == "string_unicode":
        return (
            422,
            "invalid_text",
            "本文の項目名に使えない文字が含まれています。書き直してください。",
        )
    return (
        422,
        "wrong_type",
        "本文はJSONのオブジェクトで、Content-Type: application/json を付けて送ってください。",
    )


def _field_name(location: Sequence[object]) -> str:
    """The innermost field this project knows; names chosen by the sender are not repeated."""
    for part in reversed(location):
        if isinstance(part, str) and part in FIELD_NAMES:
            return FIELD_NAMES[part]
    return "送られた項目"


def _rule(kind: str, limits: Mapping[str, Any]) -> tuple[str, str]:
    if kind == "missing":
        return "missing_field", "がありません。指定して送り直してください。"
    if kind == "extra_forbidden":
        return (
            "unknown_field",
            "使えない項目が含まれています。項目名のつづりを /api/docs で確かめてください。",
        )
    if kind == "shiori":
        return str(limits.get("code", "invalid_value")), str(
            limits.get("rule", "が正しくありません。")
        )
    if kind in {"string_unicode", "string_pattern_mismatch"}:
        return "invalid_text", "に使えない文字が含まれています。入力し直してください。"
    if kind in {"string_too_short", "too_short"}:
        return "empty", "が空です。入力してください。"
    if kind == "string_too_long":
        return (
            "too_long",
            f"が長すぎます。{limits.get('max_length', 0):,}文字以内にしてください。",
        )
    if kind == "too_long":
        return "too_many", f"が多すぎます。{limits.get('max_length', 0):,}件以内にしてください。"
    if kind in {"greater_than_equal", "greater_than"}:
        lowest = limits.get("ge", limits.get("gt"))
        return "out_of_range", f"が小さすぎます。{lowest}以上の値にしてください。"
    if kind in {"less_than_equal", "less_than"}:
        highest = limits.get("le", limits.get("lt"))
        return "out_of_range", f"が大きすぎます。{highest}以下の値にしてください。"
    if kind in {"literal_error", "enum"}:
        expected = str(limits.get("expected", "")).replace("'", "").replace(" or ", "、")
        return "invalid_value", f"は {expected} のどれかにしてください。"
    for stem, expected in WRONG_TYPES.items():
        if kind.startswith(f"{stem}_"):
            return "wrong_type", f"は{expected}で指定してください。"
    return "invalid_value", "が正しくありません。値を確かめて送り直してください。"
