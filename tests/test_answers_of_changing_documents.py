"""Answers while documents come, change and go."""

from pathlib import Path

from answers_support import ANSWERABLE, FAQ, ask, check_promises, take_in
from fakes import NgramEmbeddings

from ingest.names import document_id
from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.index import Index
from rag.types import AnswerStatus, Query


def test_instructions_in_a_document_do_not_change_other_answers(tmp_path: Path) -> None:
    question = ANSWERABLE[1][0]
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        take_in(index, "計画.md", "faq.txt")
        assistant = Assistant(index)
        before = ask(assistant, question)
        take_in(index, "提案.txt")
        after = ask(assistant, question)
        assert (after.status, after.short_answer) == (before.status, before.short_answer)
        assert after.citations[0].quote == before.citations[0].quote
        assert "承認します" not in after.text


def test_a_removed_document_never_answers(tmp_path: Path) -> None:
    question, expected = ANSWERABLE[1]
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        take_in(index, "計画.md", "faq.txt")
        assistant = Assistant(index)
        assert expected in ask(assistant, question).text
        index.remove(document_id("faq.txt"))
        answer = ask(assistant, question)
        assert expected not in answer.text
        assert document_id("faq.txt") not in {p.document_id for p in answer.passages}
        check_promises(assistant, answer)


def test_a_changed_document_answers_with_its_new_text(tmp_path: Path) -> None:
    question, expected = ANSWERABLE[1]
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        take_in(index, "faq.txt")
        assistant = Assistant(index)
        old = ask(assistant, question)
        changed = FAQ.replace("1通300円", "1通400円")
        assert ingest_bytes("faq.txt", changed.encode(), index).replaced == ("faq.txt",)
        new = ask(assistant, question)
        assert "400円" in new.text and expected not in new.text
        assert new.versions.index != old.versions.index
        check_promises(assistant, new)


def test_a_fact_that_stands_in_two_documents_is_given_once(tmp_path: Path) -> None:
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        take_in(index, "計画.md")
        report = "# 令和6年度の報告\n\n生成AIの利用者は、月平均で143人（令和6年度）であった。\n"
        assert not ingest_bytes("報告.md", report.encode(), index).failures
        assistant = Assistant(index)
        answer = ask(assistant, "生成AIの利用者は月平均で何人ですか")
        check_promises(assistant, answer)
        assert answer.text.count("143人") == 1


def test_an_empty_index_says_so_kindly(index: Index) -> None:
    answer = Assistant(index).ask(Query(text="窓口の受付時間は？"))
    assert answer.status is AnswerStatus.NO_EVIDENCE
    assert "文書が登録されているか" in answer.text
    assert not answer.passages and not answer.citations
