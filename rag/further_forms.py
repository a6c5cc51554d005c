"""Forms a question asks for beyond its kind: a time of day, a place, a name, an amount, the third of several."""

import re
from collections.abc import Callable

from rag.asked_names import holds_name, product_asked
from rag.contacts import contact_form
from rag.question import Question, QuestionKind
from rag.text import normal

_END = r"(?:は|って|を|が|も|、|$|[?？(])"
_ASKS_CLOCK = re.compile(
    r"(?:受付|開庁|開館|営業|利用|対応|開いている|やっている)の?時間(?:帯)?"
    + _END
    + r"|時間帯"
    + _END
    + r"|何時(?:から|まで|に|$|[?？です])"
)
_CLOCK = re.compile(r"\d{1,2}(?:時(?!間)|:\d\d)|24時間")
_ASKS_PLACE = re.compile(
    r"(?:会場|場所|所在地|住所)"
    + _END
    + r"|どこ(?:で(?!き)|に|$|[?？])|どこの(?:建物|会場|施設|場所)"
)
# What is the office of something is asked by 担当 and the like, and has a form of its own.
_NO_PLACE = re.compile(r"担当|部署|所属|[課部]|会社|業者|所管|提出先|まで")
_PLACE = re.compile(
    r"(?:館|庁舎|階|センター|会議室|委員室|校|大学|ホール|丁目|番地|公園|駅|ビル|広場|施設|[市町村区]内|内)"
)
_ASKS_NAME = re.compile(r"(?:人|者|長|講師|先生|職員)の(?:名前|氏名)" + _END)
_NAME = re.compile(
    r"[一-鿿]{1,4}\s[一-鿿]{1,3}(?![一-鿿])|氏|さん|先生|教授|[一-鿿]{2,4}[部課局室会市町村所]長"
)
_ASKS_FIGURE = re.compile(r"(?:の|[一-鿿])数" + _END)
_FIGURE = re.compile(
    r"(?<![a-z第※\d,])\d[\d,.]*\s*(?![年月日度次期版章階番時法系])[一-鿿ァ-ヶa-z%]"
)
_ASKS_YEN = re.compile(r"[一-鿿]{2}[費料]" + _END)
_YEN = re.compile(r"\d[\d,.]*\s*[万億千百]*円")
_RARE_COUNTERS = re.compile(r"何(基|社|軒|部(?![署局門])|分|席|便|問|区画|両|口)(?!か)")
# How many of all say so does not tell how many of these do, or how many a day.
_GROUP = re.compile(r"男性|女性|(?<!\d)[1-9]0代")
_SEVERAL_AGES = re.compile(r"[1-9]0代(?:から|~|-)[1-9]0代")  # told of together
_A_DAY = re.compile(r"[1一]日(?:に|平均|あたり|当たり)")
_DAILY = re.compile(r"[1一毎]日|日(?:平均|あたり|当たり)|/日")

Form = Callable[[str], bool]


def further_forms(question: Question) -> list[Form]:
    """Tests of a normalised text for each form the question asks for beyond its kinds."""
    asked = question.normalised
    forms: list[Form] = []
    if contact := contact_form(question):
        forms.append(lambda text: bool(contact.search(text)))
    if _ASKS_CLOCK.search(asked):
        forms.append(lambda text: bool(_CLOCK.search(text)))
    if _ASKS_PLACE.search(asked) and not _NO_PLACE.search(asked):
        forms.append(lambda text: bool(_PLACE.search(_without_words(question, text))))
    if _ASKS_NAME.search(asked) and not question.asks(QuestionKind.PERSON):
        forms.append(lambda text: bool(_NAME.search(_without_words(question, text))))
    if question.negated:
        forms.append(lambda text: all(word in text for word in question.negated))
    if product := product_asked(question):
        forms.append(lambda text: holds_name(question, product, text))
    if not question.units:
        if counter := _RARE_COUNTERS.search(asked):
            counted = re.compile(rf"\d\s*{counter.group(1)}")
            forms.append(lambda text: bool(counted.search(text)))
        elif _ASKS_FIGURE.search(asked):
            forms.append(lambda text: bool(_FIGURE.search(text)))
        elif _ASKS_YEN.search(asked):
            forms.append(lambda text: bool(_YEN.search(text)))
    return forms


def _without_words(question: Question, text: str) -> str:
    """`text` without the question's words: a センター asked about is not its own place."""
    for word in sorted(question.words, key=len, reverse=True):
        if len(word) > 1:
            text = text.replace(normal(word), " ")
    return text


def tells_of_very_one(question: Question, place: str) -> bool:
    """Whether `place` tells of the very ones of several that the question names.

    「第3回」, and 「書かない窓口」, which the 窓口 alone is not.
    """
    text = normal(place)
    return all(word in text for word in question.negated) and all(
        re.search(rf"(?<!\d){number}(?:回|度|番)", text) or (number == 1 and "初" in text)
        for number in question.ordinals
    )


def tells_of_group(question: Question, place: str) -> bool:
    """Whether `place` tells of the men, women, those of an age or the single day asked for."""
    text = _SEVERAL_AGES.sub(" ", normal(place))
    if _A_DAY.search(question.normalised) and not _DAILY.search(text):
        return False
    return all(group in text for group in groups_asked(question))


def groups_asked(question: Question) -> list[str]:
    """「女性」, 「30代」: whom of all the question counts."""
    found: list[str] = _GROUP.findall(question.normalised)
    return found
