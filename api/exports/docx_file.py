"""Drafts as a document to circulate: for each sheet its figures, flags, draft and sources."""

import io
import re
from collections.abc import Sequence
from typing import Any

import docx
from docx.document import Document
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from api.exports.columns import citation_line, difference, final_text, places, signature
from api.exports.provenance import NOTICE, Provenance
from rag.drafting.serialise import DraftJson, FiguresJson, IndicatorJson
from rag.temporal import era_year

_FONT = "游明朝"
_HEAD_FONT = "游ゴシック"
# What XML 1.0 has no character for.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEADINGS = {1: "Heading1", 2: "Heading2"}  # ids of the styles
_KINDS = {"activity": "活動指標", "outcome": "成果指標"}


def write_docx(drafts: Sequence[DraftJson], provenance: Provenance) -> bytes:
    document = docx.Document()
    set_fonts(document)
    document.add_heading("二次評価（案）", level=0)
    document.add_paragraph(NOTICE)
    _two_columns(document, [("調書の数", f"{len(drafts)}件"), *provenance.rows()])
    # python-docx looks through all that stands in the body for each piece it puts there: 300 sheets
    # took 300 times as long as one sheet, squared. So each is made in an empty body.
    made = _taken_out(document)
    for draft in drafts:
        paragraph = document.add_paragraph()
        paragraph.add_run().add_break(WD_BREAK.PAGE)
        _sheet(document, draft)
        made += _taken_out(document)
    for element in reversed(made):
        document.element.body.insert(0, element)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _taken_out(document: Document) -> list[BaseOxmlElement]:
    """The paragraphs and tables of the body, in order, which is empty afterwards."""
    body = document.element.body
    pieces = [piece for piece in body if piece.tag != qn("w:sectPr")]
    for piece in pieces:
        body.remove(piece)
    return pieces


def _sheet(document: Document, draft: DraftJson) -> None:
    title = " ".join(part for part in (draft["sheet_no"], draft["name"]) if part)
    _styled(document, clean(title or draft["place"]), _HEADINGS[1])
    if draft["error"]:
        document.add_paragraph(clean(f"作成できませんでした。{draft['error']}"))
        return
    office = " ".join(part for part in (draft["bureau"], draft["division"]) if part)
    year = f"{era_year(draft['fiscal_year'])}度" if draft["fiscal_year"] else ""
    _two_columns(
        document,
        [
            ("所管", office),
            ("評価対象年度", year),
            ("一次評価の方向性", draft["first_direction"]),
            ("方向性（提案）", draft["proposed_direction"]),
            ("一次評価との違い", difference(draft) or "なし"),
            ("状態", draft["status"]),
        ],
    )
    review = draft.get("review")
    if review is not None:
        _styled(document, "二次評価", _HEADINGS[2])
        document.add_paragraph(clean(final_text(draft)))
        decided = review["direction"] or "まだ選ばれていません"
        document.add_paragraph(clean(f"方向性：{decided}"))
        if review["reason"]:
            document.add_paragraph(clean(f"一次評価と違う理由：{review['reason']}"))
    _styled(document, "二次評価（案）", _HEADINGS[2])
    _draft_text(document.add_paragraph(), draft)
    for warning in draft["warnings"]:
        document.add_paragraph(clean(f"注意：{warning['message']}"))
    _styled(document, "方向性の理由", _HEADINGS[2])
    _bullets(document, draft["reasons"])
    if draft["figures"] is not None:
        _styled(document, "数値", _HEADINGS[2])
        _figures(document, draft["figures"])
    _styled(document, "確認事項", _HEADINGS[2])
    flags = [f"{flag['message']}（{places(flag['cells'])}）" for flag in draft["flags"]]
    _bullets(document, flags or ["ありません。"])
    _styled(document, "一次評価のコメント", _HEADINGS[2])
    document.add_paragraph(clean(draft["first_comment"] or "記入がありません。"))
    _styled(document, "出典", _HEADINGS[2])
    for citation in draft["citations"]:
        document.add_paragraph(clean(citation_line(citation)))
    if draft["related"]:
        _styled(document, "関連する計画・監査の記載", _HEADINGS[2])
        lines = [citation_line(citation).split("] ", 1)[1] for citation in draft["related"]]
        _bullets(document, lines)
    document.add_paragraph()
    checked = signature(review["checked_by"], review["checked_at"]) if review else ""
    fixed = signature(review["fixed_by"], review["fixed_at"]) if review else ""
    _two_columns(document, [("確認（氏名・日）", checked), ("確定（氏名・日）", fixed)])


