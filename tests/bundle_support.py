"""Small wheels and small bundles for the tests of the offline installation."""

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from api.bundle.archive import write_checksums

ROOT = Path(__file__).resolve().parents[1]
INSTALLER = ROOT / "api/bundle/install.sh"
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def make_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    *,
    lines: tuple[str, ...] = (),
    files: dict[str, str] | None = None,
    tag: str = "py3-none-any",
) -> Path:
    """A wheel with `lines` in its METADATA and `files` beside it."""
    distribution = name.replace("-", "_")
    path = folder / f"{distribution}-{version}-{tag}.whl"
    info = f"{distribution}-{version}.dist-info"
    metadata = "\n".join(("Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines))
    with zipfile.ZipFile(path, "w") as archive:
        for inner, content in (files or {}).items():
            archive.writestr(inner.replace("INFO", info), content)
        archive.writestr(f"{info}/METADATA", metadata + "\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def make_small_bundle(folder: Path, **terms: str) -> Path:
    """A bundle with the real install script and a wheel that is none; `terms` of bundle.env."""
    bundle = folder / "USB メモリ" / "shiori-0.1.0"
    (bundle / "wheelhouse").mkdir(parents=True)
    (bundle / "wheelhouse" / "shiori-0.1.0-py3-none-any.whl").write_bytes(b"no wheel")
    shutil.copy(INSTALLER, bundle)
    found = {
        "VERSION": "0.1.0",
        "EXTRAS": "oidc",
        "PYTHON_VERSION": PYTHON_VERSION,
        "MACHINE": platform.machine(),
        "GLIBC": "2.5",
        "NEEDED_MB": "1",
        **terms,
    }
    (bundle / "bundle.env").write_text("".join(f"{k}={v}\n" for k, v in found.items()))
    write_checksums(bundle)
    return bundle


def run_installer(
    bundle: Path, *arguments: str, prefix: tuple[str, ...] = (), home: Path
) -> subprocess.CompletedProcess[str]:
    """As from a fresh login: no settings of pip, Python or Shiori but a wish for a wrong index."""
    environment = {
        "HOME": str(home),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "PIP_NO_INDEX": "1",
        "PIP_TARGET": str(home / "elsewhere"),
        "SHIORI_EMBEDDING_MODEL": "/nowhere",
    }
    return subprocess.run(
        [*prefix, "bash", str(bundle / "install.sh"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        cwd=home,
        timeout=900,
    )
