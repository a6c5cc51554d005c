"""The texts of the sample PDFs as pypdf gives them, read once for all workers and runs.

Reading them takes twelve seconds, and three test files look at them. They are kept beside what
pytest keeps, named after the bytes of the PDF and the version of pypdf.
"""

import hashlib
import json
from functools import cache
from pathlib import Path

import pypdf
from filelock import FileLock

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
KEPT = CORPUS.parent / ".pytest_cache" / "corpus-pages"


@cache
def page_texts(pdf: Path) -> tuple[str, ...]:
    """The text of each page, in order."""
    name = hashlib.sha256(pdf.read_bytes() + pypdf.__version__.encode()).hexdigest()[:24]
    kept = KEPT / f"{name}.json"
    KEPT.mkdir(parents=True, exist_ok=True)
    with FileLock(kept.with_suffix(".lock")):
        if not kept.exists():
            texts = [page.extract_text() for page in pypdf.PdfReader(pdf).pages]
            unfinished = kept.with_suffix(".new")
            unfinished.write_text(json.dumps(texts), encoding="utf-8")
            unfinished.replace(kept)
        return tuple(json.loads(kept.read_text(encoding="utf-8")))
