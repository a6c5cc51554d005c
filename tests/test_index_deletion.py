"""After a deletion no byte of the text is left in any file of the data folder."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
from fakes import NgramEmbeddings, make_document

from api.turns import OpenTurn, TurnState
from rag.assistant import Assistant
from rag.generation import build_next
from rag.index import Index
from rag.types import Query

MARK = "ゼツメイ市秘匿計画"
SECRET = [
    f"{MARK}第{number}号では、甲乙橋の架替えに{number}億円を充てる予定である。"
    for number in range(40)
]
OTHERS = [f"窓口業務の見直しにより{number}件を処理した。" for number in range(60)]
# Whatever an index makes of the text: normalised, tokens, in pieces.
TRACES = [
    trace.encode(encoding)
    for trace in ("ゼツメイ", "秘匿計画", "甲乙橋", "架替え", "乙橋")
    for encoding in ("utf-8", "utf-16-le")
] + [json.dumps("秘匿計画")[1:-1].encode()]


def traces_in(folder: Path) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if any(trace in content for trace in TRACES):
                found.append(str(path.relative_to(folder)))
    return found


def ask(index: Index, question: str) -> None:
    turn = OpenTurn.begin(index, question, "c")
    turn.finish(TurnState.COMPLETE, Assistant(index).ask(Query(text=question)))


@pytest.fixture
def secret() -> tuple:
    return make_document("秘密.txt", SECRET, title=MARK, content=gzip.compress(SECRET[0].encode()))


def test_no_byte_of_a_deleted_document_is_left_while_the_index_stays_open(tmp_path, secret):
    folder = tmp_path / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        for number in range(6):
            index.add(*make_document(f"{number}.txt", OTHERS[number * 10 : number * 10 + 10]))
        index.add(*secret)
        for number in range(6):
            index.add(*make_document(f"{number}.txt", OTHERS[number * 5 : number * 5 + 12]))
        ask(index, "橋に何億円を充てる予定か")
        ask(index, "窓口業務で処理した件数は")
        assert traces_in(folder)
        receipt = index.remove(secret[0].id)
        assert receipt.left == 0 and receipt.blanked_answers >= 1
        assert traces_in(folder) == []
        ask(index, "橋に何億円を充てる予定か")
        assert traces_in(folder) == []
    assert traces_in(folder) == []


def test_no_byte_is_left_when_the_text_was_changed_many_times_before_the_deletion(tmp_path):
    folder = tmp_path / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        for number in range(12):
            texts = SECRET[number : number + 25 - number]
            index.add(*make_document("秘密.txt", texts))
            index.add(*make_document(f"{number % 3}.txt", OTHERS[number : number + 20]))
        index.remove(make_document("秘密.txt", SECRET)[0].id)
        assert traces_in(folder) == []


def test_no_byte_is_left_of_a_replaced_text_that_was_not_kept(tmp_path, secret):
    folder = tmp_path / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*secret)
        index.replace(*make_document("秘密.txt", OTHERS[:10]))
        assert traces_in(folder) == []


def test_no_byte_is_left_of_a_deleted_old_version(tmp_path, secret):
    folder = tmp_path / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*secret)
        index.replace(
            *make_document("秘密.txt", OTHERS[:10]), keep_as=("kept", "秘密（旧版1）.txt")
        )
        assert traces_in(folder)
        index.remove("kept")
        assert traces_in(folder) == []


def test_no_byte_is_left_after_a_restart_when_the_process_died_during_the_deletion(
    tmp_path, secret
):
    folder, crashed = tmp_path / "var", tmp_path / "crashed"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*make_document("0.txt", OTHERS[:10]))
        index.add(*secret)
        writer = index._writer

        def die(*_: object) -> None:
            shutil.copytree(folder, crashed)  # as the killed process leaves it
            raise KeyboardInterrupt

        writer._clear = die  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            index.remove(secret[0].id)
    assert traces_in(crashed)
    with Index.open(crashed, NgramEmbeddings()) as index:
        assert len(index.documents()) == 1
        assert traces_in(crashed) == []


def test_memory_that_a_killed_process_left_in_a_file_is_gone_before_the_first_search(
    tmp_path, secret
):
    folder = tmp_path / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*make_document("0.txt", OTHERS[:10]))
    (left,) = folder.glob("vectors-*/*/data_level0.bin")
    left.write_bytes(TRACES[0] * 1_000)  # Chroma's room for vectors is memory not cleared
    with Index.open(folder, NgramEmbeddings()) as index:
        assert traces_in(folder) == []
        assert len(index.vector_search("窓口業務", 10)) == 10


@pytest.mark.parametrize("restarts", [False, True])
def test_no_byte_is_left_in_an_index_that_was_being_built_beside(tmp_path, secret, restarts):
    folder = tmp_path / "var"

    def build():
        return build_next(
            folder, NgramEmbeddings(64), chunker_version="1", cut_again=never, batch_size=16
        )

    with Index.open(folder, NgramEmbeddings(), chunker_version="1") as index:
        index.add(*secret)
        index.add(*make_document("0.txt", OTHERS[:10]))
        build()
        assert any("next/" in name for name in traces_in(folder))
        if restarts:  # the build goes on in a process that dies with the text in it
            shutil.copytree(folder / "next", tmp_path / "next")
        index.remove(secret[0].id)
        assert traces_in(folder) == []
    if restarts:
        shutil.rmtree(folder / "next")
        shutil.move(tmp_path / "next", folder / "next")
    with Index.open(folder, NgramEmbeddings(), chunker_version="1"):
        assert traces_in(folder) == []
        built = build()
        assert (built.built, built.passed_over) == (0, 1)


def never(*_: object):
    raise AssertionError("the chunker has not changed")
