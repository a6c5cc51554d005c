"""Personal information in documents: counted for all kinds, held back for マイナンバー."""

from ingest.inspection import remarks
from ingest.personal import pages_held
from ingest.pipeline import ingest_bytes
from ingest.reading import cut
from ingest.review import accept
from rag.index import Index
from rag.types import Page

NUMBER = "１２３４ ５６７８ ９０１８"
WITH_NUMBER = (
    f"給付金の対象者\n対象者の個人番号は{NUMBER}です。担当の電話は024-924-2511です。".encode()
)


def indexed_text(index: Index, document_id: str) -> str:
    return "".join(chunk.text + chunk.search_text for chunk in index.chunks_of(document_id))


def test_a_document_of_nothing_but_a_my_number_page_is_refused(index: Index) -> None:
    report = ingest_bytes("名簿.txt", WITH_NUMBER, index)
    assert not index.documents()
    assert "マイナンバー" in report.failures[0].message and "9018" not in report.failures[0].message
    assert NUMBER not in str(report)


def test_a_page_with_a_my_number_is_held_until_a_person_accepts(index: Index) -> None:
    ingest_bytes("窓口.txt", "窓口の混雑を減らす取組を進める。".encode(), index)
    first = index.documents()[0]
    pages = [
        *index.pages(first.id),
        Page(document_id=first.id, number=2, text=f"対象者の個人番号は{NUMBER}です。"),
    ]
    index.add(first, pages, cut(pages, first.title, pages_held(pages, accepted=False)))
    document = accept(index, first, False)
    assert document.quality.my_number_pages == (2,)
    assert "混雑" in indexed_text(index, document.id)
    assert NUMBER not in indexed_text(index, document.id)
    assert any("2ページにマイナンバー" in said for said in remarks(document))
    accepted = accept(index, document, True)
    assert NUMBER in indexed_text(index, document.id)
    assert not any("外しています" in said for said in remarks(accepted))
    accept(index, accepted, False)
    assert NUMBER not in indexed_text(index, document.id)


def test_other_kinds_are_counted_and_stay_searchable(index: Index) -> None:
    text = "問い合わせは024-924-2511、または dx@city.example.lg.jp へ。"
    ingest_bytes("案内.txt", text.encode(), index)
    document = index.documents()[0]
    assert document.quality.personal == {"mail": 1, "telephone": 1}
    assert any("電話番号1か所、メールアドレス1か所" in said for said in remarks(document))
    assert "024-924-2511" in indexed_text(index, document.id)
