"""What one question asks of the dense index twice is searched once, and never out of date."""

import pytest
from fakes import make_document

from rag.index import Index
from rag.retrieval import Retriever
from rag.types import Query

FEES = [f"第{n}会議室の利用料は1時間{n * 100}円である。" for n in range(1, 30)]


def test_ranking_and_cosines_share_a_search(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.add(*make_document("fees.txt", FEES))
    searched: list[tuple[object, int]] = []
    plainly = index.vector_search

    def noted(query: object, k: int, scope: object = ()) -> object:
        searched.append((query, k))
        return plainly(query, k, scope)  # type: ignore[arg-type]

    monkeypatch.setattr(index, "vector_search", noted)
    retriever, query = Retriever(index), Query(text="第7会議室の利用料はいくらですか")
    assert retriever.rank(query)
    best = max(retriever.cosines(query).values())
    assert len(searched) == 1
    assert best == plainly(query.text, 1)[0].score
    assert max(retriever.cosines(Query(text="駐輪場の利用料は")).values()) != best
    assert len(searched) == 2

    index.add(*make_document("more.txt", [query.text]))
    assert max(retriever.cosines(query).values()) > best, (
        "the document that has come since is found"
    )
    assert len(searched) == 3


def test_fewer_hits_than_were_asked_for_are_searched_anew(index: Index) -> None:
    index.add(*make_document("fees.txt", FEES))
    retriever, text = Retriever(index), "会議室の利用料"
    assert len(retriever._nearest(text, 1, ())) == 1
    assert len(retriever._nearest(text, 20, ())) == 20
    assert [*retriever._nearest(text, 5, ())] == index.vector_search(text, 5)
