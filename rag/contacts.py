"""Ways to reach somebody that a question asks for: a telephone or fax number, an extension, a mail address."""

import re

from rag.question import Question
from rag.text import normal

_END = r"(?:番号|アドレス)?(?:は|って|を|が|も|、|教え|知り|わか|何|$|[?？])"
_NUMBER = r"(?<!\d)0\d{1,4}[-(]\d{1,4}[-)]\d{3,4}(?!\d)"
_FAX = r"(?:fax|ファクス|ファックス|ファクシミリ)"
# What is asked for, and what it looks like; the first group, where there is one, is what is told.
_CONTACTS = (
    (re.compile(_FAX + _END), re.compile(rf"{_FAX}\D{{0,8}}({_NUMBER})")),
    (re.compile("内線" + _END), re.compile(r"内線\D{0,4}(\d{2,6})")),
    (
        re.compile(rf"(?:電話|tel)(?:{_END}|したい|するには|をかけ)"),
        re.compile(rf"(?<!fax)(?<!fax[ :])(?<!ファクス)({_NUMBER})"),
    ),
    (
        re.compile(r"(?:e-?メール|メール|mail)" + _END),
        re.compile(r"([a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)"),
    ),
)


def contact_form(question: Question) -> re.Pattern[str] | None:
    """What the contact asked for looks like in a normalised text; None where none is asked for."""
    for asked, form in _CONTACTS:
        if asked.search(question.normalised):
            return form
    return None


def contact_in(question: Question, text: str) -> str:
    """The one contact of the kind asked for in `text`; "" where there is none or several."""
    form = contact_form(question)
    found = set(form.findall(normal(text))) if form else set()
    return found.pop() if len(found) == 1 else ""
