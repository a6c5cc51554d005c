"""Where an answer stands in a text, and which pieces of the text that is."""

from collections.abc import Sequence

from eval.metrics import normalise
from eval.questions import Question
from eval.reader.case_file import Span

_MOST_CHARACTERS = 60  # of an answer that is one place and not a summary


def pieces_within(places: Sequence[tuple[int, int]], start: int, end: int) -> Span | None:
    """The first and the last piece that has a character of `start:end`."""
    inside = [number for number, (a, b) in enumerate(places) if b > start and a < end]
    return (inside[0], inside[-1]) if inside else None


def answer_place(question: Question, text: str) -> tuple[int, int] | None:
    """Characters of the gold answer in the text, else of its required strings and what is between.

    Compared as answers are judged. None where a required string is missing, or the whole is longer
    than an answer of one fact.
    """
    letters: list[str] = []
    origins: list[int] = []
    for origin, character in enumerate(text):
        for letter in normalise(character):
            letters.append(letter)
            origins.append(origin)
    joined = "".join(letters)
    answer = normalise(question.answer)
    if 1 < len(answer) <= _MOST_CHARACTERS and answer in joined:
        first = joined.index(answer)
        return origins[first], origins[first + len(answer) - 1] + 1
    found = [_longest(group, joined) for group in question.must_include]
    whole = [place for place in found if place]
    if not whole or len(whole) < len(found):
        return None
    start, end = min(a for a, _ in whole), max(b for _, b in whole)
    return (origins[start], origins[end - 1] + 1) if end - start <= _MOST_CHARACTERS else None


def _longest(group: Sequence[str], joined: str) -> tuple[int, int] | None:
    """Where the longest of these strings stands that is there."""
    words = sorted((normalise(word) for word in group), key=len, reverse=True)
    for word in words:
        if word and word in joined:
            return joined.index(word), joined.index(word) + len(word)
    return None
