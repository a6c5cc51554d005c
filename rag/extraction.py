"""Answers without a model: the best sentences, rows and lists, each with its exact quote."""

import re
from collections.abc import Sequence

from rag.composition import MAX_LONG_ANSWER_CHARACTERS, Chosen
from rag.focus import focus
from rag.question import Question, QuestionKind
from rag.scoring import Evidence, Term, covered
from rag.table_rows import (
    cell_text,
    counts_replies,
    is_negated,
    names_row,
    of_one_table,
    row_answer,
)
from rag.text import key, normal
from rag.types import Chunk, ChunkKind
from rag.units import Unit

LONGEST_ANSWER = 398  # characters of the text, markers and notes included
LONGEST_LONG_ANSWER = 798
# With room for what is said of old documents and of the dates of figures.
MAX_ANSWER_CHARACTERS = 380
_MARKER_CHARACTERS = 4
_ENOUGH = 0.75  # share of the best score from which further evidence is shown
# Asked for besides a list, these are what the reader wants: one figure, date, name, yes or no.
_ONE_THING = (
    QuestionKind.NUMBER,
    QuestionKind.DATE,
    QuestionKind.DEPARTMENT,
    QuestionKind.PERSON,
    QuestionKind.YES_NO,
)
_ADDING_SHARE = 0.45  # of the best piece's words of the question, that a further piece has
_SAME_ROW_SHARE = 0.8  # the same, of another row of the same table
_ENUMERATED = re.compile(r"^(?:\d{1,2}[.．)）]|[(（]\d{1,2}[)）])\s*(?=[^\d\s])")
_FOOTNOTE = re.compile(r"^[※*＊注]\s?\d")  # explains a word, and is no item of a list
_NOTE_MARK = re.compile(r"^[※*＊]\s?(?=[^\d\s].*[。．]$)")  # of a note that is a sentence
_ENTRY_HEADS = frozenset({"項目", "区分", "事項", "名称", "種別"})
_CONTENT_HEADS = frozenset({"内容", "説明", "概要", "詳細", "値"})
_LONGEST_HEAD = 12  # a longer one is a caption
_SAYS_NOTHING = re.compile(
    r"[\W\d_]*(?:[nN]\s*[=＝][\W\d_]*)?"
)  # a page number, a rule, 「(n=19)」
_FIGURE = re.compile(r"\d[\d,.]*")
_SAID_SHARE = 0.6  # of a text's pairs of characters that another text has
_SAME_SHARE = 0.85  # the same, of a text without figures
_TELLING_PAIRS = 8
_FIRST_SHARE = 0.7  # of the room, for the best piece
_LIST_FOLLOWERS = 5
_LEAD_IN = re.compile(
    r"(?:次|以下|下記|下)の?(?:とおり|通り|\d|[一-十])|以下の|\d(?:つ|本|点|項目)の|について、?(?:次|以下)|[:：]$"
)
_BESIDE_GAP = (
    0.45  # how much lower a neighbour of the best unit may score and still be read with it
)


