"""What is denied and what is not: each predicate of a sentence with its sign."""

import re
from dataclasses import dataclass

from rag.tokens import Token, tokenise

# Double negations and phrases that deny nothing.
_NO_DENIAL = re.compile(
    r"な(?:ければ|くては|いと)(?:なら|いけ|だめ)(?:ない|ず|ません|ぬ)|ざるを得(?:ない|ず|ません)|(?:だけ|のみ)(?:で(?:は)?なく|ならず)"
    r"|かもしれ(?:ない|ません)|に違いない|とは限らない|にほかならない|少なくない|欠かせ(?:ない|ません)|やむを得(?:ない|ず)|問わず|かかわらず|関わらず|絶えず|まず|必ず|思わず|少なからず"
    r"|ずつ|な(?:く|い)なる|なくす|無くす|ないよう|ないため|ないかと"
)
_DENYING = frozenset({"無い", "ない", "ず", "ぬ", "まい"})
_EMPTY = frozenset(
    [
        "為る",
        "居る",
        "有る",
        "成る",
        "言う",
        "下さる",
        "出来る",
        "事",
        "物",
        "此れ",
        "其れ",
        "為",
        "於く",
        "拠る",
        "因る",
        "関する",
        "対する",
        "行う",
        "つく",
        "付く",
        "持つ",
        "得る",
        "見る",
        "来る",
        "行く",
        "等",
        "所",
        "訳",
        "方",
        "様",
        "的",
        "化",
    ]
)
_PREFIX = re.compile(
    r"(?<![一-鿿])[未不非無]([一-鿿]{2,4}?)(?![一-鿿])|[未](実施|対応|導入|整備|策定|設置|利用|作成|達成|着手|公開|登録|提出|処理|完了)"
)
_ENDS_PREDICATE = frozenset(["と", "を", "に", "へ", "から", "が", "ので"])
_OBJECT = frozenset(["は", "が", "も", "を", "で", "に"])
_LIGHT = frozenset(
    ["為る", "居る", "有る", "成る", "出来る", "下さる", "致す", "得る", "事", "物", "訳"]
)
_CONTENT = frozenset(["名詞", "動詞", "形容詞", "形状詞"])


@dataclass(frozen=True, slots=True)
class Polarity:
    lemma: str
    said: str  # "yes" or "no"
    start: int
    end: int


def polarities(normalised: str) -> list[Polarity]:
    """Each content word that could be denied, with whether it is."""
    quiet = [False] * (len(normalised) + 1)
    for match in _NO_DENIAL.finditer(normalised):
        quiet[match.start() : match.end()] = [True] * (match.end() - match.start())
    found: list[Polarity] = []
    tokens = tokenise(normalised)
    for position, token in enumerate(tokens):
        if not _is_predicate(token, tokens, position):
            continue
        end, denied = _denied(tokens, position, quiet)
        found.append(Polarity(token.lemma, "no" if denied else "yes", token.start, end))
    for match in _PREFIX.finditer(normalised):
        word = match.group(1) or match.group(2)
        inside = [p for p in found if match.start() <= p.start and p.end <= match.end()]
        found = [p for p in found if p not in inside]
        found.append(Polarity(word, "no", *match.span()))
    return found


def _is_predicate(token: Token, tokens: list[Token], position: int) -> bool:
    if token.pos not in _CONTENT or token.lemma in _EMPTY or token.pos2 in ("数詞", "助動詞語幹"):
        return False
    if token.pos != "名詞":
        return True
    behind = (other for other in tokens[position + 1 :] if other.pos != "接尾辞")
    following = next(behind, None)
    # A noun is a predicate where する, です or a particle with what is done to it follows.
    return following is not None and (
        following.lemma in ("為る", "出来る", "だ", "です", "致す") or following.surface in _OBJECT
    )


def _denied(tokens: list[Token], position: int, quiet: list[bool]) -> tuple[int, bool]:
    """Whether a denial follows before the next word of content; and where the predicate ends.

    「調査を行わず」 denies 調査 too: a noun's own verb may stand between.
    """
    end = tokens[position].end
    noun = tokens[position].pos == "名詞"
    verbs = 0
    for distance, token in enumerate(tokens[position + 1 : position + 11]):
        if token.lemma in _DENYING and token.pos in ("形容詞", "助動詞", "名詞"):
            return token.end, not quiet[token.start]
        object_particle = noun and distance <= 1 and token.surface in _OBJECT
        if object_particle:
            verbs = 1
        comma = token.surface == "、" and distance == 1
        if token.pos == "補助記号" and not comma:
            break
        if token.surface in _ENDS_PREDICATE and not object_particle:
            break
        if token.pos in _CONTENT and token.lemma not in _LIGHT:
            if token.pos != "動詞" or not verbs:
                break
            verbs -= 1
        end = token.end
    return end, False
