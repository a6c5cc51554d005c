"""What a row says to a question, in one sentence: its name and the cells asked for."""

import re
from collections.abc import Sequence

from rag.question import Question, QuestionKind
from rag.scoring import Term
from rag.table_conditions import MARKS
from rag.text import key
from rag.types import Chunk, ChunkKind

MAX_SHORT_CHARACTERS = 120
_MAX_SENTENCE_CHARACTERS = 380
_SHORT_HEAD = 6
_SHORTEST_NAME = 3
_NAME_HEAD = re.compile(r"名$|名称|事業名|施設名|用語|科目|項目|選択肢|計画$")
_NUMBER_HEAD = re.compile(r"^(?:.{0,6}no\.?|番号|#)$", re.IGNORECASE)
_TERM_HEADS = (
    re.compile(r"^(?:用\s*語|用語名|略語|言葉)$"),
    re.compile(r"意味|説明|解説|内容|定義"),
)
_ASKS_NUMBER = re.compile(r"何番|番号|no\.?(?:は|いくつ)")
_ASKS_NAME = re.compile(
    r"(?:何|なん|どう)(?:と|という|って)|名前|名称|どれ|どの(?:事業|施設|取組)|事業(?:名|は|$)|答え|回答[はと]|(?:一番|最も|1番|いちばん)多"
)
_NEGATED = re.compile(r"以外|を除|は別(?:[)）。]|$)|含めず|含まず")
_OFFICE_HEAD = re.compile(r"課|部局|所属|所管|担当|部署")
_PERSON_HEAD = re.compile(r"氏名|名前|委員|職員")
_WORD_PAIR = re.compile(r"^(?:[一-鿿々]{2}|[ァ-ヶー]{2}|[a-z]{2})$")
_TOTAL_HEAD = re.compile(r"^(?:合?計|累計|総計|合計.*)$")
_FIGURE = re.compile(r"^[\d,.]+\s*(?:[位%％件人名円回]|$)")
_HOW_MANY = re.compile(r"人数|件数|票数|回答数|何(?:人|件|名|票)")
# 「件数と割合」, unlike 「件数ベースの割合」
_COUNT_TOO = re.compile(
    r"(?:人数|件数|票数|回答数|何(?:人|件|名|票))(?:と|・|、|で|及び|や|か)|(?:と|・|、|及び|や)(?:人数|件数|票数|回答数|何(?:人|件|名|票))"
)
_SHARE = re.compile(r"割合|比率|何(?:%|パーセント|割)|パーセント")
_DATE_HEAD = re.compile(r"年|月|日|期間|時期")
_ORIGIN = re.compile(
    r"(?:造語|の略(?:称|語)?|頭文字[^。]*|に由来|からきて?いる)(?:である|です)?。$"
)
_VERB_END = re.compile(r"[うくぐすつぬぶむるたいん][)）]?$")
_TAG = re.compile(r"<(?:li|br|p)[^<>]*>", re.IGNORECASE)
_OTHER_TAG = re.compile(r"<[^<>]*>")


def row_answer(question: Question, terms: Sequence[Term], chunk: Chunk) -> tuple[str, str] | None:
    """Short form and sentence of a row for the question: 「情報課」, 「窓口予約の担当課は情報課です。」

    Only the row's own cells, each whole, and its column heads. None where the row has no heads
    (the pairing is not known), has no name, or where the question asks for none of its cells.
    """
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
        return None
    cells = [cell_text(cell) for cell in chunk.cells]
    heads = [re.sub(r"\s+", "", head) for head in chunk.columns]
    if not any(heads) or is_negated(question):
        return None
    heads, cells = _unfolded(question, heads, cells)
    meaning = _definition(question, heads, cells)
    if meaning:
        return meaning
    name = _name(question, heads, cells)
    if name is None:
        return None
    asked = _asked(question, heads, cells, name)
    known = _named(question, cells[name])
    if question.kinds == (QuestionKind.DEFINITION,) and not known:
        return None  # what another word means
    wants_name = not known and (
        bool(_ASKS_NAME.search(question.normalised))
        or (question.asks(QuestionKind.DATE) and bool(_DATE_HEAD.search(heads[name])))
        or (question.asks(QuestionKind.PERSON) and bool(_PERSON_HEAD.search(heads[name])))
    )
    if not asked and not wants_name:
        return None
    short, sentence = _said(heads, cells, name, asked, known, wants_name)
    if len(sentence) > _MAX_SENTENCE_CHARACTERS:
        return None
    # Of a short form that is too long the name alone is left, where the name is what is asked for.
    fits = len(short) <= MAX_SHORT_CHARACTERS or not wants_name
    return (short if fits else cells[name], sentence)


