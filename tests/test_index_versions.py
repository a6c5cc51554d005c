"""Old versions (旧版), replacement with a receipt, and what a deletion does to recorded answers."""

import json
from dataclasses import replace
from datetime import date

import pytest
from fakes import NgramEmbeddings, make_document

from rag.assistant import Assistant
from rag.errors import UnknownDocumentError
from rag.index import Index
from rag.registry.turns import TurnState
from rag.types import Query
from rag.versions import in_force

OLD_TEXTS = ["窓口の受付時間は午前9時から午後5時までである。", "手数料は300円とする。"]
NEW_TEXTS = ["窓口の受付時間は午前8時30分から午後4時までである。", "手数料は300円とする。"]
QUESTION = "窓口の受付時間は"
BEFORE, CHANGED, AFTER = date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2)
KEPT = ("kept00000001", "要綱（旧版1）.txt")


@pytest.fixture
def replaced(index: Index):
    """要綱.txt was replaced on 2026-04-01 and its old version kept; and its receipt."""
    index.add(*make_document("要綱.txt", OLD_TEXTS))
    receipt = index.replace(*make_document("要綱.txt", NEW_TEXTS), keep_as=KEPT, on=CHANGED)
    return index, receipt


def found_texts(index: Index, **scope) -> set[str]:
    passages = Assistant(index).search(Query(text=QUESTION, **scope))
    return {text for text in OLD_TEXTS + NEW_TEXTS for p in passages if text in p.text}


def test_a_replaced_document_kept_as_old_version_answers_only_for_the_days_before(replaced):
    index, _ = replaced
    assert found_texts(index) == set(NEW_TEXTS)
    assert found_texts(index, as_of=AFTER) == found_texts(index, as_of=CHANGED) == set(NEW_TEXTS)
    assert found_texts(index, as_of=BEFORE) == set(OLD_TEXTS)


def test_an_old_version_that_was_deleted_never_answers(replaced):
    index, _ = replaced
    index.remove(KEPT[0])
    for as_of in (None, BEFORE, AFTER):
        assert OLD_TEXTS[0] not in found_texts(index, as_of=as_of)
    assert [document.source for document in index.documents()] == ["要綱.txt"]


def test_a_replacement_that_is_not_kept_never_answers_again(index):
    index.add(*make_document("要綱.txt", OLD_TEXTS))
    receipt = index.replace(*make_document("要綱.txt", NEW_TEXTS))
    assert (receipt.kept_as, receipt.old_chunks, receipt.chunks, receipt.left) == ("", 2, 2, 0)
    assert found_texts(index, as_of=BEFORE) == found_texts(index) == set(NEW_TEXTS)
    assert index.document_frequency("午前9時", "surface") == 0


def test_the_receipt_names_what_was_kept(replaced):
    index, receipt = replaced
    assert (receipt.source, receipt.kept_as, receipt.left) == ("要綱.txt", KEPT[1], 0)
    old = index.document(KEPT[0])
    assert (old.successor, old.superseded_on) == ("要綱.txt", CHANGED)
    assert [page.text for page in index.pages(old.id)] == OLD_TEXTS
    assert {chunk.document_id for chunk in index.chunks_of(old.id)} == {old.id}
    status = index.status()
    assert (status.chunks, status.vectors, status.lexical_entries, status.agree) == (4, 4, 4, True)


def test_keeping_an_old_version_embeds_only_the_new_text(index, embedder):
    index.add(*make_document("要綱.txt", OLD_TEXTS))
    embedder.embedded.clear()
    index.replace(*make_document("要綱.txt", NEW_TEXTS), keep_as=KEPT)
    assert embedder.embedded == [NEW_TEXTS[0]]


def test_of_several_old_versions_exactly_one_answers_for_each_day(index):
    index.add(*make_document("a.txt", ["第1版の受付時間"]))
    for number, day in ((2, date(2024, 4, 1)), (3, date(2025, 4, 1)), (4, date(2026, 4, 1))):
        index.replace(
            *make_document("a.txt", [f"第{number}版の受付時間"]),
            keep_as=(f"kept{number}", f"a（旧版{number - 1}）.txt"),
            on=day,
        )

    def answering(*day: int) -> list[str]:
        known = {document.id: document for document in index.documents()}
        return [index.pages(key)[0].text[:3] for key in in_force(known, date(*day))]

    assert answering(2023, 1, 1) == ["第1版"]
    assert answering(2024, 6, 1) == ["第2版"]
    assert answering(2025, 6, 1) == ["第3版"]
    assert answering(2026, 6, 1) == ["第4版"]
    index.remove("kept3")
    assert answering(2023, 1, 1) == ["第1版"]
    assert answering(2026, 6, 1) == ["第4版"]


