"""PDF pages whose drawing order is not their reading order, and their printed numbers."""

import io
from pathlib import Path

import pylopdf_fonts_jp
import pypdf
import typst
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from ingest.loaders import load

FONTS = Path(pylopdf_fonts_jp.__file__).parent
HEAD = """#set page(width: 148mm, height: 210mm, margin: 18mm)
#set text(font: "Noto Sans JP", size: 10pt, lang: "ja")
"""
RUBY = """#let ruby(base, reading) = box[#base#place(top + center, dy: -0.55em, text(5pt)[#reading])]
会場は#ruby("安積", "あさか")公民館で、#ruby("郡山", "こおりやま")駅から歩いて十分の場所にある。
"""
LEFT = [
    "左の段の一行目はここから始まり",
    "二行目に続いて文が終わりました。",
    "左の段の三行目はまた別の文であり",
    "四行目で終わることになりました。",
    "左の五行目は最後の文の前半であり",
    "六行目でようやく全部終わります。",
]
RIGHT = [line.replace("左", "右").replace("終わ", "閉じ") for line in LEFT]


def pdf(source: str) -> bytes:
    return typst.compile(
        (HEAD + source).encode(), font_paths=[str(FONTS)], ignore_system_fonts=True
    )


def text_of(source: str) -> str:
    return load(pdf(source), "a.pdf").pages[0].text


def row_by_row(title: str = "") -> str:
    """Two columns drawn as some programs do: line by line over both of them."""
    placed = "".join(
        f"#place(top + left, dy: {30 + 14 * n}pt)[{left}]\n"
        f"#place(top + left, dx: 182pt, dy: {30 + 14 * n}pt)[{right}]\n"
        for n, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True))
    )
    return f"{title}\n{placed}"


def upright(*lines: str) -> str:
    """Vertical writing, from right to left, each character placed on its own."""
    return "".join(
        f"#place(top + right, dx: {-18 * n}pt, dy: {11 * m}pt)[#box(width: 10pt)[{character}]]\n"
        for n, line in enumerate(lines)
        for m, character in enumerate(line)
    )


def test_letter_spaced_text_is_closed_up() -> None:
    source = (
        "#set text(tracking: 0.7em)\n施政方針\n\n議案第１８号　令和六年度補正予算\n\n"
        "議長が発言を求める者の有無を確かめた。次に市長から提案理由の説明があった。"
    )
    drawn = pypdf.PdfReader(io.BytesIO(pdf(source))).pages[0].extract_text()
    assert "施 政 方 針" in drawn
    lines = text_of(source).split("\n")
    assert [line for line in lines if line][:2] == ["施政方針", "議案第１８号　令和六年度補正予算"]
    assert "発言を求める者の有無を確かめた。次に市長から提案理由の説明があった。" in "".join(lines)


def test_one_letter_spaced_heading_among_ordinary_text_is_closed_up() -> None:
    source = "#text(tracking: 1em)[施政方針]\n\n窓口の手続きを電子化します。"
    assert text_of(source) == "施政方針\n窓口の手続きを電子化します。"


def test_single_characters_in_cells_are_not_closed_up() -> None:
    places = "".join(f"#place(top, dx: {60 * n}pt)[{c}]" for n, c in enumerate("有無有無"))
    assert text_of(places).split() == ["有", "無", "有", "無"]


def test_ruby_is_not_mixed_into_words() -> None:
    drawn = pypdf.PdfReader(io.BytesIO(pdf(RUBY))).pages[0].extract_text()
    assert "安積\nあさか\n公民館" in drawn
    assert "会場は安積公民館で、郡山駅から歩いて十分の場所にある。" in text_of(RUBY)


def test_a_text_drawn_twice_is_read_once() -> None:
    sentence = "令和六年度の予算は百億円である。前年度より増えた。"
    source = f"#place(top)[{sentence}]\n#place(top, dx: 0.2pt, dy: 0.2pt)[{sentence}]"
    drawn = pypdf.PdfReader(io.BytesIO(pdf(source))).pages[0].extract_text()
    assert drawn.count("百億円") == 2
    assert text_of(source) == sentence


