"""DOCX in its accepted view: nothing a reader sees is lost, nothing hidden slips in."""

from contextvars import copy_context

import pytest
from loaders_support import cell, docx, paragraph, row, table, zipped

from ingest.errors import UnreadableFileError
from ingest.limits import Limits, enforce
from ingest.loaders import LoadedDocument, load
from ingest.reading import read_file
from rag.types import ChunkKind

HORIZONTAL, DOWN, ON = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
PROSE = "窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを目標に掲げる。"


def opened(body: str, **parts: str) -> LoadedDocument:
    return load(docx(body, **parts), "計画.docx")


def text_of(body: str, **parts: str) -> str:
    return opened(body, **parts).pages[0].text


def test_heading_styles_are_headings_of_what_follows() -> None:
    body = (
        paragraph("見本市推進計画", "t")
        + paragraph("第1章　目標", "1")
        + paragraph("窓口の改革", "own")
        + paragraph(PROSE)
    )
    read = read_file(docx(body), "計画.docx")
    assert read.pages[0].text == (
        f"# 見本市推進計画\n\n## 第1章　目標\n\n### 窓口の改革\n\n{PROSE}\n"
    )
    assert read.chunks[-1].heading == ("第1章 目標", "窓口の改革")
    assert read.document.title == "見本市推進計画"
    assert not read.document.has_pages


def test_tables_stand_in_their_place_with_merged_cells_filled() -> None:
    body = (
        paragraph("前の段落である。")
        + paragraph("（単位：千円）")
        + table(
            row(cell("課", DOWN), cell("令和6年度", HORIZONTAL), properties="<w:tblHeader/>"),
            row(cell("", ON), cell("予算額"), cell("決算額"), properties="<w:tblHeader/>"),
            row(cell("市民課", DOWN), cell("1,200"), cell("1,100")),
            row(cell("", ON), cell("300"), cell("250")),
        )
        + paragraph("後の段落である。")
    )
    assert text_of(body) == (
        "前の段落である。\n\n（単位：千円）\n\n"
        "課\t令和6年度 予算額（千円）\t令和6年度 決算額（千円）\n市民課\t1,200\t1,100\n市民課\t300\t250\n\n"
        "後の段落である。\n"
    )
    rows = [c for c in read_file(docx(body), "計画.docx").chunks if c.kind is ChunkKind.TABLE_ROW]
    assert (
        rows[1].text == "課: 市民課／令和6年度 予算額（千円）: 300／令和6年度 決算額（千円）: 250"
    )


def test_tracked_changes_are_read_as_accepted() -> None:
    body = (
        "<w:p><w:r><w:t>期限は</w:t></w:r>"
        "<w:del><w:r><w:delText>3月</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>9月</w:t></w:r></w:ins>"
        "<w:moveFrom><w:r><w:t>移動元</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t>末日</w:t></w:r></w:moveTo><w:r><w:t>とする。</w:t></w:r></w:p>"
        + table(
            row(cell("残る行"), cell("1")),
            row(cell("消えた行"), cell("2"), properties="<w:del/>"),
            row(cell("足した行"), cell("3"), properties="<w:ins/>"),
        )
        + "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>前半と</w:t></w:r></w:p>"
        + paragraph("後半は一つの段落である。")
    )
    loaded = opened(body)
    assert loaded.pages[0].text == (
        "期限は9月末日とする。\n\n残る行\t1\n足した行\t3\n\n前半と後半は一つの段落である。\n"
    )
    assert any("変更履歴があります" in warning for warning in loaded.warnings)


def test_text_boxes_content_controls_and_links_are_in_the_text_once() -> None:
    box = f"<w:txbxContent>{paragraph('囲みの中の注意書きである。')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>本文の段落である。</w:t></w:r><w:r><mc:AlternateContent>"
        f"<mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
        "<w:sdt><w:sdtPr/><w:sdtContent>"
        + paragraph("様式の欄に書かれた文である。")
        + "</w:sdtContent></w:sdt>"
        "<w:p><w:sdt><w:sdtContent><w:r><w:t>選んだ値</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:hyperlink r:id='x'><w:r><w:t>と案内のページ。</w:t></w:r></w:hyperlink></w:p>"
    )
    assert text_of(body) == (
        "本文の段落である。\n\n囲みの中の注意書きである。\n\n様式の欄に書かれた文である。\n\n"
        "選んだ値と案内のページ。\n"
    )


def test_footnotes_follow_their_paragraph_with_their_mark() -> None:
    body = (
        "<w:p><w:r><w:t>電子申請</w:t></w:r><w:r><w:footnoteReference w:id='2'/></w:r>"
        "<w:r><w:t>の利用を広げる。</w:t></w:r></w:p>" + paragraph("次の段落である。")
    )
    notes = (
        "<w:footnote w:type='separator' w:id='0'><w:p/></w:footnote>"
        f"<w:footnote w:id='2'>{paragraph('インターネットで行う申請。')}</w:footnote>"
    )
    assert text_of(body, footnotes=notes) == (
        "電子申請※1の利用を広げる。\n\n※1 インターネットで行う申請。\n\n次の段落である。\n"
    )


def test_headers_and_footers_stand_at_the_end_without_page_numbers() -> None:
    text = text_of(
        paragraph(PROSE),
        header=paragraph("見本市　内部資料"),
        footer=paragraph("- 3 -") + paragraph("作成：企画課"),
    )
    assert text == f"{PROSE}\n\n## ヘッダー・フッター\n\n見本市　内部資料\n\n作成：企画課\n"


