"""Pages of a PDF without readable text: named, or read by character recognition where it is on."""

from collections.abc import Sequence

from ingest.errors import UnreadableFileError
from ingest.limits import in_force
from ingest.loaders.ocr import recognised_pages, tesseract
from ingest.quality import GARBLED_BELOW, text_quality

_SHOWN_PAGES = 10


def with_recognised(
    name: str, content: bytes, texts: Sequence[str]
) -> tuple[list[str], tuple[str, ...]]:
    """The texts, those of unreadable pages recognised if that is wanted, and what to say of them.

    Raises:
        UnreadableFileError: no page has readable text.
    """
    found = list(texts)
    warnings: list[str] = []
    if in_force().ocr and (missing := _empty(found) + _garbled(found)):
        recognised = recognised_pages(content, sorted(missing))
        for number, text in recognised.items():
            found[number] = text
        if recognised:
            numbers = page_numbers([number + 1 for number in recognised])
            warnings.append(
                f"「{name}」の{len(recognised)}ページ（{numbers}）は文字認識（OCR）で読み取りました。"
                "読み誤りがあり得るので、使う前に元のページを確かめてください。"
            )
    empty, garbled = _empty(found), _garbled(found)
    if len(empty) == len(found):
        raise UnreadableFileError(
            f"「{name}」には文字の情報がありません（画像だけのPDFと思われます）。"
            f"文字認識（OCR）をしてから登録してください。{_offer()}"
        )
    if len(garbled) + len(empty) == len(found):
        raise UnreadableFileError(
            f"「{name}」は文字化けして読み取れません。フォントを埋め込んで作り直すか、"
            f"文字認識（OCR）をしてから登録してください。{_offer()}"
        )
    if empty:
        warnings.append(
            f"「{name}」の{len(found)}ページのうち{len(empty)}ページ（{_shown(empty)}）に文字がありません。"
            f"画像や図だけのページかどうか確かめてください。{_offer()}"
        )
    if garbled:
        warnings.append(
            f"「{name}」の{len(garbled)}ページ（{_shown(garbled)}）は文字化けしているため検索の対象から外しました。{_offer()}"
        )
    return found, tuple(warnings)


def page_numbers(pages: Sequence[int]) -> str:
    """「3、5ページ目」 of numbers from 1; a long list is cut."""
    shown = "、".join(f"{page}" for page in pages[:_SHOWN_PAGES])
    return f"{shown} ほか" if len(pages) > _SHOWN_PAGES else f"{shown}ページ目"


def _shown(pages: Sequence[int]) -> str:
    return page_numbers([page + 1 for page in pages])


def _empty(texts: Sequence[str]) -> list[int]:
    return [number for number, text in enumerate(texts) if not text.strip()]


def _garbled(texts: Sequence[str]) -> list[int]:
    return [number for number, text in enumerate(texts) if text_quality(text) < GARBLED_BELOW]


def _offer() -> str:
    if in_force().ocr or not tesseract():
        return ""
    return "このコンピューターの文字認識で読み取るには、SHIORI_OCR=true を設定して登録し直してください。"
