"""`shiori doctor --repair` on data folders with what kills, cuts and changed settings leave."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli_verbs import TERMINALS, one_japanese_line, shiori_here

from rag.registry import Database, journal
from rag.registry.database import REGISTRY_FILE

QUESTION = "令和7年度に更新した端末は何台ですか"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one document in it."""
    (tmp_path / "端末.md").write_text(TERMINALS, encoding="utf-8")
    result = shiori_here("ingest", str(tmp_path / "端末.md"), "--data-dir", str(tmp_path / "var"))
    assert result.returncode == 0, result.stderr
    return tmp_path / "var"


def answer(folder: Path) -> dict[str, object]:
    result = shiori_here("ask", QUESTION, "--json", "--data-dir", str(folder))
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    return {key: found[key] for key in ("status", "short_answer", "answer", "citations")}


def repaired(folder: Path) -> str:
    result = shiori_here("doctor", "--repair", "--data-dir", str(folder))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "異常" not in result.stdout
    return result.stdout


def names(folder: Path) -> set[str]:
    found = [*folder.glob("*"), *folder.glob("blobs/*")]
    kept = {str(path.relative_to(folder)) for path in found}
    return {name for name in kept if not name.startswith("audit.")}  # the repair is on record


def test_leftovers_are_cleared_and_said_and_the_indexes_made_anew(folder: Path) -> None:
    before = answer(folder)
    sound = {name for name in names(folder) if not name.startswith(("vectors-", "lexical-"))}
    for name in ("restore-1a2b", "backup-3c4d", "vectors-000099"):
        (folder / name).mkdir()
        (folder / name / "half").write_bytes(b"x" * 3_000_000)
    (folder / "blobs" / "5e6f.tmp").write_bytes(b"half a file")
    (folder / "owner.pid").write_text("4194304")
    said = repaired(folder)
    for name in ("restore-1a2b（3.0MB）", "backup-3c4d（3.0MB）", "5e6f.tmp"):
        assert name in said
    assert "登録簿から作り直しました（断片" in said and "終了したプロセス" in said
    left = {name for name in names(folder) if not name.startswith(("vectors-", "lexical-"))}
    assert left - {"backup.lock"} == sound
    assert [len(list(folder.glob(f"{kind}-*"))) for kind in ("vectors", "lexical")] == [1, 1]
    assert answer(folder) == before
    assert "[修復] 残り物: ありませんでした。" in repaired(folder)


@pytest.mark.parametrize("kind", ["vectors", "lexical"])
def test_an_index_of_noise_is_made_anew_from_the_registry(folder: Path, kind: str) -> None:
    before = answer(folder)
    for path in folder.glob(f"{kind}-*/**/*"):
        if path.is_file():
            path.write_bytes(b"noise")
    repaired(folder)
    assert answer(folder) == before


def test_an_operation_that_was_cut_off_is_settled_and_named(folder: Path) -> None:
    database = Database(folder / REGISTRY_FILE)
    with database.write() as connection:
        journal.begin(connection, "put", "half-a-document")
    database.close()
    said = repaired(folder)
    assert "[修復] 中断された操作" in said and "half-a-document" in said
    assert "中断された操作" not in repaired(folder)


def test_what_was_made_with_other_settings_is_made_over(folder: Path) -> None:
    before = answer(folder)
    database = Database(folder / REGISTRY_FILE)
    with database.write() as connection:
        journal.write_manifest(connection, {"tokenizer": "another/1"})
    database.close()
    assert shiori_here("doctor", "--data-dir", str(folder)).returncode == 1
    assert "いまの設定で作り直します" in repaired(folder)
    assert answer(folder) == before


def test_a_folder_in_use_is_left_alone(folder: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom rag.locking import FolderLock\n"
        "lock = FolderLock(Path(sys.argv[1]))\nprint('mine', flush=True)\nsys.stdin.read()"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout is not None and owner.stdout.readline() == "mine\n"
        there = names(folder)
        line = one_japanese_line(shiori_here("doctor", "--repair", "--data-dir", str(folder)))
        assert str(owner.pid) in line
        assert names(folder) == there
        owner.communicate("")
    assert "終了したプロセス" in repaired(folder), "the mark of the one that ended without tidying"


def test_a_damaged_registry_is_told_and_not_touched(folder: Path) -> None:
    path = folder / REGISTRY_FILE
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = b"\xff" * third
    path.write_bytes(content)
    result = shiori_here("doctor", "--repair", "--data-dir", str(folder))
    assert result.returncode == 1
    assert "restore" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_to_mend_where_nothing_is(tmp_path: Path) -> None:
    result = shiori_here("doctor", "--repair", "--data-dir", str(tmp_path / "nowhere"))
    assert result.returncode == 1
    assert "[異常] データフォルダ" in result.stdout and not (tmp_path / "nowhere").exists()


def test_the_repair_is_on_record(folder: Path) -> None:
    repaired(folder)
    listed = shiori_here("audit", "list", "--json", "--data-dir", str(folder))
    assert "cli doctor --repair" in listed.stdout
