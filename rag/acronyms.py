"""Whether a bracket behind a Latin word says what the word stands for, or how it is read."""

import re

_ENGLISH = re.compile(r"[A-Z][A-Za-z-]*(?:\s[A-Za-z][A-Za-z-]*)+")
_KATAKANA = re.compile(r"[ァ-ヶー・\s]+")
_NAMING = re.compile(r"(?:[一-鿿ァ-ヶー・々]|に基づく|の(?=[一-鿿ァ-ヶ]))+")


def is_expansion(acronym: str, other: str) -> bool:
    if _ENGLISH.fullmatch(other):
        return initials_fit(acronym, other)
    if _KATAKANA.fullmatch(other):
        parts = [part for part in re.split(r"[・\s]", other) if part]
        if len(parts) == len(acronym):
            return all(map(first_sound_fits, acronym, parts))
        return first_sound_fits(acronym[0], other)
    # Kanji cannot be checked letter by letter: a noun of some length it must be, without
    # anything that makes a remark of it.
    return len(other) >= 4 and bool(_NAMING.fullmatch(other)) and not REMARK.search(other)


REMARK = re.compile(
    r"(?:事業|委員|予算|開催|仮称|(?<![立提法])案|等|時点|現在|実績|予定|再掲|抜粋|参照|対応|活用|機能|追加|管理|整備|推進|支援|利用|共有|"
    r"標準化|省略|年度|月末|検索|導入|連携|班|課|部|係|室|局)$|[・、]"
)


def initials_fit(acronym: str, english: str) -> bool:
    """Whether the letters of `acronym` are found in order, the first at the first word."""
    letters = re.sub(r"[^A-Za-z]", "", acronym).lower()
    initials = "".join(part[0] for part in re.split(r"[\s-]+", english) if part).lower()
    capitals = "".join(re.findall(r"[A-Z]|(?<=[\s-])[a-z]", english)).lower()
    return any(is_subsequence(letters, source) for source in (initials, capitals)) and (
        letters[:1] == initials[:1]
    )


def is_subsequence(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


# The Latin letters that a loanword's first kana may stand for.
_SOUNDS = {
    "ア": "aeiou", "イ": "eiy", "ウ": "uw", "エ": "aefhlmnrsx", "オ": "aow", "カ": "cqk", "キ": "ckq",
    "ク": "ckqg", "ケ": "ck", "コ": "ck", "ガ": "g", "ギ": "g", "グ": "g", "ゲ": "g", "ゴ": "g",
    "サ": "cst", "シ": "cst", "ス": "s", "セ": "cs", "ソ": "s", "ザ": "tz", "ジ": "gj", "ズ": "z",
    "ゼ": "zx", "ゾ": "z", "タ": "t", "チ": "ct", "ツ": "t", "テ": "t", "ト": "t", "ダ": "d", "デ": "d",
    "ド": "d", "ナ": "n", "ニ": "n", "ヌ": "n", "ネ": "n", "ノ": "kn", "ハ": "h", "ヒ": "h",
    "フ": "fhp", "ヘ": "h", "ホ": "hw", "バ": "bv", "ビ": "bv", "ブ": "bv", "ベ": "bv", "ボ": "bv",
    "パ": "p", "ピ": "p", "プ": "p", "ペ": "p", "ポ": "p", "マ": "m", "ミ": "m", "ム": "m", "メ": "m",
    "モ": "m", "ヤ": "y", "ユ": "uy", "ヨ": "ey", "ラ": "lr", "リ": "lrw", "ル": "lr", "レ": "lr",
    "ロ": "lr", "ワ": "ow", "ヴ": "v",
}  # fmt: skip


def first_sound_fits(letter: str, word: str) -> bool:
    return letter.lower() in _SOUNDS.get(word[0], "")


def sounds_like(word: str, reading: str) -> bool:
    """A rough check of a reading: its first sound, and about as long as the word."""
    sounds = re.sub(r"[ー・ァィゥェォャュョッ]", "", reading)
    return first_sound_fits(word[0], reading) and len(sounds) <= len(word) + 2
