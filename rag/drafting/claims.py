"""What a first evaluation says in words, to be held against the figures."""

import re
from dataclasses import dataclass
from enum import StrEnum

from rag.text import key, normal, split_sentences


class Claim(StrEnum):
    REACHED = "reached"  # 達成した、目標を上回った
    SMOOTH = "smooth"  # 順調、計画どおり
    MISSED = "missed"  # 未達、下回った、低調
    GROWN = "grown"  # 増加した
    SHRUNK = "shrunk"  # 減少した


@dataclass(frozen=True, slots=True)
class Said:
    """A claim with the sentence that makes it. `hedged`: おおむね, ほぼ, 一部."""

    claim: Claim
    sentence: str
    words: str  # the clause of the claim, as written
    brief: str  # the part of the clause between its commas that makes it
    hedged: bool


_NOT = r"(?!(?:する|できる|して)?(?:に(?:は)?至(?:ら|って(?:い)?な)|でき(?:な|ず|ません)|し(?:な|ておら|ていな|てな)|率|状況|度|に向け|する(?:ため|よう)|を目指|見込|のため|すべ|が?困難|には))"
_CLAIMS = (
    (
        Claim.MISSED,
        re.compile(
            r"未達|(?:達成|到達)(?:に(?:は)?至(?:ら|って)|でき(?:な|ず|て(?:い|お)な|て(?:お)?ら)|し(?:な|ておら|ていな)|が?困難)|(?:目標|計画)(?:値)?(?:を|に|には|にも)(?:大きく|大幅に|やや|わずかに)?(?:下回|届(?:か|いて(?:い|お)?(?:な|ら)))|下回[っり]|低調|低迷|伸び悩"
        ),
    ),
    (
        Claim.REACHED,
        re.compile(
            rf"(?<!未)達成{_NOT}(?:し|でき|さ|済|。|、|$|と)|(?:目標|計画)(?:値)?(?:を|に)(?:大きく|大幅に|やや)?(?:上回|到達|クリア)|十分な(?:成果|効果)|成果(?:が|は)(?:十分に?)?(?:上が|挙が|出て|得られ)"
        ),
    ),
    (
        Claim.SMOOTH,
        re.compile(
            r"順調|堅調|計画(?:どおり|通り)|予定(?:どおり|通り)|問題(?:は|なく|なし)|着実に(?:進|成果)|良好"
        ),
    ),
    (
        Claim.SHRUNK,
        re.compile(
            r"(?:減少|減っ|減り|落ち込)(?!.{0,6}(?:抑|防|歯止め|に努め|を目指|させる|目標))"
        ),
    ),
    (
        Claim.GROWN,
        re.compile(
            r"(?:増加|増え|伸び(?!悩)|拡大し)(?!.{0,8}(?:を目指|に努め|させる|が(?:必要|求め|望ま|見込)|目標|に向け|を図|ため(?:の|に)))"
        ),
    ),
)
_HEDGES = re.compile(r"おおむね|概ね|ほぼ|一部|一定")
_FUTURE = re.compile(
    r"(?:たい|していく|図る|努める|目指す|予定(?:である|です|。)|見込(?:み|まれ|む)|必要がある|検討)"
)
_EXPLAINS = re.compile(
    r"要因|原因|理由|影響|背景|(?:た|の|る|い)ため(?!の|に)|により|によって|に伴|ことから|が響|に起因"
)
_OTHERS = re.compile(r"[一-鿿]{2,}|[ァ-ヶー]{2,}|[A-Za-z]{2,}")
_COMMON = frozenset(
    [
        "検討",
        "実施",
        "事業",
        "市民",
        "必要",
        "状況",
        "効果",
        "内容",
        "取組",
        "取り組",
        "向上",
        "推進",
        "対応",
        "改善",
        "次年度",
        "今年度",
        "前年度",
        "今後",
        "評価",
        "二次評価",
        "一次評価",
        "指示",
        "事項",
        "整理",
        "分析",
        "説明",
        "明確",
        "明記",
        "結果",
        "方法",
        "継続",
        "成果",
        "活動",
        "指標",
        "目標",
        "計画",
        "実績",
        "年度",
        "令和",
        "具体的",
        "把握",
        "見直",
        "設定",
        "報告",
        "確認",
        "記載",
        "引",
        "続",
        "努",
        "示",
        "図",
        "行",
        "上",
        "中",
    ]
)


