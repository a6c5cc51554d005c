"""Builds the sample PDFs of this folder from `sources/*.typ`.

    python corpus/build.py            write the PDFs, print pages and sizes
    python corpus/build.py --check    write nothing; exit 1 if a PDF is not what the sources give
    python corpus/build.py NAME ...   only these sources (without suffix)

Needs the packages of the `corpus` extra: typst and pylopdf-fonts-jp.
"""

import argparse
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

CORPUS = Path(__file__).resolve().parent
SOURCES = CORPUS / "sources"


def source_files() -> list[Path]:
    """The sources that become a PDF; names that start with `_` are shared parts."""
    return sorted(path for path in SOURCES.glob("*.typ") if not path.name.startswith("_"))


def pdf_path(source: Path) -> Path:
    """Where the PDF of a source is committed."""
    return CORPUS / f"{source.stem}.pdf"


def compile_pdf(source: Path) -> bytes:
    """The PDF of one source. The same source gives the same bytes: only the packaged fonts
    are used, and the creation date is the document's own date, never today's."""
    import pylopdf_fonts_jp
    import typst

    compiled = typst.compile(
        source,
        root=SOURCES,
        font_paths=[Path(pylopdf_fonts_jp.__file__).parent],
        ignore_system_fonts=True,
        format="pdf",
        timestamp=0,
    )
    assert isinstance(compiled, bytes)
    return compiled


def page_count(pdf: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(BytesIO(pdf)).pages)


def stale_pdfs(sources: Sequence[Path]) -> list[Path]:
    """The committed PDFs that are missing or differ from what their sources give."""
    stale = []
    for source in sources:
        target = pdf_path(source)
        if not target.is_file() or target.read_bytes() != compile_pdf(source):
            stale.append(target)
    return stale


def write_pdfs(sources: Sequence[Path]) -> None:
    pages_total = bytes_total = 0
    for source in sources:
        pdf = compile_pdf(source)
        pdf_path(source).write_bytes(pdf)
        pages = page_count(pdf)
        pages_total += pages
        bytes_total += len(pdf)
        print(f"{source.stem + '.pdf':40} {pages:4} pages {len(pdf) / 1024:8.0f} KiB")
    print(f"{'total':40} {pages_total:4} pages {bytes_total / 1024:8.0f} KiB")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the sample PDFs from corpus/sources/.")
    parser.add_argument("names", nargs="*", help="only these sources, without suffix")
    parser.add_argument("--check", action="store_true", help="compare only, exit 1 on a difference")
    options = parser.parse_args(arguments)

    sources = [path for path in source_files() if not options.names or path.stem in options.names]
    unknown = set(options.names) - {path.stem for path in sources}
    if unknown:
        parser.error(f"no such source in {SOURCES}: {', '.join(sorted(unknown))}")
    if not options.check:
        write_pdfs(sources)
        return 0
    stale = stale_pdfs(sources)
    for path in stale:
        print(f"differs from its source, run corpus/build.py: {path.name}", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
