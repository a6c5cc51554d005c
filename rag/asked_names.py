"""The name that a question asks for: 「連絡アプリの名前は」 is answered by 「やまのべ便り」, not by a sentence.

What is a name shows in how it is written: in quotation marks after the noun it names, in brackets
after it, or as a longer word that ends with the noun. A name that the question itself says is none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.question import Question, QuestionKind
from rag.scoring import NEAR_BEST, Evidence, Term, coverage
from rag.text import key
from rag.types import ChunkKind
from rag.units import Unit

_LOOKED_AT = 6
_LONGEST = 40
_LEAST = 0.2  # share of the question's words around a name
_LEAST_MORE = 2  # letters that a name has beyond the question's words
_BEFORE = 16  # characters before a name that tell what it is the name of
_NOUN = r"[一-鿿々ァ-ヶーa-z0-9]+"
_SAYS = r"(?:と|て|って)?(?:いう|言う|いい|呼)"
_THING = r"イベント|サービス|システム|ツール|アプリ|サイト|ソフト|番組|大会"
_BARE = r"製品|商品|名前|名称|もの|やつ|感じ"  # of whatever stands before
_ASKED = (
    re.compile(rf"(?P<noun>{_NOUN})の(?:製品|商品)名"),
    re.compile(
        rf"(?P<noun>{_NOUN})(?:「[^「」]*」)?(?:の(?:正式な?)?|、|は、?|って、?|が)?"
        r"(?:何|なん)?(?:と|て)?(?:いう)?(?:名前|名称|愛称|通称|呼び名)"
    ),
    re.compile(rf"(?:何|なん|どう){_SAYS}(?P<noun>(?!{_BARE}){_NOUN})"),
    re.compile(rf"(?P<noun>{_NOUN})(?:は|って|を|が)(?:何|なん|どう){_SAYS}"),
    re.compile(rf"(?P<noun>{_THING})名(?:は|って|を|が|$|[?？])"),
)
_PRODUCT = re.compile(r"(?:システム|アプリ|ツール|ソフト|サービス|サイト|プラットフォーム)$")
_NICKNAME = re.compile(r"愛称|通称|略称|呼び名")
_PERSONS = re.compile(r"(?:先生|職員|教授|委員|さん|人|[長者員家])$")
_ROW_NAMED = re.compile(r"事業|施策|取り?組み?")  # the row's own cell tells it
# What else a thing of this sort calls itself.
_SORTS = {"計画": ("プラン", "ビジョン"), "サイト": ("ガイド", "ナビ", "ポータル")}
_QUOTED = re.compile(r"「([^「」]{2,40})」|『([^『』]{2,40})』")
_BRACKETED = re.compile(r"[(（]([^()（）]{2,30})[)）]")
_NO_NAME = re.compile(
    r"[。、：:]|^[\d,.\s%~〜～年度月日現在時点以上下未満約計]+|[年月]$|^(?:※|旧|新|例|仮|別|表|図|注|令和|平成|昭和|以下|うち|等)"
)
_PROPER = re.compile(r"[A-Za-zＡ-Ｚａ-ｚァ-ヶ]{3,}")
_WORD_END = re.compile(r"[一-鿿ァ-ヶA-Za-z]$")
_FOOTNOTE = re.compile(r"\s*[※＊*]?\d{1,2}$")
_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")  # of a line broken within a word
_LETTERS = re.compile(r"(?<![A-Za-z])(?:[A-Za-z] ){2,}[A-Za-z](?![A-Za-z])")
# Of these a longer word is a name; of others (アプリ, 展示会) it says what sort they are.
_BODIES = re.compile(
    r"(?:会議|協議会|委員会|研究会|懇談会|塾|機構|特区|ネットワーク|運動|構想|条例|基準|指針|憲章|宣言|戦略|推進計画)$"
)
_CHARACTER = r"[一-鿿々ァ-ヶーA-Za-z0-9Ａ-Ｚａ-ｚ０-９☆・]"
# 「見守り活動」, 「こおりやま☆」, 「地域「新発想」研究会」
_RUN = (
    r"(?:(?:[ぁ-ゖ]{3,}(?=[☆一-鿿ァ-ヶ]))?"
    rf"(?:{_CHARACTER}|(?<=[一-鿿])(?![のをがにはともやへで])[ぁ-ゖ](?=[一-鿿ァ-ヶ])|「[^「」]{{1,12}}」){{1,30}}?)"
)
_STOP = re.compile(r"^(?:同|本|当|各|この|その|全)")


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    sure: int  # how the writing shows that it names the thing
    before: str
    around: str


@dataclass(frozen=True)
class AskedName:
    """What the name asked for is the name of: 「BIツール」, and the question up to there."""

    noun: str
    phrase: str
    nickname: bool

    @cached_property
    def endings(self) -> tuple[str, ...]:
        """What a name of such a thing may end with, the noun itself first."""
        tails = [
            tail
            for form in (rf"(?:{_THING})$", r"[ァ-ヶー]{3,}$", r"[一-鿿々]{2}$")
            for tail in re.findall(form, self.noun)
        ]
        nouns = dict.fromkeys((self.noun, *tails))
        return (*nouns, *(sort for noun in nouns for sort in _SORTS.get(noun, ())))


def asked_name(question: Question) -> AskedName | None:
    """None where the question asks for no name, or for that of a person or of a row's project."""
    if question.kinds != (QuestionKind.TEXT,):
        return None
    text = question.normalised
    for form in _ASKED:
        if match := form.search(text):
            noun = match["noun"]
            if len(noun) < 2 or _PERSONS.search(noun) or _ROW_NAMED.search(noun):
                return None
            nickname = bool(_NICKNAME.search(text))
            return AskedName(noun, key(text[: match.end("noun")]), nickname)
    return None