def tells_who(question: Question, chunk: Chunk) -> bool:
    """Whether a row that the question names gives the office or person asked for in its own cell."""
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
        return False
    head = _PERSON_HEAD if question.asks(QuestionKind.PERSON) else _OFFICE_HEAD
    cells = [cell_text(cell) for cell in chunk.cells]
    told = [i for i, name in enumerate(chunk.columns) if head.search(name) and cells[i]]
    return any(_named(question, cell) for i, cell in enumerate(cells) if i not in told) and bool(
        told
    )


def names_row(question: Question, chunk: Chunk) -> bool:
    """Whether the question says a cell of the row word for word, or its number."""
    numbers = set(re.findall(r"(?<![\d,.])\d{4,}(?![\d,.年])", question.normalised))
    return any(
        cell in numbers
        or (len(cell) >= _SHORTEST_NAME and re.search(r"[^\W\d]", cell) and _named(question, cell))
        for cell in map(cell_text, chunk.cells)
    )


def of_one_table(one: Chunk, other: Chunk) -> bool:
    """Whether both are rows below the same heads in one document."""
    rows = one.kind is ChunkKind.TABLE_ROW and other.kind is ChunkKind.TABLE_ROW
    return rows and one.document_id == other.document_id and one.columns == other.columns


def is_negated(question: Question) -> bool:
    """Whether the question leaves something out: what it names is not what it asks for."""
    return bool(_NEGATED.search(question.normalised))


