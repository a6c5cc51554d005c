"""Files of every kind, damaged at random: read, or refused in a sentence, within their limits."""

import io
import random
import re
import zipfile
from collections.abc import Callable
from functools import cache

import pytest
from bad_inputs_support import ENGLISH, JAPANESE
from bad_pdf_support import show
from fuzz_support import quick
from hypothesis import example, given
from hypothesis import strategies as st
from isolation_support import pdf_of_streams
from test_loaders_fuzz import samples

from ingest.archives import members
from ingest.isolation import read_isolated
from ingest.limits import Limits
from ingest.reading import ReadFile, read_file
from ingest.sheets.errors import SheetFileError
from ingest.sheets.read import propose_mapping, read_sheets
from rag.errors import IngestError

LIMITS = Limits(cpu_s=5, memory_bytes=600_000_000, pages=50)
TABLE = "課\t件数\n市民課\t1,234\n税務課\t5\n"
TEXT = f"第1章　総則\n\n{JAPANESE}\n\n{TABLE}\n（1）窓口\n受付は午前9時から。\n"
PAGE = f"<html><head><title>案内</title></head><body><h1>案内</h1><p>{JAPANESE}</p></body></html>"
SHEET = '{"事業名": "窓口改善", "事業費": "1,234千円", "成果": "待ち時間が減った。"}'


@cache
def originals() -> dict[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("窓口/手数料.txt", TEXT)
        archive.writestr("案内.html", PAGE)
    return samples() | {
        "a.pdf": pdf_of_streams([show(ENGLISH), show("The counter opens at nine.")]),
        "a.txt": TEXT.encode("utf-8"),
        "b.txt": TEXT.encode("cp932"),
        "c.txt": TEXT.encode("utf-16"),
        "d.txt": TEXT.encode("euc-jp"),
        "e.txt": TEXT.encode("iso-2022-jp"),
        "a.md": f"# 見出し\n\n{TEXT}\n```\ncode\n```\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
        "a.csv": TABLE.replace("\t", ",").replace("1,234", '"1,234"').encode("cp932"),
        "a.html": PAGE.encode(),
        "a.zip": packed.getvalue(),
    }


def damaged(content: bytes, kind: str, seed: int) -> bytes:
    chance, changed = random.Random(seed), bytearray(content)
    at = chance.randrange(len(changed))
    if kind == "cut":
        return content[:at]
    if kind == "doubled":
        return content[:at] + content[at // 2 :]
    if kind == "spliced":
        other = chance.choice(sorted(originals().values()))
        return content[:at] + other[chance.randrange(len(other)) :]
    if kind == "noise":
        return content[:at] + chance.randbytes(chance.randrange(1, 400)) + content[at:]
    for _ in range(chance.randrange(1, 30)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


DAMAGE = st.sampled_from(["flipped", "cut", "doubled", "spliced", "noise"])
SEEDS = st.integers(0, 2**32)


def read_or_refused(read: Callable[[], ReadFile], name: str) -> None:
    try:
        found = read()
    except IngestError as error:
        assert re.search("[\u3041-\u309f]", error.message) and error.message.endswith("。")
        assert name in error.message and "Error" not in error.message
        return
    texts = {page.number: page.text for page in found.pages}
    for text in texts.values():
        text.encode()
        assert "\x00" not in text
    assert found.chunks
    for chunk in found.chunks:
        assert 0 <= chunk.start < chunk.end <= len(texts[chunk.page])


@pytest.mark.parametrize(
    "name", [name for name in sorted(originals()) if not name.endswith((".pdf", ".zip"))]
)
@quick(15, share=0.3)
@given(kind=DAMAGE, seed=SEEDS)
def test_a_damaged_file_is_read_or_refused(name: str, kind: str, seed: int) -> None:
    content = damaged(originals()[name], kind, seed)
    read_or_refused(lambda: read_file(content, name), name)


@quick(25, share=0.3)
@given(kind=DAMAGE, seed=SEEDS)
def test_a_damaged_pdf_stops_at_most_its_reader(kind: str, seed: int) -> None:
    content = damaged(originals()["a.pdf"], kind, seed)
    read_or_refused(lambda: read_isolated(content, "a.pdf", limits=LIMITS), "a.pdf")


@quick(25, share=0.3)
@given(kind=DAMAGE, seed=SEEDS)
def test_a_damaged_archive_gives_members_with_safe_names_or_refusals(kind: str, seed: int) -> None:
    content = damaged(originals()["a.zip"], kind, seed)
    try:
        found = list(members(content, "a.zip", LIMITS, lambda _: None))
    except IngestError as error:
        assert "a.zip" in error.message and error.message.endswith("。")
        return
    for member in found:
        assert not member.source.startswith("/") and ".." not in member.source.split("/")
        if member.refusal is not None:
            assert member.refusal.message.endswith("。")


@pytest.mark.parametrize("name", ["a.json", "a.csv", "a.xlsx"])
@quick(15, share=0.3)
@given(kind=DAMAGE, seed=SEEDS)
def test_a_damaged_file_of_sheets_is_read_or_refused(name: str, kind: str, seed: int) -> None:
    content = damaged((originals() | {"a.json": SHEET.encode()})[name], kind, seed)
    for read in (read_sheets, propose_mapping):
        try:
            read(content, name)
        except SheetFileError as error:
            assert error.message.endswith("。") and "Error" not in error.message


@quick(40)
@given(st.binary(max_size=600), st.sampled_from(["txt", "md", "csv", "html", "docx", "xlsx"]))
@example(b"", "txt")
def test_any_bytes_under_any_name_are_read_or_refused(content: bytes, suffix: str) -> None:
    name = f"何か.{suffix}"
    read_or_refused(lambda: read_file(content, name), name)
