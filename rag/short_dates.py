"""Dates as a short answer tells them: as they are written, in the calendar that is asked for."""

import re

from rag.question import Question

_DAY = r"(?:\s*\d{1,2}[月./](?:\s*\d{1,2}日?(?![\d.]))?)?(?:末|[上中下]旬)?(?:\s*[(（][月火水木金土日][)）])?"
_YEAR = (
    r"(?:(?:令和|平成|昭和)(?:元|\d{1,2})年(?:度)?(?:[(（]\d{4}年?(?:度)?[)）])?|\d{4}(?:年(?:度)?|[./])"
    r"(?:[(（](?:令和|平成|昭和)(?:元|\d{1,2})年?(?:度)?[)）]年?)?)"
)
_TIME = r"(?:\s*\d{1,2}[:時]\d{0,2}分?(?:\s*[~〜～-]\s*\d{1,2}[:時]\d{2}分?)?)?"
DATE_PHRASE = re.compile(
    rf"{_YEAR}{_DAY}{_TIME}"
    rf"(?:\s*(?:から|[~〜～-])\s*(?:{_YEAR}{_DAY}|\d{{1,2}}[月./]\s*\d{{1,2}}日?)(?:まで)?|まで(?!の))?"
)
_ERA_ASKED = re.compile(r"(?:平成|令和|昭和|和暦)(?:で|の)?何年")
_BOTH_CALENDARS = re.compile(
    r"(?P<western>\d{4}年(?:度)?)[(（](?P<era>(?:令和|平成|昭和)(?:元|\d{1,2})年(?:度)?)[)）](?P<rest>[^(（]*)$"
)


def in_calendar(question: Question, date: str) -> str:
    """「平成31年3月」 for 「2019年（平成31年）3月」 where the question asks in that calendar."""
    match = _BOTH_CALENDARS.match(date)
    if match is None:
        return date
    if _ERA_ASKED.search(question.normalised):
        return f"{match['era']}{match['rest']}"
    return f"{match['western']}{match['rest']}" if "西暦" in question.normalised else date
