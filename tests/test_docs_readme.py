"""The documents of the repository, held to the code they speak of."""

import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
from typer.main import get_command

from api.app import create_app
from api.cli import app as command_line
from eval.cli import app as evaluation
from rag.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
MARKDOWN = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "eval").rglob("*.md")),
    ROOT / "corpus/README.md",
]
PREFIX = "SHIORI_"
MAX_DECISION_LINES = 30
CODE_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
# A file or folder named in running text, as `rag/text.py`.
NAMED_PATH = re.compile(r"`((?:api|corpus|docs|eval|ingest|rag|tests)/[\w./*-]*)`")


def table_rows(text: str) -> dict[str, list[str]]:
    """The rows of all Markdown tables by their first cell, without the marks of code."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line[:1] == "|"]
    return {cells[0].strip(" `"): [cell.strip(" `") for cell in cells[1:]] for cells in rows}


def commands(app: typer.Typer, name: str) -> dict[str, Any]:
    """Every command of a Typer application by its words, as `shiori documents list`."""

    def walk(command: Any, path: str) -> dict[str, Any]:
        children: dict[str, Any] = getattr(command, "commands", {})
        found = {} if children else {path: command}
        for key, child in children.items():
            found |= walk(child, f"{path} {key}")
        return found

    return walk(get_command(app), name)


def verbs() -> dict[str, Any]:
    own = commands(command_line, "shiori")
    del own["shiori eval"]  # hands everything on to the commands of the evaluation
    return own | commands(evaluation, "shiori eval")


def anchor(heading: str) -> str:
    """The anchor that a Markdown viewer gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("field", Settings.model_fields)
def test_the_readme_lists_each_setting_with_its_default(field: str) -> None:
    rows = table_rows(README)
    name = PREFIX + field.upper()
    assert name in rows
    default, meaning = rows[name][:2]
    assert default == str(Settings.model_fields[field].default)
    assert len(meaning) > 10


def test_the_readme_names_no_variable_that_nothing_reads() -> None:
    fields = {PREFIX + field.upper() for field in Settings.model_fields}
    named = set(re.findall(rf"{PREFIX}[A-Z_]+", README))
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("api", "eval", "ingest", "rag", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if path != Path(__file__).resolve()
    )
    assert named >= fields
    assert [name for name in named - fields if f'"{name}"' not in code] == []


def verb_of(row: str) -> str:
    """The words of a command in a row of the README, its arguments left out."""
    return " ".join(word for word in row.split() if word.islower())


def test_the_readme_lists_each_verb_of_the_command_line() -> None:
    listed = {verb_of(key) for key in table_rows(README) if key.startswith("shiori ")}
    assert listed == set(verbs())


def test_each_option_that_the_readme_gives_a_verb_exists() -> None:
    rows = {verb_of(key): cells for key, cells in table_rows(README).items()}
    given = {
        (verb, option)
        for verb in verbs()
        for option in re.findall(r"--[a-z][a-z-]+", rows[verb][0])
    }
    known = {
        (verb, option)
        for verb, command in verbs().items()
        for parameter in command.params
        for option in parameter.opts
    }
    assert given
    assert given - known == set()


def test_the_readme_lists_each_address_of_the_http_api(tmp_path: Path) -> None:
    paths = create_app(Settings(data_dir=tmp_path)).openapi()["paths"]
    listed = set(re.findall(r"`(?:GET|POST|PUT|PATCH|DELETE) (/[^`]+)`", README))
    assert set(paths) - listed == set()
    assert listed - set(paths) == set()


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_link_and_image_of_a_document_exists(file: Path) -> None:
    text = CODE_BLOCK.sub("", file.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        target, _, fragment = unquote(link).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        aim = (file.parent / target).resolve() if target else file
        assert aim.exists(), link
        if fragment:
            headings = re.findall(r"^#+ (.+)$", aim.read_text(encoding="utf-8"), re.MULTILINE)
            assert fragment in map(anchor, headings), link


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_file_a_document_names_exists(file: Path) -> None:
    text = CODE_BLOCK.sub("", file.read_text(encoding="utf-8"))
    missing = [path for path in NAMED_PATH.findall(text) if not list(ROOT.glob(path.rstrip("/")))]
    assert missing == []


def test_the_readme_opens_with_a_sentence_and_a_screenshot() -> None:
    paragraphs = README.split("\n\n")
    assert paragraphs[0].startswith("# ")
    assert paragraphs[1].count(". ") == 0
    assert paragraphs[2].startswith("![")


@pytest.mark.parametrize("file", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_short_and_says_what_it_rests_on(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_DECISION_LINES
    assert text.startswith(f"# {file.name[:4]} ")
    for part in ("**Context.**", "**Choice.**", "**Measurement", "**Consequence.**"):
        assert part in text


def test_decisions_are_numbered_without_gaps() -> None:
    assert DECISIONS
    assert [int(file.name[:4]) for file in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_changelog_and_the_licence_agree_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == project["version"]
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in licence and "Version 2.0, January 2004" in licence
