"""Which columns of a row a question asks for: by the words of their heads, by unit, by kind."""

import re
from collections.abc import Sequence

from rag.counted_cells import counter_under, counts_other, is_replies, is_share, is_whole
from rag.counters import one_spelling
from rag.date_phrases import date_phrases
from rag.question import Question, QuestionKind
from rag.text import key

NAME_HEAD = re.compile(r"名$|名称|事業名|施設名|用語|科目|項目|選択肢|計画$")
NUMBER_HEAD = re.compile(r"^(?:.{0,6}no\.?|番号|#)$", re.IGNORECASE)
OFFICE_HEAD = re.compile(r"課|部局|所属|所管|担当|部署")
PERSON_HEAD = re.compile(r"氏名|名前|委員|職員")
DATE_HEAD = re.compile(r"年|月|日|期間|時期")
_SHORT_HEAD = 6
_LEAST_YEARS = 2
# Other times than those named by their year are asked for too.
_FURTHER_TIMES = re.compile(r"前回|前年|昨年|今回|推移|比べ|比較|から|以降|以前|まで|毎年|各年")
_ASKS_NUMBER = re.compile(r"何番|(?<!電話)(?<!郵便)(?<!fax)番号|no\.?(?:は|いくつ)")
_TOTAL_HEAD = re.compile(r"^(?:合?計|累計|総計|合計.*)$")
_HOW_MANY = re.compile(r"人数|件数|票数|回答数|何(?:人|件|名|票)")
_SO_MANY = re.compile(r"(?:人|者|市民|人の数)(?:は|って)?[?？]?$")  # 「…で情報を得ている人は？」
# 「件数と割合」, unlike 「件数ベースの割合」
_COUNT_TOO = re.compile(
    r"(?:人数|件数|票数|回答数|何(?:人|件|名|票))(?:と|・|、|で|及び|や|か)|(?:と|・|、|及び|や)(?:人数|件数|票数|回答数|何(?:人|件|名|票))"
)
_SHARE = re.compile(r"割合|比率|何(?:%|パーセント|割)|パーセント")
_WORD_PAIR = re.compile(r"^(?:[一-鿿々]{2}|[ァ-ヶー]{2}|[a-z]{2})$")


def asked_columns(
    question: Question, heads: Sequence[str], cells: Sequence[str], name: int
) -> list[int]:
    """Columns that the question asks for, in table order."""
    # 「令和11年度」 is 「2029年度」 in a head.
    text = " ".join([key(question.text), *(f"{mention.year}年度" for mention in question.years)])
    other_years = _of_other_years(question, heads)
    open_columns = [
        column
        for column, cell in enumerate(cells)
        if cell
        and column not in {name, *other_years}
        and not (len(cell) >= 2 and key(cell) in text)
    ]
    numbers = [
        column for column in open_columns if _is_number(heads[column], cells[column], column)
    ]
    # Words of the row's name and of its head (「この事業は」) ask for no other column.
    rest = text
    for part in sorted(map(key, re.split(r"[（()）]", cells[name])), key=len, reverse=True):
        rest = rest.replace(part, " ") if len(part) >= 2 else rest
    if NAME_HEAD.search(heads[name]) and len(heads[name]) <= _SHORT_HEAD:
        rest = rest.replace(re.sub("名称?$", "", key(heads[name])) or " ", " ")
    no_dates = _no_dates(question, heads, cells, open_columns)
    no_share = _no_shares(question, cells, open_columns)
    beside = {
        *numbers,
        *no_share,
        *no_dates,
        *_counting_other(question, heads, cells, open_columns),
    }
    asked = covering_columns(rest, {c: key(heads[c]) for c in open_columns if c not in beside})
    for column in open_columns:
        if column in numbers or column in asked:
            continue
        head, cell = heads[column], cells[column]
        if question.asks(QuestionKind.DEPARTMENT) and OFFICE_HEAD.search(head):
            asked.add(column)
        if question.asks(QuestionKind.PERSON) and PERSON_HEAD.search(head):
            asked.add(column)
        if question.asks(QuestionKind.DATE) and DATE_HEAD.search(head) and len(cell) <= 40:
            asked.add(column)
    if not asked & set(_figures(cells, open_columns, "")):
        asked.update(_of_unit(question, heads, cells, open_columns))
    given = any(
        key(cells[c]) in text for c in range(len(cells)) if _is_number(heads[c], cells[c], c)
    )
    if numbers and not given and _ASKS_NUMBER.search(question.normalised):
        asked.add(
            next(
                (c for c in numbers if len(heads[c]) > 3 and key(heads[c])[:2] in text), numbers[0]
            )
        )
    if not asked and not question.years and question.asks(QuestionKind.NUMBER):
        asked.update(_total(heads, open_columns))
    told = [column for column in open_columns if column not in numbers]
    if question.asks(QuestionKind.DEFINITION) and len(told) == 1:
        asked.update(told)
    return sorted(asked)


def _is_number(head: str, cell: str, column: int) -> bool:
    return bool(NUMBER_HEAD.match(head)) or (not head and column == 0 and cell.isdigit())


