"""The form of answer a question asks for (a figure with its unit, a date, an office) in a text."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from rag.counters import counter_pattern
from rag.question import Question, QuestionKind
from rag.text import key, normal
from rag.types import ChunkKind
from rag.units import Unit
from rag.year_spans import year_spans

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_DATE = re.compile(
    r"(?:\d{4}年|令和|平成|昭和|(?<![a-z])[rhs]\d{1,2}[.年])|\d{4}[./]\d{1,2}|\d{1,2}月(?:\d{1,2}日|末|[上中下]旬)|\d{1,3}(?:日|週間|[か箇]月|年)以内|\d{4}年度|\d{1,2}[:時]\d{2}"
)
_WITHIN_DATE = re.compile(r"[\d元年度月日./()\s]{0,6}")
_SPAN_ASKED = re.compile(r"いつから.*いつ|から何年度?(?:まで|[?？]|$)|期間は|会期|任期は")
_COUNTED_HEAD = re.compile(r"[数率額量]|割合|順位|人口|実績|得票|回答|調査|件|%")
_DATE_ALONE = re.compile(r"[\d元年度月日令和平成昭和rhs./()\s~-]+")
_YEAR_CELL = re.compile(r"(?<![\d,.])(?:19|20)\d\d(?![\d,.])")
# A year at the head of an entry tells when it began, no day and no end.
_YEAR_ASKED = re.compile(r"いつ(?!まで)|何年|年度|[たるの]年|時期")
_FINER_ASKED = re.compile(r"何[月日時]|いつまで")
# 「何年勤めた」, unlike 「何年に勤めた」
_DURATION_ASKED = re.compile(
    r"何年(?:間|も)?(?=[一-鿿ぁ-ゖ])(?![度にのでかだがはを前後月頃]|から|まで|ごろ|です)"
)
_END_ASKED = re.compile(
    r"廃止|終了|終わ|やめ|辞め|退[職任]|閉[館鎖]|満了|撤去|なくし|停止|いつまで"
)
_END = re.compile(r"廃止|終了|完了|撤去|停止|閉[館鎖]|満了|退[職任]")
_OFFICE = re.compile(
    r"[一-鿿ァ-ヶーa-z・&]{1,14}(?:課|部|室|局|センター|事務所|公民館|図書館|委員会|本部|博物館)"
)
_PERSON = re.compile(r"氏|学者|先生|[部局課室会市町村所]長|者|教授|委員(?!会)|議員|さん|名")

# Column heads and labels under which a bare number has the unit.
_HEAD_OF_UNIT = {
    "件": "件",
    "人": "人|者数|員数|回答数|回収数",
    "名": "人|者数|員数|回答数|回収数",
    "通": "通|回収数|回答数|発送数",
    "票": "票|回答数",
    "%": "割合|比率|率|%",
    "円": "円|金額|費|額",
    "時間": "時間",
    "回": "回",
    "番": "no|番",
}
# 「用語：LINE／意味：…」「…とは、」「…：」
_DEFINED = re.compile(
    r"(?:no\.?:?\s*\d+/)?(?:用語:)?[「『]?([^「」『』:、。]{1,30}?)[」』]?(?:とは|/意味:|:|…)"
)
_YEN = "円"
_YEN_FIGURE = re.compile(rf"\d(?:万|億|千|百万)*\s*{_YEN}")
_PRICE_ASKED = re.compile(r"いくら|単価|値段|謝礼|(?<![資材史飼肥燃原無])料金?(?:は|って|$|[?？])")
_SUM_ASKED = re.compile(r"[額費]|予算|決算|合計|総|全部で")
_HEAD_OF_PRICE = re.compile(r"円|料|単価|値段|価格")
_ROW_NUMBER = re.compile(r"(?:no\.?\s*)?\d{1,5}", re.IGNORECASE)
_NUMBER_HEAD = re.compile(r"no\.?$|番号$|^#$")  # a running number counts nothing
_FIGURE_CELL = re.compile(r"[約計▲△-]?\s*\d[\d,.]*\s*\S{0,4}")
_LABELLED = 0.5  # a number beside a word for the unit, in running text


def typed(question: Question, unit: Unit) -> float:
    """Whether `unit` holds the form of answer that the question asks for (0, 0.5 unknown, 1)."""
    tests: list[float] = []
    text = normal(unit.text)
    for kind in question.kinds:
        if kind is QuestionKind.LIST:
            several = unit.kind is ChunkKind.LIST or text.count("、") >= 2 or len(unit.parts) > 3
            tests.append(1.0 if several else 0.3)
        elif kind is QuestionKind.DATE and told_by_year_above(question, unit):
            tests.append(1.0)
        elif kind in _FORMS:
            tests.append(_FORMS[kind](question, text))
    return sum(tests) / len(tests) if tests else 0.5


def has_form(question: Question, text: str) -> float:
    """As `typed`, for a piece of text."""
    normalised = normal(text)
    tests = [_FORMS[kind](question, normalised) for kind in question.kinds if kind in _FORMS]
    return sum(tests) / len(tests) if tests else 0.5


def strictly_typed(question: Question, unit: Unit) -> float:
    """1 when `unit` has every form asked for: the figure with its very unit, a date, an office.

    A question that asks for no form gets 1. 「何台」 is not answered by 「25人」; where no unit
    near the words of the question has the form, the documents most likely do not say.
    """
    text = normal(unit.text)
    return min((form_in(question, kind, text, unit) for kind in question.kinds), default=1.0)


def form_in(question: Question, kind: QuestionKind, text: str, unit: Unit) -> float:
    """Whether `text`, normalised and a part of `unit`, has the form of `kind` to the letter.

    1 for a kind that asks for no form.
    """
    if kind in (QuestionKind.NUMBER, QuestionKind.COUNT):
        counters = (*question.units, *question.same_counters) or ("",)
        if _YEN in counters and _asks_price(question):
            return max(
                _price(text, unit), *(_figure_of(c, text, unit) for c in counters if c != _YEN), 0.0
            )
        return max(_figure_of(counter, text, unit) for counter in counters)
    if kind is QuestionKind.DATE:
        if _dated_by_heads_only(unit):
            return 0.0
        told = _dates(text) or _spans(question, text) or told_by_year_above(question, unit)
        return min(1.0, told / (2 if asks_span(question) else 1))
    if kind is QuestionKind.DEPARTMENT:
        return float(bool(_OFFICE.search(text)))
    if kind is QuestionKind.PERSON:
        return float(bool(_PERSON.search(text)))
    return 1.0


def _dated_by_heads_only(unit: Unit) -> bool:
    """Whether a row has its only dates in heads that say what was counted: 「2025年の回答数」.

    A head that is nothing but a date dates its cell.
    """
    columns, cells = unit.chunk.columns, unit.chunk.cells
    if unit.kind is not ChunkKind.TABLE_ROW or len(columns) != len(cells) or unit.dated:
        return False
    heads = [normal(head) for head in columns]
    counted = any(_dates(head) and _COUNTED_HEAD.search(head) for head in heads)
    told = any(_dates(normal(cell)) or _YEAR_CELL.search(normal(cell)) for cell in cells)
    dating = any(_DATE_ALONE.fullmatch(head) for head in heads)
    return counted and not told and not dating


def asks_span(question: Question) -> bool:
    """Whether a beginning and an end are asked for: 「何年から何年まで」."""
    return bool(_SPAN_ASKED.search(question.normalised))


def told_by_year_above(question: Question, unit: Unit) -> bool:
    """Whether the year that a unit stands under says when what the question asks about was."""
    asked = question.normalised
    if not unit.dated or not _YEAR_ASKED.search(asked) or _FINER_ASKED.search(asked):
        return False
    if _DURATION_ASKED.search(asked):
        return False
    return not asks_end(question) or bool(_END.search(unit.text))


def asks_end(question: Question) -> bool:
    """Whether is asked when something ended."""
    return bool(_END_ASKED.search(question.normalised))


def _spans(question: Question, text: str) -> int:
    """How many dates the span of bare years has that is asked for; an open one tells no end.

    Of several the one after most of the question's words that the text has: 「林委員（2009～2016）
    森委員（2012～）」 says nothing of a third one.
    """
    if _DURATION_ASKED.search(question.normalised):
        return 0
    found = list(year_spans(text))
    told = [span for span in found if span.closed or not asks_end(question)]
    if len(found) > 1:
        told = [span for span in told if _is_of(question, text, key(span.said))]
    return max((1 + span.closed for span in told), default=0)


def _is_of(question: Question, text: str, said: str) -> bool:
    if any(key(place) in said for place in question.places):
        return True
    words = [word for word in map(key, question.words) if word in key(text)]
    return 2 * sum(word in said for word in words) > len(words)


def _dates(text: str) -> int:
    """How many dates `text` has; 「令和3年6月1日」 is one."""
    count, end = 0, 0
    for match in _DATE.finditer(text):
        if not count or not _WITHIN_DATE.fullmatch(text[end : match.start()]):
            count += 1
        end = match.end()
    return count


def _figure_of(counter: str, text: str, unit: Unit) -> float:
    if not counter:
        if unit.kind is ChunkKind.TABLE_ROW and unit.chunk.columns:
            return float(bool(_figures_of(unit)))
        return float(bool(_NUMBER.search(text)))
    if _figure_in(counter).search(text):
        return 1.0
    if counter == "番" and unit.kind is ChunkKind.TABLE_ROW:
        return float(any(_ROW_NUMBER.fullmatch(cell.strip()) for cell in unit.chunk.cells))
    head = _HEAD_OF_UNIT.get(counter, re.escape(counter))
    if unit.kind is ChunkKind.TABLE_ROW and unit.chunk.columns:
        figures = _figures_of(unit)
        if any(re.search(head, column) for column in figures):
            return 1.0
        if not figures:
            return 0.0
    return _LABELLED if re.search(head, text) and _NUMBER.search(text) else 0.0


def _asks_price(question: Question) -> bool:
    """Whether the yen asked for are what one thing costs, and no sum."""
    text = question.normalised
    return bool(_PRICE_ASKED.search(text)) and not _SUM_ASKED.search(text)


def _price(text: str, unit: Unit) -> float:
    """1 for an amount in yen, or a figure under the head of a price: payments are sums."""
    if _YEN_FIGURE.search(text):
        return 1.0
    if unit.kind is ChunkKind.TABLE_ROW and unit.chunk.columns:
        return float(any(_HEAD_OF_PRICE.search(head) for head in _figures_of(unit)))
    return 0.0


def _figures_of(unit: Unit) -> list[str]:
    """Column heads of a row's cells that are figures, running numbers left out."""
    columns = zip(unit.chunk.columns, unit.chunk.cells, strict=False)
    heads = [normal(head) for head, cell in columns if _FIGURE_CELL.fullmatch(normal(cell))]
    return [head for head in heads if not _NUMBER_HEAD.search(head)]