def told_name(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> tuple[Evidence, str] | None:
    """The name among the best units that is most surely the one asked for, and where it stands.

    Of a year that the question names only. None where no name is written as one of such a thing.
    """
    asked = asked_name(question)
    if asked is None or not evidence:
        return None
    least = NEAR_BEST * evidence[0].score
    found: list[tuple[tuple[float, ...], Evidence, str]] = []
    for rank, candidate in enumerate(evidence[:_LOOKED_AT]):
        if candidate.score < least or (question.years and candidate.signals.year < 1):
            continue
        for name in _names(asked, candidate.unit):
            share = coverage(terms, name.around, *candidate.unit.chunk.heading)
            if key(name.text) in key(question.text) or share < _LEAST:
                continue
            common = _common_end(asked.phrase, key(name.before))
            if name.sure == 1 and not _says_more(question, asked, name.text):
                continue
            if name.sure == 3 and _of_another(asked, key(name.before), common, candidate.unit.text):
                continue
            near = coverage(terms, f"{name.before}{name.text}")
            # After the noun it is told what the name is of; else what is told around it decides.
            first = (1, common, near) if name.sure == 3 else (0, 0, 0)
            found.append(((*first, share, name.sure, near, -rank), candidate, name.text))
    if not found:
        return None
    _, where, text = max(found, key=lambda item: item[0])
    return where, text


def product_asked(question: Question) -> AskedName | None:
    """As `asked_name`, only of what is bought or programmed: its name is never a plain word."""
    asked = asked_name(question)
    return asked if asked and _PRODUCT.search(asked.noun) else None


def holds_name(question: Question, asked: AskedName, text: str) -> bool:
    """Whether `text` has a name that is written as one of the thing asked for."""
    return any(
        key(name.text) not in key(question.text)
        and not _of_another(
            asked, key(name.before), _common_end(asked.phrase, key(name.before)), text
        )
        for name in _marked(asked, _GAP.sub("", text))
    )


def _names(asked: AskedName, unit: Unit) -> Iterator[_Name]:
    """The names of each part, and of two together: a name may be broken, what it is stand before."""
    joined = [f"{one} {other}" for one, other in pairwise(unit.parts)]
    for part in (*unit.parts, *(joined if unit.kind is not ChunkKind.TABLE_ROW else ())):
        text = _LETTERS.sub(lambda m: m.group().replace(" ", ""), part)
        yield from _longer_words(asked, text)
        yield from _marked(asked, _GAP.sub("", text))


def _marked(asked: AskedName, text: str) -> Iterator[_Name]:
    """Names in quotation marks, or in brackets after the noun."""
    for form in (_QUOTED, _BRACKETED):
        for match in form.finditer(text):
            name = _FOOTNOTE.sub("", next(filter(None, match.groups()))).strip()
            if len(name) > _LONGEST or _NO_NAME.search(name):
                continue
            before = text[max(0, match.start() - _BEFORE) : match.start()]
            after_noun = any(key(before).endswith(key(noun)) for noun in asked.endings)
            is_named = any(key(name).endswith(key(noun)) for noun in asked.endings)
            if form is _BRACKETED:
                after_noun = after_noun and bool(_PROPER.search(name))
                after_noun |= asked.nickname and bool(_WORD_END.search(before))
                is_named = False
            if after_noun or is_named:
                yield _Name(name, 3 if after_noun else 2, before, text)


def _longer_words(asked: AskedName, text: str) -> Iterator[_Name]:
    """Words that end with the noun and say more than the question."""
    if not _BODIES.search(asked.noun):
        return
    for noun in asked.endings:
        for match in re.finditer(rf"{_RUN}{re.escape(noun)}", text, re.IGNORECASE):
            name = match.group().strip("・")
            if not _STOP.search(name):
                yield _Name(name, 1, "", text)


def _says_more(question: Question, asked: AskedName, name: str) -> bool:
    """Whether a word is more than the question's words, the noun and a number."""
    rest = key(name).removesuffix(key(asked.noun))
    for word in sorted(map(key, question.words), key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(re.findall(r"[^\W\d_]", rest.removeprefix("第"))) >= _LEAST_MORE


def _of_another(asked: AskedName, before: str, common: int, text: str) -> bool:
    """Whether the noun before a name is another's, and the text tells of the very thing without one.

    「議事録ツール「ロクオン」や翻訳ツールなど」 names no 翻訳ツール.
    """
    longer = asked.phrase[-(common + 2) :]
    other = before[: len(before) - common][-1:]
    compound = bool(re.match(_CHARACTER, other, re.IGNORECASE))
    return compound and 0 < common <= len(asked.phrase) - 2 and longer in key(text)


def _common_end(one: str, other: str) -> int:
    """How many characters two texts have in common at their ends."""
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count
