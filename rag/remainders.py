"""What is left of a whole: 「20業務のうち12業務が完了」 for 「まだ終わっていないのは何業務」."""

import re

from rag.asked_change import COUNTED
from rag.calculation import Calculation, Part, subtracted
from rag.counters import counter_pattern, one_spelling
from rag.question import Question
from rag.text import normal
from rag.units import Unit

# Not 「18歳未満」, 「未来」, 「少ない」, 「教えてくれませんか」.
_STILL = r"残って|残る|残り|残数|のこり|のこって|まだ|未(?![来満然婚明熟亡]|成年|就学)|あと何"
_NEGATED = (
    r"(?<!少)(?<!しか)(?<!じゃ)(?<!では)(?<!くれ)(?<!らえ)(?<!だけ)(?<!から)(?<!知ら)ない(?!か[?？]?$|でしょ)|"
    r"なかった|(?<!くれ)(?<!らえ)(?<!だけ)(?<!かり)(?<!知り)ません(?!か)"
)
_LEFT = re.compile(f"{_STILL}|{_NEGATED}|以外")
# 「建物火災以外」: the part has to be of that.
_OTHER_THAN = re.compile(r"(?P<name>[^\s、。はがのを]{2,12})以外")
_HOW_MANY = re.compile(rf"何(?P<counter>{COUNTED})|いくつ")
_ANY = frozenset({"個", "点"})
_NUMBER = r"(?<![\d.,])(?:\d[\d,]*(?:\.\d+)?)"
# 「4,183種類の書類の内、3,898種類を」「1,758手続のうち、これまで791手続（45.0%）の」
_WHOLE_AND_PART = re.compile(
    rf"(?P<whole>{_NUMBER}の?(?P<whole_counter>{COUNTED}))(?:(?:の[^\d\s。、]{{1,10}})?の?(?:うち|内|中)の?|(?:で|あり|あって)、?(?:この|その)?うち)、?"
    rf"(?P<between>[^\d。]{{0,30}})(?P<part>{_NUMBER}の?(?P<part_counter>{COUNTED}))(?P<rest>[^。]*)"
)
_WHOLE_ASKED = re.compile(rf"({_NUMBER})の?(?:{COUNTED})?の?(?:うち|内の?|中)")
_PARTICLE = re.compile(r"^(?:に関する|について|[がをはにので])\s*")
_POLITE = re.compile(
    r"(?:し(?:まし)?た|となって(?:いる|います)|(?:し)?て(?:いる|います)|です|でした|である|であった|だった|のは|ものは)$"
)
# Who did not agree are not those left when the opponents are taken away.
_OPPOSITE = re.compile(r"反対|不|欠|辞退|拒否|否")
# Then the part is what is left, or what it says of the part is no plain 「done」.
_NOT_DONE = re.compile(r"残|未|ない|なかっ|ません|ず、|ていな|不可|予定|見込|目指|目標|検討")


def may_be_left(question: Question) -> bool:
    """Whether the question may ask how many of a whole are left."""
    text = question.normalised
    return bool(_HOW_MANY.search(text) and _LEFT.search(text))


def remainder(question: Question, unit: Unit) -> Calculation | None:
    """The whole less the part; None unless the unit has one such pair, of something done."""
    match = _HOW_MANY.search(question.normalised)
    if match is None or not may_be_left(question):
        return None
    asked = match["counter"]
    pattern = None if asked in (None, *_ANY) else re.compile(counter_pattern(asked))
    found = []
    for said in _WHOLE_AND_PART.finditer(normal(unit.text)):
        counters = {one_spelling(said["whole_counter"]), one_spelling(said["part_counter"])}
        if len(counters) != 1 or counters & {"%", "ポイント", "割"}:
            continue
        if pattern is None or pattern.fullmatch(said["whole_counter"]):
            found.append(said)
    if len({(said["whole"], said["part"]) for said in found}) != 1:
        return None
    said = found[0]
    named = _WHOLE_ASKED.search(question.normalised)
    if named and named.group(1) not in re.findall(_NUMBER, said["whole"]):
        return None
    other = _OTHER_THAN.search(question.normalised)
    told = said["between"] + said["rest"].split("、")[0]
    if _NOT_DONE.search(told) or (other and other["name"] not in told):
        return None
    if not re.search(_STILL, question.normalised) and _OPPOSITE.search(told):
        return None
    whole = Part("全体", _plain(said["whole"]), unit)
    text = normal(unit.text)
    written = unit.text if len(text) == len(unit.text) else text
    names = [_told(written[slice(*said.span(name))]) for name in ("rest", "between")]
    part = Part(names[0] or names[1] or "そのうち", _plain(said["part"]), unit)
    return subtracted(whole, part) if part.value < whole.value else None


def _plain(figure: str) -> str:
    """「693手続き」 for 「693の手続き」."""
    return figure.replace("の", "", 1)


def _told(rest: str) -> str:
    """What the source says of the part, as far as it is short: 「押印不要」."""
    rest = re.sub(r"^\s*[(（][^)）]*[)）]", "", rest).strip()
    told = re.split(r"[、。(（・\s]", rest)[0]
    told = _PARTICLE.sub("", _POLITE.sub("", told)).rstrip("はが")
    return told if 1 < len(told) <= 30 else ""
