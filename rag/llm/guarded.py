"""A model's text on its way to the reader: what the guard has passed, with citations of its own.

The model names evidence by number; which words of which page a sentence rests on is found here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rag.composition import citation_of
from rag.grounding.check import Checked, Fault, check
from rag.grounding.evidence import NumberedEvidence
from rag.grounding.pieces import Piece
from rag.grounding.sentences import Sentence, SentenceCutter
from rag.text import key
from rag.types import AnswerWarning, Citation, Document, Page
from rag.units import Unit

_VERDICT = re.compile(r"^(?:はい|いいえ)[、，,。 ]*")
_FOUND_NOTHING = re.compile(
    r"(?:抜粋|文書|資料|根拠)[にのは].{0,12}(?:記載|情報|記述|答え).{0,6}(?:ありません|ない|見つかりません)"
)
# A small model repeats what it was asked; that answers nothing.
_ASKS = re.compile(r"[?？]\s*$|(?:です|ます|でしょう|ません)か[。.]?\s*$|お願いします[。.]?\s*$")
_CITING = re.compile(r"\[(\d+)\]")
# Never shown, whatever the policy: they could be more than text.
_NEVER_SHOWN = frozenset({Fault.MARKUP, Fault.ADDRESS})
_LEAST_LIKE = 0.35  # share of a stopped sentence's words for a unit to be shown in its place
_MOST_SENTENCES = 20  # looked at; the prompt asks for five
UNVERIFIED = "（根拠未確認）"


class Unsupported(StrEnum):
    """What becomes of a sentence that its evidence does not bear out."""

    DROP = "drop"
    REPLACE = "replace"  # by the words of the document that come nearest
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Given:
    """What the model was given, and the pages that citations are taken from."""

    evidence: Sequence[NumberedEvidence]
    page: Callable[[str, int], Page]
    question: str
    lead_of: Callable[[str], str]  # what to call an old document, by id; "" for one in force


class GuardedText:
    """Takes a model's text in pieces and gives out what may be shown, in the same order."""

    def __init__(self, given: Given, unsupported: Unsupported = Unsupported.DROP) -> None:
        self._given = given
        self._unsupported = unsupported
        self._cutter = SentenceCutter()
        self._units: list[Unit] = [unit for each in given.evidence for unit in each.units]
        self._pieces: list[Piece] = [piece for each in given.evidence for piece in each.pieces]
        self._documents: dict[str, Document] = {e.document.id: e.document for e in given.evidence}
        self._introduced: set[str] = set()
        self._held: list[str] = []  # waits for a first sentence that passes
        self._asked = key(given.question)  # repeated, it answers nothing
        self._said: set[str] = set()
        self._shown = ""
        self._citations: list[Citation] = []
        self.passed = 0
        self.stopped = 0
        self.faults: list[Fault] = []

    @property
    def pending(self) -> str:
        """What has come and is not checked yet."""
        return self._cutter.pending

    @property
    def text(self) -> str:
        return self._shown

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(self._citations)

    def feed(self, text: str) -> str:
        """What can be shown now, "" for nothing."""
        return "".join(self._take(sentence) for sentence in self._cutter.feed(text))

    def finish(self, *, cut: bool) -> str:
        return "".join(self._take(sentence) for sentence in self._cutter.finish(cut=cut))

    def warnings(self) -> list[AnswerWarning]:
        """What the reader is told about the sentences that did not pass."""
        if not self.stopped:
            return []
        told = {
            Unsupported.DROP: ("llm_sentences_dropped", "省きました"),
            Unsupported.REPLACE: ("llm_sentences_replaced", "文書の文に置き換えるか、省きました"),
            Unsupported.MARK: ("llm_sentences_unverified", f"「{UNVERIFIED}」と付けました"),
        }
        code, done = told[self._unsupported]
        message = (
            f"言語モデルが書いた文のうち{self.stopped}文は、"
            f"文書で根拠を確かめられなかったため、{done}。"
        )
        return [AnswerWarning(code, message)]

    def _take(self, sentence: Sentence) -> str:
        text = _CITING.sub(r"［\1］", _VERDICT.sub("", sentence.text))
        if not text or _FOUND_NOTHING.search(text) or _ASKS.search(text):
            return ""
        said = key(text)
        if said.strip("。、") in self._asked:
            return ""
        if said in self._said or len(self._said) >= _MOST_SENTENCES:
            return ""
        self._said.add(said)
        checked, positions = self._check(text, sentence.marked)
        if checked.passed:
            self.passed += 1
            held, self._held = self._held, []
            shown = [self._put(item, True) for item in held]
            shown.append(self._put(self._cited(text, positions), sentence.new_line))
            return "".join(shown)
        self.stopped += 1
        self.faults += checked.faults
        return self._in_place_of(text, checked)

    def _check(self, text: str, marked: Sequence[str]) -> tuple[Checked, list[int]]:
        known = {each.id for each in self._given.evidence}
        if not known.issuperset(marked):
            return Checked((Fault.MARKER,), (), 0.0), []
        within = [
            at for at, piece in enumerate(self._pieces) if not marked or piece.source in marked
        ]
        checked = check(text, [self._pieces[at] for at in within])
        return checked, [within[at] for at in checked.pieces]

    def _in_place_of(self, text: str, checked: Checked) -> str:
        if self._unsupported is Unsupported.MARK and not _NEVER_SHOWN.intersection(checked.faults):
            return self._put_or_hold(f"{text}{UNVERIFIED}")
        if self._unsupported is not Unsupported.REPLACE:
            return ""
        nearest, positions = self._check(text, ())
        if not positions or nearest.share < _LEAST_LIKE:
            return ""
        unit = self._units[positions[0]]
        if any((c.start, c.page) == (unit.start, unit.chunk.page) for c in self._citations):
            return ""
        said = re.sub(r"\s+", " ", _CITING.sub(r"［\1］", unit.text))
        replacement = self._cited(said, positions[:1])
        return self._put_or_hold(replacement)

    def _put_or_hold(self, text: str) -> str:
        """Nothing is shown before a first sentence has passed; an answer of none is an extract."""
        if self.passed:
            return self._put(text, True)
        self._held.append(text)
        return ""

    def _put(self, text: str, new_line: bool) -> str:
        shown = ("\n" if new_line and self._shown else "") + text
        self._shown += shown
        return shown

    def _cited(self, text: str, positions: Sequence[int]) -> str:
        """`text` with a marker for each unit it rests on, an old document named as old."""
        markers = "".join(f"[{self._marker(self._units[at])}]" for at in positions)
        document_id = self._units[positions[0]].chunk.document_id
        lead = "" if document_id in self._introduced else self._given.lead_of(document_id)
        self._introduced.add(document_id)
        return f"{lead}{'、' if lead else ''}{text}{markers}"

    def _marker(self, unit: Unit) -> int:
        for citation in self._citations:
            place = (citation.document_id, citation.page, citation.start, citation.end)
            if place == (unit.chunk.document_id, unit.chunk.page, unit.start, unit.end):
                return citation.marker
        page = self._given.page(unit.chunk.document_id, unit.chunk.page)
        marker = len(self._citations) + 1
        self._citations.append(
            citation_of(marker, unit.chunk, unit.start, unit.end, page, self._documents)
        )
        return marker