def _unfolded(
    question: Question, heads: list[str], cells: list[str]
) -> tuple[list[str], list[str]]:
    """The part of a row that the question names, where the table stands in columns side by side.

    「地域・回収率・地域・回収率」: one line holds two rows.
    """
    for width in range(2, len(heads) // 2 + 1):
        if len(heads) % width or any(heads[i] != heads[i % width] for i in range(len(heads))):
            continue
        for start in range(0, len(heads), width):
            if any(_named(question, cell) for cell in cells[start : start + width]):
                return heads[start : start + width], cells[start : start + width]
    return heads, cells


def _said(
    heads: Sequence[str],
    cells: Sequence[str],
    name: int,
    asked: Sequence[int],
    known: bool,
    wants_name: bool,
) -> tuple[str, str]:
    subject = cells[name]
    pairs = "、".join(_pair(heads[column], cells[column]) for column in asked).replace(
        "。、", "。／"
    )
    if wants_name:
        short = f"{subject}、{pairs}" if pairs else subject
        return short, f"{subject}（{pairs}）です。" if pairs else f"{subject}です。"
    if len(asked) == 1 and (heads[asked[0]] or cells[asked[0]].isdigit()):
        value, head = cells[asked[0]], heads[asked[0]] or "番号"
        short = value if known else f"{head}：{value}（{subject}）"
        return short, f"「{subject}」の{head}は、{value}{_ending(value)}"
    short = pairs if known else f"{pairs}（{subject}）"
    return short, f"「{subject}」は、{pairs}{_ending(pairs)}"


def cell_text(cell: str) -> str:
    """A cell on one line: items of a list set apart by 「、」, wrapped words joined."""
    items = [_OTHER_TAG.sub("", item) for item in _TAG.split(cell)]
    lines = [
        re.sub(r"(?<=[^\x00-\x7f])\s*\n\s*|\s*\n\s*(?=[^\x00-\x7f])", "", item) for item in items
    ]
    texts = [re.sub(r"\s+", " ", line).strip(" \u3000●・○-") for line in lines]
    joined = [text for text in texts if text]
    whole = re.sub(r"\s+", " ", cell).strip()
    return "、".join(joined) or whole  # a cell that is nothing but a mark


def _definition(
    question: Question, heads: Sequence[str], cells: Sequence[str]
) -> tuple[str, str] | None:
    """A glossary row gives the meaning, not the word that was asked for."""
    term = next((i for i, head in enumerate(heads) if _TERM_HEADS[0].search(head)), None)
    meaning = next((i for i, head in enumerate(heads) if _TERM_HEADS[1].search(head)), None)
    if term is None or meaning is None or not cells[term] or not cells[meaning]:
        return None
    known = _named(question, cells[term])
    # 「ゼロトラストって何」 asks for 「ゼロトラストアーキテクチャ」, the only such word.
    inside = len("".join(question.words)) > _SHORTEST_NAME and all(
        word in key(cells[term]) for word in question.words
    )
    if not known and not (inside and question.asks(QuestionKind.DEFINITION)):
        return None
    text = cells[meaning]
    short = text if len(text) <= MAX_SHORT_CHARACTERS else _first_telling(text)
    if not known:
        short = f"{cells[term]}：{short}"
    if len(short) > MAX_SHORT_CHARACTERS:
        return None
    return short, f"「{cells[term]}」とは、{text}{_ending(text)}"


def _first_telling(text: str) -> str:
    """The first sentence, rather than where the word comes from the one after it."""
    sentences: list[str] = re.findall(r"[^。]*。|[^。]+$", text)
    if (
        len(sentences) > 1
        and _ORIGIN.search(sentences[0])
        and len(sentences[1]) <= MAX_SHORT_CHARACTERS
    ):
        return sentences[1]
    return sentences[0] if sentences else text


def _name(question: Question, heads: Sequence[str], cells: Sequence[str]) -> int | None:
    """The column that names the row: one that the question names, else the one with such a head."""
    texts = [
        column
        for column, cell in enumerate(cells)
        if 2 <= len(cell) <= 60
        and not _NUMBER_HEAD.match(heads[column])
        and re.search(r"[^\W\d]", cell)
        and not _FIGURE.match(cell)
        and not set(cell) <= MARKS | set(" 、")
    ]
    said = [column for column in texts if _named(question, cells[column])]
    named = [column for column in texts if _NAME_HEAD.search(key(heads[column]))]
    dated = [column for column in texts if _DATE_HEAD.search(heads[column])]
    if said and not (named and _OFFICE_HEAD.search(heads[said[0]])):
        return said[0]
    return next(iter([*named, *(c for c in texts if c not in dated), *dated]), None)


def _named(question: Question, name: str) -> bool:
    """Whether the question says the name, with or without what stands in brackets."""
    text = key(question.text)
    parts = [name, *re.split(r"[（()）]", name)]
    return any(len(part) >= 2 and part in text for part in map(key, parts))


def _asked(question: Question, heads: Sequence[str], cells: Sequence[str], name: int) -> list[int]:
    """Columns that the question asks for, in table order."""
    # 「令和11年度」 is 「2029年度」 in a head.
    text = " ".join([key(question.text), *(f"{mention.year}年度" for mention in question.years)])
    open_columns = [
        column
        for column, cell in enumerate(cells)
        if cell and column != name and not (len(cell) >= 2 and key(cell) in text)
    ]
    numbers = [
        column for column in open_columns if _is_number(heads[column], cells[column], column)
    ]
    # Words of the row's name and of its head (「この事業は」) ask for no other column.
    rest = text
    for part in sorted(map(key, re.split(r"[（()）]", cells[name])), key=len, reverse=True):
        rest = rest.replace(part, " ") if len(part) >= 2 else rest
    if _NAME_HEAD.search(heads[name]) and len(heads[name]) <= _SHORT_HEAD:
        rest = rest.replace(re.sub("名称?$", "", key(heads[name])) or " ", " ")
    no_share = _no_shares(question, cells, open_columns)
    asked = covering_columns(
        rest, {c: key(heads[c]) for c in open_columns if c not in numbers and c not in no_share}
    )
    for column in open_columns:
        if column in numbers or column in asked:
            continue
        head, cell = heads[column], cells[column]
        if question.asks(QuestionKind.DEPARTMENT) and _OFFICE_HEAD.search(head):
            asked.add(column)
        if question.asks(QuestionKind.PERSON) and _PERSON_HEAD.search(head):
            asked.add(column)
        if question.asks(QuestionKind.DATE) and _DATE_HEAD.search(head) and len(cell) <= 40:
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
    return bool(_NUMBER_HEAD.match(head)) or (not head and column == 0 and cell.isdigit())


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


def _no_shares(question: Question, cells: Sequence[str], columns: Sequence[int]) -> list[int]:
    """Columns of other figures, where a share is asked for and the row has such."""
    if not _asks_share(question) or _COUNT_TOO.search(question.normalised):
        return []
    shares = _figures(cells, columns, "%")
    return [c for c in _figures(cells, columns, "") if c not in shares] if shares else []


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
    if len(counts) == 1 and _HOW_MANY.search(question.normalised):
        found += counts
    return found


def _pair(head: str, cell: str) -> str:
    if not head:
        return cell
    return f"{head}{cell}" if re.fullmatch(r"(?i)no\.?", head) else f"{head}：{cell}"


def _ending(value: str) -> str:
    if "。" in value or " ・" in value:
        return ""
    return "。" if _VERB_END.search(value) else "です。"
