"""The install script refuses in one sentence what cannot go well, and leaves nothing behind."""

import shutil
import sys
from pathlib import Path

import pytest
from bundle_support import PYTHON_VERSION, make_small_bundle, run_installer

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("sha256sum") is None,
    reason="the install script is for Linux with coreutils",
)


def refusal(bundle: Path, tmp_path: Path, *arguments: str) -> str:
    """What it says when it refuses; nothing was put into the home folder."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    result = run_installer(bundle, *arguments, home=home)
    assert result.returncode == 1, result.stdout + result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("設置できません: ")
    assert not (home / "shiori" / "current").exists()
    assert not list(home.glob("shiori/releases/*"))
    return result.stderr


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    bundle = make_small_bundle(tmp_path)
    (bundle / "wheelhouse" / "shiori-0.1.0-py3-none-any.whl").write_bytes(b"other bytes")
    said = refusal(bundle, tmp_path)
    assert "wheelhouse/shiori-0.1.0-py3-none-any.whl" in said and "展開し直して" in said


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    bundle = make_small_bundle(tmp_path)
    (bundle / "wheelhouse" / "shiori-0.1.0-py3-none-any.whl").unlink()
    assert "wheelhouse/shiori-0.1.0-py3-none-any.whl" in refusal(bundle, tmp_path)


def test_a_wheel_that_nobody_has_listed_is_refused(tmp_path: Path) -> None:
    bundle = make_small_bundle(tmp_path)
    (bundle / "wheelhouse" / "numpy-99.0-py3-none-any.whl").write_bytes(b"a stranger")
    said = refusal(bundle, tmp_path)
    assert "numpy-99.0" in said and "一覧にない" in said


@pytest.mark.parametrize("content", [None, "", "これは一覧ではない\n"])
def test_a_list_of_checksums_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    bundle = make_small_bundle(tmp_path)
    checksums = bundle / "SHA256SUMS"
    checksums.unlink()
    if content is not None:
        checksums.write_text(content, encoding="utf-8")
    assert "SHA256SUMS" in refusal(bundle, tmp_path)


def test_another_version_of_python_is_refused_with_the_one_that_was_found(tmp_path: Path) -> None:
    bundle = make_small_bundle(tmp_path, PYTHON_VERSION="3.99")
    said = refusal(bundle, tmp_path)
    assert "Python 3.99 が必要です" in said and PYTHON_VERSION in said


def test_the_python_that_is_asked_for_is_the_only_one_tried(tmp_path: Path) -> None:
    said = refusal(make_small_bundle(tmp_path), tmp_path, "--python", "/no/such/python")
    assert "見つかりません" in said


def test_another_kind_of_machine_is_refused(tmp_path: Path) -> None:
    assert "vax 用です" in refusal(make_small_bundle(tmp_path, MACHINE="vax"), tmp_path)


def test_an_older_system_is_refused(tmp_path: Path) -> None:
    said = refusal(make_small_bundle(tmp_path, GLIBC="9.99"), tmp_path)
    assert "9.99 以上が必要" in said


def test_a_disk_that_is_too_small_is_refused_with_the_room_it_takes(tmp_path: Path) -> None:
    said = refusal(make_small_bundle(tmp_path, NEEDED_MB="999999999"), tmp_path)
    assert "1000000999MB必要" in said


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "書類"
    mine.mkdir()
    (mine / "大切.txt").write_text("消さない", encoding="utf-8")
    assert "別のもの" in refusal(make_small_bundle(tmp_path), tmp_path, str(mine))
    assert [path.name for path in mine.iterdir()] == ["大切.txt"]


def test_an_unknown_option_is_named(tmp_path: Path) -> None:
    assert "--fast" in refusal(make_small_bundle(tmp_path), tmp_path, "--fast")


def test_a_failed_installation_leaves_the_release_before_it_in_use(tmp_path: Path) -> None:
    target = tmp_path / "設置 先"
    before = target / "releases" / "0.0.9"
    before.mkdir(parents=True)
    (target / ".shiori").touch()
    (target / "current").symlink_to(before)
    result = run_installer(make_small_bundle(tmp_path), str(target), home=tmp_path)
    assert result.returncode == 1
    assert "部品を入れられませんでした" in result.stderr and "取りやめました" in result.stderr
    assert str(target / "install.log") in result.stderr
    assert (target / "install.log").is_file()
    assert (target / "current").resolve() == before
    assert [path.name for path in (target / "releases").iterdir()] == ["0.0.9"]


def test_help_says_how_it_is_used(tmp_path: Path) -> None:
    result = run_installer(make_small_bundle(tmp_path), "--help", home=tmp_path)
    assert result.returncode == 0 and result.stdout.startswith("使い方: bash install.sh")
