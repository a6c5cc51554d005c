"""What the assistant tells while it answers: status, text as it comes, and the answer."""

from dataclasses import dataclass

from rag.types import Answer


@dataclass(frozen=True, slots=True)
class StatusEvent:
    stage: str  # "searching", "reading" or "writing"


@dataclass(frozen=True, slots=True)
class TokenEvent:
    text: str


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """What a language model has written so far and nobody has checked; each replaces the last."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    answer: Answer


AssistantEvent = StatusEvent | TokenEvent | DraftEvent | AnswerEvent
