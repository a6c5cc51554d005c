"""Spellings of one word: okurigana, long vowels, kana and kanji, look-alikes of other scripts."""

import re
from collections.abc import Callable, Collection
from functools import lru_cache

from rag.text import key

_LONG = re.compile(r"(?<=[ァ-ヺぁ-ん])ー(?![ァ-ヺー])")
_BETWEEN = re.compile(r"(?<=[一-鿿々])[えけげしじちつぎきいみりれめびべせ](?=[一-鿿々]|$)")
_MIDDLE_DOT = re.compile(r"(?<=[ァ-ヺー])・(?=[ァ-ヺ])")
# Words that city documents write with and without kana: stem with the kana that may be left out.
_OKURIGANA = (
    "申し込み", "申し込む", "取り組み", "取り組む", "問い合わせ", "打ち合わせ", "取り扱い", "受け付け", "手続き", "引き続き",
    "見積もり", "届け出", "貸し出し", "払い込み", "支払い", "売り上げ", "組み合わせ", "組み込み", "繰り返し", "割り当て", "振り込み",
    "締め切り", "立ち上げ", "受け取り", "受け入れ", "持ち込み", "書き込み", "読み取り", "切り替え", "積み立て", "買い物", "乗り合い", "見直し",
    "引き落とし", "引き上げ", "引き下げ", "仕組み", "枠組み", "話し合い", "聞き取り", "見回り", "見守り", "呼び出し", "差し押さえ", "取り消し",
    "繰り越し", "貸し付け", "借り入れ", "積み上げ", "取り決め", "立ち入り", "明け渡し", "埋め立て", "建て替え", "買い上げ", "積み残し", "取り替え",
)  # fmt: skip
# Without kana these are other words (組合) or no words at all.
_NEVER_BARE = frozenset(
    ("組合", "見回", "見守", "見直", "仕組", "枠組", "引続", "問合", "打合", "話合", "聞取", "乗合", "申込む", "立上", "積上", "読取", "持込",
     "書込", "立入", "引落", "引上", "引下", "買上")
)  # fmt: skip
_KANA = re.compile(r"[ぁ-ん]")
_HIRAGANA = re.compile(r"[ぁ-んー]+")
# Kana and kanji, old and new, of words that occur in both.
_PAIRS = (
    ("子供", "子ども", "こども"), ("障害", "障がい", "障碍"), ("箇所", "か所", "カ所", "ヶ所", "ヵ所"), ("箇月", "か月", "カ月", "ヶ月", "ヵ月"),
    ("全て", "すべて", "総て"), ("更に", "さらに"), ("繋がる", "つながる"), ("繋ぐ", "つなぐ"), ("街づくり", "まちづくり", "町づくり"),
    ("一人暮らし", "ひとり暮らし", "独り暮らし"), ("一人親", "ひとり親"), ("癌", "がん"), ("塵", "ごみ", "ゴミ"), ("判子", "はんこ", "ハンコ"),
    ("見える化", "みえる化"), ("きめ細か", "きめ細やか"), ("拡がる", "広がる"), ("創る", "作る", "つくる"), ("無駄", "ムダ"), ("改善", "カイゼン"),
    ("易しい", "やさしい", "優しい"), ("携帯", "ケータイ"), ("罹災", "り災"), ("飲食", "いんしょく"), ("斡旋", "あっせん"), ("隘路", "あい路"),
    ("憩い", "いこい"), ("賑わい", "にぎわい"), ("想い", "思い"), ("絆", "きずな"), ("繁閑", "繁かん"), ("蔓延", "まん延"), ("橋梁", "橋りょう"),
    ("汚泥", "汚でい"), ("涵養", "かん養"), ("補填", "補てん"), ("颱風", "台風"), ("充塡", "充填"), ("漏洩", "漏えい"), ("改竄", "改ざん"),
    ("攪乱", "かく乱"), ("語彙", "語い"), ("牽引", "けん引"), ("進捗", "進ちょく"), ("払拭", "払しょく"), ("瑕疵", "かし"), ("堆肥", "たい肥"),
    ("挨拶", "あいさつ"), ("僅か", "わずか"), ("狙い", "ねらい"), ("閲覧", "えつ覧"), ("頃", "ころ"), ("概ね", "おおむね"), ("予め", "あらかじめ"),
    ("図る", "はかる"), ("活かす", "生かす", "いかす"), ("出来る", "できる"), ("頂く", "いただく"), ("綺麗", "きれい"), ("揃える", "そろえる"),
    ("色々", "いろいろ"), ("様々", "さまざま"), ("お年寄り", "お年より"), ("身近", "みぢか"), ("見つける", "みつける"),
)  # fmt: skip
_LOOK_ALIKES = str.maketrans("口二八力夕卜工一|-―", "ロニハカタトエーーーー")
_KATAKANA_RUN = re.compile(
    r"[ァ-ヺー][ァ-ヺー口二八力夕卜工一|―-]*[口二八力夕卜工一|―-][ァ-ヺー口二八力夕卜工一|―-]*|[口二八力夕卜工][ァ-ヺー]{2,}"
)
_GREEK = str.maketrans("αβγεικνορτυχ", "abyeikvoptux")
_GREEK_IN_LATIN = re.compile(r"(?<=[a-z])[αβγεικνορτυχ]|[αβγεικνορτυχ](?=[a-z])")