def test_the_same_sentence_at_two_places_is_kept_twice() -> None:
    sentence = "令和六年度の予算は百億円である。"
    assert text_of(f"{sentence}\n\n{sentence}").count("百億円") == 2


def test_two_columns_drawn_line_by_line_are_read_one_after_the_other() -> None:
    source = row_by_row("#align(center)[二段組の資料の題名はここに一行で置かれている]")
    drawn = pypdf.PdfReader(io.BytesIO(pdf(source))).pages[0].extract_text()
    assert drawn.index(RIGHT[0]) < drawn.index(LEFT[1])
    text = text_of(source)
    assert text.split() == ["二段組の資料の題名はここに一行で置かれている", *LEFT, *RIGHT]


def test_a_table_without_rules_is_not_taken_for_columns() -> None:
    rows = [
        ("総務課", "12件"),
        ("市民課", "340件"),
        ("福祉課", "56件"),
        ("建設課", "7件"),
        ("水道課", "81件"),
    ]
    source = "".join(
        f"#place(top, dy: {14 * n}pt)[{left}]\n#place(top, dx: 182pt, dy: {14 * n}pt)[{right}]\n"
        for n, (left, right) in enumerate(rows)
    )
    lines = text_of(source).split("\n")
    assert [tuple(line.replace(" 件", "件").split()) for line in lines] == rows


def test_vertical_writing_is_read_from_the_right() -> None:
    lines = [
        "窓口の手続きを順に電子化し",
        "来庁しなくても用が足りるように",
        "することを目標に掲げる。",
    ]
    drawn = pypdf.PdfReader(io.BytesIO(pdf(upright(*lines)))).pages[0].extract_text()
    assert drawn.startswith("窓\n口\nの\n")
    assert text_of(upright(*lines)) == "\n".join(lines)


def with_labels(content: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    roman = DictionaryObject({NameObject("/S"): NameObject("/r")})
    annex = DictionaryObject(
        {NameObject("/S"): NameObject("/D"), NameObject("/P"): TextStringObject("資料-")}
    )
    numbers = ArrayObject([NumberObject(0), roman, NumberObject(2), annex])
    writer.root_object[NameObject("/PageLabels")] = DictionaryObject({NameObject("/Nums"): numbers})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_page_labels_of_the_file_are_kept_where_none_is_printed() -> None:
    plain = pdf("一頁目の文である。#pagebreak()二頁目の文である。#pagebreak()三頁目の文である。")
    labels = [page.label for page in load(with_labels(plain), "a.pdf").pages]
    assert labels == ["i", "ii", "資料-1"]
    assert [page.label for page in load(plain, "a.pdf").pages] == ["", "", ""]


def test_a_printed_number_goes_before_the_label_of_the_file() -> None:
    source = '#set page(numbering: "1")\n#counter(page).update(11)\n一頁目。#pagebreak()二頁目。'
    assert [page.label for page in load(with_labels(pdf(source)), "a.pdf").pages] == ["11", "12"]


def test_recognised_text_laid_over_printed_text_is_dropped() -> None:
    """A second layer without ink, a little off and with errors, as text recognition leaves it."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("The office opens at nine every day.")))
    page = writer.pages[0]
    helvetica = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page["/Resources"]["/Font"][NameObject("/Extra")] = writer._add_object(helvetica)
    contents = page.get_contents()
    assert contents is not None
    layer = b"\nBT /Extra 10 Tf 3 Tr 52 537 Td (The 0ffice 0pens at nlne) Tj ET"
    contents.set_data(b"q\n" + contents.get_data() + b"\nQ" + layer)
    page[NameObject("/Contents")] = writer._add_object(contents)
    out = io.BytesIO()
    writer.write(out)
    drawn = pypdf.PdfReader(io.BytesIO(out.getvalue())).pages[0].extract_text()
    assert "nlne" in drawn
    text = load(out.getvalue(), "a.pdf").pages[0].text
    assert text == "The office opens at nine every day."
