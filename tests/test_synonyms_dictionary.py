"""Words of the asker find the words of the documents, by dictionary, glossary and spelling."""

import pytest
from fakes import make_document
from hypothesis import given
from hypothesis import strategies as st

from rag.glossary import DocumentNames, learn
from rag.index import Index
from rag.question import read_question
from rag.synonyms import OtherWords, alternatives, dictionary, expand, read_dictionary
from rag.text import key
from rag.types import Chunk, ChunkKind
from rag.wording import Wording


def chunk(text: str, ordinal: int = 0) -> Chunk:
    return Chunk(
        id=f"d:{ordinal:05d}",
        document_id="d",
        ordinal=ordinal,
        page=1,
        start=0,
        end=len(text),
        kind=ChunkKind.PROSE,
        text=text,
        search_text=text.lower(),
    )


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("値段はいくら？", "費用"),
        ("この制度を言い出したのは誰ですか", "提唱"),
        ("申し込みの締切はいつ", "期限"),
        ("役所が閉まっている時間に出した人は", "開庁時間外"),
        ("住民の声を拾った手段は何？", "聴取"),
        ("統計から抜けている人は", "除く"),
        ("どれくらい楽になったの", "削減"),
        ("ハンコが要らない書類は", "押印"),
        ("サーバの更新はいつ", "サーバー"),
        ("サーバーの更新はいつ", "サーバ"),
        ("申込みの件数", "申し込み"),
        ("ＢＣＰはいつできた", "業務継続計画"),
        ("一人暮らしの人の見守り", "ひとり暮らし"),
    ],
)
def test_everyday_words_bring_the_words_of_documents(question: str, word: str) -> None:
    assert word in expand(read_question(question))


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("インターネットモニターの人数", "ネット"),  # inside a longer loanword
        ("ウェブサイトのアクセス数", "サイト"),
        ("契約課の事業", "契"),
        ("しかし昔の話", "かし"),
    ],
)
def test_a_word_inside_another_is_not_looked_up(question: str, word: str) -> None:
    assert word not in alternatives(read_question(question))


def test_the_question_is_not_extended_by_its_own_words() -> None:
    question = read_question("電子申請とオンライン申請の件数")
    assert "オンライン申請" not in expand(question) and "電子申請" not in expand(question)


def test_the_dictionary_is_wide_and_in_normalised_form() -> None:
    entries = dictionary()
    assert len(entries) >= 400
    for word, others in entries.items():
        assert word == key(word) and others == tuple(map(key, others))
        assert word not in others


def test_lines_of_a_dictionary_are_read_as_documented() -> None:
    lines = [
        "\ufeff# 注釈",
        "",
        "ケア\t介護 福祉",
        "ケア\t看護",
        "= サーバ サーバー",
        "語だけ",
        "値段　料金",
        "ＬＡＮ  通信網",
    ]
    assert read_dictionary(lines) == {
        "ケア": ("介護", "福祉", "看護"),
        "サーバ": ("サーバー",),
        "サーバー": ("サーバ",),
        "値段": ("料金",),
        "lan": ("通信網",),
    }


@given(st.lists(st.text(max_size=40), max_size=8))
def test_any_lines_make_a_dictionary(lines: list[str]) -> None:
    for word, others in read_dictionary(lines).items():
        assert word and others and word not in others and all(others)


def test_names_from_the_documents_count_as_other_words() -> None:
    glossary = learn([DocumentNames([chunk("GIS（地理情報システム）を導入"), chunk("GISの利用")])])
    question = read_question("地理情報システムの利用者数は？")
    assert "gis" in expand(question, OtherWords(glossary=glossary))
    assert alternatives(question, OtherWords(glossary=glossary))["地理情報システム"] == ("gis",)


def test_a_city_adds_words_while_the_server_runs(index: Index) -> None:
    index.add(*make_document("窓口.txt", ["窓口の受付"]))
    wording = Wording(index, index.data_dir)
    question = read_question("マサルくんの利用者数は？")
    assert "施設案内" not in expand(question, wording.current())
    path = index.data_dir / "synonyms.tsv"
    path.write_text("マサルくん\t施設案内ロボット 施設案内\n", encoding="utf-8")
    assert {"施設案内ロボット", "施設案内"} <= set(expand(question, wording.current()))
    path.unlink()
    assert "施設案内" not in expand(question, wording.current())


def test_a_dictionary_in_another_encoding_stops_nothing(index: Index) -> None:
    (index.data_dir / "synonyms.tsv").write_bytes("ハンコ\t押印\n".encode("cp932") + b"\xff\x00\n")
    assert Wording(index, index.data_dir).current().glossary.names == ()


def test_what_is_learned_follows_the_documents(index: Index) -> None:
    plan = make_document("計画.txt", ["GIS（地理情報システム）"])
    index.add(*plan)
    wording = Wording(index)
    assert wording.current().glossary.alternatives("GIS") == ("地理情報システム",)
    assert wording.current().glossary is wording.current().glossary
    index.add(*make_document("報告.txt", ["RPA（業務自動化技術）"]))
    assert wording.current().glossary.alternatives("RPA") == ("業務自動化技術",)
    index.remove(plan[0].id)
    assert wording.current().glossary.alternatives("GIS") == ()


def test_typing_errors_are_mended_by_the_words_of_the_documents(index: Index) -> None:
    index.add(*make_document("決済.txt", ["キャッシュレス決済の件数", "デ一タではなくデータ"]))
    wording = Wording(index, index.data_dir)
    mended = wording.correct("キャシュレスのデ一タは？")
    assert mended.text == "キャッシュレスのデータは?"
    assert mended.changes == (("デ一タ", "データ"), ("キャシュレス", "キャッシュレス"))
    (index.data_dir / "synonyms.tsv").write_text("キャシュレス\t現金以外\n", encoding="utf-8")
    assert wording.correct("キャシュレスとは").changes == ()
