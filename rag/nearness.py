"""How near the form a question asks for (a figure, a date, an office) stands to its words."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.forms import form_in
from rag.further_forms import Form, further_forms, tells_of_group, tells_of_very_one
from rag.question import Question, QuestionKind
from rag.scoring import Term, coverage
from rag.text import normal
from rag.types import ChunkKind
from rag.units import Unit

FORMS = (
    QuestionKind.NUMBER,
    QuestionKind.COUNT,
    QuestionKind.DATE,
    QuestionKind.DEPARTMENT,
    QuestionKind.PERSON,
)
_COUNTED = (QuestionKind.NUMBER, QuestionKind.COUNT)
_LONGEST_LABEL = 30  # a longer cell describes, a shorter one names the row
_FIGURES_ALONE = re.compile(r"[\d,.%円件人()\s]*")
_SENTENCE = re.compile(r"(?<=。)")
# Verbs are worded anew more often than nouns, and which of several it is dates tell as well.
_SAID_OTHERWISE = re.compile(r"[\u3041-\u309f]|^第\d+回$")
# The first cell of a chronicle is a year without saying so.
_YEAR_ALONE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?=\s|$)")

_NOTE = re.compile(r"\s*[※(（]")
_ANOTHER_OF_SEVERAL = 0.3  # the second meeting says little of the third
_FIGURE = re.compile(r"\d")
# Digits that count nothing: notes, running numbers, years, names such as 「Vision3」.
_NO_FIGURE = re.compile(
    r"※\d+|no\.?\s*\d+|第\d+|(?<=[a-z])\d+|\d{4}年度?|[(（]\d+[)）]|^\d{1,2}[.)]", re.IGNORECASE
)


def nearness(question: Question, terms: Sequence[Term], unit: Unit) -> float:
    """The idf-weighted share of the nouns among `terms` that stands in one place with the form asked for, 0..1.

    A place is a sentence, an item or a cell with the heads and labels over it: that 2,600 people
    use one tool does not say how many use another that the next item names. Of several forms each
    may stand in a place of its own. Without a form every place counts.
    """
    terms = [term for term in terms if not _SAID_OTHERWISE.search(term.surface)]
    asked: list[QuestionKind | None] = [kind for kind in question.kinds if kind in FORMS]
    further = further_forms(question)
    found = [_nearness(question, terms, unit, kind, further) for kind in asked or [None]]
    return sum(found) / len(found)


def _nearness(
    question: Question,
    terms: Sequence[Term],
    unit: Unit,
    kind: QuestionKind | None,
    further: Sequence[Form],
) -> float:
    heading = " ".join(unit.chunk.heading)
    best = 0.0
    for text, place in _with_notes(_places(unit, kind)):
        form = _form(question, kind, text, unit) if kind is not None else 1.0
        if not form or not all(has_form(text) for has_form in further):
            continue
        if kind in _COUNTED and not tells_of_group(question, f"{heading} {place}"):
            continue
        if not tells_of_very_one(question, f"{heading} {place}"):
            form *= _ANOTHER_OF_SEVERAL
        best = max(best, form * coverage(terms, place, heading))
    return best


def _with_notes(places: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """A note or bracket on a line of its own (「※ビッグアイ内」) belongs to what it follows."""
    joined: list[tuple[str, str]] = []
    for text, place in places:
        if joined and _NOTE.match(text):
            before = joined.pop()
            joined.append((f"{before[0]} {text}", f"{before[1]} {place}"))
        else:
            joined.append((text, place))
    return joined


def _places(unit: Unit, kind: QuestionKind | None) -> Iterator[tuple[str, str]]:
    """Each place as the text that must have the form, and that text with what labels it."""
    if unit.kind is not ChunkKind.TABLE_ROW:
        for part in unit.parts:
            for sentence in _SENTENCE.split(part):
                if sentence.strip():
                    yield normal(sentence), sentence
        return
    columns = unit.chunk.columns or ("",) * len(unit.chunk.cells)
    cells = [
        (normal(head), normal(cell)) for head, cell in zip(columns, unit.chunk.cells, strict=False)
    ]
    if kind not in _COUNTED:
        row = " ".join(f"{head} {cell}" for head, cell in cells)
        yield _YEAR_ALONE.sub(r"\1年", row), row
        return
    labels = " ".join(
        cell
        for _, cell in cells
        if len(cell) <= _LONGEST_LABEL and not _FIGURES_ALONE.fullmatch(cell)
    )
    for head, cell in cells:
        text = f"{head} {cell}"
        yield text, f"{text} {labels}"


def _form(question: Question, kind: QuestionKind, text: str, unit: Unit) -> float:
    """As `form_in`; where any figure would do, one that counts nothing does not."""
    if kind in _COUNTED and not question.units:
        return float(bool(_FIGURE.search(_NO_FIGURE.sub(" ", text))))
    return form_in(question, kind, text, unit)
