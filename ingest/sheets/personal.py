"""Personal information in sheets: a sheet with a マイナンバー is not read, the rest is told."""

from collections import Counter
from collections.abc import Iterable

from ingest.sheets.raw import RawSheet, SheetFailure
from rag.personal import KIND_NAMES, PersonalKind, find, masked

_HELD = "マイナンバーとみられる番号があるため、この調書の案は作りません。番号を消して、もう一度実行してください。"


def held(raw: RawSheet) -> SheetFailure | None:
    """The failure of a sheet that nothing may be made of, without the number; else None."""
    if PersonalKind.MY_NUMBER not in _counts(raw):
        return None
    sheet_no, name = (
        masked(value.text, find(value.text)) if (value := raw.values.get(field)) else ""
        for field in ("sheet_no", "name")
    )
    return SheetFailure(sheet_no=sheet_no, name=name, place=raw.place.label, message=_HELD)


def personal_remark(raws: Iterable[RawSheet]) -> str:
    """The Japanese sentence on other kinds, or ""."""
    counts: Counter[PersonalKind] = Counter()
    for raw in raws:
        counts.update(_counts(raw))
    del counts[PersonalKind.MY_NUMBER]
    said = [f"{name}{counts[kind]:,}か所" for kind, name in KIND_NAMES.items() if counts[kind]]
    if not said:
        return ""
    return f"調書に個人情報とみられる記載があります（{'、'.join(said)}）。案に残してよいか確かめてください。"


def _counts(raw: RawSheet) -> Counter[PersonalKind]:
    """Cell by cell: figures of neighbouring cells are no number, whatever they give together."""
    cells = {value.text for value in raw.values.values()}
    cells |= {f"{head} {text}" for head, text in raw.row if text not in cells}
    return Counter(one.kind for cell in cells for one in find(cell))
