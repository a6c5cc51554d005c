"""`shiori backup` and `shiori restore` as people run them."""

import contextlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from api.cli import run

TERMINALS = "# 端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。所管は情報政策課である。\n"


def shiori(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("backup-cli")
    (folder / "端末.md").write_text(TERMINALS, encoding="utf-8")
    code, _, errors = shiori("ingest", str(folder / "端末.md"), "--data-dir", str(folder / "var"))
    assert code == 0, errors
    return folder


def test_a_backup_and_its_restoration_answer_the_same_question(filled, tmp_path):
    archive, at = str(tmp_path / "庁内.zip"), ("--data-dir", str(tmp_path / "new"))
    code, out, _ = shiori("backup", archive, "--data-dir", str(filled / "var"))
    assert code == 0 and "1件の文書" in out and "取り扱いに注意" in out
    code, out, errors = shiori("restore", archive, *at)
    assert (code, errors) == (0, "") and "1件の文書、1個の元のファイル" in out
    code, out, _ = shiori("ask", "職員用の端末は何台更新した？", *at)
    assert code == 0 and "1,234" in out


def test_both_speak_json(filled, tmp_path):
    archive = str(tmp_path / "b.zip")
    _, out, _ = shiori("backup", archive, "--json", "--data-dir", str(filled / "var"))
    made = json.loads(out)
    assert (made["documents"], made["originals"], made["without_original"]) == (1, 1, [])
    assert made["size_bytes"] == Path(archive).stat().st_size
    _, out, _ = shiori("restore", archive, "--json", "--data-dir", str(tmp_path / "new"))
    assert json.loads(out)["indexes_agree"] is True


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["backup", "{here}/b.zip", "--data-dir", "{here}/nowhere"], "登録簿"),
        (["backup", "{here}/no/b.zip", "--data-dir", "{filled}/var"], "保存先"),
        (["restore", "{here}/b.zip", "--data-dir", "{here}/new"], "見つかりません"),
        (["restore", "{filled}/端末.md", "--data-dir", "{here}/new"], "完全ではありません"),
        (["restore", "{filled}/端末.md", "--data-dir", "{filled}/var"], "空ではありません"),
    ],
)
def test_what_cannot_be_done_is_one_line(filled, tmp_path, arguments, named):
    code, out, errors = shiori(*(a.format(here=tmp_path, filled=filled) for a in arguments))
    assert (code, out) == (1, "")
    assert len(errors.splitlines()) == 1 and named in errors
    assert list(tmp_path.iterdir()) == []


def test_a_backup_without_force_does_not_overwrite(filled, tmp_path):
    archive, at = str(tmp_path / "b.zip"), ("--data-dir", str(filled / "var"))
    assert shiori("backup", archive, *at)[0] == 0
    code, _, errors = shiori("backup", archive, *at)
    assert code == 1 and "--force" in errors
    assert shiori("backup", archive, "--force", *at)[0] == 0
    assert zipfile.ZipFile(archive).testzip() is None


def test_a_backup_made_with_another_model_is_restored_and_the_mending_command_named(
    filled, tmp_path
):
    from fakes import NgramEmbeddings, make_document

    from rag.index import Index

    with Index.open(tmp_path / "other", NgramEmbeddings()) as index:
        index.add(*make_document("a.txt", ["一"]))
    archive = str(tmp_path / "b.zip")
    assert shiori("backup", archive, "--data-dir", str(tmp_path / "other"))[0] == 0
    code, out, errors = shiori("restore", archive, "--data-dir", str(tmp_path / "new"))
    assert code == 1 and "1件の文書" in out and "shiori reindex" in errors
