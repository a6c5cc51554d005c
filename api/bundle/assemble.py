"""Collects everything into one folder and makes the archive of it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.bundle.archive import pack, write_checksums
from api.bundle.errors import BundleError
from api.bundle.licences import write_licences
from api.bundle.sbom import write_sbom
from api.bundle.wheels import EXTRAS, Wheel, read_wheels, sha256_of

# Runs from its wheel, so that the other machine need not have `ensurepip` (Debian splits it off).
PIP = "pip==26.3"
PROJECT = "shiori"
GUIDE = "docs/設置の手引き.md"
_COMPILED_SHARE = 0.25  # what Python adds to the size of the wheels with its .pyc files
_NOT_SAMPLES = ("sources", "build.py")  # of corpus/: how the samples are made


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    archive: Path
    size_bytes: int
    sha256: str
    wheels: int
    unpacked_bytes: int  # of all wheels


def make_bundle(root: Path, out: Path, say: Callable[[str], None]) -> Bundle:
    """The archive of the checkout at `root` for the Python that runs this, in the folder `out`.

    Uses pip's index or cache for the wheels. Raises BundleError.
    """
    name = bundle_name(root)
    made = _time_of_making()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".making-") as temporary:
        folder = Path(temporary, name)
        (folder / "sources").mkdir(parents=True)
        say("1/3 しおりのwheelを作っています…")
        built = build_project(root, Path(temporary, "project"))
        shutil.copy(
            built.with_name(f"{PROJECT}-{project_version(root)}.tar.gz"), folder / "sources"
        )
        say("2/3 必要なwheelを集めています（数分かかります）…")
        wheels = collect_wheels(root, built, folder / "wheelhouse")
        say("3/3 一つにまとめています…")
        _copy_files(root, folder)
        write_licences(wheels, folder)
        write_sbom(wheels, PROJECT, made, folder / "sbom.cdx.json")
        _write_terms(wheels, project_version(root), folder / "bundle.env")
        write_checksums(folder)
        archive = out / f"{name}.tar.gz"
        pack(folder, archive, made)
    digest = sha256_of(archive)
    (out / f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
    return Bundle(
        archive=archive,
        size_bytes=archive.stat().st_size,
        sha256=digest,
        wheels=len(wheels),
        unpacked_bytes=sum(wheel.unpacked_bytes for wheel in wheels),
    )


def bundle_name(root: Path) -> str:
    """`shiori-0.1.0-cp311-linux-x86_64`: version, Python and machine."""
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{PROJECT}-{project_version(root)}-{python}-{sysconfig.get_platform()}"


def project_version(root: Path) -> str:
    """Raises BundleError when `root` is no checkout."""
    try:
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(
            f"「{root}」に pyproject.toml がありません。ソースコードのフォルダで実行してください。"
        ) from error
    version: str = settings["project"]["version"]
    return version


def build_project(root: Path, out: Path, *, obtain_backend: bool = True) -> Path:
    """The project's wheel, made from its source archive, which lies beside it in `out`.

    Without `obtain_backend` the build backend has to be installed already, and nothing is fetched.
    Raises BundleError.
    """
    options = [] if obtain_backend else ["--no-isolation"]
    command = [sys.executable, "-m", "build", *options, "--outdir", str(out), str(root)]
    _run(command, "しおりのwheelを作る")
    return next(out.glob("*.whl"))


def collect_wheels(root: Path, project: Path, wheelhouse: Path) -> list[Wheel]:
    """Wheels of the installation with `EXTRAS` in the pinned versions, and pip, in `wheelhouse`."""
    constraints = str(root / "constraints.txt")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(wheelhouse)]
    wanted = f"{project}[{','.join(EXTRAS)}]"
    _run([*command, "--constraint", constraints, wanted, PIP], "必要なwheelを集める")
    return read_wheels(wheelhouse)


def _copy_files(root: Path, folder: Path) -> None:
    shutil.copy(Path(__file__).with_name("install.sh"), folder)
    shutil.copy(root / GUIDE, folder / "README.ja.md")
    shutil.copy(root / "LICENSE", folder)
    shutil.copytree(
        root / "corpus",
        folder / "corpus",
        ignore=shutil.ignore_patterns(*_NOT_SAMPLES, "__pycache__"),
    )


def _write_terms(wheels: Iterable[Wheel], version: str, path: Path) -> None:
    """What `install.sh` asks of the other machine, as shell assignments."""
    found = list(wheels)
    needed = sum(wheel.unpacked_bytes for wheel in found) * (1 + _COMPILED_SHARE)
    glibc = max(wheel.glibc for wheel in found)
    terms = {
        "VERSION": version,
        "EXTRAS": ",".join(EXTRAS),
        "PYTHON_VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
        "MACHINE": os.uname().machine,
        "GLIBC": f"{glibc[0]}.{glibc[1]}",
        "NEEDED_MB": str(round(needed / 1e6)),
    }
    path.write_text("".join(f"{key}={value}\n" for key, value in terms.items()), encoding="utf-8")


def _time_of_making() -> datetime:
    """Now, or what SOURCE_DATE_EPOCH says: https://reproducible-builds.org/specs/"""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)


def _run(command: Sequence[str], purpose: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        last = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise BundleError(
            f"{purpose}作業に失敗しました。インターネットにつながるパソコンで実行しているか、"
            f"確かめてください。道具の出力:\n{last}"
        )
