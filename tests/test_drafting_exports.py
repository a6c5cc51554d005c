"""Exports opened again: the same rows with new columns, nothing that computes, all sources."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import docx
import openpyxl
import pytest
from drafting_support import record, sheets

from api.drafting.batch import draft_batch
from api.exports.csv_file import harmless
from api.exports.provenance import NOTICE, Provenance
from api.exports.write import ExportFormatError, export_bytes, write_safely
from ingest.sheets.read import read_sheets
from rag.drafting.drafter import Drafter
from rag.drafting.serialise import DraftJson, draft_json

PROVENANCE = Provenance(
    input_file="調書.csv",
    input_sha256="ab" * 32,
    created_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    rules="drafting/1",
    wording="ja-1",
    index="7",
)
EVIL = '=HYPERLINK("http://example.invalid","見る")'
TABLE = (
    "評価対象年度,調書番号,事務事業名,成果指標1 名称,2025年度 成果指標1 計画,"
    "2025年度 成果指標1 実績,一次評価の方向性,一次評価のコメント,備考\n"
    '2025,0012,講座事業,受講者数,300,"1,212",継続,よく進んだ。,"{evil}"\n'
    "2025,0013,図書事業,貸出冊数,100,90,継続,+1 冊増えた。,@SUM(A1)\n"
    "2025,0014,,貸出冊数,100,90,継続,よく進んだ。,-\n"
)


@pytest.fixture(scope="module")
def drafts() -> list[DraftJson]:
    text = TABLE.replace("{evil}", EVIL.replace('"', '""'))
    return draft_batch(read_sheets(text.encode(), "調書.csv"), Drafter())


def workbook(drafts: list[DraftJson]) -> Any:
    return openpyxl.load_workbook(io.BytesIO(export_bytes(".xlsx", drafts, PROVENANCE)))


def test_the_workbook_has_the_same_rows_with_new_columns(drafts: list[DraftJson]) -> None:
    rows = list(workbook(drafts)["二次評価案"].iter_rows(values_only=True))
    heads = [head.strip() for head in TABLE.split("\n")[0].split(",")]
    assert list(rows[0][: len(heads)]) == heads
    assert rows[0][len(heads)] == "二次評価（案）"
    assert [row[1] for row in rows[1:]] == ["0012", "0013", "0014"]
    assert [row[2] for row in rows[1:]] == ["講座事業", "図書事業", None]
    assert [row[4] for row in rows[1:]] == [300, 100, 100]
    assert rows[1][5] == 1212
    assert rows[1][len(heads)] == drafts[0]["draft"]
    assert "作成できませんでした" in str(rows[3])


def test_no_cell_of_the_workbook_computes(drafts: list[DraftJson]) -> None:
    book = workbook(drafts)
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [cell for cell in cells if cell.hyperlink] == []
    assert EVIL in [cell.value for cell in cells]


def test_the_workbook_says_where_it_comes_from(drafts: list[DraftJson]) -> None:
    book = workbook(drafts)
    said = {row[0]: row[1] for row in book["来歴"].iter_rows(values_only=True)}
    assert said["注意"] == NOTICE
    assert said["入力ファイルのSHA-256"] == "ab" * 32
    heads = [cell.value for cell in book["二次評価案"][1]]
    for head, _ in PROVENANCE.rows():
        assert head in heads
    flags = list(book["確認事項"].iter_rows(values_only=True))[1:]
    assert len(flags) == sum(len(draft["flags"]) for draft in drafts)
    sources = list(book["出典"].iter_rows(values_only=True))[1:]
    assert len(sources) == sum(len(draft["citations"]) for draft in drafts)


def test_csv_opens_in_excel_and_nothing_in_it_computes(drafts: list[DraftJson]) -> None:
    content = export_bytes(".csv", drafts, PROVENANCE)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert f"'{EVIL}" in rows[1]
    for row in rows:
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t")), cell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("  =1+1", "'  =1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-5", "-5"),
        ("-5+cmd", "'-5+cmd"),
        ("▲5", "▲5"),
        ("", ""),
    ],
)
def test_a_cell_that_would_compute_is_shown_instead(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_json_is_as_the_contract_says(drafts: list[DraftJson]) -> None:
    loaded = json.loads(export_bytes(".json", drafts, PROVENANCE))
    assert [each["sheet_no"] for each in loaded] == ["0012", "0013", "0014"]
    for each in loaded:
        assert {
            "sheet_no",
            "name",
            "flags",
            "draft",
            "proposed_direction",
            "reasons",
            "citations",
        } <= set(each)
        for flag in each["flags"]:
            assert {"code", "title", "message", "cells"} == set(flag)
    assert loaded[2]["error"]


def document_text(content: bytes) -> str:
    found = docx.Document(io.BytesIO(content))
    cells = [c.text for t in found.tables for row in t.rows for c in row.cells]
    return "\n".join([*(paragraph.text for paragraph in found.paragraphs), *cells])


def test_the_document_holds_draft_figures_flags_and_sources(drafts: list[DraftJson]) -> None:
    text = document_text(export_bytes(".docx", drafts, PROVENANCE))
    assert NOTICE in text
    for draft in drafts[:2]:
        for sentence in draft["sentences"]:
            assert sentence["text"] in text
        for flag in draft["flags"]:
            assert flag["message"] in text
        for citation in draft["citations"]:
            assert f"[{citation['marker']}] " in text
            assert citation["quote"] in text
    assert "404.0％" in text
    assert "確認（氏名・日）" in text
    assert "作成できませんでした。事務事業名がありません。" in text


def test_markers_in_the_document_stand_above_the_line(drafts: list[DraftJson]) -> None:
    found = docx.Document(io.BytesIO(export_bytes(".docx", drafts, PROVENANCE)))
    raised = [run.text for p in found.paragraphs for run in p.runs if run.font.superscript]
    assert raised and all(text.startswith("[") for text in raised)


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    made = draft_json(Drafter().draft(sheets(record(name="講座\u0001\u000b事業"))[0]))
    for suffix in (".xlsx", ".docx", ".csv"):
        assert export_bytes(suffix, [made], PROVENANCE)


def test_another_format_is_refused() -> None:
    with pytest.raises(ExportFormatError, match=r"\.pdf"):
        export_bytes(".pdf", [], PROVENANCE)


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Any) -> None:
    file = tmp_path / "案.json"
    write_safely(file, b"old")
    with pytest.raises(TypeError):
        write_safely(file, None)  # type: ignore[arg-type]
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["案.json"]
