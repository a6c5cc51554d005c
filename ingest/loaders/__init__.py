"""Loaders by file suffix: bytes in, pages of text out."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ingest.errors import UnreadableFileError
from ingest.loaders.csv import load_csv
from ingest.loaders.docx import load_docx
from ingest.loaders.html import load_html
from ingest.loaders.kinds import check_kind
from ingest.loaders.pdf import load_pdf
from ingest.loaders.records import LoadedDocument, LoadedPage
from ingest.loaders.text import load_markdown, load_text
from ingest.loaders.xlsx import load_xlsx

__all__ = ["LOADERS", "SUFFIXES", "LoadedDocument", "LoadedPage", "load"]

Loader = Callable[[bytes, str, int], LoadedDocument]

LOADERS: dict[str, Loader] = {
    ".pdf": load_pdf,
    ".txt": load_text,
    ".text": load_text,
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".csv": load_csv,
    ".tsv": load_csv,
    ".docx": load_docx,
    ".docm": load_docx,
    ".html": load_html,
    ".htm": load_html,
    ".xlsx": load_xlsx,
    ".xlsm": load_xlsx,
}
SUFFIXES = frozenset(LOADERS)


def load(source: Path | bytes, name: str = "", *, max_pages: int = 2_000) -> LoadedDocument:
    """The pages of a file, read by the loader its suffix names, if its content is of that kind.

    `name` gives the suffix and is named in messages; it may be left out for a path.

    Raises:
        UnsupportedFormatError: no loader for this kind; the message says what to convert it to.
        UnreadableFileError: the file is missing, empty, damaged, encrypted, not text, or of
            another kind than its suffix says.
    """
    name = name or (source.name if isinstance(source, Path) else "")
    suffix = PurePosixPath(name).suffix.lower()
    content = _read(source, name) if isinstance(source, Path) else source
    if not content.strip(b"\x00\t\n\r "):
        raise UnreadableFileError(f"「{name}」は空のファイルです。内容を確かめてください。")
    check_kind(content, name, SUFFIXES)
    try:
        return LOADERS[suffix](content, name, max_pages)
    except (ValueError, ArithmeticError, LookupError, RecursionError) as error:
        # An attribute that says nonsense (a number of 5,000 digits) is the file's fault, not ours.
        raise UnreadableFileError(
            f"「{name}」は中身の形が壊れているため読み込めません。元のソフトで開いて保存し直してください。"
        ) from error


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFileError(
            f"「{name}」は読み込む前になくなりました。ファイルの場所を確かめて、もう一度実行してください。"
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            f"「{name}」を開けませんでした（{error.strerror}）。アクセス権を確かめてください。"
        ) from error