def _draft_text(paragraph: Paragraph, draft: DraftJson) -> None:
    """The sentences, each followed by the numbers of its sources above the line."""
    for sentence in draft["sentences"]:
        paragraph.add_run(clean(sentence["text"]))
        if sentence["citations"]:
            markers = "".join(f"[{number}]" for number in sentence["citations"])
            paragraph.add_run(markers).font.superscript = True


def _figures(document: Document, figures: FiguresJson) -> None:
    for indicator in figures["indicators"]:
        _indicator(document, indicator)
    if not figures["costs"]:
        return
    table = _table(document, rows=1, columns=4)
    _cells(table.rows[0].cells, ["経費", "事業費", "人件費", "総コスト"])
    for cost in figures["costs"]:
        change = f"（前年度比{cost['change']:+.1f}％）" if cost["change"] is not None else ""
        shown = [cost["project_cost"], cost["labour_cost"], cost["total"] + change]
        _cells(table.add_row().cells, [f"{era_year(cost['fiscal_year'])}度", *shown])
    document.add_paragraph()


def _indicator(document: Document, indicator: IndicatorJson) -> None:
    down = "、減らす指標" if indicator["direction"] == "down" else ""
    head = f"{_KINDS[indicator['kind']]}「{indicator['name']}」（単位：{indicator['unit']}{down}）"
    document.add_paragraph(clean(head))
    table = _table(document, rows=1, columns=4)
    _cells(table.rows[0].cells, ["年度", "計画", "実績", "達成率"])
    for year in indicator["years"]:
        rate = f"{year['achievement']:.1f}％" if year["achievement"] is not None else "－"
        shown = [year["plan"] or "－", year["actual"] or "－", rate]
        _cells(table.add_row().cells, [f"{era_year(year['fiscal_year'])}度", *shown])
    document.add_paragraph()


def _two_columns(document: Document, rows: Sequence[tuple[str, str]]) -> None:
    table = _table(document, rows=0, columns=2)
    for row in rows:
        _cells(table.add_row().cells, row)


def _styled(document: Document, text: str, style_id: str) -> None:
    paragraph = document.add_paragraph(text)
    # By its id: by name, python-docx reads through all styles of the file each time.
    paragraph.paragraph_format.element.style = style_id


def _table(
    document: Document, rows: int, columns: int
) -> Any:  # python-docx gives its tables no types
    table = document.add_table(rows, columns)
    table._tbl.tblStyle_val = "TableGrid"
    return table


def _cells(cells: Sequence[object], texts: Sequence[str]) -> None:
    for cell, text in zip(cells, texts, strict=True):
        cell.text = clean(text)  # type: ignore[attr-defined]


def _bullets(document: Document, lines: Sequence[str]) -> None:
    for line in lines:
        _styled(document, clean(line), "ListBullet")


def set_fonts(document: Document) -> None:
    """Japanese fonts for East Asian text; without this Word picks one by its own language."""
    for name, font, size in (
        ("Normal", _FONT, 10.5),
        ("Title", _HEAD_FONT, 18),
        ("Heading 1", _HEAD_FONT, 14),
        ("Heading 2", _HEAD_FONT, 11),
    ):
        style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        style.font.name = font
        style.font.size = Pt(size)
        properties = style.element.get_or_add_rPr()
        properties.get_or_add_rFonts().set(qn("w:eastAsia"), font)


def clean(text: str) -> str:
    """Without characters that the file cannot hold."""
    return _ILLEGAL.sub("", text)
