"""A conversation as a file to take along: questions, answers, each with its sources and their dates."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import docx
from docx.document import Document as Docx

from api.exports.docx_file import clean, set_fonts
from rag.types import Document

NOTICE = "しおりが庁内の文書をもとに機械的に作成した回答です。使う前に、必ず出典のページで確かめてください。"
_STATUS = {
    "partial": "一部のみ回答",
    "no_evidence": "該当する記載が見つかりません",
    "out_of_scope": "対象外の質問です",
    "blocked": "この質問は受け付けられません",
}
_CUT = "（この回答は途中で止まりました。）"
_MODES = {"extractive": "文書からの抜き出し", "llm": "言語モデルによる文章（文書で照合）"}
# Line breaks and tabs of a quotation are those of the page, not of the text.
_WRAPPED = re.compile(r"\s*\n\s*")
# Not before what would make a link of it.
_MARKER = re.compile(r"\\\[(\d{1,3})\\\](?!\(|\\\[|:)")
_LIST_SIGN = re.compile(r"^(\s*\d*)([-+.)])(?=\s)")
_ACTIVE = re.compile(r"[\\`*_{}\[\]<>#|~&!]")


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptTurn:
    asked_at: datetime
    question: str
    answer: Mapping[str, Any]  # as it may be shown, {} where there is none
    complete: bool

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> "TranscriptTurn":
        """From the JSON of a turn as its reader gets to see it."""
        return cls(
            asked_at=datetime.fromisoformat(shown["asked_at"]).astimezone(),
            question=shown["question"],
            answer=shown["answer"] or {},
            complete=shown["state"] == "complete",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Transcript:
    title: str
    made_at: datetime
    indexed_at: datetime | None  # of the newest change of the documents that the reader may read
    turns: tuple[TranscriptTurn, ...]
    documents: Mapping[str, Document]  # those that the reader may read

    def cited(self) -> set[str]:
        """Ids of the documents that the file quotes."""
        return {c["document_id"] for t in self.turns for c in t.answer.get("citations") or ()}

    def facts(self) -> list[tuple[str, str]]:
        rows = [("書き出した日時", _time(self.made_at))]
        if self.indexed_at is not None:
            rows.append(("文書索引の更新日", _day(self.indexed_at.astimezone().date())))
        return rows


def as_markdown(transcript: Transcript) -> str:
    """Text of documents and people stands in it as text: nothing of it is markup."""
    lines = [f"# {_text(transcript.title)}", "", f"> {NOTICE}", ""]
    lines += [f"- {head}：{value}" for head, value in transcript.facts()]
    for number, turn in enumerate(transcript.turns, 1):
        lines += ["", f"## 質問{number}　{_text(turn.question)}", "", f"{_time(turn.asked_at)}", ""]
        for paragraph in _paragraphs(turn):
            lines += [_text(paragraph), ""]
        citations = turn.answer.get("citations") or ()
        if citations:
            lines += ["### 出典", ""]
            for citation in citations:
                lines += [
                    f"- [{citation['marker']}] {_text(_source(citation, transcript))}",
                    f"  > {_text(_quote(citation))}",
                ]
    return "\n".join(lines).rstrip() + "\n"


def as_docx(transcript: Transcript) -> bytes:
    document = docx.Document()
    set_fonts(document)
    document.add_heading(clean(transcript.title), level=0)
    document.add_paragraph(NOTICE)
    for head, value in transcript.facts():
        document.add_paragraph(f"{head}：{value}")
    for number, turn in enumerate(transcript.turns, 1):
        _add_turn(document, number, turn, transcript)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add_turn(document: Docx, number: int, turn: TranscriptTurn, transcript: Transcript) -> None:
    document.add_heading(clean(f"質問{number}　{turn.question}"), level=1)
    document.add_paragraph(_time(turn.asked_at))
    for paragraph in _paragraphs(turn):
        document.add_paragraph(clean(paragraph))
    citations = turn.answer.get("citations") or ()
    if citations:
        document.add_heading("出典", level=2)
    for citation in citations:
        document.add_paragraph(clean(f"[{citation['marker']}] {_source(citation, transcript)}"))
        document.add_paragraph(clean(_quote(citation)), style="Quote")


def _paragraphs(turn: TranscriptTurn) -> list[str]:
    """Status, short answer, text, warnings and how it was made, each for itself."""
    answer = turn.answer
    text = str(answer.get("answer") or "").strip()
    short = answer.get("short_answer") or ""
    found = [
        _STATUS.get(str(answer.get("status")), ""),
        short if short and short not in text else "",
        *text.split("\n"),
        "" if turn.complete else _CUT,
        *(f"※ {each['message']}" for each in answer.get("warnings") or ()),
    ]
    if answer.get("mode") in _MODES and not answer.get("blanked"):
        found.append(f"作成方法：{_MODES[answer['mode']]}")
    return [paragraph.strip() for paragraph in found if paragraph.strip()]


def _source(citation: Mapping[str, Any], transcript: Transcript) -> str:
    """「DX推進計画（計画、2022年3月1日付、所管 総務課） 12ページ　第2章」."""
    document = transcript.documents.get(citation["document_id"])
    facts = []
    if document is not None:
        facts = [
            document.kind,
            f"{_day(document.issued)}付" if document.issued else "",
            f"所管 {document.department}" if document.department else "",
            "旧版" if document.superseded_on else "",
        ]
    known = "、".join(filter(None, facts))
    page = citation.get("page")
    place = f"{page}ページ" if page is not None else "本文"
    heading = citation.get("heading") or ""
    return (
        f"{citation['document_title']}{f'（{known}）' if known else ''} {place}"
        f"{f'　{heading}' if heading else ''}"
    )


def _quote(citation: Mapping[str, Any]) -> str:
    return f"「{_WRAPPED.sub('', citation['quote']).replace(chr(9), '／').strip()}」"


def _text(text: str) -> str:
    escaped = _ACTIVE.sub(lambda match: f"\\{match[0]}", _WRAPPED.sub(" ", text))
    escaped = _LIST_SIGN.sub(r"\1\\\2", escaped)
    return _MARKER.sub(r"[\1]", escaped)


def _time(at: datetime) -> str:
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
