"""DOCX as its reader sees it: headings, numbered paragraphs, tables, text boxes, notes, in order."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import date

from ingest.errors import UnreadableFileError
from ingest.loaders.docx_body import StoryReader, joined
from ingest.loaders.docx_runs import Findings
from ingest.loaders.docx_styles import read_numbering, read_styles
from ingest.loaders.packages import Package, attribute, child, local
from ingest.loaders.records import LoadedDocument, LoadedPage
from rag.text import clean

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PAGE_NUMBER = re.compile(r"[\s\d０-９/／\-－―ページ頁]*$")
_SHOWN = 30  # characters of hidden text quoted in the warning


def load_docx(content: bytes, name: str, max_pages: int) -> LoadedDocument:
    """One page: the document in reading order, headings as `#` lines, tables tab-separated.

    Raises:
        UnreadableFileError: damaged, over a limit, or without text.
    """
    package = Package(content, name)
    part = next(
        (path for kind, path in package.targets("").values() if kind == "officeDocument"),
        "word/document.xml",
    )
    body = child(package.tree(part), "body")
    if body is None:
        raise UnreadableFileError(
            f"「{name}」は壊れているため読み込めません。Wordで開いて保存し直してください。"
        )
    parts = package.targets(part)
    reader = _reader(package, parts)
    text = joined(list(reader.lines(body)))
    margins = _margins(package, parts, reader)
    if margins:
        text = f"{text.rstrip()}\n\n## ヘッダー・フッター\n\n{margins}\n"
    text = clean(text)
    if not text.strip():
        raise UnreadableFileError(
            f"「{name}」には文字がありません（画像だけの文書と思われます）。内容を確かめてください。"
        )
    title, created = _properties(package)
    return LoadedDocument(
        pages=(LoadedPage(text=text),),
        has_pages=False,
        media_type=_MEDIA_TYPE,
        metadata_title=reader.title or title,
        metadata_date=created,
        warnings=tuple(_warnings(name, package, parts, reader.findings)),
    )


def _reader(package: Package, parts: dict[str, tuple[str, str]]) -> StoryReader:
    def part(kind: str) -> ElementTree.Element | None:
        path = next((path for found, path in parts.values() if found == kind), "")
        return package.tree(path) if path and package.has(path) else None

    notes = {}
    for kind in ("footnote", "endnote"):
        for note in part(f"{kind}s") or ():
            if attribute(note, "type") not in {
                "separator",
                "continuationSeparator",
                "continuationNotice",
            }:
                notes[kind, attribute(note, "id")] = note
    styles = read_styles(part("styles"))
    return StoryReader(styles, read_numbering(part("numbering")), notes)


def _margins(package: Package, parts: dict[str, tuple[str, str]], reader: StoryReader) -> str:
    """Headers and footers, each text once; page numbers are left out."""
    found: dict[str, None] = {}
    for kind, path in sorted(parts.values(), key=lambda part: (part[0] == "footer", part[1])):
        if kind in {"header", "footer"} and package.has(path):
            for line in reader.lines(package.tree(path)):
                if not _PAGE_NUMBER.match(line.text):
                    found[line.text] = None
    return "\n\n".join(found)


def _properties(package: Package) -> tuple[str, date | None]:
    """Title and day of creation that the file states about itself."""
    path = next((p for kind, p in package.targets("").values() if kind == "core-properties"), "")
    if not path or not package.has(path):
        return "", None
    title, created = "", None
    for element in package.tree(path):
        if local(element.tag) == "title":
            title = (element.text or "").strip()
        elif local(element.tag) == "created":
            try:
                created = date.fromisoformat((element.text or "")[:10])
            except ValueError:
                created = None
    return title, created


def _warnings(
    name: str, package: Package, parts: dict[str, tuple[str, str]], findings: Findings
) -> Iterator[str]:
    if findings.hidden:
        sample = findings.hidden[0].replace("\n", " ")
        shown = sample[:_SHOWN] + ("…" if len(sample) > _SHOWN else "")
        yield (
            f"「{name}」に画面では見えない文字（隠し文字、白い文字、極小の文字）が{len(findings.hidden)}か所"
            f"（例:「{shown}」）あり、検索の対象から外しました。元のファイルを確かめてください。"
        )
    if findings.insertions or findings.deletions:
        yield f"「{name}」には変更履歴があります。挿入を反映し、削除を除いた状態で登録しました。"
    if findings.fields_to_files:
        yield f"「{name}」にはほかのファイルを取り込むフィールドがあります。取り込み先は読んでいません。"
    if findings.objects:
        yield f"「{name}」に埋め込まれたほかのソフトのデータ{findings.objects}個は読み込んでいません。"
    kinds = [kind for kind, _ in parts.values()]
    if "comments" in kinds:
        yield f"「{name}」にはコメントがあります。コメントの内容は登録していません。"
    if any(path.endswith("vbaProject.bin") for path in package.members):
        yield f"「{name}」にはマクロがあります。マクロは実行も登録もしていません。"
