"""When to say that the documents do not say, and when a question is none of their business."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.question import Question, QuestionKind
from rag.scoring import Evidence, Term, covered
from rag.text import key

_CHIT_CHAT = re.compile(
    r"^(?:こんにち[はわ]|こんばん[はわ]|おはよう|ありがとう|お疲れ|はじめまして|やあ|元気(?:ですか)?|さようなら|hello|hi|thanks)"
    r"|(?:あなた|君|きみ|おまえ)(?:は|って)(?:誰|だれ|何|なに|どんな)|(?:自己紹介|冗談|ジョーク|なぞなぞ|しりとり|占い|占って)|歌って|話し相手"
)
_INSTRUCTIONS = re.compile(
    r"(?:システム|初期|内部|隠し?|秘密の)?(?:プロンプト|指示|命令|設定)(?:文|内容)?(?:を|は)?(?:すべて|全文|全部|そのまま)?(?:表示|教え|見せ|出力|開示|無視|忘れ|公開|繰り返)"
    r"|これまでの(?:指示|命令)|ignore (?:all|previous)|system prompt|jailbreak|パスワード(?:は|を)(?:教|何)"
)
_TASKS = re.compile(
    r"(?:翻訳|英訳|和訳)して|(?:プログラム|コード|スクリプト|マクロ|関数|小説|詩|俳句|歌詞|ポエム)を?(?:書いて|作って|作成して)|"
    r"(?:計算して|解いて)(?:ください|$)|レシピ|天気|気温|株価|為替|占い|ニュース(?:を|は)|試合(?:の|は)|(?:今|いま|現在)何時|今日は何曜日|おすすめの(?:店|映画|本|レストラン|ラーメン)|近くの"
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic weights of the refusal signals, fitted on development questions (eval/fit.py)."""

    bias: float = -3.2
    context_coverage: float = 4.2
    missing: float = -0.28
    similarity: float = 0.0
    typed: float = 1.6
    threshold: float = 0.5


def out_of_scope(question: Question) -> bool:
    """Chit-chat, general knowledge by its form, and requests about instructions."""
    text = key(question.text)
    return bool(_CHIT_CHAT.search(text) or _INSTRUCTIONS.search(text) or _TASKS.search(text))


def signals(
    question: Question, terms: Sequence[Term], evidence: Sequence[Evidence]
) -> dict[str, float]:
    """What the decision rests on, over the best few units together."""
    best = evidence[:5]
    texts = "\n".join(
        "\n".join((e.unit.text, *e.unit.chunk.heading, *e.unit.chunk.columns)) for e in best[:3]
    )
    hits = covered(terms, texts)
    missing = max((term.idf * (1 - hit) for term, hit in zip(terms, hits, strict=True)), default=0)
    needs_form = question.asks(QuestionKind.NUMBER, QuestionKind.DATE, QuestionKind.DEPARTMENT)
    return {
        "context_coverage": max((e.signals.window for e in best), default=0.0),
        "missing": missing,
        "typed": max((e.signals.typed for e in best[:3]), default=0.0) if needs_form else 0.8,
    }


def probability_answered(values: dict[str, float], calibration: Calibration) -> float:
    """Logistic estimate that the evidence holds the answer."""
    z = (
        calibration.bias
        + calibration.context_coverage * values["context_coverage"]
        + calibration.missing * values["missing"]
        + calibration.typed * values["typed"]
    )
    return 1 / (1 + math.exp(-z))
