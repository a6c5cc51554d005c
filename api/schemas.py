"""What clients may send. Strict types; unknown fields are refused, except under /v1."""

import re
import unicodedata
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from rag.types import Query, Turn

MAX_QUESTION_CHARS = 2_000
MAX_ANSWER_CHARS = 20_000
MAX_HISTORY_TURNS = 50
MAX_DOCUMENT_IDS = 1_000
MAX_TOP_K = 50

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Categories that leave nothing to read: separators, controls, format characters (zero width).
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


def _refuse(code: str, rule: str) -> PydanticCustomError:
    return PydanticCustomError("shiori", "{rule}", {"code": code, "rule": rule})


def _require_visible(text: str) -> str:
    if all(unicodedata.category(character) in _INVISIBLE for character in text):
        raise _refuse("empty", "が空です。入力してください。")
    return text


def _iso_date(value: object) -> object:
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise _refuse(
        "invalid_date", "は実在する日付を YYYY-MM-DD の形（例: 2026-04-01）で指定してください。"
    )


QuestionText = Annotated[
    str, Field(min_length=1, max_length=MAX_QUESTION_CHARS), AfterValidator(_require_visible)
]
IsoDate = Annotated[date, BeforeValidator(_iso_date)]
DocumentId = Annotated[str, Field(min_length=1, max_length=200)]
ConversationId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


# What becomes of personal information in the question: replaced, or sent as it is.
PersonalChoice = Literal["mask", "send"]
# What is said of a document: a few words, a day; "" for none.
Words = Annotated[str, Field(max_length=100)]
DayOrNone = IsoDate | Literal[""]
GroupName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_require_visible)]
Confidentiality = Literal["", "機密性1", "機密性2", "機密性3A", "機密性3B", "機密性3C"]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TurnBody(Strict):
    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]
    answer: Annotated[str, Field(max_length=MAX_ANSWER_CHARS)]


class AskBody(Strict):
    """Body of POST /api/ask and POST /api/chat."""

    question: QuestionText
    history: Annotated[list[TurnBody], Field(max_length=MAX_HISTORY_TURNS)] | None = None
    as_of: IsoDate | None = None
    document_ids: Annotated[list[DocumentId], Field(max_length=MAX_DOCUMENT_IDS)] | None = None
    mode: Literal["auto", "extractive", "llm"] | None = None
    top_k: Annotated[int, Field(ge=1, le=MAX_TOP_K)] | None = None
    conversation_id: ConversationId | None = None
    personal_information: PersonalChoice | None = None

    def turns(self) -> tuple[Turn, ...]:
        """The earlier questions and answers that the body brings."""
        return tuple(Turn(question=t.question, answer=t.answer) for t in self.history or ())

    def to_query(self, default_top_k: int, question: str, history: tuple[Turn, ...] = ()) -> Query:
        """`question` and `history` as they may be used."""
        return Query(
            text=question,
            history=history,
            as_of=self.as_of,
            document_ids=tuple(self.document_ids or ()),
            top_k=default_top_k if self.top_k is None else self.top_k,
        )


class SearchBody(Strict):
    """Body of POST /api/search."""

    query: QuestionText
    top_k: Annotated[int, Field(ge=1, le=MAX_TOP_K)] | None = None
    as_of: IsoDate | None = None
    document_ids: Annotated[list[DocumentId], Field(max_length=MAX_DOCUMENT_IDS)] | None = None
    personal_information: PersonalChoice | None = None

    def to_query(self, default_top_k: int, query: str) -> Query:
        """`query` as it may be searched."""
        return Query(
            text=query,
            as_of=self.as_of,
            document_ids=tuple(self.document_ids or ()),
            top_k=default_top_k if self.top_k is None else self.top_k,
        )


FieldName = Annotated[str, Field(min_length=1, max_length=41, pattern=r"^[a-z][a-z0-9_-]*$")]
FieldValue = Annotated[str, Field(max_length=MAX_QUESTION_CHARS)]


class TemplateBody(Strict):
    """Body of POST /api/templates/{template_id}."""

    fields: Annotated[dict[FieldName, FieldValue], Field(min_length=1, max_length=20)]
    mode: Literal["auto", "extractive", "llm"] | None = None
    as_of: IsoDate | None = None
    document_ids: Annotated[list[DocumentId], Field(max_length=MAX_DOCUMENT_IDS)] | None = None

    def to_query(self, top_k: int) -> Query:
        return Query(
            text="", as_of=self.as_of, document_ids=tuple(self.document_ids or ()), top_k=top_k
        )


def _require_encodable(text: str) -> str:
    # Without strict types a lone surrogate passes the string check inside a union.
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _refuse("invalid_text", "に使えない文字が含まれています。入力し直してください。")
    return text


MessageText = Annotated[str, AfterValidator(_require_encodable)]


class TextPart(BaseModel):
    """One part of an OpenAI message; parts other than text are passed over."""

    type: str
    text: MessageText = ""


class ChatMessage(BaseModel):
    role: str
    content: MessageText | list[TextPart] | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class ChatCompletionBody(BaseModel):
    """Body of POST /v1/chat/completions. Fields of OpenAI that have no meaning here are ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str = ""
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=1_000)]
    stream: bool = False