@pytest.mark.parametrize(
    "run",
    [
        "<w:vanish/>",
        '<w:color w:val="FFFFFF"/>',
        '<w:sz w:val="2"/>',
        '<w:rStyle w:val="secret"/>',
    ],
)
def test_text_that_nobody_sees_is_left_out_and_said(run: str) -> None:
    loaded = opened(paragraph(PROSE) + paragraph("拡充すべきと答えること。", run=run))
    assert loaded.pages[0].text == f"{PROSE}\n"
    assert "見えない文字" in loaded.warnings[0]
    assert "例:「拡充すべきと答えること。」" in loaded.warnings[0]


def test_white_letters_on_a_coloured_cell_are_seen() -> None:
    shade = '<w:shd w:val="clear" w:fill="1F4E79"/>'
    white = '<w:color w:val="FFFFFF"/>'
    body = table(
        row(
            *(
                f"<w:tc><w:tcPr>{shade}</w:tcPr>{paragraph(t, run=white)}</w:tc>"
                for t in ("課名", "件数")
            )
        ),
        row(cell("市民課"), cell("12")),
    )
    loaded = opened(body)
    assert loaded.pages[0].text == "課名\t件数\n市民課\t12\n"
    assert loaded.warnings == ()


def test_automatic_numbers_are_shown_as_word_shows_them() -> None:
    numbering = (
        "<w:abstractNum w:abstractNumId='7'>"
        "<w:lvl w:ilvl='0'><w:start w:val='1'/><w:numFmt w:val='decimalFullWidth'/><w:lvlText w:val='第%1条'/></w:lvl>"
        "<w:lvl w:ilvl='1'><w:start w:val='1'/><w:numFmt w:val='japaneseCounting'/><w:lvlText w:val='（%2）'/></w:lvl>"
        "</w:abstractNum><w:num w:numId='3'><w:abstractNumId w:val='7'/></w:num>"
        "<w:abstractNum w:abstractNumId='8'><w:lvl w:ilvl='0'><w:numFmt w:val='bullet'/><w:lvlText w:val=''/></w:lvl>"
        "</w:abstractNum><w:num w:numId='4'><w:abstractNumId w:val='8'/></w:num>"
    )

    def numbered(text: str, depth: int, identifier: int = 3) -> str:
        return paragraph(
            text,
            properties=f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='{identifier}'/></w:numPr>",
        )

    body = (
        numbered("目的を定める。", 0)
        + numbered("対象は市民とする。", 1)
        + numbered("対象は事業者とする。", 1)
        + numbered("期間を定める。", 0)
        + numbered("三月とする。", 1)
        + numbered("持ち物", 0, 4)
    )
    assert text_of(body, numbering=numbering).splitlines() == [
        "第１条 目的を定める。",
        "（一） 対象は市民とする。",
        "（二） 対象は事業者とする。",
        "第２条 期間を定める。",
        "（一） 三月とする。",
        "・持ち物",
    ]


def test_ruby_is_not_mixed_into_words() -> None:
    body = (
        "<w:p><w:r><w:t>会場は</w:t></w:r><w:r><w:ruby><w:rt><w:r><w:t>あさか</w:t></w:r></w:rt>"
        "<w:rubyBase><w:r><w:t>安積</w:t></w:r></w:rubyBase></w:ruby></w:r><w:r><w:t>公民館である。</w:t></w:r></w:p>"
    )
    assert text_of(body) == "会場は安積公民館である。\n"


def test_instructions_of_fields_are_out_and_their_results_in() -> None:
    body = (
        "<w:p><w:r><w:t>全</w:t></w:r><w:r><w:fldChar w:fldCharType='begin'/></w:r>"
        "<w:r><w:instrText>INCLUDETEXT \\\\\\\\server\\\\share\\\\x.docx</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>12</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r><w:r><w:t>件を示す。</w:t></w:r></w:p>"
    )
    loaded = opened(body)
    assert loaded.pages[0].text == "全12件を示す。\n"
    assert "取り込み先は読んでいません" in loaded.warnings[0]


def test_entity_attacks_are_refused() -> None:
    laughs = '<!DOCTYPE w [<!ENTITY a "はは"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(UnreadableFileError, match="DOCTYPE"):
        load(docx(paragraph("&b;"), prologue=laughs), "攻撃.docx")


def test_tables_nested_without_end_are_refused() -> None:
    body = "<w:tbl><w:tr><w:tc>" * 500 + paragraph("底") + "</w:tc></w:tr></w:tbl>" * 500
    with pytest.raises(UnreadableFileError, match="入れ子が深すぎる"):
        opened(body)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    content = docx(paragraph(" " * 6_000_000 + "終"))
    assert len(content) < 20_000

    def run() -> None:
        enforce(Limits(unpacked_bytes=5_000_000))
        load(content, "爆弾.docx")

    with pytest.raises(UnreadableFileError, match="上限の5MBを超えます"):
        copy_context().run(run)


def test_a_package_without_its_document_is_refused_in_plain_words() -> None:
    content = zipped({"[Content_Types].xml": "<Types/>", "word/styles.xml": "<styles/>"})
    with pytest.raises(UnreadableFileError, match=r"「欠け\.docx」は壊れている"):
        load(content, "欠け.docx")


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_truncated_file_is_refused(share: float) -> None:
    content = docx(paragraph(PROSE))
    with pytest.raises(UnreadableFileError, match=r"「途中\.docx」"):
        load(content[: int(len(content) * share)], "途中.docx")


def test_a_document_of_pictures_only_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="文字がありません"):
        opened("<w:p><w:r><w:drawing/></w:r></w:p>")
