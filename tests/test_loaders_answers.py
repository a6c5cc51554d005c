"""Questions answered from office files: the right row, quoted exactly, with its sheet and cells."""

import io
from datetime import date

import openpyxl
from loaders_support import cell, docx, paragraph, row, table, zipped

from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index
from rag.types import Answer, AnswerStatus, Query


def asked(index: Index, question: str) -> Answer:
    answer = Assistant(index).ask(Query(text=question, as_of=date(2024, 6, 1)))
    assert answer.status is AnswerStatus.ANSWERED
    for citation in answer.citations:
        page = index.page(citation.document_id, citation.page)
        assert citation.quote == page.text[citation.start : citation.end]
    return answer


def budget() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "歳出"
    sheet["A1"] = "令和6年度　事業別予算一覧"
    sheet.merge_cells("A1:C1")
    sheet["C2"] = "（単位：千円）"
    body = [
        ("事業名", "担当課", "予算額"),
        ("移動図書館運行事業", "中央図書館", 12345),
        ("河川水位監視事業", "河川課", 6789),
        ("窓口予約システム事業", "市民課", 2468),
    ]
    for number, values in enumerate(body, start=3):
        for column, value in enumerate(values, start=1):
            sheet.cell(number, column, value).number_format = "#,##0"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def test_a_row_of_a_sheet_answers_with_its_unit_and_its_cells(index: Index) -> None:
    ingest_bytes("予算一覧.xlsx", budget(), index)
    answer = asked(index, "河川水位監視事業の予算額は？")
    citation = answer.citations[0]
    assert citation.quote == "河川水位監視事業\t河川課\t6,789"
    assert citation.heading == ("歳出", "令和6年度 事業別予算一覧（A5:C5）")
    assert "予算額（千円）" in answer.text


def test_a_row_of_a_table_in_a_document_inside_an_archive_answers(index: Index) -> None:
    body = (
        paragraph("施設の案内", "1")
        + paragraph("市の施設の電話番号を次の表に示す。")
        + table(
            row(cell("施設名"), cell("電話番号")),
            row(cell("中央図書館"), cell("024-000-1111")),
            row(cell("緑が丘公民館"), cell("024-000-2222")),
        )
    )
    ingest_bytes("資料.zip", zipped({"案内.docx": docx(body)}), index)
    answer = asked(index, "緑が丘公民館の電話番号は？")
    assert answer.citations[0].source == "資料.zip/案内.docx"
    assert "024-000-2222" in answer.citations[0].quote
    assert "施設の案内" in answer.citations[0].heading