def select(
    question: Question,
    terms: Sequence[Term],
    evidence: Sequence[Evidence],
    share: int = 1,
    taken: Sequence[Chosen] = (),
    first: Sequence[Evidence] = (),
) -> list[Chosen]:
    """The evidence to show: the best, what stands beside it, then what adds to it.

    `first` goes before the best: two values that the question chooses between, or that differ.

    `share` parts of a question share the room; `taken` is what the other parts show already.
    """
    long = wants_length(question)
    budget = (MAX_LONG_ANSWER_CHARACTERS if long else MAX_ANSWER_CHARACTERS) // share
    most = -(-(6 if long else 4) // share)
    chosen: list[Chosen] = []
    used = 0

    def take(candidate: Evidence) -> bool:
        nonlocal used, most
        if chosen and _is_fragment(candidate.unit) and candidate.signals.typed < 1:
            return False
        items_asked = question.asks(QuestionKind.LIST) and not question.asks(
            QuestionKind.DEFINITION
        )
        if items_asked and _FOOTNOTE.match(candidate.unit.text):
            return False
        if len(chosen) >= most or any(
            _repeats(candidate, other.evidence) for other in (*taken, *chosen)
        ):
            return False
        limit = int(_FIRST_SHARE * budget) if not chosen else min(budget // 2, budget - used)
        text = _shown(question, terms, candidate.unit, limit, share == 1)
        if _SAYS_NOTHING.fullmatch(text):
            return False
        if chosen and used + len(text) + _MARKER_CHARACTERS > budget:
            return False
        # The room of a list is for the list, not for sentences about it.
        is_list = question.asks(QuestionKind.COMPARE) or candidate.unit.kind is not ChunkKind.PROSE
        if chosen and not is_list and used + len(text) > MAX_ANSWER_CHARACTERS:
            return False
        if not question.asks(QuestionKind.LIST) and _says_again(text, (*taken, *chosen)):
            most -= 1  # nothing further from the point takes its place
            return False
        chosen.append(Chosen(candidate, text))
        used += len(text) + _MARKER_CHARACTERS
        return True

    for candidate in first:
        take(candidate)
    if first:
        return chosen
    for rank, candidate in enumerate(evidence):
        if chosen and candidate.score < _ENOUGH * chosen[0].evidence.score:
            break
        if chosen and not _adds(question, candidate, chosen[0].evidence):
            continue
        if not take(candidate) or rank > 1:
            continue
        if rank == 0 and question.asks(QuestionKind.LIST) and leads_in(candidate.unit.text):
            for follower in _after(candidate, evidence)[:_LIST_FOLLOWERS]:
                take(follower)
        elif candidate.unit.kind is not ChunkKind.TABLE_ROW:
            for neighbour in _beside(candidate, evidence):
                # What follows goes on; what stands before has to be about the question.
                if neighbour.unit.start >= candidate.unit.end or _adds(
                    question, neighbour, candidate
                ):
                    take(neighbour)
    return chosen


def _adds(question: Question, candidate: Evidence, best: Evidence) -> bool:
    """Whether a further piece is about the question too, where that asks for one thing.

    A figure, date or office asked for may stand in a piece with few of the question's words; a
    piece without either only makes the reader look for what it has to do with the question.
    """
    if wants_length(question) or question.asks(
        QuestionKind.LIST, QuestionKind.COMPARE, QuestionKind.YES_NO
    ):
        return True
    if of_one_table(candidate.unit.chunk, best.unit.chunk) and not is_negated(question):
        # Beside the row that is meant, those of the same table are about something else.
        if names_row(question, best.unit.chunk):
            return names_row(question, candidate.unit.chunk)
        if question.asks(*_ONE_THING, QuestionKind.DEFINITION):
            return candidate.signals.coverage >= _SAME_ROW_SHARE * best.signals.coverage
    if candidate.signals.year > best.signals.year:
        return True
    if question.asks(QuestionKind.DEFINITION) and candidate.signals.typed >= best.signals.typed:
        return True
    asks_form = question.asks(*_ONE_THING)
    if asks_form and best.signals.form >= 1 and candidate.signals.form < 1:
        return False
    if asks_form and best.signals.form < 1 <= candidate.signals.form:
        return True
    return candidate.signals.coverage >= _ADDING_SHARE * best.signals.coverage


def _heads_said(chunk: Chunk, sentence: str) -> list[str]:
    """The heads of the cells that stand in `sentence`."""
    pairs = zip(chunk.columns, chunk.cells, strict=True)
    return [
        head
        for head, cell in pairs
        if len(head) <= _LONGEST_HEAD and len(cell) > 1 and cell_text(cell) in sentence
    ]


def _shown(question: Question, terms: Sequence[Term], unit: Unit, limit: int, alone: bool) -> str:
    """A row as a sentence of its name and the cells asked for, else the unit or its best parts.

    The sentence stands for the row only where it keeps every word of the question that the row
    has; else the question asks for more than the heads name. Where several parts of a question
    may be answered by the same row (not `alone`), it is shown whole.
    """
    one = len(question.units) < 2 or counts_replies(unit.chunk)  # that tells a count and its share
    single = alone and one and not question.asks(QuestionKind.COMPARE)
    row = row_answer(question, terms, unit.chunk) if single else None
    if row is not None and len(row[1]) <= limit:
        kept, whole = covered(terms, row[1]), covered(terms, unit.text)
        # What a head calls the things is said with the thing itself.
        heads = covered(terms, "\n".join(_heads_said(unit.chunk, row[1])))
        if all(
            after >= before or head == 1
            for after, head, before in zip(kept, heads, whole, strict=True)
        ):
            return row[1]
    text = headed(focus(question, terms, unit, limit), unit)
    if unit.kind is ChunkKind.LIST and len(unit.parts) == 1:
        text = _ENUMERATED.sub("", text)  # the other items are not shown
    return re.sub(r"\s+", " ", _NOTE_MARK.sub("", text)).strip()


def headed(text: str, unit: Unit) -> str:
    """`text` with 「：」 after the heading that it begins with: that is no item of what follows.

    Of several headings only the nearest is told.
    """
    if unit.kind is ChunkKind.TABLE_ROW:
        return _entry(unit) if text == unit.text else text
    headings = {key(heading) for heading in unit.chunk.heading}
    start = last = 0
    for part in unit.parts[:-1]:
        end = start + len(part)
        if (
            key(part) not in headings
            or text[start:end] != part
            or text[end : end + 1] not in "、／ "
        ):
            break
        text = f"{text[:end]}：{text[end + 1 :]}"
        last, start = start, end + 1
    return text[last:]


def _entry(unit: Unit) -> str:
    """「回収率：27.1%」 for a row of two cells under heads that only say that it is an entry."""
    chunk = unit.chunk
    heads = [key(head) for head in chunk.columns]
    if len(chunk.cells) != 2 or len(heads) != 2 or not all(chunk.cells):
        return unit.text
    if heads[0] in _ENTRY_HEADS and heads[1] in _CONTENT_HEADS:
        return f"{cell_text(chunk.cells[0])}：{cell_text(chunk.cells[1])}"
    return unit.text


def wants_length(question: Question) -> bool:
    """Whether the answer is a whole list or two states side by side, not one figure."""
    if question.asks(*_ONE_THING) and not question.asks(QuestionKind.COMPARE):
        return False
    return question.asks(QuestionKind.LIST, QuestionKind.COMPARE)


def leads_in(text: str) -> bool:
    """Whether a sentence announces a list instead of being its content."""
    return bool(_LEAD_IN.search(normal(text)))


def _after(candidate: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The units that follow on the page, nearest first."""
    here = candidate.unit
    following = [
        other
        for other in evidence
        if other.unit.chunk.document_id == here.chunk.document_id
        and other.unit.chunk.page == here.chunk.page
        and other.unit.start >= here.end
    ]
    return sorted(following, key=lambda other: other.unit.start)


def _beside(candidate: Evidence, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The units right after and right before, at most a chunk away, if worth reading."""
    here = candidate.unit
    near = [
        other
        for other in evidence
        if other.unit.chunk.document_id == here.chunk.document_id
        and other.unit.chunk.page == here.chunk.page
        and abs(other.unit.chunk.ordinal - here.chunk.ordinal) <= 1
        and other.unit.kind is not ChunkKind.TABLE_ROW
        and other.score >= candidate.score * _BESIDE_GAP
        and other.signals.brief == 0
    ]
    after = min(
        (other for other in near if other.unit.start >= here.end),
        key=lambda other: other.unit.start,
        default=None,
    )
    before = max(
        (other for other in near if other.unit.end <= here.start),
        key=lambda other: other.unit.end,
        default=None,
    )
    return [other for other in (after, before) if other is not None]


def _is_fragment(unit: Unit) -> bool:
    """Loose words without a sentence: column heads, labels of a figure."""
    text = unit.text
    return unit.kind is ChunkKind.PROSE and text[-1:] not in "。！？」）" and text.count(" ") >= 2


def _repeats(candidate: Evidence, other: Evidence) -> bool:
    a, b = candidate.unit, other.unit
    same_page = (a.chunk.document_id, a.chunk.page) == (b.chunk.document_id, b.chunk.page)
    if same_page and a.start < b.end and b.start < a.end:
        return True
    one, two = key(a.text), key(b.text)
    return one in two or two in one


def _says_again(text: str, shown: Sequence[Chosen]) -> bool:
    """Whether the figures of `text` have been given already, in nearly the same words.

    The same fact stands in plan, summary and report; a reader wants it once.
    """
    figures = set(_FIGURE.findall(key(text)))
    words = _pairs(text)
    if not figures:
        return len(words) >= _TELLING_PAIRS and any(
            len(words & _pairs(item.text)) >= _SAME_SHARE * len(words) for item in shown
        )
    return any(
        figures <= set(_FIGURE.findall(key(item.text)))
        and len(words & _pairs(item.text)) >= _SAID_SHARE * len(words)
        for item in shown
    )


def _pairs(text: str) -> set[str]:
    """Pairs of characters, without figures and marks."""
    plain = re.sub(r"[\W\d_]", "", key(text))
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
