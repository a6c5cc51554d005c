"""Questions about a municipality of which the documents say nothing."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rag.question import Question
from rag.scoring import Candidate
from rag.text import key
from rag.tokens import tokenise
from rag.types import Document

_PROPER = "固有名詞"
_KINDS = frozenset("市町村")
# 「本市と福島市」, or a city whose name the dictionary does not know: asked about as well.
_NAMED_AT_ALL = re.compile(r"[市町村](?=[はがのにでとも、をや]|$)")


def municipalities(normalised: str) -> tuple[str, ...]:
    """Names of cities, towns and villages in normalised text, as 「福島市」, each once."""
    tokens = tokenise(normalised)
    return tuple(
        dict.fromkeys(
            name.surface + kind.surface
            for name, kind in pairwise(tokens)
            if name.pos2 == _PROPER and kind.surface in _KINDS and name.end == kind.start
        )
    )


def is_about_another_city(
    question: Question, candidates: Sequence[Candidate], documents: Iterable[Document]
) -> bool:
    """Whether every municipality named is neither the documents' own nor in what was found.

    What 郡山市 plans is no answer to what 福島市 plans, however well the other words fit.
    """
    named = municipalities(question.normalised)
    if not named:
        return False
    rest = question.normalised
    for name in named:
        rest = rest.replace(name, "")
    if _NAMED_AT_ALL.search(rest):
        return False
    own = key("\n".join(f"{one.publisher}\n{one.title}\n{one.department}" for one in documents))
    if any(key(name[:-1]) in own for name in named):
        return False
    found = key(
        "\n".join(
            "\n".join((one.unit.text, one.title, *one.unit.chunk.heading)) for one in candidates
        )
    )
    return not any(key(name) in found for name in named)
