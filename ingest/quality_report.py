"""The quality report of a document for machines and for people."""

from collections.abc import Iterable

from ingest.inspection import near_duplicates, remarks
from rag.types import Document


def quality_json(document: Document) -> dict[str, object]:
    """Counts and findings, and the Japanese sentences that follow from them."""
    quality = document.quality
    return {
        "empty_pages": list(quality.empty_pages),
        "garbled_pages": list(quality.garbled_pages),
        "hidden_pages": list(quality.hidden_pages),
        "tables": quality.tables,
        "table_rows": quality.table_rows,
        "repeated_passages": quality.repeated_passages,
        "mixed_words": list(quality.mixed_words),
        "private_characters": quality.private_characters,
        "invisible_characters": quality.invisible_characters,
        "personal": dict(quality.personal),
        "my_number_pages": list(quality.my_number_pages),
        "remarks": remarks(document),
    }


def quality_report(document: Document, others: Iterable[Document]) -> dict[str, object]:
    """`quality_json` with sizes, decision and near-duplicates among `others`."""
    return {
        "document_id": document.id,
        "source": document.source,
        "pages": document.page_count,
        "characters": document.character_count,
        "chunks": document.chunk_count,
        **quality_json(document),
        "warnings": list(document.warnings),
        "near_duplicates": [
            {
                "document_id": other.id,
                "source": other.source,
                "title": other.title,
                "shared": round(share, 2),
            }
            for other, share in near_duplicates(document, others)
        ],
        "excluded_pages": list(document.excluded_pages),
        "accepted": document.accepted,
    }


def quality_lines(report: dict[str, object]) -> list[str]:
    """The report in a few lines of Japanese for a terminal."""
    lines = [
        f"品質: {report['pages']:,}ページ、{report['characters']:,}文字、"
        f"表{report['tables']:,}個（{report['table_rows']:,}行）、繰り返し{report['repeated_passages']:,}か所"
    ]
    for name, label in (
        ("empty_pages", "文字のないページ"),
        ("garbled_pages", "文字化けしたページ"),
        ("hidden_pages", "見えない文字のあるページ"),
        ("excluded_pages", "検索から外したページ"),
    ):
        numbers = report[name]
        if isinstance(numbers, list) and numbers:
            lines.append(f"{label}: {'、'.join(map(str, numbers))}")
    for name in ("warnings", "remarks"):
        said = report[name]
        if isinstance(said, list):
            lines += [f"確認: {sentence}" for sentence in said]
    alike = report["near_duplicates"]
    if isinstance(alike, list):
        lines += [
            f"よく似た文書: 「{other['source']}」（文の{other['shared']:.0%}が共通）"
            for other in alike
        ]
    if report["accepted"]:
        lines.append("確認済み: この内容で使うことが確かめられています。")
    return lines
