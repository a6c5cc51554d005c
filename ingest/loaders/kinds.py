"""What a file is by its content, and what to say of kinds that no loader reads."""

import io
import re
import zipfile
from pathlib import PurePosixPath

from ingest.errors import UnreadableFileError, UnsupportedFormatError

# Formats of a city hall that a person has to convert first: suffix to what it is and what to do.
ADVICE = {
    ".doc": "古い形式のWord文書です。Wordで開き、.docxとして保存し直してから登録してください。",
    ".dot": "古い形式のWord文書です。Wordで開き、.docxとして保存し直してから登録してください。",
    ".rtf": "リッチテキストです。Wordで開き、.docxとして保存し直してから登録してください。",
    ".jtd": "一太郎の文書です。一太郎で開き、.docxかPDFとして保存し直してから登録してください。",
    ".jtdc": "一太郎の文書です。一太郎で開き、.docxかPDFとして保存し直してから登録してください。",
    ".odt": "OpenDocumentの文書です。.docxとして保存し直してから登録してください。",
    ".xls": "古い形式のExcelブックです。Excelで開き、.xlsxとして保存し直してから登録してください。",
    ".xlsb": "Excelバイナリブックです。Excelで開き、.xlsxとして保存し直してから登録してください。",
    ".ods": "OpenDocumentの表です。.xlsxとして保存し直してから登録してください。",
    ".ppt": "PowerPointの資料です。PowerPointで開き、PDFとして保存し直してから登録してください。",
    ".pptx": "PowerPointの資料です。PowerPointで開き、PDFとして保存し直してから登録してください。",
    ".xdw": "DocuWorksの文書です。PDFとして保存し直してから登録してください。",
    ".xbd": "DocuWorksの文書です。PDFとして保存し直してから登録してください。",
    ".7z": "7-Zipの書庫です。展開して中のファイルを登録するか、ZIPに作り直してください。",
    ".lzh": "LZHの書庫です。展開して中のファイルを登録するか、ZIPに作り直してください。",
    ".rar": "RARの書庫です。展開して中のファイルを登録するか、ZIPに作り直してください。",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams inside the old compound file format, which tell what wrote it.
_OLE_STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("JSRV_", ".jtd"),
    ("DocumentText", ".jtd"),
    ("WordDocument", ".doc"),
    ("Workbook", ".xls"),
    ("Book", ".xls"),
    ("PowerPoint Document", ".ppt"),
)
_SIGNATURES = (
    (b"{\\rtf", ".rtf"),
    (b"7z\xbc\xaf\x27\x1c", ".7z"),
    (b"Rar!\x1a\x07", ".rar"),
    (b"\x89PNG\r\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"GIF8", "image"),
)
_LZH = re.compile(rb"..-l[hz][\w]-", re.DOTALL)
_HTML = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body|table)\b", re.I | re.S
)
_TEXT = frozenset({".txt", ".text", ".md", ".markdown", ".csv", ".tsv", ".html", ".htm"})
_SAME = {".docm": ".docx", ".xlsm": ".xlsx", ".htm": ".html"}
_NAMES = {
    ".pdf": "PDF",
    ".docx": "Word文書",
    ".xlsx": "Excelブック",
    ".html": "HTML",
    ".zip": "ZIP",
}


def content_kind(content: bytes) -> str:
    """The suffix that fits the content; "encrypted", "image", "ole"; "" for text and the unknown."""
    head = content[:4096]
    if head.startswith(_OLE):
        return _ole_kind(content)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(content)
    if b"%PDF-" in head[:1024]:
        return ".pdf"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if _LZH.match(head):
        return ".lzh"
    return ".html" if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) else ""


def check_kind(content: bytes, name: str, readable: frozenset[str]) -> None:
    """Nothing for a file whose content fits its suffix.

    Raises:
        UnsupportedFormatError: a kind that has to be converted first, whatever its suffix says.
        UnreadableFileError: encrypted, or readable under another suffix.
    """
    suffix = PurePosixPath(name).suffix.lower()
    expected = _SAME.get(suffix, suffix)
    found = content_kind(content)
    if found == "encrypted":
        raise UnreadableFileError(
            f"「{name}」はパスワードで保護されています。パスワードを外してから登録してください。"
        )
    if suffix not in readable:
        raise unsupported(name, found, readable)
    if found == expected or (expected in _TEXT and found in {"", ".html"}):
        return
    if expected == ".pdf" and found != "" and b"%PDF-" in content[:4096]:
        return  # junk before the header is common
    wrong = f"「{name}」は{_NAMES.get(expected, expected.lstrip('.').upper())}ではありません。"
    if expected in _TEXT:
        wrong = f"「{name}」は文字だけのファイルではありません。"
    if found in ADVICE:
        raise UnsupportedFormatError(f"{wrong}中身は{ADVICE[found]}")
    if found in _NAMES:
        raise UnreadableFileError(
            f"{wrong}中身は{_NAMES[found]}です。拡張子を{found}に直してから登録してください。"
        )
    if found == "image":
        raise UnreadableFileError(
            f"{wrong}中身は画像です。文字認識（OCR）をしてPDFにしてから登録してください。"
        )
    if expected in _NAMES and expected != ".html" and not _is_remnant(content, expected):
        raise UnreadableFileError(f"{wrong}拡張子と中身が合っているか確かめてください。")


def unsupported(name: str, found: str, readable: frozenset[str]) -> UnsupportedFormatError:
    """The refusal of a suffix that no loader reads, with what to do where that is known."""
    suffix = PurePosixPath(name).suffix.lower()
    known = "、".join(sorted(readable))
    if found in readable:
        advice = (
            f"中身は{_NAMES.get(found, found)}です。拡張子を{found}に直してから登録してください。"
        )
    else:
        advice = ADVICE.get(found) or ADVICE.get(suffix, "")
    return UnsupportedFormatError(
        f"「{name}」は読み込めない形式です。{advice}読み込める形式は {known} です。"
    )


def _is_remnant(content: bytes, expected: str) -> bool:
    """A damaged file of the right kind; its loader says so better."""
    return content.startswith(b"PK") if expected in {".docx", ".xlsx", ".zip"} else False


def _ole_kind(content: bytes) -> str:
    for stream, kind in _OLE_STREAMS:
        if stream.encode("utf-16-le") in content:
            return kind
    return "ole"


def _zip_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except Exception:
        # A torn directory: what stands at the front has to do.
        names = re.findall(r"(?:word|xl|ppt)/", content[:20_000].decode("latin-1"))
        if not names:
            return "" if b"[Content_Types]" in content[:20_000] else ".zip"
    for folder, kind in (("word/", ".docx"), ("xl/", ".xlsx"), ("ppt/", ".pptx")):
        if any(name.startswith(folder) for name in names):
            binary = kind == ".xlsx" and "xl/workbook.bin" in names
            return ".xlsb" if binary else kind
    if "mimetype" in names:
        return ".ods" if any("Object" in name for name in names) else ".odt"
    return "" if "[Content_Types].xml" in names else ".zip"
