"""Personal information in the pages of a document: how much, and which pages are held back."""

from collections import Counter
from collections.abc import Sequence

from rag.personal import KIND_NAMES, PersonalKind, find
from rag.types import Page


def personal_counts(pages: Sequence[Page]) -> tuple[dict[str, int], tuple[int, ...]]:
    """How often each kind stands in the pages, and the pages with a マイナンバー."""
    counts: Counter[str] = Counter()
    numbered = []
    for page in pages:
        found = [one.kind for one in find(page.text)]
        counts.update(kind.value for kind in found)
        if PersonalKind.MY_NUMBER in found:
            numbered.append(page.number)
    return dict(sorted(counts.items())), tuple(numbered)


def pages_held(pages: Sequence[Page], *, accepted: bool) -> frozenset[int]:
    """Pages that reach neither index nor language model: a マイナンバー nobody has accepted."""
    return frozenset() if accepted else frozenset(personal_counts(pages)[1])


def personal_remark(counts: dict[str, int]) -> str:
    """The Japanese sentence for the quality report, or ""."""
    said = [
        f"{name}{counts[kind.value]:,}か所"
        for kind, name in KIND_NAMES.items()
        if counts.get(kind.value)
    ]
    return (
        f"個人情報とみられる記載があります（{'、'.join(said)}）。公開してよいか確かめてください。"
        if said
        else ""
    )
