"""Columns with other names: a mapping is proposed, a person confirms it, then it is used."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.sheets.errors import MappingFileError, UnknownColumnsError
from ingest.sheets.fields import PLAIN_FIELDS, is_field, read_head, split_year
from ingest.sheets.table import MAX_HEAD_ROWS, Grid, heads_of
from rag.text import key

# Words of other cities' sheets, tried in order: (what the head contains, field without its year).
_SYNONYMS: tuple[tuple[str, str], ...] = (
    (
        r"前(?:年度|回).*(?:指示|指摘|改善)事項|前(?:年度|回).*(?:指示|指摘)",
        "previous.instructions",
    ),
    (r"前(?:年度|回).*二次.*(?:方向|区分)", "previous.direction"),
    (r"前(?:年度|回).*二次", "previous.comment"),
    (r"前(?:年度|回).*(?:一次|所管|自己|コメント|評価)", "previous.first_comment"),
    (
        r"(?:一次|所管課?|自己|担当課?)評価?.*(?:コメント|所見|意見|理由|内容|説明)|所見",
        "first.comment",
    ),
    (r"(?:一次|所管課?|自己|今後).*(?:方向|区分)|方向性", "first.direction"),
    (r"妥当|必要性", "first.validity"),
    (r"公平|公正", "first.fairness"),
    (r"効率", "first.efficiency"),
    (r"継続.*(?:評価|ランク|区分|性)", "first.grade"),
    (r"(?:事務)?事業(?:の)?名(?:称)?|事業名|件名", "name"),
    (r"(?:調書|事業|整理|管理)(?:番号|no\.?|コード|id)", "sheet_no"),
    (r"(?:施策|政策|体系)(?:番号|コード|体系)", "policy_code"),
    (r"(?:担当|所管)?(?:部|局)(?:名|局名?)?$", "bureau"),
    (r"(?:担当|所管)?(?:課|室|所属)(?:名|等)?$|担当$|所管$", "division"),
    (r"目的|ねらい|意図", "purpose"),
    (r"手段|事業(?:の)?(?:内容|概要)|実施内容|取組内容", "means"),
)
_YEAR_SYNONYMS: tuple[tuple[str, str], ...] = (
    (r"人件費.*(?:算定|算出|方法)", "cost.{year}.method"),
    (r"人件費|人工", "cost.{year}.labour"),
    (
        r"(?:総|トータル)(?:コスト|事業費|経費)|(?:コスト|経費|費用)?(?:合計|計)$",
        "cost.{year}.total",
    ),
    (r"事業費|決算額|直接経費", "cost.{year}.project"),
    (r"(?:利用|受益|対象|参加|受講|来館)者(?:数)?", "users.{year}"),
)
_INDICATOR = re.compile(
    r"(活動|アウトプット|成果|アウトカム|効果)(?:指標)?[^0-9実結計目予見単名方増]{0,2}([1-9]?)"
)
_YEAR_ONLY = re.compile(r"^(?:評価|対象|評価対象)?(?:会計)?年度$")
_FUZZY = 0.72


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a column may be. `confidence` is 0..1; 1 for a head of the template."""

    head: str
    field: str  # "" when nothing fits
    confidence: float
    sample: str


class MappingFile(BaseModel):
    """`columns` gives the field for each column head; "" leaves a column out."""

    model_config = ConfigDict(extra="ignore")

    columns: dict[str, str]


def propose(grid: Grid) -> list[Proposal]:
    """A field for each column of the likeliest head row. Raises UnknownColumnsError without one."""
    best: list[Proposal] = []
    for row in range(min(MAX_HEAD_ROWS, len(grid))):
        for depth in (1, 2):
            if row + 1 < depth:
                continue
            found = _propose_row(grid, row, depth)
            if _score(found) > _score(best):
                best = found
    if not any(proposal.field for proposal in best):
        raise UnknownColumnsError(
            "見出しの行が見つかりません。1行目に列の見出し（事務事業名など）がある表を渡してください。"
        )
    return best


