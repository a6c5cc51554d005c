"""Data folders of released versions open; one of a newer version is refused and left alone."""

import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from crash_support import check_findable
from fakes import NgramEmbeddings, make_document

from rag.errors import IndexMismatchError
from rag.index import Index

RELEASES = sorted((Path(__file__).parent / "releases").glob("*.zip"))
QUESTION = "窓口業務で処理した件数"


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def released(request, tmp_path) -> tuple[Path, dict]:
    """(data folder, what the released version found in it)."""
    with zipfile.ZipFile(request.param) as packed:
        packed.extractall(tmp_path)
        return tmp_path / "var", json.loads(packed.read("expected.json"))


def test_there_is_a_folder_of_every_release():
    assert [path.stem for path in RELEASES] == ["0.1.0"]


def test_a_folder_of_a_release_opens_with_everything_in_it(released):
    folder, expected = released
    # Another version of the tokenizer may want the indexes made anew; documents stay.
    with Index.open(folder, NgramEmbeddings(), mend=True) as index:
        status = index.status()
        assert [status.documents, status.pages, status.chunks] == expected["counts"]
        assert [document.source for document in index.documents()] == expected["sources"]
        vectors = [[h.chunk_id, round(h.score, 5)] for h in index.vector_search(QUESTION, 9)]
        assert vectors == expected["vectors"]
        lemma = [hit.chunk_id for hit in index.lexical_search(QUESTION, "lemma", 9)]
        assert lemma == expected["lemma"]
        turns = [[turn.question, turn.state.value] for turn in index.turn_log.turns("c")]
        assert turns == expected["turns"]
        assert status.agree
        check_findable(index)
        assert all(document.superseded_on is None for document in index.documents())
        plan = index.documents()[1]
        assert (plan.kind, plan.warnings) == ("計画", ("注意",))
        assert index.original(plan.id).read_bytes() == b"plan"


def test_a_folder_of_a_release_can_be_written_to(released):
    folder, _ = released
    with Index.open(folder, NgramEmbeddings(), mend=True) as index:
        index.add(*make_document("新.txt", ["新しい文書の文"]))
        receipt = index.replace(
            *make_document("監査.txt", ["監査委員の新しい意見"]), keep_as=("k", "監査（旧版1）.txt")
        )
        assert receipt.left == 0
    with Index.open(folder, NgramEmbeddings()) as index:
        assert len(index.documents()) == 4 and index.status().agree


def test_a_folder_of_a_newer_version_is_refused_and_not_one_byte_is_changed(tmp_path):
    folder = tmp_path / "var"
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", ["一"]))
    raw = sqlite3.connect(folder / "registry.sqlite3")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()

    def content() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith("owner.")
        }

    before = content()
    with pytest.raises(IndexMismatchError, match="新しい版の shiori で開いてください"):
        Index.open(folder, NgramEmbeddings(), mend=True)
    assert content() == before
