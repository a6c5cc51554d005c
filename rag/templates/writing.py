"""A template filled in: fixed phrases around what the documents say, with one list of sources."""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rag.assistant import Assistant
from rag.composition import renumbered
from rag.templates.template import Template, filled, queries
from rag.types import Answer, AnswerStatus, AnswerWarning, Citation, Passage, Query

_MARKER = re.compile(r"\[(\d+)\]")
_SAID = (AnswerStatus.ANSWERED, AnswerStatus.PARTIAL)
_NOTHING = "登録されている文書に記載が見つかりませんでした。"
WITHOUT_MODEL = "template_without_model"


def write(
    assistant: Assistant,
    template: Template,
    values: Mapping[str, str],
    query: Query,
    *,
    mode: str = "auto",
    cancelled: threading.Event | None = None,
) -> Answer:
    """The text of a template. `query` gives date, documents and number of passages; its text is
    replaced by each section's. Where no section has evidence the answer is that refusal alone.
    """
    asked = queries(template, values)
    answers = [
        assistant.ask(
            replace(query, text=text), mode=mode, cancelled=cancelled, prompt=template.prompt
        )
        for text in asked
    ]
    if not any(answer.status in _SAID for answer in answers):
        return answers[0]
    lines = [_without_markers(filled(template.lead, values))]
    citations: list[Citation] = []
    for section, answer in zip(template.sections, answers, strict=True):
        lines.append(_without_markers(filled(section.heading, values)))
        if answer.status in _SAID:
            shift = len(citations)
            lines.append(renumbered(answer.text, shift))
            citations += [replace(c, marker=c.marker + shift) for c in answer.citations]
        else:
            lines.append(_NOTHING)
    lines.append(_without_markers(filled(template.closing, values)))
    missing = any(answer.status is not AnswerStatus.ANSWERED for answer in answers)
    by_model = any(answer.mode == "llm" for answer in answers)
    first = answers[0]
    return replace(
        first,
        status=AnswerStatus.PARTIAL if missing else AnswerStatus.ANSWERED,
        text="\n".join(line for line in lines if line),
        short_answer=first.short_answer if len(answers) == 1 and not template.lead else None,
        citations=tuple(citations),
        passages=_ranked(answers),
        warnings=_warnings(template, answers, by_model),
        resolved_question="\n".join(answer.resolved_question for answer in answers),
        mode="llm" if by_model else "extractive",
        timings_ms={
            name: round(sum(answer.timings_ms.get(name, 0.0) for answer in answers), 1)
            for name in first.timings_ms
        },
        versions=replace(
            next((a for a in answers if a.mode == "llm"), first).versions,
            generator=f"{first.versions.generator} {template.id}.v{template.version}",
        ),
    )


def _warnings(
    template: Template, answers: Sequence[Answer], by_model: bool
) -> tuple[AnswerWarning, ...]:
    found = [warning for answer in answers for warning in answer.warnings]
    if not by_model:
        found.append(AnswerWarning(WITHOUT_MODEL, template.without_model))
    return tuple(dict.fromkeys(found))


def _ranked(answers: Sequence[Answer]) -> tuple[Passage, ...]:
    passages = [passage for answer in answers for passage in answer.passages]
    return tuple(replace(passage, rank=rank) for rank, passage in enumerate(passages, start=1))


def _without_markers(text: str) -> str:
    """What the reader typed cannot pose as a citation."""
    return _MARKER.sub(r"［\1］", text)
