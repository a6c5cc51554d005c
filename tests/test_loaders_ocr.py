"""Character recognition: used where it is on and a Tesseract with Japanese is there, offered else.

The recognition itself is Tesseract's; a small program that takes its place here shows that it is
called as its manual says, and where its text goes. Two tests run the real one where it is there;
`SHIORI_REQUIRE_OCR=1` fails them where it is not.
"""

import io
import os
import shutil
import stat
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pylopdf_fonts_jp
import pypdf
import pytest
import typst
from PIL import Image

from ingest.errors import UnreadableFileError
from ingest.isolation import read_isolated
from ingest.limits import Limits, enforce
from ingest.loaders import LoadedDocument, load
from ingest.loaders.ocr import tesseract

FONTS = Path(pylopdf_fonts_jp.__file__).parent
STAND_IN = """#!/bin/sh
if [ "$1" = "--list-langs" ]; then printf 'List of available languages (1):\\n{language}\\n'; exit 0; fi
[ "$*" = "stdin stdout -l jpn --psm 3" ] || exit 2
head -c 8 | grep -q PNG || exit 3
cat > /dev/null
printf '窓 口 の 受 付 は 午 前 9 時 か ら 。\\n\\f'
"""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    tesseract.cache_clear()
    yield
    tesseract.cache_clear()


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return installed(tmp_path, monkeypatch, STAND_IN.replace("{language}", "jpn"))


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    program = folder / "tesseract"
    program.write_text(script, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return program


def scanned(*, with_text: bool = True) -> bytes:
    """A page with text and a page that is a picture of text."""
    writer = pypdf.PdfWriter()
    if with_text:
        writer.append(io.BytesIO(typeset("文字のある頁である。", "pdf")))
    picture = Image.open(io.BytesIO(typeset("窓口の受付は午前九時から。", "png")))
    page = io.BytesIO()
    picture.convert("L").save(page, "PDF", resolution=150)
    writer.append(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def typeset(text: str, form: str) -> bytes:
    source = '#set page(width: 100mm, height: 60mm)\n#set text(font: "Noto Sans JP", size: 16pt)\n'
    return typst.compile(
        f"{source}{text}".encode(),
        format=form,
        ppi=150,
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
    )


def loaded_with_ocr(content: bytes) -> LoadedDocument:
    def run() -> LoadedDocument:
        enforce(Limits(ocr=True))
        return load(content, "控え.pdf")

    return copy_context().run(run)


def test_a_page_without_text_is_recognised_when_wanted(stand_in: Path) -> None:
    loaded = loaded_with_ocr(scanned())
    assert loaded.pages[1].text == "窓口の受付は午前9時から。".replace("9", " 9 ")
    assert "文字のある頁である。" in loaded.pages[0].text
    assert "1ページ（2ページ目）は文字認識（OCR）で読み取りました" in loaded.warnings[0]


def test_a_file_of_pictures_only_is_taken_in_with_recognition(stand_in: Path) -> None:
    assert "受付は午前" in loaded_with_ocr(scanned(with_text=False)).pages[0].text


def test_recognition_is_off_unless_wanted_and_then_offered(stand_in: Path) -> None:
    loaded = load(scanned(), "控え.pdf")
    assert loaded.pages[1].text.strip() == ""
    assert "2ページのうち1ページ（2ページ目）に文字がありません" in loaded.warnings[0]
    assert "SHIORI_OCR=true を設定して登録し直してください" in loaded.warnings[0]
    with pytest.raises(UnreadableFileError, match="SHIORI_OCR=true"):
        load(scanned(with_text=False), "控え.pdf")


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", STAND_IN.replace("{language}", "eng")])
def test_a_tesseract_that_fails_or_knows_no_japanese_changes_nothing(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, script)
    loaded = loaded_with_ocr(scanned())
    assert "に文字がありません" in loaded.warnings[0]
    assert "SHIORI_OCR" not in loaded.warnings[0]


def test_recognition_that_breaks_off_leaves_the_page_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = STAND_IN.replace("{language}", "jpn").replace("cat > /dev/null", "exit 9")
    installed(tmp_path, monkeypatch, broken)
    loaded = loaded_with_ocr(scanned())
    assert "2ページのうち1ページ（2ページ目）に文字がありません" in loaded.warnings[0]


def test_without_a_tesseract_nothing_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "SHIORI_OCR" not in load(scanned(), "控え.pdf").warnings[0]


@pytest.fixture
def real_program() -> None:
    if shutil.which("tesseract") is None or not tesseract():
        reason = "no Tesseract with Japanese on this machine"
        if os.environ.get("SHIORI_REQUIRE_OCR") == "1":
            pytest.fail(f"{reason}, and SHIORI_REQUIRE_OCR=1 asks for one")
        pytest.skip(reason)


def test_the_real_program_reads_a_picture(real_program: None) -> None:
    assert "窓口の受付は午前九時から。" in loaded_with_ocr(scanned()).pages[1].text


def test_the_real_program_works_under_the_limits_of_the_reading_process(
    real_program: None,
) -> None:
    read = read_isolated(scanned(with_text=False), "控え.pdf", limits=Limits(ocr=True))
    assert "窓口の受付は午前九時から" in read.pages[0].text
    assert any("窓口の受付" in chunk.text for chunk in read.chunks)
    assert "文字認識（OCR）で読み取りました" in read.document.warnings[0]


def test_the_pages_of_this_test_hold_what_they_should() -> None:
    pages = pypdf.PdfReader(io.BytesIO(scanned())).pages
    assert [bool(page.extract_text().strip()) for page in pages] == [True, False]