@lru_cache(maxsize=1_024)
def _figure_in(counter: str) -> re.Pattern[str]:
    return re.compile(rf"\d(?:万|億|千|百万)*\s*{_pattern(counter)}")


@lru_cache(maxsize=1_024)
def _short_figure_in(counter: str) -> re.Pattern[str]:
    return re.compile(rf"\d(?:万|億|千)?\s*{_pattern(counter)}")


def _pattern(counter: str) -> str:
    # A share may be told in tenths.
    return "(?:%|パーセント|割)" if counter in ("%", "割") else counter_pattern(counter)


def _definition(question: Question, text: str) -> float:
    """1 where the text defines a word of the question, less where it defines something."""
    term = _DEFINED.match(text)
    if term and any(len(w) > 1 and key(w) in key(term.group(1)) for w in question.words):
        return 1.0
    return 0.6 if re.search(r"とは|のこと|：|:|する考え|という|略|もの|技術|仕組み", text) else 0.3


_FORMS: dict[QuestionKind, Callable[[Question, str], float]] = {
    QuestionKind.NUMBER: lambda question, text: max(
        _has_number(text, question.units),
        _has_number(text, question.same_counters) if question.same_counters else 0.0,
    ),
    QuestionKind.DATE: lambda _, text: 1.0 if _DATE.search(text) else 0.0,
    QuestionKind.DEPARTMENT: lambda _, text: 1.0 if _OFFICE.search(text) else 0.0,
    QuestionKind.DEFINITION: _definition,
    QuestionKind.COMPARE: lambda _, text: 1.0 if len(_NUMBER.findall(text)) >= 2 else 0.3,
}


def _has_number(text: str, units: Sequence[str]) -> float:
    if not units:
        return 1.0 if _NUMBER.search(text) else 0.0
    found = [bool(_short_figure_in(unit).search(text)) for unit in units]
    if any(found):
        return sum(found) / len(found)
    # A table cell holds the number alone; its column head carries the unit.
    return 0.5 if _NUMBER.search(text) else 0.0
