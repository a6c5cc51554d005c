"""Indexes of the evaluation are kept and follow their documents."""

from pathlib import Path

import pytest
from eval_support import PLAN_TEXTS as TEXTS
from eval_support import CountingEmbeddings, write_documents
from fakes import NgramEmbeddings

from eval.errors import EvaluationError
from eval.workspace import find_documents, open_documents, open_existing


def test_the_hash_of_documents_follows_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("甲")
    (folder / "b.txt").write_text("乙")
    first = find_documents(folder)
    assert first == find_documents(folder)
    assert first.sources == {"a.txt", "b.txt"}
    (folder / "b.txt").rename(folder / "c.txt")
    renamed = find_documents(folder)
    (folder / "c.txt").write_text("丙")
    changed = find_documents(folder)
    (folder / "catalog.toml").write_text("")
    catalogued = find_documents(folder)
    assert len({found.about.sha256 for found in (first, renamed, changed, catalogued)}) == 4
    assert find_documents(folder / "a.txt").about.name == "a.txt"


def test_documents_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="nowhere"):
        find_documents(tmp_path / "nowhere")


def test_documents_are_embedded_once_and_changes_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    write_documents(folder)
    embedder = CountingEmbeddings()
    with open_documents(folder, tmp_path / "cache", embedder) as (index, about):
        assert [document.source for document in index.documents()] == [
            "plan1.txt",
            "plan2.txt",
            "plan3.txt",
        ]
    first = embedder.count
    assert first == len(TEXTS)
    with open_documents(folder, tmp_path / "cache", embedder) as (_, again):
        assert again == about
    assert embedder.count == first
    (folder / "plan1.txt").unlink()
    (folder / "plan3.txt").write_text("窓口の数は7つである。", encoding="utf-8")
    with open_documents(folder, tmp_path / "cache", embedder) as (index, changed):
        assert changed != about
        assert [document.source for document in index.documents()] == ["plan2.txt", "plan3.txt"]
        (page,) = index.pages(index.documents()[1].id)
        assert page.text == "窓口の数は7つである。"
    assert embedder.count == first + 1


def test_an_empty_data_folder_is_not_evaluated(tmp_path: Path) -> None:
    with (
        pytest.raises(EvaluationError, match="登録されていません"),
        open_existing(tmp_path / "var", NgramEmbeddings()),
    ):
        pass


def test_a_kept_index_is_read_again_only_when_the_documents_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "docs"
    write_documents(folder)

    def version(*, keep: bool) -> str:
        opened = open_documents(folder, tmp_path / "cache", NgramEmbeddings(), keep=keep)
        with opened as (index, _):
            return index.version

    first = version(keep=True)
    monkeypatch.setattr("eval.workspace.reading_code_sha256", lambda: "0" * 64)
    assert version(keep=True) == first
    second = version(keep=False)
    assert second != first
    (folder / "plan1.txt").write_text("窓口の数は7つである。", encoding="utf-8")
    assert version(keep=True) != second
