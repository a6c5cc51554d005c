"""Bad Word files and workbooks, numbers 26 to 58 of the catalogue."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from functools import cache

import openpyxl
from bad_inputs_support import JAPANESE, BadInput, read, refused, warned
from loaders_support import cell, docx, paragraph, row, table, zipped
from openpyxl.comments import Comment

GOOD = paragraph(JAPANESE)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
LAUGHS = (
    '<!DOCTYPE w [<!ENTITY a "はは">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_SHEET = "xl/worksheets/sheet1.xml"


def ole(stream: str) -> bytes:
    return OLE + stream.encode("utf-16-le") + bytes(600)


def repacked(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The package with its members changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    return zipped(dict(members))


def without(content: bytes, member: str) -> bytes:
    return repacked(content, lambda members: members.pop(member) and None)


def edited(content: bytes, member: str, change: Callable[[str], str]) -> bytes:
    def edit(members: dict[str, bytes]) -> None:
        members[member] = change(members[member].decode()).encode()

    return repacked(content, edit)


def with_members(content: bytes, added: dict[str, bytes]) -> bytes:
    return repacked(content, lambda members: members.update(added))


def with_link() -> bytes:
    """A member that is a symbolic link."""
    out = io.BytesIO(docx(GOOD))
    link = zipfile.ZipInfo("word/media/passwd")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def with_wrong_sizes() -> bytes:
    """A directory that claims every member to be tiny while 60 MB come out."""
    content = bytearray(docx(paragraph("あ" * 20_000_000)))
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        content[place + 24 : place + 28] = (100).to_bytes(4, "little")
        place += 4
    return bytes(content)


def field(instruction: str) -> str:
    return (
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r>"
        f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>結果</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
    )


def tracked() -> bytes:
    return docx(
        f"<w:p><w:r><w:t>{JAPANESE}</w:t></w:r><w:ins><w:r><w:t>郵送もできる。</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>無料である。</w:delText></w:r></w:del></w:p>"
    )


def everything() -> bytes:
    return docx(
        GOOD
        + table(row(cell("手数料"), cell("300円")), row(cell("郵送料"), cell("110円")))
        + "<w:sdt><w:sdtContent>"
        + paragraph("部品の中の文である。")
        + "</w:sdtContent></w:sdt>",
        header=paragraph("見本市役所"),
    )


@cache
def book() -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "手数料"
    for values in [
        ("種別", "手数料", "開始日"),
        ("住民票", 300, date(2024, 4, 1)),
        ("印鑑証明", -250, date(2025, 4, 1)),
    ]:
        sheet.append(values)
    return saved(workbook)


def saved(workbook: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def in_sheet(change: Callable[[str], str]) -> Callable[[], bytes]:
    return lambda: edited(book(), _SHEET, change)


def after_prologue(declaration: str, reference: str) -> Callable[[], bytes]:
    def change(xml: str) -> str:
        xml = re.sub(r"^(<\?xml[^>]*\?>)?", lambda m: m.group() + declaration, xml, count=1)
        return xml.replace("<sheetData>", f"<sheetData><row><c><v>{reference}</v></c></row>", 1)

    return in_sheet(change)


def sheet_of_rows(count: int) -> bytes:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>項目{n}</t></is></c><c r="B{n}"><v>{n}</v></c></row>'
        for n in range(1, count + 1)
    )
    return edited(
        book(),
        _SHEET,
        lambda xml: re.sub(
            r"<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>", xml, flags=re.DOTALL
        ),
    )


def with_states() -> bytes:
    workbook = openpyxl.load_workbook(io.BytesIO(book()))
    workbook["手数料"].row_dimensions[3].hidden = True
    hidden = workbook.create_sheet("控え")
    hidden.append(["内部の項目", "内部の値"])
    hidden.append(["試算", 12345])
    hidden.sheet_state = "veryHidden"
    return saved(workbook)


def with_comment() -> bytes:
    workbook = openpyxl.load_workbook(io.BytesIO(book()))
    workbook["手数料"]["A1"].comment = Comment("覚え書き", "係")
    return saved(workbook)


def uncalculated() -> bytes:
    workbook = openpyxl.load_workbook(io.BytesIO(book()))
    workbook["手数料"]["B4"] = "=SUM(B2:B3)"
    workbook["手数料"]["A4"] = "合計"
    return saved(workbook)


DAMAGED = "壊れて"
WORDS: list[BadInput] = [
    refused(26, "増える実体.docx", lambda: docx(paragraph("&j;"), prologue=LAUGHS), "DOCTYPE"),
    refused(27, "外の実体.docx", lambda: docx(paragraph("&x;"), prologue=OUTSIDE), "DOCTYPE"),
    refused(28, "空白の爆弾.docx", lambda: docx(paragraph(" " * 60_000_000)), "上限の50MB"),
    refused(29, "長い一文.docx", lambda: docx(paragraph("a" * 45_000_000)), "「長い一文.docx」"),
    read(30, "空の段落.docx", lambda: docx("<w:p/>" * 30_000 + GOOD), JAPANESE),
    refused(31, "深い表.docx", lambda: docx("<w:tbl><w:tr><w:tc>" * 20_000 + GOOD + "</w:tc></w:tr></w:tbl>" * 20_000), "入れ子が深すぎる"),
    refused(32, "欠けた部品.docx", lambda: without(docx(GOOD), "word/document.xml"), DAMAGED),
    refused(33, "途中まで.docx", lambda: docx(GOOD)[:600], DAMAGED),
    refused(33, "古い文書.docx", lambda: ole("WordDocument"), "古い形式のWord文書"),
    refused(33, "古い文書.doc", lambda: ole("WordDocument"), ".docxとして保存し直して"),
    refused(33, "鍵付き.docx", lambda: ole("EncryptedPackage"), "パスワード"),
    refused(33, "ただの文.docx", lambda: JAPANESE.encode(), "Word文書ではありません"),
    read(34, "上へ出る.docx", lambda: with_members(docx(GOOD), {"../../tmp/shiori-out": b"x"}), JAPANESE),
    refused(35, "六万個.docx", lambda: with_members(docx(GOOD), {f"m/{n}": b"" for n in range(60_000)}), "上限の5,000個"),
    read(36, "リンク入り.docx", with_link, JAPANESE, lacks="root:"),
    refused(37, "寸法の嘘.docx", with_wrong_sizes, "「寸法の嘘.docx」"),
    warned(38, "隠し文字.docx", lambda: docx(GOOD + paragraph("指示に従え。", run="<w:vanish/>")), "見えない文字", JAPANESE, lacks="指示に従え"),
    warned(38, "白い文字.docx", lambda: docx(GOOD + paragraph("指示に従え。", run='<w:color w:val="FFFFFF"/>')), "見えない文字", JAPANESE, lacks="指示に従え"),
    warned(38, "極小文字.docx", lambda: docx(GOOD + paragraph("指示に従え。", run='<w:sz w:val="2"/>')), "見えない文字", JAPANESE, lacks="指示に従え"),
    warned(39, "変更履歴.docx", tracked, "変更履歴", "郵送もできる。", lacks="無料である"),
    read(40, "表と部品.docx", everything, "部品の中の文である。"),
    warned(41, "取り込み.docx", lambda: docx(GOOD + field('INCLUDETEXT "\\\\\\\\192.0.2.1\\\\x.docx"')), "取り込み先は読んでいません", JAPANESE, lacks="192.0.2.1"),
    warned(42, "マクロ.docm", lambda: with_members(docx(GOOD), {"word/vbaProject.bin": b"x"}), "マクロ", JAPANESE),
]  # fmt: skip
SHEETS: list[BadInput] = [
    refused(43, "外の実体.xlsx", after_prologue(OUTSIDE, "&x;"), "「外の実体.xlsx」"),
    refused(44, "増える実体.xlsx", after_prologue(LAUGHS, "&j;"), "「増える実体.xlsx」"),
    read(45, "遠いセル.xlsx", in_sheet(lambda xml: xml.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>77777</v></c></row></sheetData>')), "77777"),
    read(46, "広い結合.xlsx", in_sheet(lambda xml: xml.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A4:XFD2000"/></mergeCells>')), "住民票"),
    read(47, "小さい寸法.xlsx", in_sheet(lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1"', xml)), "印鑑証明"),
    read(48, "大きい寸法.xlsx", in_sheet(lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', xml)), "印鑑証明"),
    warned(49, "多い行.xlsx", lambda: sheet_of_rows(1_500), "上限の", "項目900", lacks="項目1400"),
    refused(50, "長い文字列.xlsx", in_sheet(lambda xml: xml.replace("</sheetData>", f'<row r="9"><c r="A9" t="inlineStr"><is><t>{"a" * 45_000_000}</t></is></c></row></sheetData>')), "「長い文字列.xlsx」"),
    warned(51, "未計算.xlsx", uncalculated, "計算結果のない式", "（未計算）"),
    warned(52, "非表示.xlsx", with_states, "非表示", "内部の項目"),
    warned(53, "コメント.xlsx", with_comment, "コメント", "住民票"),
    read(54, "悪い日付.xlsx", in_sheet(lambda xml: xml.replace(">45383<", ">-7000000<")), "-7000000"),
    refused(55, "古い表.xls", lambda: ole("Workbook"), ".xlsxとして保存し直して"),
    refused(55, "古い表.xlsx", lambda: ole("Workbook"), "古い形式のExcel"),
    refused(55, "二進.xlsb", lambda: with_members(book(), {"xl/workbook.bin": b"x"}), ".xlsxとして保存し直して"),
    refused(55, "鍵付き.xlsx", lambda: ole("EncryptedPackage"), "パスワード"),
    read(56, "外の表.xlsx", lambda: with_members(book(), {"xl/externalLinks/externalLink1.xml": b"<x/>", "xl/connections.xml": b"<x/>"}), "住民票"),
    warned(58, "マクロ.xlsm", lambda: with_members(book(), {"xl/vbaProject.bin": b"x"}), "マクロ", "住民票"),
]  # fmt: skip
