"""Example questions for the empty page, made from the documents that are loaded.

A table row whose first cell is a name and which holds a figure gives 「(name)の(column)は？」 where the
column is a measure, 「(year)の(name)は？」 where it is a year, 「(name)はいつからいつまで？」 for a period; a
heading gives 「(heading)について教えてください」. Only questions that the assistant answers from the
document they were made from are offered, the newest documents first.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import zip_longest
from threading import Lock

from rag.assistant import Assistant
from rag.searching import SearchableIndex
from rag.types import AnswerStatus, Chunk, ChunkKind, Document, Query

MAX_SUGGESTIONS = 6
MAX_TRIALS = 24  # questions asked to find them
MAX_PAGES = 40  # pages looked at in one document
_NAME = re.compile(r"[\w・ー（）()－\-]{3,18}")
_COLUMN = re.compile(r"[\w・ー（）()／/]{2,14}")
_YEAR = re.compile(r"(令和|平成|R|H)?[0-9０-９元]{1,4}年度?(?![0-9０-９月])")
_YEAR_INSIDE = re.compile(r"[0-9０-９元]{1,4}年")
_JAPANESE = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]{2}")
_NOUN_END = re.compile(r"[\u30a1-\u30fa\u30fc\u4e00-\u9fff]{2}$")
_NO_SUBJECTS = frozenset({"目次", "概要", "凡例", "参考", "資料", "参考資料", "資料編"})
# What a colleague would ask for: 「内容」 and 「就任した人」 are columns too.
_MEASURE = re.compile(
    r"(?:(?<!ページ)数|率|割合|[金総予決]額|費|量|面積|人口|時間|値|目標|実績|成果|効果)(?:[（(][^）)]*[）)])?$"
)
_PERIOD = re.compile(r"期間$")
_NUMBERING = re.compile(
    r"^(第?[0-9０-９一二三四五六七八九十]+[章節項編]?|[\s\u3000.．\-－()（）①-⑳■●・【】#])+"
)


class SuggestionCache:
    """The questions for one version of the index; made again when the documents change."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._version: str | None = None
        self._questions: list[str] = []

    def questions(self, assistant: Assistant) -> list[str]:
        version = assistant.index.version
        with self._lock:
            if self._version != version:
                self._questions = suggest_questions(assistant)
                self._version = version
            return list(self._questions)


def suggest_questions(assistant: Assistant) -> list[str]:
    """At most six answerable questions, the documents taking turns."""
    index = assistant.index
    sources = [candidates(index, document) for document in sorted(index.documents(), key=_age)]
    questions: list[str] = []
    trials = 0
    while sources and len(questions) < MAX_SUGGESTIONS and trials < MAX_TRIALS:
        for source in list(sources):
            candidate = next(source, None)
            if candidate is None:
                sources.remove(source)
                continue
            question, document_id = candidate
            trials += 1
            if question not in questions and _is_answered(assistant, question, document_id):
                questions.append(question)
            if len(questions) == MAX_SUGGESTIONS or trials == MAX_TRIALS:
                break
    return questions


def _age(document: Document) -> tuple[bool, int]:
    """What to sort by: current documents first, the newest of them first, undated ones last."""
    return document.superseded_on is not None, -(document.issued or date.min).toordinal()


def candidates(index: SearchableIndex, document: Document) -> Iterator[tuple[str, str]]:
    """(question, document id), about figures and about subjects in turn."""
    chunks = [
        chunk
        for number in range(1, min(document.page_count, MAX_PAGES) + 1)
        for chunk in index.chunks_of(document.id, number)
    ]
    offered: set[str] = set()
    about_figures = filter(None, map(question_about_row, chunks))
    about_subjects = filter(None, map(question_about_heading, chunks))
    for pair in zip_longest(about_figures, about_subjects):
        for question in pair:
            if question and question not in offered:
                offered.add(question)
                yield question, document.id


def question_about_row(chunk: Chunk) -> str:
    """「RPAの導入業務数の目標値は？」, or "" where the row has no name or no figure."""
    if chunk.kind is not ChunkKind.TABLE_ROW or len(chunk.cells) != len(chunk.columns):
        return ""
    if len(chunk.cells) < 2:
        return ""
    name = chunk.cells[0].strip()
    if not (_NAME.fullmatch(name) and _JAPANESE.search(name)) or _YEAR_INSIDE.search(name):
        return ""
    for column, cell in zip(chunk.columns[1:], chunk.cells[1:], strict=True):
        column = column.strip()
        if _PERIOD.search(name) and len(cell) <= 40 and len(_YEAR_INSIDE.findall(cell)) > 1:
            return f"{name}はいつからいつまで？"
        if len(cell) > 20 or not any(character.isdecimal() for character in cell):
            continue
        if year := _YEAR.match(column):
            # 「割合」 alone does not say of what.
            return f"{year[0]}の{name}は？" if len(name) > 3 and _MEASURE.search(name) else ""
        if _MEASURE.search(column) and _COLUMN.fullmatch(column) and _JAPANESE.search(column):
            return f"{name}の{column}は？"
    return ""


def question_about_heading(chunk: Chunk) -> str:
    """「基本方針について教えてください」, or "" where the heading is no name of a subject."""
    if not chunk.heading:
        return ""
    subject = _NUMBERING.sub("", chunk.heading[-1]).strip(" \u3000】")
    if not (_NAME.fullmatch(subject) and _NOUN_END.search(subject)) or subject in _NO_SUBJECTS:
        return ""
    return f"{subject}について教えてください"


def _is_answered(assistant: Assistant, question: str, document_id: str) -> bool:
    answer = assistant.ask(Query(text=question))
    cited = {citation.document_id for citation in answer.citations}
    return answer.status is AnswerStatus.ANSWERED and document_id in cited
