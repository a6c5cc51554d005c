"""The whole way of files into the index, and what stops nothing."""

import os
from pathlib import Path

import pytest

from ingest.pipeline import ingest, ingest_bytes
from ingest.report import IngestReport
from rag.index import Index

TEXT = "第1章 目標\n\n窓口の手続きを順に電子化し、来庁しなくても用が足りるようにすることを目標に掲げる。\n"
ORIGINALS = Path(__file__).parents[2] / "shared" / "originals"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "文書"
    (folder / "資料").mkdir(parents=True)
    (folder / "計画.txt").write_text(TEXT, encoding="utf-8")
    (folder / "資料" / "報告.md").write_text(f"# 実施報告\n\n{TEXT}", encoding="utf-8")
    (folder / "写真.png").write_bytes(b"\x89PNG")
    return folder


def only_failure(report: IngestReport) -> str:
    assert len(report.failures) == 1
    return report.failures[0].message


def test_a_folder_goes_in_with_its_subfolders(folder: Path, index: Index) -> None:
    report = ingest([folder], index)
    assert report.added == ("計画.txt", "資料/報告.md")
    assert [document.source for document in index.documents()] == ["計画.txt", "資料/報告.md"]
    assert report.chunks == sum(document.chunk_count for document in index.documents())
    assert set(report.seconds) == {"read", "structure", "embed", "write"}


def test_an_unchanged_file_is_skipped_and_a_changed_one_replaced(
    folder: Path, index: Index
) -> None:
    ingest([folder], index)
    before = index.documents()[0]
    (folder / "計画.txt").write_text(TEXT + "\n毎年度見直すこととする。\n", encoding="utf-8")
    report = ingest([folder], index)
    assert (report.replaced, report.unchanged) == (("計画.txt",), ("資料/報告.md",))
    after = index.documents()[0]
    assert after.id == before.id
    assert after.content_hash != before.content_hash
    assert any("見直す" in chunk.text for chunk in index.chunks_of(after.id))


def test_force_takes_unchanged_files_in_anew(folder: Path, index: Index) -> None:
    ingest([folder], index)
    assert ingest([folder], index, force=True).replaced == ("計画.txt", "資料/報告.md")


def test_a_file_gone_from_the_folder_stays_in_the_index(folder: Path, index: Index) -> None:
    ingest([folder], index)
    (folder / "計画.txt").unlink()
    ingest([folder], index)
    assert len(index.documents()) == 2


def test_a_change_in_the_catalogue_alone_replaces_the_document(folder: Path, index: Index) -> None:
    ingest([folder], index)
    (folder / "catalog.toml").write_text(
        '[[documents]]\nfile = "計画.txt"\ntitle = "推進計画"\nvalid_from = 2022-04-01\n',
        encoding="utf-8",
    )
    assert ingest([folder], index).replaced == ("計画.txt",)
    assert index.documents()[0].title == "推進計画"
    assert ingest([folder], index).replaced == ()


def test_one_bad_file_stops_nothing(folder: Path, index: Index) -> None:
    (folder / "あ壊れた.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "空.txt").write_bytes(b"")
    report = ingest([folder], index)
    assert len(report.added) == 2
    assert [failure.source for failure in report.failures] == ["あ壊れた.pdf", "空.txt"]
    assert not report.nothing_readable


def test_a_path_that_is_not_there_is_said(tmp_path: Path, index: Index) -> None:
    report = ingest([tmp_path / "ない.txt"], index)
    assert "が見つかりません。場所を確かめてください。" in only_failure(report)
    assert report.nothing_readable


def test_a_folder_without_readable_files_is_said(tmp_path: Path, index: Index) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    assert "読み込めるファイルがありません" in only_failure(ingest([tmp_path], index))


def test_a_file_that_vanishes_while_reading_is_said(folder: Path, index: Index) -> None:
    class Vanishing:
        def file_started(self, source: str, number: int, total: int) -> None:
            if source == "計画.txt":
                (folder / source).unlink()

        def chunks_found(self, pages: int, chunks: int) -> None: ...

        def chunks_embedded(self, count: int) -> None: ...

        def file_finished(self, source: str) -> None: ...

    report = ingest([folder], index, progress=Vanishing())
    assert "「計画.txt」は読み込む前になくなりました。" in only_failure(report)
    assert report.added == ("資料/報告.md",)


@pytest.mark.skipif(os.geteuid() == 0, reason="the super-user may read everything")
def test_a_file_that_may_not_be_read_is_said(folder: Path, index: Index) -> None:
    (folder / "計画.txt").chmod(0)
    assert "アクセス権を確かめてください" in only_failure(ingest([folder], index))


def test_a_dangling_link_is_said(folder: Path, index: Index) -> None:
    (folder / "切れた.txt").symlink_to(folder / "どこにもない.txt")
    assert "「切れた.txt」は読み込む前になくなりました。" in only_failure(ingest([folder], index))


def test_a_broken_catalogue_is_said_and_the_files_go_in(folder: Path, index: Index) -> None:
    (folder / "catalog.toml").write_text("[[documents]\n", encoding="utf-8")
    report = ingest([folder], index)
    assert "目録「catalog.toml」を読めません" in only_failure(report)
    assert len(report.added) == 2


def test_stopping_leaves_what_is_done(folder: Path, index: Index) -> None:
    answers = iter([False, True])
    report = ingest([folder], index, should_stop=lambda: next(answers))
    assert report.stopped
    assert len(index.documents()) == 1


def test_an_upload_is_known_by_its_clean_name(index: Index) -> None:
    report = ingest_bytes("../../秘\u202e密/計\u3099画\x07.txt", TEXT.encode(), index)
    assert report.added == ("計\u3099画.txt",)
    again = ingest_bytes("計\u3099画.txt", TEXT.encode(), index)
    assert again.unchanged == report.added


def test_the_same_name_in_two_unicode_forms_is_one_document(index: Index) -> None:
    ingest_bytes("データ.txt", TEXT.encode(), index)
    report = ingest_bytes("テ\u3099ータ.txt", (TEXT + "追記した。").encode(), index)
    assert report.replaced == ("データ.txt",)
    assert len(index.documents()) == 1


@pytest.mark.parametrize("name", ["", "/", "..", "\x00\x01", " . "])
def test_an_upload_without_a_usable_name_is_refused(name: str, index: Index) -> None:
    assert "ファイル名がないか" in only_failure(ingest_bytes(name, TEXT.encode(), index))


def test_the_report_tells_people_and_machines(folder: Path, index: Index) -> None:
    (folder / "空.txt").write_bytes(b"")
    report = ingest([folder], index)
    assert report.as_text().startswith("登録: 新規 2 件、更新 0 件、変更なし 0 件、失敗 1 件\n")
    assert "失敗: 「空.txt」は空のファイルです。" in report.as_text()
    assert report.as_dict()["added"] == ["計画.txt", "資料/報告.md"]


def test_the_originals_go_in_without_a_warning(index: Index) -> None:
    if not ORIGINALS.is_dir():
        pytest.skip("the originals are not beside the checkout")
    report = ingest([ORIGINALS], index)
    assert len(report.added) == 5
    assert report.warnings == ()
    assert report.failures == ()
