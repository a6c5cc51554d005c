"""Questions, answers and documents that the tests of the evaluation share."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from fakes import NgramEmbeddings

from eval.baselines import StoredPage
from eval.questions import Dataset, Evidence, Question
from eval.runner import Condition, DocumentSet
from rag.errors import UnknownPageError
from rag.types import Answer, AnswerStatus, Citation, Document, Page, Passage, Versions

VERSIONS = Versions(index="test", embedding="test", generator="test")


PAGES = {
    (
        "plan",
        3,
    ): "# 3 利用状況\n2025年度の生成AIの月平均利用者数は227人であった。\n担当はDX戦略課。",
    ("plan", 4): "5レシの取組みは\tペーパーレス、キャッシュレス、\nカウンターレスなどである。",
    ("audit", 1): "ICT-BCPは、早期に策定されたい。",
}


def page_text(document_id: str, number: int) -> str:
    return PAGES[document_id, number]


def passage(document: str, page: int, rank: int = 1, text: str | None = None) -> Passage:
    stored = PAGES[document, page]
    return Passage(
        rank=rank,
        document_id=document,
        document_title=document,
        source=f"{document}-2025.pdf",
        page=page,
        has_pages=True,
        heading=("第1章",),
        start=0,
        end=len(stored),
        text=stored if text is None else text,
        score=1.0 / rank,
        chunk_ids=(f"{document}:{page:05d}",),
    )


def citation(document: str, page: int, quote: str, marker: int = 1) -> Citation:
    start = PAGES[document, page].index(quote)
    return Citation(
        marker=marker,
        document_id=document,
        document_title=document,
        source=f"{document}-2025.pdf",
        page=page,
        has_pages=True,
        heading=(),
        quote=quote,
        start=start,
        end=start + len(quote),
    )


def question(**changes: Any) -> Question:
    fields: dict[str, Any] = {
        "id": "t1",
        "question": "2025年度の生成AIの月平均利用者数は？",
        "type": "fact_number",
        "answer": "227人",
        "must_include": (("227人", "二百二十七人"),),
        "must_not_include": ("300人",),
        "evidence": (Evidence(doc="plan", quote="月平均利用者数は 227人", page=3),),
    }
    return Question(**(fields | changes))


def answer(text: str = "227人です[1]。", **changes: Any) -> Answer:
    fields: dict[str, Any] = {
        "status": AnswerStatus.ANSWERED,
        "text": text,
        "short_answer": "227人",
        "citations": (citation("plan", 3, "月平均利用者数は227人であった"),),
        "passages": (passage("plan", 3),),
        "versions": VERSIONS,
    }
    return Answer(**(fields | changes))


PLAN_TEXTS = [
    "DX推進計画では、行政手続のオンライン化率を2029年度までに80%とすることを目標とする。",
    "RPAの導入により、2020年度は1,975時間の業務時間を削減した。担当はDX戦略課である。",
    "キャッシュレス決済は市民課と税務課の窓口で利用でき、利用率は12.5%であった。",
]


PLAN_PAGES = [
    StoredPage(
        Document(
            id="plan",
            source="plan.txt",
            title="計画",
            content_hash="0",
            page_count=len(PLAN_TEXTS),
        ),
        Page(document_id="plan", number=number, text=text),
    )
    for number, text in enumerate(PLAN_TEXTS, start=1)
]


def plan_text(document_id: str, number: int) -> str:
    if document_id != "plan":
        raise UnknownPageError(f"文書 {document_id} はありません。")
    return PLAN_TEXTS[number - 1]


def plan_question(name: str, **changes: object) -> Question:
    made = Question(
        id=name,
        question="RPAで削減した時間は？",
        type="fact_number",
        answer="1,975時間",
        must_include=(("1975時間",),),
        must_not_include=(),
        evidence=(Evidence(doc="plan", quote="1,975時間の業務時間を削減", page=2),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def dataset(*questions: Question) -> Dataset:
    return Dataset(name="test", sha256="0", questions=questions)


def condition(ask: Callable[[Question], Answer]) -> Condition:
    return Condition(name="c", title="条件", settings={}, ask=ask, page_text=plan_text)


def plan_passage(number: int, rank: int = 1) -> Passage:
    return Passage(
        rank=rank,
        document_id="plan",
        document_title="計画",
        source="plan.txt",
        page=number,
        has_pages=True,
        heading=(),
        start=0,
        end=len(PLAN_TEXTS[number - 1]),
        text=PLAN_TEXTS[number - 1],
        score=1.0,
        chunk_ids=(f"plan:{number:05d}",),
    )


DOCUMENTS = DocumentSet(name="docs", sha256="1")


class CountingEmbeddings(NgramEmbeddings):
    """Counts the texts of documents that are embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.count += len(texts)
        return super().embed_documents(texts)


def write_documents(folder: Path) -> None:
    folder.mkdir()
    for number, text in enumerate(PLAN_TEXTS, start=1):
        (folder / f"plan{number}.txt").write_text(text, encoding="utf-8")
