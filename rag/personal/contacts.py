"""How a person can be reached: telephone, mail, postal code, address. All in folded text.

Every repetition has an upper bound, so that no text takes longer than its length.
"""

import re
from collections.abc import Iterator

from rag.personal.kinds import Finding, PersonalKind

_TELEPHONE = re.compile(
    r"(?<![0-9A-Za-z+-])(?:"
    r"\+81[ -]?(?:\(0\)[ -]?)?[1-9][0-9]{0,4}[ -]?[0-9]{1,4}[ -]?[0-9]{3,4}"
    r"|\(?0[0-9]{1,4}\)?[ ]?[-・. ][ ]?[0-9]{1,4}[ ]?[-・. ][ ]?[0-9]{3,4}"
    r"|\(?0[0-9]{1,4}[ ]?[)(][ ]?[0-9]{1,4}[ ]?[-)][ ]?[0-9]{3,4}"
    r"|0[5789]0[0-9]{8}"
    r")(?![0-9A-Za-z]|-[0-9])"
)
_PLAIN_TELEPHONE = re.compile(r"(?<![0-9A-Za-z-])0[1-9][0-9]{8,9}(?![0-9A-Za-z]|-[0-9])")
_TELEPHONE_WORD = re.compile(r"電話|TEL|携帯|連絡先|☎|℡|FAX|ファ[クッ]|かけ", re.IGNORECASE)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64} ?(?:@|\(at\)|\[at\]|☆|アットマーク) ?"
    r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])",
    re.IGNORECASE,
)
_PREFECTURE = (
    "北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井|山梨|長野"
    "|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本|大分|宮崎|鹿児島|沖縄)県"
)
_POSTAL = re.compile(
    rf"〒 ?[0-9]{{3}} ?-? ?[0-9]{{4}}(?![0-9-])"
    rf"|(?<=郵便番号)[は:]? ?[0-9]{{3}} ?-? ?[0-9]{{4}}(?![0-9-])"
    rf"|(?<![0-9-])[0-9]{{3}}-[0-9]{{4}}(?= ?(?:{_PREFECTURE}))"
)
_NUMERAL = "[0-9〇一二三四五六七八九十百]"
# Without the particles は, が, を, で, which end what was said before (霞が関 apart).
_PLACES = re.compile(r"[一-龥々ヶケノァ-ヴーぁ-おかき-つづてと-のば-ろわ-ゑん ]")
_GA = frozenset("丘関岡崎浜原谷台池沼尾野")
# 第12条, 推進計画2022-2025, 別表3-1 and 一番 are no houses.
_HOUSE = re.compile(
    rf"(?<![0-9第〇一二三四五六七八九十百])(?:"
    rf"(?:{_NUMERAL}{{1,4}} ?(?:丁目|番地)|[0-9]{{1,4}} ?番(?!号|目|組|線|台|の|も)|(?<=[東西南北])[0-9]{{1,4}}条)"
    rf"(?: ?[の東西南北]? ?{_NUMERAL}{{1,4}} ?(?:丁目|番地|番|号|条)?){{0,3}}(?:[ -]{_NUMERAL}{{1,4}}){{0,3}}号?"
    rf"|(?<![画表図章節針項料次式報号書案頁年度])(?!(?:19|20)[0-9]{{2}}-)"
    rf"[0-9]{{1,4}}-[0-9]{{1,4}}(?:-[0-9]{{1,4}}){{0,2}}(?![0-9年月-]))"
)
_PREFECTURES = re.compile(_PREFECTURE)
_TOWN = frozenset("市区町村")
_LONGEST_HEAD = 44
_TOWN_REACH = 12  # characters of quarter and street between town and house
_TOWN_NAME = 6
_ADDRESS_WORD = re.compile(r"(?:住所|居所|住まい|本籍|所在地|転居先|宛先)[はが]?")

_REACH = 12


def find_contacts(text: str) -> Iterator[Finding]:
    """Findings of one kind after the other; they may overlap."""
    for match in _TELEPHONE.finditer(text):
        if _digits(match.group()) in (10, 11) or match.group().startswith("+81"):
            yield Finding(PersonalKind.TELEPHONE, *match.span())
    for match in _PLAIN_TELEPHONE.finditer(text):
        if _TELEPHONE_WORD.search(text, max(0, match.start() - _REACH), match.start()):
            yield Finding(PersonalKind.TELEPHONE, *match.span())
    if "@" in text or "at" in text or "アット" in text or "☆" in text:
        for match in _MAIL.finditer(text):
            yield Finding(PersonalKind.MAIL, *match.span())
    for match in _POSTAL.finditer(text):
        yield Finding(PersonalKind.POSTAL_CODE, *match.span())
    yield from _addresses(text)


def _addresses(text: str) -> Iterator[Finding]:
    """From the house number back to the name of the town, or to a word that says it is one."""
    words = {word.end() for word in _ADDRESS_WORD.finditer(text)}
    end = 0
    for house in _HOUSE.finditer(text):
        first = house.start()
        while first > max(end, house.start() - _LONGEST_HEAD) and _is_place(text, first - 1):
            first -= 1
        while first < house.start() and text[first] == " ":
            first += 1
        start = _town(text, first, house.start())
        if start is None and any(first - back in words for back in range(4)):
            start = first
        if start is not None and start < house.start():
            end = house.end()
            yield Finding(PersonalKind.ADDRESS, start, end)


def _is_place(text: str, at: int) -> bool:
    if text[at] == "が":
        return text[at + 1 : at + 2] in _GA
    return _PLACES.match(text[at]) is not None


def _town(text: str, first: int, house: int) -> int | None:
    """Where the address before `house` begins, or None where no town is named near enough."""
    prefecture = None
    for match in _PREFECTURES.finditer(text, first, house):
        prefecture = match
    if prefecture is not None:
        return prefecture.start()
    towns = [at for at in range(first + 1, house) if text[at] in _TOWN]
    if not towns or house - towns[-1] > _TOWN_REACH + 1:
        return None
    return max(first, towns[0] - _TOWN_NAME)


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
