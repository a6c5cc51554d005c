"""Other words for the asker's words, from a small dictionary that a city may edit."""

from functools import lru_cache
from importlib.resources import files

from rag.question import Question
from rag.text import key


@lru_cache(maxsize=1)
def dictionary() -> dict[str, tuple[str, ...]]:
    """Word → words that documents use instead, all in the normalised form."""
    entries: dict[str, tuple[str, ...]] = {}
    for line in files("rag").joinpath("synonyms.tsv").read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, others = line.partition("\t")
        entries[key(word)] = tuple(key(other) for other in others.split())
    return entries


def alternatives(question: Question) -> dict[str, tuple[str, ...]]:
    """For each dictionary word that the question uses, the words documents may use instead."""
    text = key(question.text)
    words = {*question.terms, *question.words}
    # Short words must be words of their own; longer ones may stand inside a compound.
    return {
        word: others
        for word, others in dictionary().items()
        if word in words or (len(word) >= 3 and word in text)
    }


def expand(question: Question) -> list[str]:
    """Words to add to the lexical query: none that the question already has."""
    text = key(question.text)
    added = (other for others in alternatives(question).values() for other in others)
    return list(dict.fromkeys(other for other in added if other not in text))
