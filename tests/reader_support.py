"""A few lines in the shape of JaQuAD, and what the reader may be shown of them."""

import random
from collections.abc import Iterator
from pathlib import Path

from eval.reader.case_file import (
    PublicPart,
)
from eval.reader.examples import Example, Marks, from_public

ROOT = Path(__file__).resolve().parents[1]

DOCUMENT = ROOT / "corpus/online-procedures-2025.md"

CONTEXT = (
    "中央図書館は1998年に開館した。設計は北川建築事務所による。\n"
    "分館は三つある。西分館は2004年に開館し、蔵書は12万冊である。"
)

OTHER = (
    "中央図書館の開館時間は午前九時からである。1998年には来館者が百万人を超えた。"
    "移動図書館は二台で市内を回る。"
)


def asked(question: str, context: str, answer: str) -> dict[str, object]:
    place = {"text": answer, "answer_start": context.index(answer), "answer_type": "Object"}
    return {"question": question, "id": "x", "answers": [place]}


QUESTIONS = [
    (CONTEXT, "中央図書館の開館は何年か", "1998年"),
    (CONTEXT, "西分館の蔵書はどれだけか", "12万冊"),
    (OTHER, "移動図書館は何台あるか", "二台"),
]

ANSWERS = [answer for _, _, answer in QUESTIONS]


def examples_of(part: PublicPart, marks: Marks, rounds: int) -> Iterator[tuple[str, Example]]:
    chance = random.Random(5)
    for _ in range(rounds):
        for case, answer in zip(part.cases, ANSWERS, strict=True):
            example = from_public(case, part, marks, chance)
            if example is not None:
                yield answer, example
