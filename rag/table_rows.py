"""What a row says to a question, in one sentence: its name and the cells asked for."""

import re
from collections.abc import Sequence

from rag.asked_columns import (
    DATE_HEAD,
    NAME_HEAD,
    NUMBER_HEAD,
    OFFICE_HEAD,
    PERSON_HEAD,
    asked_columns,
    is_named,
)
from rag.counted_cells import is_replies, is_share, is_whole, share_beside, with_counter
from rag.question import Question, QuestionKind
from rag.scoring import Term
from rag.table_conditions import MARKS
from rag.text import key
from rag.types import Chunk, ChunkKind

MAX_SHORT_CHARACTERS = 120
_MAX_SENTENCE_CHARACTERS = 380
_SHORTEST_NAME = 3
_TERM_HEADS = (
    re.compile(r"^(?:用\s*語|用語名|略語|言葉)$"),
    re.compile(r"意味|説明|解説|内容|定義"),
)
_ASKS_NAME = re.compile(
    r"(?:何|なん|どう)(?:と|という|って|ていう)|名前|名称|どれ|どの(?:事業|施設|取組)|事業(?:名|は|$)|答え|回答[はと]|(?:一番|最も|1番|いちばん)多"
)
_NEGATED = re.compile(r"以外|を除|は別(?:[)）。]|$)|含めず|含まず")
_FIGURE = re.compile(r"^[\d,.]+\s*(?:[位%％件人名円回]|$)")
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
    asked = asked_columns(question, heads, cells, name)
    known = is_named(question, cells[name])
    if question.kinds == (QuestionKind.DEFINITION,) and not known:
        return None  # what another word means
    wants_name = not known and (
        bool(_ASKS_NAME.search(question.normalised))
        or (question.asks(QuestionKind.DATE) and bool(DATE_HEAD.search(heads[name])))
        or (question.asks(QuestionKind.PERSON) and bool(PERSON_HEAD.search(heads[name])))
    )
    if not asked and not wants_name:
        return None
    cells, asked = _counted(question, heads, cells, asked)
    short, sentence = _said(heads, cells, name, asked, known, wants_name)
    if len(sentence) > _MAX_SENTENCE_CHARACTERS:
        return None
    # Of a short form that is too long the name alone is left, where the name is what is asked for.
    fits = len(short) <= MAX_SHORT_CHARACTERS or not wants_name
    return (short if fits else cells[name], sentence)


def tells_cell(question: Question, terms: Sequence[Term], chunk: Chunk, short: str) -> bool:
    """Whether `short` is the number under the very heads that the question names, in its row."""
    if not question.asks(QuestionKind.NUMBER) or not names_row(question, chunk):
        return False
    answer = row_answer(question, terms, chunk)
    return answer is not None and answer[0] == short and bool(re.search(r"\d", short))


def tells_who(question: Question, chunk: Chunk) -> bool:
    """Whether a row that the question names gives the office or person asked for in its own cell."""
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
        return False
    head = PERSON_HEAD if question.asks(QuestionKind.PERSON) else OFFICE_HEAD
    cells = [cell_text(cell) for cell in chunk.cells]
    told = [i for i, name in enumerate(chunk.columns) if head.search(name) and cells[i]]
    return any(is_named(question, cell) for i, cell in enumerate(cells) if i not in told) and bool(
        told
    )


def counts_replies(chunk: Chunk) -> bool:
    """Whether a row is an option of a survey, with how many chose it."""
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.columns) != len(chunk.cells):
        return False
    return any(is_replies(head) for head in chunk.columns)


def names_replies(question: Question, chunk: Chunk) -> bool:
    """Whether a row is an option of a survey that the question names."""
    return counts_replies(chunk) and any(
        re.search(r"[^\W\d]", cell) and is_named(question, cell)
        for cell in map(cell_text, chunk.cells)
    )


def lost_heads(question: Question, chunk: Chunk) -> bool:
    """Whether a row without heads has several figures of the kind asked for: which one is not told."""
    if chunk.kind is not ChunkKind.TABLE_ROW or any(chunk.columns):
        return False
    share = question.units == ("%",)
    return sum(is_share(cell) if share else is_whole(cell) for cell in chunk.cells[1:]) > 1


def names_row(question: Question, chunk: Chunk) -> bool:
    """Whether the question says a cell of the row word for word, or its number."""
    numbers = set(re.findall(r"(?<![\d,.])\d{4,}(?![\d,.年])", question.normalised))
    return any(
        cell in numbers
        or (
            len(cell) >= _SHORTEST_NAME and re.search(r"[^\W\d]", cell) and is_named(question, cell)
        )
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
            if any(is_named(question, cell) for cell in cells[start : start + width]):
                return heads[start : start + width], cells[start : start + width]
    return heads, cells


def _counted(
    question: Question, heads: Sequence[str], cells: Sequence[str], asked: Sequence[int]
) -> tuple[list[str], list[int]]:
    """Cells as they are read aloud, 「34件」 or with its share 「80人（20%）」, and the columns left to tell."""
    units = (*question.units, *question.same_counters)
    told = [with_counter(cell, head, units) for head, cell in zip(heads, cells, strict=True)]
    columns = list(asked)
    for column in asked:
        share = share_beside(heads, cells, column)
        if share is not None and told[column] != cells[column]:
            told[column] = f"{told[column]}（{cells[share]}）"
            columns = [other for other in columns if other != share]
    return told, columns


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
    known = is_named(question, cells[term])
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
        and not NUMBER_HEAD.match(heads[column])
        and re.search(r"[^\W\d]", cell)
        and not _FIGURE.match(cell)
        and not set(cell) <= MARKS | set(" 、")
    ]
    said = [column for column in texts if is_named(question, cells[column])]
    named = [column for column in texts if NAME_HEAD.search(key(heads[column]))]
    dated = [column for column in texts if DATE_HEAD.search(heads[column])]
    if said and not (named and OFFICE_HEAD.search(heads[said[0]])):
        return said[0]
    return next(iter([*named, *(c for c in texts if c not in dated), *dated]), None)


def _pair(head: str, cell: str) -> str:
    if not head:
        return cell
    return f"{head}{cell}" if re.fullmatch(r"(?i)no\.?", head) else f"{head}：{cell}"


def _ending(value: str) -> str:
    if "。" in value or " ・" in value:
        return ""
    return "。" if _VERB_END.search(value) else "です。"