def claims(comment: str) -> list[Said]:
    """The claims of a comment in text order; what is only planned or wished for is no claim."""
    found: list[Said] = []
    for start, end in split_sentences(comment):
        for part in _clauses(comment[start:end]):
            text = normal(part)
            for claim, pattern in _CLAIMS:
                match = pattern.search(text)
                if match is None or _is_wish(text, match):
                    continue
                if claim is Claim.REACHED and any(
                    s.claim is Claim.MISSED and s.words == part for s in found
                ):
                    continue
                found.append(
                    Said(
                        claim,
                        comment[start:end],
                        part,
                        _brief(part, pattern),
                        bool(_HEDGES.search(text)),
                    )
                )
    return found


def _brief(clause: str, pattern: re.Pattern[str]) -> str:
    pieces = [piece for piece in clause.split("、") if pattern.search(normal(piece))]
    return (pieces[0] if pieces else clause).strip("。 　")


def _is_wish(text: str, match: re.Match[str]) -> bool:
    """Whether what is claimed is only to come: 「増加を目指す」, but not 「順調であり、今後も努める」."""
    comma = text.find("、", match.end())
    return bool(_FUTURE.search(text, match.start(), comma if comma >= 0 else len(text)))


def _clauses(sentence: str) -> list[str]:
    """A sentence at its turns: 「Aは達成したが、Bは下回った」 says two things."""
    return [
        part
        for part in re.split(r"(?<=が)、|一方(?:で)?、?|ものの、?|、(?=しかし)", sentence)
        if part
    ]


_CAUSE = re.compile(
    r"(?P<cause>[^。]{2,}?(?:こと|影響|状況|増加|減少|高騰|上昇|不足|縮小|延期|中止|遅れ|[^、。]{2}[化減高安難]))"
    r"(?:が(?:主な|大きな|[^。、]{1,8}の)?(?:要因|原因|理由|背景|影響)|により|によ(?:る|って)|に伴|のため|が影響|から、)"
    r"|(?P<clause>[^。]{6,}?[たいるく]ため)、"
)
_PLANS = re.compile(
    r"(?:する|進める|増やす|図る|行う|改める|見直す|広げる|設ける|引き継ぐ|講じる|移す|絞る|求める|協議する|していく|検討中である|したい|します|進めます|増やします|図ります|行います|見直します)。?$"
)
_DONE = re.compile(
    r"(?:改めた|見直した|増やした|広げた|設けた|始めた|変えた|切り替えた|改めました|見直しました)。?$"
)
_VAGUE = re.compile(
    r"廃止|休止|縮小|統合|一本化|完了|終了|努め|支援する|支援します|検討|行う必要|目指"
)
_LEAD = re.compile(r"^(?:引き続き|今後(?:も|は)?|次年度(?:も|は)?|また|さらに)、?")


class Reason(StrEnum):
    """What a sentence gives the reason of."""

    SHORTFALL = "shortfall"  # of a figure that is too low
    EXCESS = "excess"  # of a figure that is too high, where less is better
    ANY = "any"


_SHORT_WORDS = re.compile(
    r"下回|届[かき]|未達|減[っりし少]|及ば|でき(?:な|ず)|遅れ|ずれ込|少な|伸び悩|低迷|低調|困難|難し|見送|廃業|休業|悪化|続い|あきらめ"
)
_LONG_WORDS = re.compile(r"上回|達成し|増[えや加]|伸び(?!悩)|好評|広が")
_CAUSE_NOUNS = re.compile(r"要因|原因|理由|背景")


