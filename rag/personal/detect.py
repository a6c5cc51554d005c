"""All detectors over one text."""

from collections.abc import Collection, Iterator, Sequence

from rag.personal.contacts import find_contacts
from rag.personal.folding import fold
from rag.personal.kinds import KIND_NAMES, Finding, PersonalKind
from rag.personal.my_number import find_my_numbers
from rag.personal.particulars import find_particulars

# Where two overlap the first of these stays.
_PRECEDENCE = (
    PersonalKind.MY_NUMBER,
    PersonalKind.FORBIDDEN_WORD,
    PersonalKind.ACCOUNT,
    PersonalKind.BIRTH_DATE,
    PersonalKind.TELEPHONE,
    PersonalKind.MAIL,
    PersonalKind.POSTAL_CODE,
    PersonalKind.ADDRESS,
    PersonalKind.POSSIBLE_MY_NUMBER,
    PersonalKind.NAME,
)


# No other kind takes anything away from these.
_FOREMOST = frozenset(_PRECEDENCE[:2])


def find(
    text: str,
    forbidden_words: Collection[str] = (),
    kinds: Collection[PersonalKind] | None = None,
) -> list[Finding]:
    """Personal information in `text`, in order, without overlaps; ranges are of `text` itself.

    With `kinds`, only findings of these: the same ones, and sooner where few detectors are needed.
    """
    folded = fold(text)
    found = [*find_my_numbers(folded.text)]
    if kinds is None or not _FOREMOST.issuperset(kinds):
        found += [*find_particulars(folded.text), *find_contacts(folded.text)]
    if forbidden_words:
        found += _words(folded.text, forbidden_words)
    found.sort(key=lambda one: (_PRECEDENCE.index(one.kind), one.start - one.end))
    kept: list[Finding] = []
    taken = bytearray(len(folded.text))
    for one in found:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
            kept.append(one)
    kept.sort(key=lambda one: one.start)
    return [
        Finding(one.kind, *folded.source_range(one.start, one.end))
        for one in kept
        if kinds is None or one.kind in kinds
    ]


def masked(
    text: str, findings: Sequence[Finding], kinds: Collection[PersonalKind] | None = None
) -> str:
    """`text` with each finding (of `kinds`) replaced by the name of its kind: ［電話番号］."""
    out, at = "", 0
    for one in findings:
        if kinds is None or one.kind in kinds:
            out += f"{text[at : one.start]}［{_SHORT.get(one.kind, KIND_NAMES[one.kind])}］"
            at = one.end
    return out + text[at:]


_SHORT = {PersonalKind.POSSIBLE_MY_NUMBER: "12桁の番号", PersonalKind.FORBIDDEN_WORD: "禁止語"}


def _words(text: str, words: Collection[str]) -> Iterator[Finding]:
    low = text.casefold()
    if len(low) != len(text):  # rare letters grow when folded; their places would be lost
        low = text
    for word in words:
        wanted = fold(word).text.casefold()
        at = low.find(wanted) if wanted else -1
        while at >= 0:
            yield Finding(PersonalKind.FORBIDDEN_WORD, at, at + len(wanted))
            at = low.find(wanted, at + len(wanted))
