"""Damaged and odd files of every kind are read or refused in plain words, never with a traceback."""

import io
import random
import re
import zipfile
from functools import cache

import openpyxl
from fuzz_support import quick
from hypothesis import given
from hypothesis import strategies as st
from loaders_support import cell, docx, paragraph, row, table, zipped

from ingest.loaders import LoadedDocument, load
from ingest.loaders.number_formats import displayed
from rag.errors import IngestError

QUICK = quick(40)
CODES = st.text(alphabet='0#?.,%;"\\[]_*@/yymmddhhsseegga年月日▲ -+E$<>=1', max_size=30)
FRAGMENTS = [
    "<p>", "</p>", "<table>", "<tr>", "<td rowspan=3 colspan=2>", "<th>", "</table>", "<ul><li>",
    "<h2>", "</h3>", "<ol start=²>", "<ruby>", "<rt>", "<pre>", "<!--", "-->", "&#55296;", "&amp",
    "<title>", "<script>", "</script>", "<b hidden>", "文", "\x00", "<", ">",
]  # fmt: skip


@cache
def samples() -> dict[str, bytes]:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for number in range(1, 6):
        sheet.append([f"項目{number}", number * 1.5, "=1+1"])
    sheet.merge_cells("A1:B2")
    out = io.BytesIO()
    workbook.save(out)
    body = paragraph("見出し", "1") + table(
        row(cell("課"), cell("件数")), row(cell("市民課"), cell("3"))
    )
    return {"a.docx": docx(body + paragraph("本文である。")), "a.xlsx": out.getvalue()}


def read_or_refused(content: bytes, name: str) -> LoadedDocument | None:
    try:
        loaded = load(content, name)
    except IngestError as error:
        assert re.search("[\u3041-\u309f]", error.message) and name in error.message
        return None
    for page in loaded.pages:
        page.text.encode("utf-8")
        assert "\x00" not in page.text
    return loaded


@QUICK
@given(st.sampled_from(["a.docx", "a.xlsx"]), st.integers(0, 2**32), st.integers(1, 40))
def test_flipped_bytes_of_a_package(name: str, seed: int, count: int) -> None:
    content = bytearray(samples()[name])
    generator = random.Random(seed)
    for _ in range(count):
        content[generator.randrange(len(content))] = generator.randrange(256)
    read_or_refused(bytes(content), name)


@QUICK
@given(st.sampled_from(["a.docx", "a.xlsx"]), st.integers(0, 2**32))
def test_nonsense_in_the_attributes_of_a_package(name: str, seed: int) -> None:
    generator = random.Random(seed)
    nonsense = ["-1", "²", "9" * 5_000, "1e999", "", "A0", "ZZZZ9", "0", "nan", "99999999", "💣"]

    def changed(match: re.Match[str]) -> str:
        if match.group(1).startswith("xmlns") or generator.random() > 0.1:
            return match.group()
        return f'{match.group(1)}="{generator.choice(nonsense)}"'

    members: dict[str, str | bytes] = {}
    with zipfile.ZipFile(io.BytesIO(samples()[name])) as archive:
        for member in archive.namelist():
            text = archive.read(member).decode()
            kept = member.endswith((".rels", "].xml"))
            members[member] = text if kept else re.sub(r'([\w:]+)="([^"]*)"', changed, text)
    read_or_refused(zipped(members), name)


@QUICK
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60))
def test_any_soup_of_tags(fragments: list[str]) -> None:
    read_or_refused("".join(["始め", *fragments]).encode("utf-8", "replace"), "a.html")


@QUICK
@given(st.text(alphabet='あa1,\t;|"\n\r ', max_size=200))
def test_any_text_as_a_table(text: str) -> None:
    loaded = read_or_refused(text.encode(), "a.csv")
    if loaded is not None and '"' not in text:
        wanted = set(re.sub(r"[,\t;|\s]", "", text))
        assert wanted <= set(loaded.pages[0].text)


@quick(300)
@given(st.floats(allow_nan=False, allow_infinity=False), CODES)
def test_any_number_in_any_format_is_shown(value: float, code: str) -> None:
    assert isinstance(displayed(value, code), str)