def _gives_reason(sentence: str, reason: Reason) -> bool:
    text = normal(sentence)
    if reason is Reason.ANY:
        return True
    if reason is Reason.EXCESS and _LONG_WORDS.search(text):
        return True
    if _SHORT_WORDS.search(text):
        return True
    return bool(_CAUSE_NOUNS.search(text)) and not _LONG_WORDS.search(text)


def explains(comment: str, reason: Reason = Reason.ANY) -> bool:
    """Whether the comment gives a reason of this kind at all."""
    return any(
        _EXPLAINS.search(normal(comment[start:end])) and _gives_reason(comment[start:end], reason)
        for start, end in split_sentences(comment)
    )


def explanation(comment: str, limit: int, reason: Reason = Reason.ANY) -> str:
    """The cause that the comment names, as written and short enough to be quoted; else empty.

    「通院の利用が減った影響により、計画を下回った」 → 「通院の利用が減った影響」.
    """
    for start, end in split_sentences(comment):
        sentence = comment[start:end]
        match = _CAUSE.search(sentence)
        if match is None or not _gives_reason(sentence, reason):
            continue
        cause = match.group("cause") or match.group("clause")
        while len(cause) > limit and "、" in cause:
            cause = cause.split("、", 1)[1]
        pieces = cause.split("、")
        if len(pieces) > 1 and any(p.search(normal(pieces[0])) for _, p in _CLAIMS):
            cause = "、".join(pieces[1:])  # 「被害額は増加しており、…」 is no cause
        if 6 <= len(cause) <= limit:
            return cause
    return ""


def measure(comment: str, limit: int, *, done: bool = False) -> str:
    """What the department says it is going to do, as written; empty when it names nothing.

    With `done`, what it has changed already counts as well.
    """
    for start, end in reversed(split_sentences(comment)):
        sentence = comment[start:end].rstrip("。")
        named = _PLANS.search(sentence) or (done and _DONE.search(sentence))
        if not named or _VAGUE.search(sentence):
            continue
        text = _LEAD.sub("", sentence)
        while len(text) > limit and "、" in text:
            text = text.split("、", 1)[1]
        if 8 <= len(text) <= limit:
            return text
    return ""


def topic_words(text: str) -> frozenset[str]:
    """The words of `text` that say what it is about, without the stock words of evaluations."""
    words: set[str] = set()
    for match in _OTHERS.finditer(normal(text)):
        word = match.group()
        for common in sorted(_COMMON, key=len, reverse=True):
            if len(common) > 1:
                word = word.replace(common, " ")
        words.update(piece for piece in word.split() if len(piece) >= 2)
    return frozenset(words)


def answers(reply: str, instruction: str) -> bool:
    """Whether `reply` takes up what `instruction` (last year's 指示事項) asked for."""
    asked = topic_words(instruction)
    said = normal(reply)
    if not asked:
        return any(word in said for word in ("二次評価", "指摘", "指示"))
    hits = sum(1 for word in asked if word in said or _stem_in(word, said))
    return hits >= max(1, round(0.34 * len(asked)))


def _stem_in(word: str, said: str) -> bool:
    return len(word) >= 4 and (word[:3] in said or word[-3:] in said)


def same_wording(one: str, other: str) -> bool:
    """Whether two comments are the same but for years and figures."""
    first, second = (re.sub(r"\d+|令和|元年", "", key(text)) for text in (one, other))
    if min(len(first), len(second)) < 15:
        return False
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    if len(short) < 0.9 * len(long):
        return False
    shared = _bigrams(short) & _bigrams(long)
    return len(shared) >= 0.9 * len(_bigrams(short) | _bigrams(long))


def name_overlap(name: str, said: str) -> int:
    """How many two-letter pieces of the telling words of `name` stand in `said`."""
    text = normal(said)
    pieces = {p for word in _OTHERS.findall(normal(name)) for p in _bigrams(word)}
    return sum(piece in text for piece in pieces - _PLAIN_PIECES)


_PLAIN_PIECES = frozenset(
    ("件数", "回数", "人数", "者数", "割合", "事業", "実施", "利用", "用者", "参加", "加者")
)


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
