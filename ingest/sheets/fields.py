"""The fields of a sheet by stable keys, and the column heads that name them.

Keys: `name`, `outcome1.unit`, `outcome1.2025.actual`, `cost.2025.total`, `users.2025`,
`first.comment`, `previous.instructions`. Every reader turns its file into values by key.
"""

import re
from dataclasses import dataclass

from rag.temporal import years
from rag.text import key

# Template head first; the others are read as the same field without asking.
PLAIN_FIELDS: dict[str, tuple[str, ...]] = {
    "fiscal_year": ("評価対象年度", "年度", "対象年度"),
    "sheet_no": ("調書番号", "事務事業No.", "事務事業番号", "整理番号"),
    "name": ("事務事業名",),
    "bureau": ("部", "部局"),
    "division": ("課", "所管課", "担当課"),
    "policy_code": ("政策コード", "施策コード"),
    "purpose": ("目的", "目的・意図", "意図"),
    "means": ("手段", "手段・内容"),
    "first.validity": ("妥当性",),
    "first.fairness": ("公平性",),
    "first.efficiency": ("効率性",),
    "first.activity": ("活動の評価", "活動指標の評価"),
    "first.outcome": ("成果の評価", "成果指標の評価"),
    "first.grade": ("継続性",),
    "first.direction": ("一次評価の方向性", "一次評価方向性"),
    "first.comment": ("一次評価のコメント", "一次評価コメント"),
    "previous.first_comment": ("前年度の一次評価のコメント", "前年度一次評価コメント"),
    "previous.direction": ("前年度の二次評価の方向性", "前年度二次評価方向性"),
    "previous.comment": ("前年度の二次評価のコメント", "前年度二次評価コメント"),
    "previous.instructions": ("前年度の指示事項", "前年度の二次評価の指示事項"),
}
_PLAIN_KEYS = {key(head): field for field, heads in PLAIN_FIELDS.items() for head in heads}

INDICATOR_PARTS = {"名称": "name", "名": "name", "単位": "unit", "方向": "direction"}
YEAR_PARTS = {
    "計画": "plan",
    "目標": "plan",
    "計画値": "plan",
    "目標値": "plan",
    "実績": "actual",
    "実績値": "actual",
}
COST_PARTS = {
    "事業費": "project",
    "人件費": "labour",
    "総コスト": "total",
    "人件費の算定方法": "method",
    "人件費算定方法": "method",
}
COST_HEADS = {
    "project": "事業費",
    "labour": "人件費",
    "total": "総コスト",
    "method": "人件費の算定方法",
}
KIND_HEADS = {"activity": "活動指標", "outcome": "成果指標"}
COST_UNITS = ("百万円", "千円", "万円", "円")

_BRACKETED = re.compile(r"[(\[【]([^)\]】]*)[)\]】]")
_INDICATOR = re.compile(r"(活動|成果)指標([1-9]?)の?")
_ERA_SHORT = re.compile(r"(?<![a-z])([rh])(\d{1,2})(?!\d|年|[./])")


@dataclass(frozen=True, slots=True)
class Column:
    """What a head stands for. `unit` is what it says in brackets, such as 千円."""

    field: str
    unit: str = ""


def read_head(head: str) -> Column | None:
    """The field that a column head of the template (or close to it) names, None for another."""
    text = key(head)
    unit = ""
    for match in _BRACKETED.finditer(text):
        if match.group(1) in COST_UNITS or match.group(1) in ("人", "件"):
            unit = match.group(1)
            text = text.replace(match.group(), "")
    if text in _PLAIN_KEYS:
        return Column(_PLAIN_KEYS[text])
    year, rest = split_year(text)
    indicator = _INDICATOR.match(rest)
    if indicator:
        name = f"{'activity' if indicator.group(1) == '活動' else 'outcome'}{indicator.group(2) or '1'}"
        part = rest[indicator.end() :]
        if year is None:
            return Column(f"{name}.{INDICATOR_PARTS[part]}") if part in INDICATOR_PARTS else None
        return Column(f"{name}.{year}.{YEAR_PARTS[part]}") if part in YEAR_PARTS else None
    if year is not None and rest in COST_PARTS:
        return Column(f"cost.{year}.{COST_PARTS[rest]}", unit)
    if year is not None and rest == "利用者数":
        return Column(f"users.{year}")
    return None


def split_year(text: str) -> tuple[int | None, str]:
    """The Western year in a head (2025年度, 令和7年度, R7) and the head without it."""
    expanded = _ERA_SHORT.sub(lambda m: f"{m.group(1)}{m.group(2)}年", text)
    found = years(expanded)
    if not found:
        return None, text
    mention = found[0]
    rest = expanded[: mention.start] + expanded[mention.end :]
    return mention.year, rest.removeprefix("度").strip("・_-/ ").removeprefix("の")


def template_head(field: str) -> str:
    """The column head that the template gives a field."""
    if field in PLAIN_FIELDS:
        return PLAIN_FIELDS[field][0]
    parts = field.split(".")
    if parts[0] == "cost":
        unit = "" if parts[2] == "method" else "（千円）"
        return f"{parts[1]}年度 {COST_HEADS[parts[2]]}{unit}"
    if parts[0] == "users":
        return f"{parts[1]}年度 利用者数"
    kind, number = parts[0][:-1], parts[0][-1]
    head = f"{KIND_HEADS[kind]}{number}"
    if len(parts) == 2:
        return f"{head} {next(word for word, part in INDICATOR_PARTS.items() if part == parts[1])}"
    return f"{parts[1]}年度 {head} {'計画' if parts[2] == 'plan' else '実績'}"


def template_fields(last_year: int, year_count: int = 3, indicator_count: int = 2) -> list[str]:
    """The fields of the template, in column order."""
    covered = range(last_year - year_count + 1, last_year + 1)
    fields = [
        "fiscal_year",
        "sheet_no",
        "name",
        "bureau",
        "division",
        "policy_code",
        "purpose",
        "means",
    ]
    for kind in ("activity", "outcome"):
        for number in range(1, indicator_count + 1):
            fields += [f"{kind}{number}.{part}" for part in ("name", "unit", "direction")]
            fields += [
                f"{kind}{number}.{year}.{part}" for year in covered for part in ("plan", "actual")
            ]
    for part in ("project", "labour", "total", "method"):
        fields += [f"cost.{year}.{part}" for year in covered]
    fields += [f"users.{year}" for year in covered]
    fields += [field for field in PLAIN_FIELDS if field.startswith(("first.", "previous."))]
    return fields


def is_field(field: str) -> bool:
    """Whether `field` is a key of this module, as a mapping file may name it."""
    if field in PLAIN_FIELDS:
        return True
    return bool(
        re.fullmatch(
            r"(?:activity|outcome)[1-9]\.(?:name|unit|direction|(?:19|20)\d\d\.(?:plan|actual))"
            r"|cost\.(?:19|20)\d\d\.(?:project|labour|total|method)|users\.(?:19|20)\d\d",
            field,
        )
    )
