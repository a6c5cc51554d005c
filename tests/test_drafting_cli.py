"""`shiori draft` as people run it: template, mapping, outputs, refusals in one Japanese line."""

import contextlib
import io
import json
from pathlib import Path

import openpyxl
import pytest
from drafting_support import SAMPLES, record

from api.cli import run
from eval.drafting import evaluate, result_text
from eval.drafting_checks import macro_f1
from eval.drafting_labels import read_labelled
from rag.drafting.drafter import Drafter


def shiori(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "調書.json"
    records = [record(), record(sheet_no="78", name=""), record(sheet_no="79")]
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", [".xlsx", ".docx", ".csv", ".json"])
def test_drafts_are_written_by_the_suffix_of_the_output(
    file: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"案{suffix}"
    code, said, _ = shiori("draft", str(file), "--out", str(out), "--data-dir", str(tmp_path / "v"))
    assert code == 0
    assert "2件の案を作りました" in said
    assert "作成できなかった調書: 78" in said
    assert out.stat().st_size > 100
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([out.name, file.name])


def test_json_goes_to_stdout_and_remarks_to_stderr(file: Path, tmp_path: Path) -> None:
    code, said, remarks = shiori("draft", str(file), "--json", "--data-dir", str(tmp_path / "v"))
    assert code == 0
    assert [each["sheet_no"] for each in json.loads(said)] == ["77", "78", "79"]
    assert "登録された文書がないため" in remarks


def test_the_template_is_printed(tmp_path: Path) -> None:
    for name in ("様式.xlsx", "様式.csv"):
        code, said, _ = shiori("draft", "--template", str(tmp_path / name))
        assert code == 0 and name in said
    book = openpyxl.load_workbook(tmp_path / "様式.xlsx")
    assert book.sheetnames == ["一覧様式", "個票様式", "記入要領"]


def test_columns_with_other_names_are_mapped_in_two_steps(tmp_path: Path) -> None:
    sheets, mapping = str(SAMPLES / "sheets-other-columns.xlsx"), str(tmp_path / "対応表.json")
    out = str(tmp_path / "案.json")
    code, _, refused = shiori("draft", sheets, "--out", out, "--no-documents")
    assert code == 1 and "--propose-mapping" in refused and refused.count("\n") == 1
    code, said, _ = shiori("draft", sheets, "--propose-mapping", mapping)
    assert code == 0 and "--mapping" in said
    code, said, _ = shiori("draft", sheets, "--mapping", mapping, "--out", out, "--no-documents")
    assert code == 0 and "2件の案を作りました" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["draft"], "調書のファイルを指定"),
        (["draft", "{file}"], "--out"),
        (["draft", "{file}", "--out", "{folder}/案.pdf"], ".pdf"),
        (["draft", "{file}", "--out", "{file}"], "入力と同じ"),
        (["draft", "{folder}/ない.xlsx", "--out", "{folder}/案.xlsx"], "開けません"),
        (["draft", "--template", "{folder}/様式.pdf"], "様式"),
        (["draft", "{file}", "--out", "{folder}/案.csv", "--style", "{folder}/x.toml"], "文体"),
        (["draft", "{file}", "--propose-mapping", "{folder}/m.json"], "XLSX と CSV"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    file: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    filled = [a.replace("{file}", str(file)).replace("{folder}", str(tmp_path)) for a in arguments]
    code, out, err = shiori(*filled)
    assert (code, out) == (1, "")
    assert said in err and err.count("\n") == 1


def test_nothing_but_failures_exits_with_1(tmp_path: Path) -> None:
    path = tmp_path / "調書.json"
    path.write_text(json.dumps([record(name="")]), encoding="utf-8")
    code, said, _ = shiori("draft", str(path), "--out", str(tmp_path / "案.csv"), "--no-documents")
    assert code == 1
    assert "0件の案を作りました" in said


def test_the_evaluation_finds_every_trap_and_no_number_from_nowhere() -> None:
    result = evaluate(read_labelled(), Drafter(), planted_every=9)
    assert (result.traps_found, result.traps) == (8, 8)
    assert result.supported_numbers == 1.0
    assert result.contradictions == 0
    assert result.planted_changed == 0
    assert result.planted_noticed == result.planted > 0
    assert result.coverage >= 0.95
    assert result.macro_f1 >= 0.9 > result.always_first
    text = result_text(result)
    assert "8 / 8" in text and "macro-F1" in text


def test_macro_f1_counts_every_class_alike() -> None:
    pairs = [("継続", "継続")] * 8 + [("改善", "継続"), ("拡充", "拡充")]
    keep = 2 * 8 / (2 * 8 + 1)
    assert macro_f1(pairs) == pytest.approx((keep + 0.0 + 1.0) / 3)


def test_the_same_unit_of_wording_is_judged_the_same() -> None:
    from eval.drafting_checks import masked

    one = masked("「受講者数」の令和7年度の達成率は59.4％です（計画360人、実績214人）。")
    other = masked("「件数」の令和6年度の達成率は8％です（計画1,200件、実績96件）。")
    assert one == other
    assert one != masked("「件数」の令和6年度の実績は96件です。")