def test_two_documents_can_be_declared_old_and_new_and_back(index):
    old, new = make_document("旧.txt", OLD_TEXTS[:1]), make_document("新.txt", NEW_TEXTS[:1])
    index.add(*old)
    index.add(*new)
    version = index.version
    shown = index.supersede(old[0].id, "新.txt", CHANGED)
    assert (shown.successor, shown.superseded_on) == ("新.txt", CHANGED)
    assert index.version != version
    assert found_texts(index) == {NEW_TEXTS[0]}
    assert found_texts(index, as_of=BEFORE) == {OLD_TEXTS[0]}
    assert found_texts(index, document_ids=(old[0].id,)) == {OLD_TEXTS[0]}
    index.supersede(old[0].id, "", None)
    assert found_texts(index) == {OLD_TEXTS[0], NEW_TEXTS[0]}


def test_old_versions_stay_old_after_a_restart(tmp_path):
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        index.add(*make_document("要綱.txt", OLD_TEXTS))
        index.replace(*make_document("要綱.txt", NEW_TEXTS), keep_as=KEPT, on=CHANGED)
    with Index.open(tmp_path / "var", NgramEmbeddings()) as index:
        assert found_texts(index) == set(NEW_TEXTS)
        assert found_texts(index, as_of=BEFORE) == set(OLD_TEXTS)


def test_replacing_what_is_not_there_is_refused(index):
    with pytest.raises(UnknownDocumentError):
        index.replace(*make_document("要綱.txt", NEW_TEXTS))


def test_a_repetition_inside_an_old_version_points_to_itself(index):
    document, pages, chunks = make_document("a.txt", ["同じ文", "同じ文"])
    chunks[1] = replace(chunks[1], duplicate_of=chunks[0].id)
    index.add(document, pages, chunks)
    index.replace(*make_document("a.txt", ["別の文"]), keep_as=KEPT)
    assert index.chunks_of(KEPT[0])[1].duplicate_of == f"{KEPT[0]}:00000"


def test_deleting_a_document_blanks_the_recorded_answers_that_show_it(index):
    old, other = make_document("要綱.txt", OLD_TEXTS), make_document("他.txt", ["備品台帳"])
    index.add(*old)
    index.add(*other)
    log = index.turn_log
    shown = {
        "id": "t",
        "status": "answered",
        "short_answer": "午前9時",
        "answer": OLD_TEXTS[0],
        "citations": [{"document_id": old[0].id, "quote": OLD_TEXTS[0]}],
        "passages": [],
        "timings_ms": {"total": 1.0},
    }
    unrelated = shown | {"citations": [{"document_id": other[0].id, "quote": "備品台帳"}]}
    for answer, state in (
        (shown, TurnState.COMPLETE),
        (unrelated, TurnState.COMPLETE),
        ({"answer": OLD_TEXTS[0][:20]}, TurnState.CUT_BY_USER),
        ({"answer": "全く別のことを述べた文章である"}, TurnState.CUT_BY_USER),
    ):
        turn = log.begin_turn("c", "受付時間は？")
        log.finish_turn(turn, json.dumps(answer, ensure_ascii=False), state)
    assert index.remove(old[0].id).blanked_answers == 2
    first, second, third, fourth = (json.loads(turn.answer) for turn in log.turns("c"))
    assert first["blanked"] and first["status"] == "answered" and first["citations"] == []
    assert "午前9時" not in json.dumps([first, third], ensure_ascii=False)
    assert second["answer"] == OLD_TEXTS[0] and "blanked" not in fourth


def test_an_answer_that_ends_after_its_document_was_deleted_is_recorded_without_its_text(index):
    document = make_document("要綱.txt", OLD_TEXTS)
    index.add(*document)
    turn = index.turn_log.begin_turn("c", "受付時間は？")
    index.remove(document[0].id)
    answer = json.dumps({"answer": OLD_TEXTS[0]}, ensure_ascii=False)
    index.turn_log.finish_turn(turn, answer, TurnState.COMPLETE, {document[0].id})
    (recorded,) = index.turn_log.turns("c")
    assert "午前9時" not in recorded.answer and recorded.state is TurnState.COMPLETE