@lru_cache(maxsize=8_192)
def folded(word: str) -> str:
    """A form in which spellings of one word agree: no final long vowel, no middle dot, no okurigana.

    Two different words may share it; it finds candidates and is never shown.
    """
    text = _MIDDLE_DOT.sub("", _LONG.sub("", key(word)))
    return _BETWEEN.sub("", text)


def repaired(text: str, known: Callable[[str], bool]) -> str:
    """`text` with look-alikes of other scripts as the letters meant: 「デ一タ」, 「口グイン」.

    Kanji are read as katakana only where the word that comes out is `known`: 「データ一覧」 and
    「デジタル力」 are what they look like.
    """
    normalised = _GREEK_IN_LATIN.sub(lambda match: match.group().translate(_GREEK), text)
    return _KATAKANA_RUN.sub(lambda match: _as_katakana(match.group(), known), normalised)


def _as_katakana(run: str, known: Callable[[str], bool]) -> str:
    start = re.match("[ァ-ヺー]*", run)
    if start and len(start.group()) >= 2 and known(start.group()):
        return run  # 「データ一覧」
    # 「デ一タ一」 may end in a real kanji: the longest word that is known counts.
    for end in range(len(run), 1, -1):
        word = run[:end].translate(_LOOK_ALIKES)
        if word != run[:end] and known(word) and not known(run[:end]):
            return word + run[end:]
    return run


def spellings(word: str) -> tuple[str, ...]:
    """Other spellings of `word` that documents may use, in normalised form, without itself."""
    text = key(word)
    found = [*_long_vowels(text), *_listed().get(text, ())]
    return tuple(dict.fromkeys(other for other in found if other != text))


def spellings_within(text: str, words: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each word of `text` (both normalised) that is spelt in several ways, the other ways.

    Short words and those in hiragana alone count only when they are among `words`: 「かし」 stands
    in 「しかし」.
    """
    found = {
        word: others
        for word, others in _listed().items()
        if word in words or (len(word) >= 3 and word in text and not _HIRAGANA.fullmatch(word))
    }
    for word in words:
        others = spellings(word) if word in text else ()
        if others and word not in found:
            found[word] = others
    return found


def _long_vowels(word: str) -> list[str]:
    """「サーバー」 for 「サーバ」 and back; only for katakana words of some length."""
    if not re.fullmatch(r"[ァ-ヺー・]{4,}", word):
        return []
    if word.endswith("ー"):
        return [word[:-1]]
    # Loanwords of -er, -or, -ar and -ty, -cy: 「ユーザ」, 「アクセシビリティ」.
    return [word + "ー"] if word[-1] in "アァカガサザタダナハバパマヤャラワリティシ" else []


@lru_cache(maxsize=1)
def _listed() -> dict[str, tuple[str, ...]]:
    groups = [tuple(key(word) for word in group) for group in _PAIRS]
    groups += [_without_kana(key(word)) for word in _OKURIGANA]
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        for word in group:
            found.setdefault(word, {}).update(dict.fromkeys(group))
    return {
        word: tuple(other for other in group if other != word)
        for word, group in found.items()
        if len(group) > 1
    }


def _without_kana(word: str) -> tuple[str, ...]:
    """「申し込み」 with fewer and fewer kana: 「申込み」, 「申込」."""
    inner = re.sub(r"(?<=[一-鿿])[ぁ-ん](?=[一-鿿])", "", word)
    inner = re.sub(r"(?<=[一-鿿])[ぁ-ん]{1,2}(?=[一-鿿])", "", inner)
    short_end = re.sub(r"(?<=[一-鿿])[ぁ-ん](?=[ぁ-ん]$)", "", inner)
    bare = _KANA.sub("", inner)
    forms = (word, inner, short_end, *(() if bare in _NEVER_BARE else (bare,)))
    return tuple(dict.fromkeys(forms))
