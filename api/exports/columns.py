"""Drafts as rows: the columns that came in, then the new ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.exports.provenance import Provenance
from ingest.sheets.fields import is_field, template_head
from rag.drafting.directions import role_of
from rag.drafting.serialise import CitationJson, DraftJson

_INSTRUCTIONS = "previous.instructions."
# A line break of the page between Japanese characters is none of the text.
_WRAPPED = re.compile(r"(?<=[^\x00-\x7f])\s*\n\s*(?=[^\x00-\x7f])")
NEW_HEADS = (
    "二次評価（案）",
    "方向性（提案）",
    "方向性の理由",
    "一次評価との違い",
    "確認事項",
    "出典",
    "注意",
    "状態",
)
# What people made of it; there for sheets that were worked on at the service.
REVIEW_HEADS = (
    "二次評価",
    "二次評価の方向性",
    "一次評価と違う理由",
    "編集",
    "確認",
    "確定",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    heads: tuple[str, ...]
    own: int  # so many of the heads came in with the sheets
    cells: tuple[tuple[str, ...], ...]


def rows_of(drafts: Sequence[DraftJson], provenance: Provenance) -> Rows:
    """One row for each draft in order; every value is text."""
    heads: dict[str, None] = {}
    for draft in drafts:
        for head, _ in draft["row"]:
            heads.setdefault(_shown(head))
    if not heads:
        heads = {"調書番号": None, "事務事業名": None}
    made = provenance.rows()
    reviewed = any("review" in draft for draft in drafts)
    cells = []
    for draft in drafts:
        own = {_shown(head): text for head, text in draft["row"]}
        if not own:
            own = {"調書番号": draft["sheet_no"], "事務事業名": draft["name"]}
        cells.append(
            (
                *(own.get(head, "") for head in heads),
                *_new_cells(draft),
                *(review_cells(draft) if reviewed else ()),
                *(text for _, text in made),
            )
        )
    return Rows(
        heads=(
            *heads,
            *NEW_HEADS,
            *(REVIEW_HEADS if reviewed else ()),
            *(head for head, _ in made),
        ),
        own=len(heads),
        cells=tuple(cells),
    )


def _shown(head: str) -> str:
    """The head a reader knows: the template's where the sheets came as JSON or forms."""
    if head.startswith(_INSTRUCTIONS):
        return f"前年度の指示事項{int(head.removeprefix(_INSTRUCTIONS)) + 1}"
    return template_head(head) if is_field(head) else head


def _new_cells(draft: DraftJson) -> tuple[str, ...]:
    if draft["error"]:
        return ("", "", "", "", "", "", f"作成できませんでした。{draft['error']}", "")
    return (
        draft["draft"],
        draft["proposed_direction"],
        "\n".join(draft["reasons"]),
        difference(draft),
        "\n".join(f"・{flag['message']}（{places(flag['cells'])}）" for flag in draft["flags"]),
        "\n".join(citation_line(citation) for citation in draft["citations"]),
        "\n".join(warning["message"] for warning in draft["warnings"]),
        draft["status"],
    )


def review_cells(draft: DraftJson) -> tuple[str, ...]:
    """Text, direction, reason, and who edited, checked and fixed it when, as `REVIEW_HEADS`."""
    review = draft.get("review")
    if review is None or draft["error"]:
        return ("",) * len(REVIEW_HEADS)
    return (
        final_text(draft),
        review["direction"],
        review["reason"],
        signature(review["edited_by"], review["edited_at"]),
        signature(review["checked_by"], review["checked_at"]),
        signature(review["fixed_by"], review["fixed_at"]),
    )


def final_text(draft: DraftJson) -> str:
    """The text as edited, else as drafted."""
    review = draft.get("review")
    edited = review["text"] if review is not None else None
    return draft["draft"] if edited is None else edited


def signature(name: str, at: str) -> str:
    """「郡山 花子（2026-11-26 16:50）」 in local time; "" where nobody has signed."""
    if not name:
        return ""
    return f"{name}（{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}）"


def difference(draft: DraftJson) -> str:
    """「継続 → 改善」 where the proposal differs from the department's direction."""
    first, proposed = draft["first_direction"], draft["proposed_direction"]
    if not first or role_of(first) is role_of(proposed):
        return ""
    return f"{first} → {proposed}"


def places(cells: Sequence[object]) -> str:
    """The cells of a flag, for a reader."""
    labels = [cell["label"] for cell in cells if isinstance(cell, dict)]
    return "、".join(labels)


def citation_line(citation: CitationJson) -> str:
    """「[1] 調書一覧!C5 成果指標「受講者数」の令和7年度の実績：214」."""
    quote = " ".join(_WRAPPED.sub("", citation["quote"]).split())
    if citation["kind"] == "cell":
        return f"[{citation['marker']}] {citation['cell']['label']} {citation['label']}：{quote}"
    page = citation.get("page")
    where = f" {page}ページ" if page is not None else ""
    return f"[{citation['marker']}] {citation['document_title']}（{citation['source']}）{where}「{quote}」"
