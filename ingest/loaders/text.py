"""Plain text and Markdown: one page, line ends as LF, no NUL, no lone surrogates."""

from ingest.errors import UnreadableFileError
from ingest.loaders.encoding import decode
from ingest.loaders.records import LoadedDocument, LoadedPage
from rag.text import clean

_MAX_CHARACTERS = 5_000_000


def load_text(content: bytes, name: str, max_pages: int) -> LoadedDocument:
    return _load(content, name, "text/plain")


def load_markdown(content: bytes, name: str, max_pages: int) -> LoadedDocument:
    return _load(content, name, "text/markdown")


def _load(content: bytes, name: str, media_type: str) -> LoadedDocument:
    decoded, encoding = decode(content, name)
    warnings: list[str] = []
    # Every other byte of UTF-16 may be NUL; elsewhere decoding has removed them already.
    wide = encoding.startswith(("utf-16", "utf-32"))
    if nul := decoded.count("\x00") if wide else content.count(b"\x00"):
        warnings.append(
            f"「{name}」に文字でないデータ（NUL）が{nul}か所あったため、取り除いて登録しました。"
        )
    text = clean(decoded)
    if damaged := text.count("\ufffd"):
        warnings.append(
            f"「{name}」に読み取れない文字が{damaged}か所ありました。元のファイルを確かめてください。"
        )
    if not text.strip():
        raise UnreadableFileError(f"「{name}」には文字がありません。内容を確かめてください。")
    if len(text) > _MAX_CHARACTERS:
        raise UnreadableFileError(
            f"「{name}」は{len(text):,}文字あり、上限の{_MAX_CHARACTERS:,}文字を超えています。分割して登録してください。"
        )
    return LoadedDocument(
        pages=(LoadedPage(text=text),),
        has_pages=False,
        media_type=media_type,
        warnings=tuple(warnings),
    )
