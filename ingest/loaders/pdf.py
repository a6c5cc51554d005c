"""PDF: text by pypdf, ruled tables by pdfplumber, pdfium where pypdf cannot open the file."""

import io
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from pypdf import PageObject, PdfReader

from ingest.cleaning import printed_label
from ingest.errors import UnreadableFileError
from ingest.lines import read_lines
from ingest.loaders.pdf_glyphs import GlyphPages
from ingest.loaders.pdf_order import page_text
from ingest.loaders.pdf_pages import with_recognised
from ingest.loaders.pdf_tables import TablePages, with_tables
from ingest.loaders.records import LoadedDocument, LoadedPage
from rag.text import clean

_MAX_CHARACTERS = 5_000_000
_LOGGERS = ("pypdf", "pdfminer", "pdfplumber")


@dataclass(frozen=True, slots=True)
class _Raw:
    texts: tuple[str, ...]
    total: int
    title: str = ""
    created: date | None = None
    warnings: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()  # page numbers as the file states them, if it does


def load_pdf(content: bytes, name: str, max_pages: int) -> LoadedDocument:
    """The pages of a PDF; a ruled table is in its place as tab-separated rows.

    Raises:
        UnreadableFileError: not a PDF, damaged beyond reading, needs a password, or without text.
    """
    if b"%PDF-" not in content[:4096]:
        raise UnreadableFileError(
            f"「{name}」はPDFではありません。拡張子と中身が合っているか確かめてください。"
        )
    with _quiet():
        raw = _read(content, name, max_pages)
    texts = [clean(text) for text in raw.texts]
    if sum(map(len, texts)) > _MAX_CHARACTERS:
        raise UnreadableFileError(
            f"「{name}」の文字数が上限の{_MAX_CHARACTERS:,}字を超えています。分割して登録してください。"
        )
    texts, remarks = with_recognised(name, content, texts)
    stated = dict(enumerate(raw.labels))
    pages = tuple(
        LoadedPage(text=text, label=printed_label(read_lines(text)) or stated.get(index, ""))
        for index, text in enumerate(texts)
    )
    return LoadedDocument(
        pages=pages,
        has_pages=True,
        media_type="application/pdf",
        metadata_title=raw.title,
        metadata_date=raw.created,
        warnings=(*raw.warnings, *remarks),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """The libraries report every oddity of a file to the log; people get one sentence instead."""
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _read(content: bytes, name: str, max_pages: int) -> _Raw:
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFileError(
                f"「{name}」はパスワードで保護されています。パスワードを外してから登録してください。"
            )
        total = len(reader.pages)
        if not total:
            raise UnreadableFileError(f"「{name}」にはページがありません。内容を確かめてください。")
        return _with_pypdf(reader, content, name, total, max_pages)
    except UnreadableFileError:
        raise
    except Exception:
        # pypdf raises far more than PyPdfError on damaged files, RecursionError among them.
        return _with_pdfium(content, name, max_pages)


def _with_pypdf(reader: PdfReader, content: bytes, name: str, total: int, max_pages: int) -> _Raw:
    found: list[str] = []
    texts: list[str] = []
    glyphs = GlyphPages(content)
    with TablePages(content) as tables, closing(glyphs):
        for number, page in enumerate(reader.pages[:max_pages]):
            try:
                text = page.extract_text()
            except Exception as error:
                found.append(
                    f"「{name}」の{number + 1}ページは読み取れませんでした（{type(error).__name__}）。"
                )
                text = ""
            ruled = _has_rules(page)
            text = page_text(text, glyphs.of(number), ruled=ruled)
            if text.strip() and ruled:
                text = with_tables(text, tables.of(number))
            texts.append(text)
    if total > max_pages:
        found.append(
            f"「{name}」は{total:,}ページあるため、はじめの{max_pages:,}ページだけを登録しました。"
        )
    title, created = _metadata(reader)
    return _Raw(tuple(texts), min(total, max_pages), title, created, tuple(found), _labels(reader))


def _metadata(reader: PdfReader) -> tuple[str, date | None]:
    try:
        metadata = reader.metadata
        title = str(metadata.title or "") if metadata else ""
        created = metadata.creation_date if metadata else None
    except Exception:
        return "", None
    return title.strip(), created.date() if isinstance(created, datetime) else None


def _labels(reader: PdfReader) -> tuple[str, ...]:
    """The numbers that a viewer shows for the pages (i, ii, 1, 2 …), () where none are stated."""
    try:
        return tuple(reader.page_labels) if "/PageLabels" in reader.root_object else ()
    except Exception:
        return ()


def _has_rules(page: PageObject) -> bool:
    """Whether the page draws enough lines or boxes for a table (a cheap look at its operators)."""
    try:
        contents = page.get_contents()
        operators = contents.get_data() if contents is not None else b""
    except Exception:
        return False
    return len(re.findall(rb"(?:\s|^)(?:re|l)(?=\s)", operators)) >= 4


def _with_pdfium(content: bytes, name: str, max_pages: int) -> _Raw:
    """Second reader: it rebuilds broken cross-reference tables that pypdf gives up on."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFileError(
                f"「{name}」はパスワードで保護されています。パスワードを外してから登録してください。"
            ) from error
        raise UnreadableFileError(
            f"「{name}」は壊れているか途中で切れているため読み込めません。元のファイルから作り直してください。"
        ) from error
    try:
        total = len(document)
        texts = []
        for number in range(min(total, max_pages)):
            page = document[number]
            text_page = page.get_textpage()
            texts.append(text_page.get_text_bounded())
            text_page.close()
            page.close()
    except pypdfium2.PdfiumError as error:
        raise UnreadableFileError(
            f"「{name}」は壊れているため読み込めません。元のファイルから作り直してください。"
        ) from error
    finally:
        document.close()
    if not any(text.strip() for text in texts):
        raise UnreadableFileError(
            f"「{name}」は壊れているか途中で切れているため読み込めません。元のファイルから作り直してください。"
        )
    warning = f"「{name}」は一部が壊れています。読み取れた{len(texts)}ページを登録しました。"
    return _Raw(tuple(texts), len(texts), warnings=(warning,))
