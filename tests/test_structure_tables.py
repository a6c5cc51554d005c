"""Tables: each row a chunk with its column heads, whatever separates the cells."""

from ingest.reading import cut
from rag.types import Chunk, ChunkKind, Page


def rows_of(text: str) -> list[Chunk]:
    page = Page(document_id="d1", number=1, text=text)
    return [chunk for chunk in cut((page,), "文書") if chunk.kind is ChunkKind.TABLE_ROW]


def test_a_tab_separated_row_is_read_with_its_column_heads() -> None:
    rows = rows_of(
        "資料1 事業\n\nNo.\t事業名\t担当課\t利便性\t効率化\n"
        "31\t博物館事業\t歴史博物館\t○\t\n32\t研修事業\t人事課\t\t○\n"
    )
    assert [row.text for row in rows] == [
        "No.: 31／事業名: 博物館事業／担当課: 歴史博物館／利便性: ○",
        "No.: 32／事業名: 研修事業／担当課: 人事課／効率化: ○",
    ]
    assert rows[1].columns == ("No.", "事業名", "担当課", "利便性", "効率化")
    assert rows[1].cells == ("32", "研修事業", "人事課", "", "○")
    assert rows[1].heading == ("資料1 事業",)


def test_columns_of_marks_can_be_counted() -> None:
    body = "".join(
        f"{n}\t事業{n}\t{'○' if n % 2 else ''}\t{'○' if n % 3 == 0 else ''}\n" for n in range(1, 13)
    )
    rows = rows_of("No.\t事業名\t利便性\t効率化\n" + body + "\t\t6\t4\n")
    assert sum(row.cells[2] == "○" for row in rows) == 6
    assert sum(row.cells[3] == "○" for row in rows) == 4
    assert rows[-1].text == "利便性: 6／効率化: 4"


def test_a_repeated_header_on_the_next_page_is_no_row() -> None:
    page = "番号\t事業名\n{}\t事業A\n{}\t事業B\n"
    rows = rows_of(page.format(1, 2) + "\n" + page.format(3, 4))
    assert [row.cells[0] for row in rows] == ["1", "2", "3", "4"]
    assert {row.columns for row in rows} == {("番号", "事業名")}


def test_a_table_that_goes_on_without_header_keeps_its_heads() -> None:
    rows = rows_of("番号\t事業名\n1\t事業A\n\n2\t事業B\n3\t事業C\n")
    assert rows[-1].text == "番号: 3／事業名: 事業C"


def test_a_row_below_a_merged_cell_has_its_text() -> None:
    rows = rows_of("区分\t名称\t2022\t2023\n国\t計画A\t初版\t改定\n\t計画B\t\t初版\n")
    assert rows[1].text == "区分: 国／名称: 計画B／2023: 初版"
    # Empty cells behind the first filled one are empty, not merged.
    assert rows[1].cells == ("国", "計画B", "", "初版")


def test_two_header_rows_become_one_head_per_column() -> None:
    rows = rows_of(
        "\t社会の動向\t市の取組み\t\n\t\t市民サービス\t行政事務\n"
        "2022年度\t新しい制度の施行が始まったことを受けた動き\t申請の開始\t研修の開始\n"
        "2023年度\t普及率が大きく上がったことを受けた動き\t決済の開始\t分析の開始\n"
    )
    assert rows[0].columns == ("", "社会の動向", "市の取組み 市民サービス", "市の取組み 行政事務")
    assert rows[0].text.startswith("2022年度／社会の動向: 新しい制度")


def test_html_lists_in_cells_read_as_text() -> None:
    rows = rows_of(
        '項目\t具体例\n窓口\t<ul style="list-style-type: none"><li>● 予約</li><li>● 決済</li></ul>\n庁内\t研修\n'
    )
    assert rows[0].text == "項目: 窓口／具体例: ● 予約 ● 決済"
    assert "<ul" not in rows[0].search_text


def test_markdown_tables_are_rows_too() -> None:
    rows = rows_of("| 区分 | 件数 |\n| --- | ---: |\n| 開庁時 | 861 |\n| 時間外 | 1,930 |\n")
    assert [row.text for row in rows] == ["区分: 開庁時／件数: 861", "区分: 時間外／件数: 1,930"]


def test_a_contents_table_is_not_cut_into_rows() -> None:
    assert rows_of("1 はじめに\t3\n2 体系\t10\n3 指標\t25\n4 体制\t31\n") == []