def covering_columns(text: str, heads: dict[int, str]) -> set[int]:
    """The fewest columns whose heads hold the words of the question that any head holds.

    「決済額のキャッシュレス比率」 asks for one of eight columns that all say 決済.
    """
    covers = {column: _positions(text, head) for column, head in heads.items()}
    chosen: set[int] = set()
    left = set().union(*covers.values()) if covers else set()
    while left:
        column = max(covers, key=lambda c: (len(covers[c] & left), -len(heads[c]), -c))
        if len(covers[column] & left) < 2:
            break
        chosen.add(column)
        left -= covers[column]
    return chosen


def _positions(text: str, head: str) -> set[int]:
    """Places of `text` that lie in a word of the head, two characters or more of it."""
    found: set[int] = set()
    for match in re.finditer(r"\d{2,}", text):  # a number counts whole: 2025 is not 2021
        if re.search(rf"(?<!\d){match.group()}(?!\d)", head):
            found.update(range(*match.span()))
    for start in range(len(text) - 1):
        end = start + 2
        if text[start:end] not in head or not _WORD_PAIR.match(text[start:end]):
            continue
        found.update((start, start + 1))
    return found


def _figures(cells: Sequence[str], columns: Sequence[int], unit: str) -> list[int]:
    """Columns of figures; with a unit only those that carry it."""
    return [c for c in columns if re.match(r"^[\d位]", cells[c]) and unit in cells[c]]


def _total(heads: Sequence[str], columns: Sequence[int]) -> list[int]:
    """The column of the total, where the others are of single years."""
    totals = [c for c in columns if _TOTAL_HEAD.search(heads[c])]
    dated = [c for c in columns if re.search(r"\d{2,4}年|(?:令和|平成)", heads[c])]
    return totals if len(totals) == 1 and len(dated) > 1 else []


def _no_dates(
    question: Question, heads: Sequence[str], cells: Sequence[str], columns: Sequence[int]
) -> list[int]:
    """Columns of figures, where only a date is asked for and the row has such."""
    if question.kinds != (QuestionKind.DATE,) or not any(
        DATE_HEAD.search(heads[c]) for c in columns
    ):
        return []
    return [
        c
        for c in columns
        if (is_whole(cells[c]) or is_share(cells[c])) and not DATE_HEAD.search(heads[c])
    ]


def _no_shares(question: Question, cells: Sequence[str], columns: Sequence[int]) -> list[int]:
    """Columns of other figures, where a share is asked for and the row has such."""
    if not _asks_share(question) or _COUNT_TOO.search(question.normalised):
        return []
    shares = _figures(cells, columns, "%")
    return [c for c in _figures(cells, columns, "") if c not in shares] if shares else []


def _counting_other(
    question: Question, heads: Sequence[str], cells: Sequence[str], columns: Sequence[int]
) -> list[int]:
    """Columns of something else, where others count what is asked: yen or shares beside 件."""
    units = (*question.units, *question.same_counters)
    counted = {one_spelling(counter_under(heads[c], units)) for c in columns}
    if not counted & {one_spelling(unit) for unit in units}:
        return []
    no_share = not _asks_share(question)
    return [
        c for c in columns if counts_other(heads[c], units) or (no_share and is_share(cells[c]))
    ]


def _of_other_years(question: Question, heads: Sequence[str]) -> set[int]:
    """Columns of years that are not asked for, in a table with a column for each of several.

    「令和4年度」 and 「令和6年度」 have every word but a single figure in common.
    """
    asked = {mention.year for mention in question.years}
    of_heads = {
        column: {phrase.year for phrase in date_phrases(head, bare=True)}
        for column, head in enumerate(heads)
    }
    dated = {column for column, years in of_heads.items() if len(years) == 1}
    if not asked or len(dated) < _LEAST_YEARS or _FURTHER_TIMES.search(question.normalised):
        return set()
    return {column for column in dated if not of_heads[column] & asked}


def _asks_share(question: Question) -> bool:
    return "%" in question.units or bool(_SHARE.search(question.normalised))


def _of_unit(
    question: Question, heads: Sequence[str], cells: Sequence[str], columns: Sequence[int]
) -> list[int]:
    """The one column of shares, and the one of counts, where the question asks for such."""
    shares = _figures(cells, columns, "%")
    counts = [
        c for c in _figures(cells, columns, "") if c not in shares and heads[c].endswith("数")
    ]
    found: list[int] = []
    if len(shares) == 1 and _asks_share(question):
        found += shares
    of_people = [c for c in counts if is_replies(heads[c])]
    if len(counts) == 1 and _HOW_MANY.search(question.normalised):
        found += counts
    elif of_people and not found and _SO_MANY.search(question.normalised):
        found += of_people
    return found


def asks_how_many(question: Question) -> bool:
    """Whether a number is asked for, or those who do something: 「…で本を探す人は？」"""
    return question.asks(QuestionKind.NUMBER) or bool(_SO_MANY.search(question.normalised))


def is_named(question: Question, name: str) -> bool:
    """Whether the question says the name, with or without what stands in brackets."""
    text = key(question.text)
    parts = [name, *re.split(r"[（()）]", name)]
    return any(len(part) >= 2 and part in text for part in map(key, parts))
