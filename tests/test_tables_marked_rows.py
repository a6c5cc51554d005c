"""Numbered rows that end in marks, and lines that only look like table rows."""

from ingest.reading import cut
from rag.types import Chunk, ChunkKind, Page

ACTION_PLAN = """目標1　窓口の拡充 部局 所属（旧所属） 継続/新規/拡充 ｷｬｯｼｭﾚｽ ﾍﾟｰﾊﾟｰﾚｽ 要素① 要素②

1 申請の拡充 政策部
情報課
（旧：広報
推進課）

拡充 ○ ○

2 電子申告 税務部 市民税課 継続 ○ ○ ○

3 議会中継 議会事務局 総務課 継続

4 蔵書検索 教育部 中央図書館 新規 ○

目標2　格差の是正 部局 所属（旧所属） ｷｬｯｼｭﾚｽ ﾍﾟｰﾊﾟｰﾚｽ 要素① 要素②

5 遠隔手話 福祉部 障がい福祉課 継続 ○ ○

6 緑化情報
環境部
（旧：生活環境部

環境課 継続 ○

7 端末講座 教育部 公民館 継続 ○

関連する目標
"""


def rows_of(text: str) -> list[Chunk]:
    page = Page(document_id="d1", number=1, text=text)
    return [chunk for chunk in cut((page,), "文書") if chunk.kind is ChunkKind.TABLE_ROW]


def test_wrapped_offices_and_missing_marks_leave_every_cell_in_its_column() -> None:
    rows = rows_of(ACTION_PLAN)
    assert [row.cells[0] for row in rows] == list("1234567")
    assert {row.columns for row in rows} == {
        ("No.", "", "部局", "所属（旧所属）", "継続/新規/拡充", "")
    }
    assert rows[0].cells[2:] == ("政策部", "情報課\n（旧：広報\n推進課）", "拡充", "○ ○")
    assert rows[2].cells[1:] == ("議会中継", "議会事務局", "総務課", "継続", "")
    assert rows[5].cells[2:] == ("環境部\n（旧：生活環境部", "環境課", "継続", "○")


def test_what_follows_the_marks_of_the_last_row_is_no_part_of_it() -> None:
    assert "関連する目標" not in rows_of(ACTION_PLAN)[-1].text


def test_a_row_that_does_not_fit_the_others_gets_no_heads() -> None:
    rows = rows_of(ACTION_PLAN.replace("電子申告 税務部", "電子 申告 税務部"))
    assert [bool(row.columns) for row in rows] == [True, False, True, True, True, True, True]


def test_a_period_on_two_lines_is_no_row_of_a_year() -> None:
    text = "".join(
        f"第{n}期\n\n{2000 + 3 * n}～\n\n{2003 + 3 * n} 年度\n\n基盤の整備 {n} を進めました。\n\n"
        for n in range(1, 6)
    )
    assert rows_of(text) == []


def test_a_bracket_with_a_number_in_it_is_one_cell() -> None:
    text = "".join(f"{n} 施策{n}の推進 [基本法第 {n + 9} 条関係]\n" for n in range(1, 9))
    assert rows_of(text)[1].cells == ("2", "施策2の推進", "[基本法第 11 条関係]")


def test_the_label_of_a_row_is_not_taken_for_the_heads_of_the_table() -> None:
    rows = rows_of(
        "City Free Wi-Fi\n写真の共有 272 70%\nCity Free Wi-Fi 270 70%\n議会中継の検索 289 75%\n"
    )
    assert rows and all(row.columns == () for row in rows)


def test_the_numbered_title_after_a_glossary_is_no_term() -> None:
    rows = rows_of(
        "用語 意味\n\nサーバ 他のコンピュータに情報を提供するコンピュータのこと。\n\n"
        "最適化 装置がより高速に作動するように調整すること。\n\n"
        "１ 令和２年度の進捗状況について（方針別集計）\n"
    )
    assert [row.cells[0] for row in rows] == ["サーバ", "最適化"]
