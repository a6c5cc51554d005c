"""Title, kind, dates and offices recognised from the text of a document.

Only what the text says plainly; anything doubtful stays empty.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ingest.lines import Line, read_lines
from ingest.marks import clean_title
from rag.temporal import parse_date
from rag.text import normalise

_HEAD_CHARACTERS = 3_000  # the cover and the first lines
_TAIL_CHARACTERS = 2_500  # the imprint
_YEAR = r"(?:(?:19|20)\d{2}\s*(?:\([^)]{1,8}\))?\s*年|(?:令和|平成|昭和)\s*(?:元|\d{1,2})\s*年)"
_MONTH = rf"{_YEAR}\s*(?:\([^)]{{1,8}}\))?\s*\d{{1,2}}\s*月(?:\s*\d{{1,2}}\s*日)?"
_DATE = rf"(?:{_MONTH}|20\d{{2}}[./]\d{{1,2}}[./]\d{{1,2}}|20\d{{2}}\(\w{{1,4}}\)年\s*\d{{1,2}}月)"
_ISSUED = (
    re.compile(rf"(?:策定|制定|発行|公表|作成日|提出日?|発行日|策定日)\s*[::]\s*({_DATE})"),
    re.compile(rf"({_DATE})\s*(?:策定|制定|改訂|改定|発行|公表|提出|作成)"),
    re.compile(rf"開催(?:日時?|年月日)\s*[::]\s*({_DATE})"),
)
_PERIOD = (
    re.compile(
        rf"(?:計画期間|推進期間|対象期間|監査期間|計画の期間)[^。]{{0,12}}?({_MONTH})\s*(?:から|~|-|より)\s*({_MONTH})"
    ),
    re.compile(rf"({_MONTH})\s*から\s*({_MONTH})\s*(?:まで)?の\s*\d+\s*(?:か|ヶ|カ|箇)?年"),
)
_YEARS_PERIOD = re.compile(
    r"((?:19|20)\d{2})\s*年度から\s*((?:19|20)\d{2})\s*年度まで|(?:計画期間|対象期間)[^。]{0,10}?((?:19|20)\d{2})\s*年度?\s*[~-]\s*((?:19|20)\d{2})\s*年度"
)
_KINDS = (
    ("監査報告", re.compile(r"監査.{0,20}(?:報告|結果)|監査報告")),
    (
        "会議資料",
        re.compile(r"(?:会議|本部会|委員会|審議会|協議会)(?:\s*資料)?$|次第|アジェンダ|会議資料"),
    ),
    ("議事録", re.compile(r"議事録|会議録")),
    ("計画", re.compile(r"計画(?!書作成)|ビジョン$|大綱|プラン")),
    ("要綱", re.compile(r"要綱|要領|規程|規則$|条例")),
    ("手引き", re.compile(r"手引き?|マニュアル|ガイドライン|ガイドブック")),
    ("調査結果", re.compile(r"アンケート|調査(?:結果|報告)")),
    ("報告", re.compile(r"報告|取[りり]?組|実績|状況|現況")),
)
_PUBLISHER = re.compile(
    r"(?<![一-鿿])([一-鿿ヶ]{1,6}[都道府県]|[一-鿿ぁ-んァ-ヶ]{1,7}?[市区町村])(?=[\s　)）]|$|[一-鿿A-Z]{1,12}[部局課室]|監査委員|教育委員会)"
)
_OFFICE = r"((?:[一-鿿A-Zァ-ヶー・]{2,14}部)?[ 　]*[一-鿿A-Zァ-ヶー・]{1,14}[課室])"
_CITY = r"([一-鿿ヶぁ-ん]{1,6}[市区町村])"
# 「作成：郡山市DX戦略課」, 「問合せ 郡山市政策開発部DX戦略課」
_IMPRINT = re.compile(
    rf"(?:作成|連絡先|問合せ先?|所管|問い?合わ?せ先?|担当課?|所管課?|発行者?|編集|作成者|事務局)\s*[:：]?\s*{_CITY}?[ 　]*{_OFFICE}",
    re.IGNORECASE,
)
_NOT_A_TITLE = re.compile(
    r"^(?:目\s*次|概要版|はじめに|会議資料|計画|報告書|本編|資料編|[\d\W]+)$|^.{0,3}郡監査"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognised:
    """Empty or None means: the text does not say it plainly."""

    title: str = ""
    kind: str = ""
    publisher: str = ""
    department: str = ""
    issued: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None


def recognise(pages: Sequence[str], metadata_title: str = "") -> Recognised:
    """What the cover and the imprint say about a document."""
    whole = "\n".join(pages)
    head = normalise(whole[:_HEAD_CHARACTERS]).text
    tail = normalise(whole[-_TAIL_CHARACTERS:]).text if len(whole) > _HEAD_CHARACTERS else ""
    lines = read_lines(whole[:_HEAD_CHARACTERS])
    title = _title(lines, metadata_title)
    kind = _kind(title, lines)
    city, department = _imprint(whole)
    # Papers of a meeting quote the periods of the plans they discuss.
    start, end = (None, None) if kind == "会議資料" else _period(normalise(whole[:60_000]).text)
    return Recognised(
        title=title,
        kind=kind,
        publisher=_publisher(whole[:_HEAD_CHARACTERS], whole[-_TAIL_CHARACTERS:]) or city,
        department=department,
        issued=_issued(head) or _issued(tail) or _cover_date(lines) or _title_date(title),
        valid_from=start,
        valid_until=end,
    )


def _title(lines: Sequence[Line], metadata_title: str) -> str:
    """Metadata unless it is a file name; else the first heading; else the first line of substance.

    Cover lines that belong together (「令和3年度」「行政監査の結果に関する報告」) are joined.
    """
    metadata = clean_title(metadata_title)
    if 4 <= len(metadata) <= 80 and not re.search(
        r"\.(?:docx?|xlsx?|pptx?|pdf|txt)$|^(?:Microsoft|untitled)", metadata, re.I
    ):
        return metadata
    for line in lines[:12]:
        match = re.match(r"#{1,2}[\s　]+(.{3,80})$", line.text)
        if match and not _NOT_A_TITLE.match(clean_title(match.group(1))):
            return clean_title(match.group(1))
    for index, line in enumerate(lines[:12]):
        text = clean_title(line.text.strip("-—=*・○◯〇■●◆＃# 　"))
        if len(text) < 4 or len(text) > 60 or text.endswith("。") or _NOT_A_TITLE.match(text):
            continue
        if re.fullmatch(r"(?:令和|平成)[元\d]{1,2}年度|20\d{2}年度", text) and index + 1 < len(
            lines
        ):
            return f"{text} {clean_title(lines[index + 1].text)}"
        return text
    return ""


def _kind(title: str, lines: Sequence[Line]) -> str:
    for kind, pattern in _KINDS:
        if pattern.search(title):
            return kind
    for line in lines[:6]:
        for kind, pattern in _KINDS[:3]:
            if len(line.text) <= 40 and pattern.search(line.text):
                return kind
    return ""


def _publisher(head: str, tail: str) -> str:
    """The one municipality that the cover and imprint name, if it is clearly one."""
    counts: dict[str, int] = {}
    for line in [*read_lines(head), *read_lines(tail)]:
        for match in _PUBLISHER.finditer(line.text):
            name = match.group(1)
            if not re.search(
                r"^(?:全|各|本|当|同|他|都|市|県|区|町|村)|地区町村|市町村$|都市$|役市", name
            ):
                counts[name] = counts.get(name, 0) + (3 if line.text == name else 1)
    ranked = sorted(counts.items(), key=lambda pair: -pair[1])
    if not ranked or ranked[0][1] < 2:
        return ""
    if len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]:
        return ""
    return ranked[0][0]


def _imprint(whole: str) -> tuple[str, str]:
    """City and department as the imprint names them; ("", "") without one that names both.

    An imprint without the city counts only at the beginning or end of the document.
    """
    edges = (0, _HEAD_CHARACTERS), (len(whole) - _TAIL_CHARACTERS, len(whole))
    for match in _IMPRINT.finditer(whole):
        city, department = match.group(1) or "", re.sub(r"\s+", "", match.group(2))
        at_edge = any(first <= match.start() < last for first, last in edges)
        if (city or at_edge) and not re.search(r"担当課|所管課|^(?:各|本|当|同)課", department):
            return city, department
    return "", ""


def _issued(text: str) -> date | None:
    for pattern in _ISSUED:
        match = pattern.search(text)
        if match:
            return _date(match.group(1))
    return None


def _cover_date(lines: Sequence[Line]) -> date | None:
    """A line of the cover that is nothing but a date."""
    for line in lines[:12]:
        text = normalise(line.text).text
        if re.fullmatch(rf"\s*{_DATE}\s*", text):
            return _date(text)
    return None


def _title_date(title: str) -> date | None:
    """The month in brackets that ends a title, as 「…の現況（2025年11月）」."""
    match = re.search(rf"\(({_MONTH})(?:時点|現在)?\)$", normalise(title).text)
    return _date(match.group(1)) if match else None


def _date(text: str) -> date | None:
    # 2022(令和4)年3月 and 2026年(令和8年)3月 name the year twice.
    plain = re.sub(r"\([^)]{1,8}\)", "", text)
    plain = re.sub(r"((?:19|20)\d{2})年?年", r"\1年", plain)
    return parse_date(re.sub(r"(\d{4})[./](\d{1,2})[./](\d{1,2})", r"\1年\2月\3日", plain))


def _period(text: str) -> tuple[date | None, date | None]:
    for pattern in _PERIOD:
        match = pattern.search(text)
        if match:
            start, end = _date(match.group(1)), _date(match.group(2))
            if start and end and start < end:
                return start, _month_end(end) if "日" not in match.group(2) else end
    match = _YEARS_PERIOD.search(text)
    if match:
        first, last = (int(group) for group in match.groups() if group)
        if first < last:
            return date(first, 4, 1), date(last + 1, 3, 31)
    return None, None


def _month_end(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
