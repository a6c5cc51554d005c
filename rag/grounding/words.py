"""How much of what a sentence talks about its sources talk about as well."""

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.text import key
from rag.tokens import content_tokens

# Words that a summary adds without claiming anything.
_FREE_WORDS = """
以下 次 通り とおり 場合 中 内 上 下 旨 点 方 等 他 際 後 前 間 者 的
化 為 様 行う 示す 記載 述べる 挙げる 定める 含む 関する 対する 付く 及ぶ
並びに 又 及び 更に 尚 其の 此の 同 同じ 其々 夫々 具体 主 主に です ます
居る おる 致す 頂く 成る 従う 基づく 依る 得る つ 個 約 年 月 日 年度 市
文書 資料 内容 回答 質問 根拠 出典 現在 時点 全体 合計 計 数 状況 各
それぞれ 令和 平成 昭和 人 当たる 対象
"""
_HIRAGANA = re.compile(r"[ぁ-んー]+")
_HALF_FOREIGN = 0.25
_FREE = frozenset(_FREE_WORDS.split())


@dataclass(frozen=True, slots=True)
class Word:
    forms: tuple[str, ...]
    weight: float
    names: bool  # a noun of its own: what a sentence is about, not how it is put


@lru_cache(maxsize=2_048)
def words_of(normalised: str) -> tuple[Word, ...]:
    """What a sentence says, without numbers (which are checked for themselves)."""
    found = []
    for token in content_tokens(normalised):
        if token.lemma in _FREE or token.surface in _FREE or token.pos2 == "数詞":
            continue
        if any(character.isdigit() for character in token.surface):
            continue
        forms = tuple(dict.fromkeys(filter(None, (key(token.surface), key(token.lemma)))))
        name = token.pos2 == "固有名詞" or token.pos == "英数"
        long = len(token.surface) > 1
        names = token.pos == "名詞" and long and not _HIRAGANA.fullmatch(token.surface)
        found.append(Word(forms, 1.5 if name else 1.0 if long else 0.5, names))
    return tuple(found)


def share_found(words: tuple[Word, ...], whole: str) -> float:
    """The weighted share of `words` in a text (its key): whole, or by their kanji."""
    total = sum(word.weight for word in words)
    if not total:
        return 1.0
    return sum(word.weight * _found(word, whole) for word in words) / total


def foreign(words: tuple[Word, ...], whole: str) -> float:
    """How many of the nouns are of no kind with the text; one whose kanji it has in part is half."""
    shares = [_found(word, whole) for word in words if word.names]
    return sum(1.0 if share == 0 else 0.5 for share in shares if share <= _HALF_FOREIGN)


def _found(word: Word, whole: str) -> float:
    if any(form in whole for form in word.forms):
        return 1.0
    kanji = [c for c in word.forms[0] if "一" <= c <= "鿿"]
    if not kanji:
        return 0.0
    # 「増やす」 for 「増加」, 「取組」 for 「取り組む」: half, for what kanji they share.
    return 0.5 * sum(c in whole for c in kanji) / len(kanji)
