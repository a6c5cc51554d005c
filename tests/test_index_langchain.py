"""Shiori inside a LangChain chain."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes import make_document
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda

from rag.langchain_retriever import ShioriRetriever
from rag.retrieval import Retriever
from rag.types import Query

QUESTION = "生成AIの月平均利用者数は何人ですか"


@pytest.fixture
def retriever(index) -> Retriever:
    plan = ["生成AIの月平均利用者数は227人であった。", "RPAにより年間3,969時間を削減した。"]
    index.add(*make_document("計画.pdf", plan))
    index.add(*make_document("監査.pdf", ["監査委員は、生成AIの利用者への研修を求めた。"]))
    return Retriever(index)


def test_it_returns_the_passages_of_the_search_in_their_order(retriever):
    found = ShioriRetriever(retriever=retriever, top_k=2).invoke(QUESTION)
    passages = retriever.search(Query(text=QUESTION, top_k=2))
    assert [document.page_content for document in found] == [p.text for p in passages]
    assert [document.metadata["rank"] for document in found] == [1, 2]


def test_the_metadata_leads_back_to_the_stored_page(retriever, index):
    document = ShioriRetriever(retriever=retriever).invoke(QUESTION)[0]
    metadata = document.metadata
    page = index.page(metadata["document_id"], metadata["page"])
    assert metadata["source"] == "計画.pdf"
    assert "227人" in page.text[metadata["start"] : metadata["end"]]


def test_a_scope_of_documents_is_kept(retriever, index):
    wanted = next(d.id for d in index.documents() if d.source == "監査.pdf")
    found = ShioriRetriever(retriever=retriever, document_ids=[wanted]).invoke(QUESTION)
    assert {document.metadata["document_id"] for document in found} == {wanted}


def test_it_takes_its_place_in_a_chain_also_asynchronously(retriever):
    def join(documents: list[Document]) -> str:
        return "\n".join(document.page_content for document in documents)

    chain = ShioriRetriever(retriever=retriever, top_k=1) | RunnableLambda(join)
    assert "227人" in chain.invoke(QUESTION)

    async def ask() -> str:
        return await chain.ainvoke(QUESTION)

    # In a thread of its own: browser tests leave an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: asyncio.run(ask())).result() == chain.invoke(QUESTION)
