"""Character recognition by a Tesseract that is installed on the machine with Japanese; never required."""

import io
import os
import re
import shutil
import subprocess
from functools import cache

import pypdfium2

from rag.text import JAPANESE, clean

_DOTS_PER_INCH = 300
_PAGE_LIMIT_S = 120
_LARGEST_SIDE = 6_000  # pixels; a poster is read at a lower resolution
_BLANK = re.compile(rf"(?<=[{JAPANESE}、。]) +(?=[{JAPANESE}、。])")


@cache
def tesseract() -> str:
    """The path of a Tesseract that knows Japanese, "" without one."""
    program = shutil.which("tesseract")
    if program is None:
        return ""
    try:
        listed = subprocess.run(
            [program, "--list-langs"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    languages = (listed.stdout + listed.stderr).decode("utf-8", "replace").split()
    return program if "jpn" in languages else ""


def recognised_pages(content: bytes, numbers: list[int]) -> dict[int, str]:
    """The text of the pages (0-based) of a PDF as recognised; pages that gave none are left out."""
    found: dict[int, str] = {}
    if not tesseract():
        return found
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        return found
    try:
        for number in numbers:
            text = _recognised(_picture(document, number))
            if text.strip():
                found[number] = text
    except (pypdfium2.PdfiumError, IndexError):
        return found
    finally:
        document.close()
    return found


def _picture(document: pypdfium2.PdfDocument, number: int) -> bytes:
    page = document[number]
    scale = min(_DOTS_PER_INCH / 72, _LARGEST_SIDE / max(page.get_size()))
    picture = page.render(scale=scale, grayscale=True).to_pil()
    page.close()
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _recognised(picture: bytes) -> str:
    command = [tesseract(), "stdin", "stdout", "-l", "jpn", "--psm", "3"]
    try:
        done = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=_PAGE_LIMIT_S,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    # Tesseract parts the characters of Japanese words by blanks.
    return _BLANK.sub("", clean(done.stdout.decode("utf-8", "replace")).replace("\x0c", "")).strip()