def _score(found: list[Proposal]) -> float:
    named = any(proposal.field == "name" for proposal in found)
    return sum(p.confidence for p in found if p.field) + (1.0 if named else 0.0)


def _propose_row(grid: Grid, row: int, depth: int) -> list[Proposal]:
    proposals: list[Proposal] = []
    taken: set[str] = set()
    for column, head in enumerate(heads_of(grid, row, depth)):
        if not head:
            continue
        field, confidence = _guess(head)
        if field in taken:
            field, confidence = "", 0.0
        taken.add(field)
        sample = (
            grid[row + 1][column].text
            if row + 1 < len(grid) and column < len(grid[row + 1])
            else ""
        )
        proposals.append(Proposal(head, field, confidence, sample[:40]))
    return proposals


def _guess(head: str) -> tuple[str, float]:
    known = read_head(head)
    if known is not None:
        return known.field, 1.0
    # 「（千円）」 says nothing of the field, 「（実績）」 does.
    text = re.sub(r"[(\[【](?:[百千万]*円|人|件|%)[)\]】]", "", key(head))
    text = re.sub(r"[()\[\]【】]", "", text)
    if _YEAR_ONLY.match(text):
        return "fiscal_year", 0.9
    year, rest = split_year(text)
    indicator = _INDICATOR.match(rest)
    if indicator:
        kind = "activity" if indicator.group(1) in ("活動", "アウトプット") else "outcome"
        part = _indicator_part(rest[indicator.end() :], year)
        return (f"{kind}{indicator.group(2) or '1'}.{part}", 0.8) if part else ("", 0.0)
    if year is not None:
        for pattern, field in _YEAR_SYNONYMS:
            if re.search(pattern, rest):
                return field.format(year=year), 0.8
        return "", 0.0
    for pattern, field in _SYNONYMS:
        if re.search(pattern, text):
            return field, 0.8
    return _fuzzy(text)


def _indicator_part(rest: str, year: int | None) -> str:
    if year is not None:
        if re.search(r"実績|実施|結果", rest):
            return f"{year}.actual"
        return f"{year}.plan" if re.search(r"計画|目標|予定|見込", rest) else ""
    if "単位" in rest:
        return "unit"
    if re.search(r"方向|増減", rest):
        return "direction"
    return "name" if not rest or "名" in rest or "内容" in rest else ""


def _fuzzy(text: str) -> tuple[str, float]:
    best, field_of_best = 0.0, ""
    for field, heads in PLAIN_FIELDS.items():
        for head in heads:
            ratio = SequenceMatcher(None, text, key(head)).ratio()
            if ratio > best:
                best, field_of_best = ratio, field
    return (field_of_best, round(best * 0.8, 2)) if best >= _FUZZY else ("", 0.0)


def proposal_json(proposals: list[Proposal], file: str) -> str:
    """The file to look over and to hand back with `--mapping`."""
    content = {
        "説明": "columns の右側を確かめて直し、--mapping でこのファイルを渡してください。空文字の列は読みません。",
        "file": file,
        "columns": {p.head: p.field for p in proposals},
        "確からしさ": {p.head: round(p.confidence, 2) for p in proposals if p.field},
        "記入例": {p.head: p.sample for p in proposals if p.sample},
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def read_mapping(content: bytes, file: str) -> Mapping[str, str]:
    """Fields by normalised column head. Raises MappingFileError naming what is wrong."""
    try:
        columns = MappingFile.model_validate_json(content).columns
    except ValidationError as error:
        raise MappingFileError(
            f"対応表「{file}」を読み取れません。--propose-mapping が書いたファイルを直して使ってください。"
        ) from error
    wrong = next((field for field in columns.values() if field and not is_field(field)), None)
    if wrong is not None:
        raise MappingFileError(
            f"対応表「{file}」の項目「{wrong}」は使えません。name、first.comment、outcome1.2025.actual のように書いてください。"
        )
    if "name" not in columns.values():
        raise MappingFileError(
            f"対応表「{file}」に事務事業名（name）の列がありません。一つの列に name を当ててください。"
        )
    return {key(head): field for head, field in columns.items()}