def test_blank_separated_rows_get_the_heads_that_stand_around_them() -> None:
    rows = rows_of(
        "計 現金 電子決済\n電子決済\n比率\n計 現金 電子決済\n電子決済\n比率\n"
        "1 1月4日 市民課 62,012 58,043 3,969 6.40% 22,526,500 21,279,150 1,247,350 5.54%\n"
        "2 1月4日 資産税課 10,797 10,202 595 5.51% 2,684,940 2,536,240 148,700 5.54%\n"
        "3 1月5日 西口駐車場 690 477 213 30.87% 16,871,530 10,560,060 6,311,470 37.41%\n\n"
        "NO 稼働開始日 施設名\n取扱件数 決済額\n\n【施設別】決済状況\n"
    )
    assert rows[2].text == (
        "NO: 3／稼働開始日: 1月5日／施設名: 西口駐車場／取扱件数 計: 690／取扱件数 現金: 477／"
        "取扱件数 電子決済: 213／取扱件数 電子決済比率: 30.87%／決済額 計: 16,871,530／"
        "決済額 現金: 10,560,060／決済額 電子決済: 6,311,470／決済額 電子決済比率: 37.41%"
    )
    assert rows[2].heading[-1] == "【施設別】決済状況"


def test_a_member_list_keeps_family_and_given_name_together() -> None:
    rows = rows_of(
        "委員名簿\n\nNo.\n所   属 氏  名\n\n1 政策部長 山田 一郎\n\n2 総務部長 佐藤 花子\n\n"
        "3 財務部長 鈴木 次郎\n\n4 税務部長 高橋 三奈\n"
    )
    assert rows[1].text == "No.: 2／所属: 総務部長／氏名: 佐藤 花子"


def test_rows_of_marks_with_gaps_claim_no_column_they_may_not_have() -> None:
    rows = rows_of(
        "部局名 利用経験 利用中 作成者\n総務部 ● ● ●\n財務部 ● ●\n環境部\n市民部 ● ● ●\n税務部 ● ● ●\n"
    )
    by_name = {row.cells[0]: row for row in rows}
    assert by_name["総務部"].columns == ("部局名", "利用経験", "利用中", "作成者")
    assert by_name["財務部"].columns == ()
    assert "環境部" in by_name


def test_a_glossary_entry_is_one_row_even_if_the_term_is_wrapped() -> None:
    rows = rows_of(
        "用語 意味\n\nRPA 人の手で行っていた業務をロボットを\n\n活用し自動化すること。\n\n \n\n"
        "情報化推進アドバイザ\n\nー\n\n本市の情報化に関する施策のあり方について、専門的視点から\n\n助言を行う有識者。\n\n"
        "あ オンライン 端末機がネットワークに接続されている状態。\n"
    )
    assert [row.text for row in rows] == [
        "用語: RPA／意味: 人の手で行っていた業務をロボットを活用し自動化すること。",
        "用語: 情報化推進アドバイザー／意味: 本市の情報化に関する施策のあり方について、専門的視点から助言を行う有識者。",
        "用語: オンライン／意味: 端末機がネットワークに接続されている状態。",
    ]


def test_a_row_by_year_holds_everything_up_to_the_next_year() -> None:
    text = "年度 主な取組み\n" + "".join(
        f"{year} ・手続きの電子化を{year - 2000}件行い、時間を大幅に短縮し\nました。\n"
        for year in range(2004, 2009)
    )
    rows = rows_of(text)
    assert len(rows) == 5
    assert (
        rows[0].text
        == "年度: 2004／主な取組み: ・手続きの電子化を4件行い、時間を大幅に短縮しました。"
    )


def test_a_title_row_of_a_table_without_heads_goes_to_the_rows_below() -> None:
    rows = rows_of(
        "助言の実績\t\n・ 書面\t\n【令和2年度】\t推進本部会 計2回\n【令和3年度】\t調整経費 計3回\n"
    )
    assert [row.text for row in rows] == [
        "助言の実績／・ 書面／【令和2年度】／推進本部会 計2回",
        "助言の実績／・ 書面／【令和3年度】／調整経費 計3回",
    ]


def test_a_very_long_row_becomes_several_chunks_that_name_it() -> None:
    cell = "".join(
        f"{n}番目の意見として、元の資料を公開してほしいという声があった。" for n in range(30)
    )
    rows = rows_of(f"開催年月日\t会議内容\n平成31年2月20日\t{cell}\n令和元年12月18日\t短い内容\n")
    parts = [row for row in rows if "平成31年2月20日" in row.text]
    assert len(parts) > 1
    assert all(len(part.text) <= 600 for part in parts)
