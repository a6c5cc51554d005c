"""Personal information in what people send and in what they get, handled as the city decided.

In a question: refused, replaced by the name of its kind, or sent as it is when the person says so.
What is recorded is replaced in every case. In an answer: values of kinds that are never let through
are withheld, and so are lists of people. A quote is shown as it stands in the document or not at
all, because a quote with a hole is no quote.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from api.errors import ApiError
from rag.assistant import Assistant
from rag.events import AnswerEvent, AssistantEvent, DraftEvent, TokenEvent
from rag.personal import KIND_NAMES, Finding, PersonalKind, find, masked
from rag.personal.policy import Handling, Policy
from rag.types import Answer, AnswerStatus, AnswerWarning, Passage, Query, Turn, Versions

Choice = Literal["mask", "send"]

CONFIRM_CODE = "personal_information"
BLOCKED_CODE = "personal_information_blocked"
MOST_PEOPLE_PER_ANSWER = 5  # values; an answer is no directory
_OF_PEOPLE = frozenset(
    {
        PersonalKind.ADDRESS,
        PersonalKind.ACCOUNT,
        PersonalKind.BIRTH_DATE,
        PersonalKind.NAME,
    }
)
_CONTEXT = 300  # characters before a piece that decide what a number in it is
# A marker that has begun belongs to the sentence.
_PIECE_END = re.compile("(?:。(?:\\[[0-9]+\\])*|[!?！？])(?=[^\\[\\]0-9])|。(?:\\[[0-9]+\\])+$")
_NUMERAL = re.compile(r"[\d〇○一二三四五六七八九]")
_WITHHELD = "（このあとの内容には{kinds}が含まれるため、表示しません。必要なときは、権限のある担当課に原本で確かめてください。）"
_DIRECTORY = "（個人に関する記載をまとめて表示することはできません。必要なものを一つずつ、原本で確かめてください。）"


@dataclass(frozen=True, kw_only=True, slots=True)
class Admitted:
    """A question that has been looked at."""

    text: str  # what is searched and sent on
    recorded: str  # what is kept: nothing personal
    found: frozenset[PersonalKind] = frozenset()
    blocked: frozenset[PersonalKind] = frozenset()


class PersonalGuard:
    """One for an application; holds the policy, and what it found in passages of documents."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._block = policy.kinds(Handling.BLOCK)
        self._confirm = policy.kinds(Handling.CONFIRM)
        self._withheld = policy.kinds(Handling.BLOCK, Handling.MASK)
        self._watched = self._withheld | self._confirm
        # The same passages are shown again and again; a sixth of an answer went into reading them.
        self._in_document = lru_cache(maxsize=4_096)(self._to_withhold)

    def admit(self, question: str, choice: Choice | None = None) -> Admitted:
        """Raises ApiError 409 `personal_information` when the person has to decide first."""
        findings = find(question, self._policy.forbidden_words)
        found = frozenset(one.kind for one in findings) & self._watched
        recorded = masked(question, findings, self._watched)
        blocked = found & self._block
        if blocked:
            return Admitted(text=recorded, recorded=recorded, found=found, blocked=blocked)
        asked = found & self._confirm
        if asked and choice is None:
            raise ApiError(
                409,
                CONFIRM_CODE,
                f"質問に{kind_list(asked)}とみられる部分があります。伏せて送るか、このまま送るか、"
                "書き直すかを選んでください。（personal_information に mask か send を指定します）",
            )
        hidden = self._withheld if choice == "send" else self._watched
        text = masked(question, findings, hidden)
        return Admitted(text=text, recorded=recorded, found=found)

    def require_unblocked(self, admitted: Admitted) -> None:
        """Raises ApiError 422 for what may not be asked at all."""
        if admitted.blocked:
            raise ApiError(422, BLOCKED_CODE, blocked_sentence(admitted.blocked))

    def recorded(self, text: str) -> str:
        """`text` as it may be kept in records."""
        return masked(text, find(text, self._policy.forbidden_words), self._watched)

    def history(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """Earlier turns as they may be used again."""
        return tuple(
            Turn(question=self.recorded(turn.question), answer=self._clean(turn.answer))
            for turn in turns
        )

    def passages(self, passages: Iterable[Passage]) -> list[Passage]:
        """The same places; values that may not be shown are blotted out, length for length."""
        return [replace(passage, text=self._blotted(passage.text)) for passage in passages]

    def events(self, events: Iterable[AssistantEvent]) -> Iterator[AssistantEvent]:
        """The same events, without what may not be shown; tokens still add up to the answer."""
        sent, waiting, stop = "", "", ""
        people: set[int] = set()  # where their values begin in what was sent
        for event in events:
            match event:
                case TokenEvent(text=text):
                    if stop:
                        continue
                    waiting += text
                    cut = self._whole(waiting)
                    piece, waiting = waiting[:cut], waiting[cut:]
                case DraftEvent(text=text):
                    yield DraftEvent(self._clean(text) if not stop else "")
                    continue
                case AnswerEvent():
                    piece, waiting = waiting, ""
                case _:
                    yield event
                    continue
            if piece and not stop:
                stop = self._objection(sent, piece, people)
                if len(people) > MOST_PEOPLE_PER_ANSWER:
                    stop = stop or _DIRECTORY
                piece = stop or piece
                sent += piece
                yield TokenEvent(piece)
            if isinstance(event, AnswerEvent):
                yield AnswerEvent(self._shown(event.answer, sent, bool(stop)))

    def answer(self, answer: Answer) -> Answer:
        """The answer as it may be shown."""
        return final_answer(self.events((TokenEvent(answer.text), AnswerEvent(answer))))

    def _whole(self, text: str) -> int:
        """How many characters of `text` can be judged: a number may go on in what comes next."""
        if not (self._policy.forbidden_words or _NUMERAL.search(text)):
            return len(text)
        return max((match.end() for match in _PIECE_END.finditer(text)), default=0)

    def _objection(self, sent: str, piece: str, people: set[int]) -> str:
        """The sentence that takes the place of a piece that may not be shown, or "".

        Adds to `people` whatever of theirs is in the piece.
        """
        before = sent[-_CONTEXT:]
        offset = len(sent) - len(before)
        found = [
            one
            for one in find(before + piece, self._policy.forbidden_words)
            if one.end > len(before)
        ]
        kinds = {one.kind for one in found} & self._withheld
        people.update(offset + one.start for one in found if one.kind in _OF_PEOPLE)
        return _WITHHELD.format(kinds=kind_list(kinds)) if kinds else ""

    def _shown(self, answer: Answer, sent: str, stopped: bool) -> Answer:
        citations = tuple(
            citation
            for citation in answer.citations
            if not self._in_document(citation.quote) and f"[{citation.marker}]" in sent
        )
        short = answer.short_answer
        if short is not None and (stopped or self._holds(short)):
            short = None
        warnings = answer.warnings
        if stopped or len(citations) < len(answer.citations):
            warnings = (
                *warnings,
                AnswerWarning(
                    CONFIRM_CODE, "個人情報を含むため、回答の一部か出典の引用を表示していません。"
                ),
            )
        status = answer.status
        if stopped:
            status = AnswerStatus.PARTIAL if citations else AnswerStatus.BLOCKED
        return replace(
            answer,
            text=sent if stopped else answer.text,
            status=status,
            short_answer=short,
            citations=citations if warnings is not answer.warnings else answer.citations,
            passages=tuple(self.passages(answer.passages)),
            warnings=warnings,
            resolved_question=self.recorded(answer.resolved_question),
        )

    def _holds(self, text: str) -> bool:
        return bool(self._to_withhold(text))

    def _clean(self, text: str) -> str:
        return masked(text, self._to_withhold(text))

    def _blotted(self, text: str) -> str:
        for one in self._in_document(text):
            text = text[: one.start] + "●" * (one.end - one.start) + text[one.end :]
        return text

    def _to_withhold(self, text: str) -> list[Finding]:
        return find(text, self._policy.forbidden_words, self._withheld)


def guarded_events(
    assistant: Assistant,
    query: Query,
    guard: PersonalGuard,
    admitted: Admitted,
    *,
    mode: str = "auto",
    cancelled: threading.Event | None = None,
) -> Iterator[AssistantEvent]:
    """What `assistant` tells, as far as it may be shown; of a blocked question it never hears."""
    if admitted.blocked:
        return _blocked_events(admitted, assistant.versions)
    return guard.events(assistant.stream(query, mode=mode, cancelled=cancelled))


def _blocked_events(admitted: Admitted, versions: Versions) -> Iterator[AssistantEvent]:
    text = blocked_sentence(admitted.blocked)
    yield TokenEvent(text)
    yield AnswerEvent(Answer(status=AnswerStatus.BLOCKED, text=text, versions=versions))


def blocked_sentence(kinds: Iterable[PersonalKind]) -> str:
    return (
        f"質問に{kind_list(kinds)}とみられる部分があるため、受け付けませんでした。"
        "質問は検索にも言語モデルにも送られていません。その部分を消して、もう一度質問してください。"
    )


def kind_list(kinds: Iterable[PersonalKind]) -> str:
    wanted = set(kinds)
    return "、".join(name for kind, name in KIND_NAMES.items() if kind in wanted)


def final_answer(events: Iterable[AssistantEvent]) -> Answer:
    """The answer at the end of the events."""
    found = [event.answer for event in events if isinstance(event, AnswerEvent)]
    return found[-1]
