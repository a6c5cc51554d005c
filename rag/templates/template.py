"""What a template is, and reading those of the product and of the city from TOML files."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import ShioriError

BUILT_IN = Path(__file__).parent
OWN_FOLDER = "templates"  # in the data folder
MOST_FIELD_CHARACTERS = 1_000
MOST_QUERY_CHARACTERS = 2_000
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_PLACE = re.compile(r"\{\{([a-z_]+)\}\}")


class TemplateError(ShioriError):
    code = "template"


class UnknownTemplateError(ShioriError):
    code = "unknown_template"


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    name: str
    label: str
    most_characters: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A part of the text that is answered from the documents."""

    query: str  # with places, as {{topic}}
    heading: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    """`lead` and `closing` hold the reader's own words and fixed phrases, and claim nothing."""

    id: str
    version: int
    title: str
    purpose: str
    without_model: str  # what it cannot do without a language model
    fields: tuple[Field, ...]
    sections: tuple[Section, ...]
    lead: str
    closing: str
    prompt: str  # "" for the one of answers
    example_fields: Mapping[str, str]
    example_result: str
    own: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """All templates there are, and what is wrong with files of the city that are none."""

    templates: tuple[Template, ...]
    faults: tuple[str, ...] = ()

    def get(self, identifier: str) -> Template:
        """Raises UnknownTemplateError."""
        for template in self.templates:
            if template.id == identifier:
                return template
        raise UnknownTemplateError("そのテンプレートはありません。一覧で確かめてください。")


def shelf(data_dir: Path) -> Shelf:
    """Those of the product and of the city; one of the city takes the place of its namesake."""
    found = {path.stem: read_template(path, own=False) for path in _files(BUILT_IN)}
    faults = []
    for path in _files(data_dir / OWN_FOLDER):
        try:
            found[path.stem] = read_template(path, own=True)
        except TemplateError as error:
            faults.append(error.message)
    order = ("question", "summary", "comparison", "speech", "council", "mail")
    ordered = sorted(found.values(), key=lambda t: ((*order, t.id).index(t.id), t.id))
    return Shelf(tuple(ordered), tuple(faults))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml")) if folder.is_dir() else []


def read_template(path: Path, *, own: bool) -> Template:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        template = _built(path.stem, content, own)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TemplateError(f"テンプレート「{path.name}」を読み取れません（{error}）。") from error
    _require_sound(template, path.name)
    return template


def _built(identifier: str, content: Mapping[str, Any], own: bool) -> Template:
    return Template(
        id=identifier,
        version=int(content["version"]),
        title=str(content["title"]),
        purpose=str(content["purpose"]),
        without_model=str(content["without_model"]),
        fields=tuple(
            Field(
                name=str(field["name"]),
                label=str(field["label"]),
                most_characters=min(int(field.get("most_characters", 200)), MOST_FIELD_CHARACTERS),
            )
            for field in content["fields"]
        ),
        sections=tuple(
            Section(query=str(section["query"]), heading=str(section.get("heading", "")))
            for section in content["sections"]
        ),
        lead=str(content.get("lead", "")),
        closing=str(content.get("closing", "")),
        prompt=str(content.get("prompt", "")),
        example_fields={
            str(name): str(value) for name, value in content["example"]["fields"].items()
        },
        example_result=str(content["example"]["result"]),
        own=own,
    )


def _require_sound(template: Template, file: str) -> None:
    """Every place has its field, and every field can be filled in."""
    names = {field.name for field in template.fields}
    texts = [template.lead, template.closing]
    texts += [text for s in template.sections for text in (s.query, s.heading)]
    unknown = {place for text in texts for place in _PLACE.findall(text)} - names
    if unknown or not template.sections or set(template.example_fields) != names:
        raise TemplateError(
            f"テンプレート「{file}」の欄（fields）と、本文の {{{{…}}}} や例（example）が合いません。"
        )
    if not _NAME.fullmatch(template.id) or not all(_NAME.fullmatch(name) for name in names):
        raise TemplateError(f"テンプレート「{file}」の名前は半角の英小文字で付けてください。")


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its places filled in one pass; a value's own places stay as they are."""
    return _PLACE.sub(lambda match: values[match.group(1)], text)


def checked_values(template: Template, given: Mapping[str, str]) -> dict[str, str]:
    """The values of all fields. Raises TemplateError naming a field that is missing or too long."""
    values = {}
    known = {field.name for field in template.fields}
    if unknown := sorted(set(given) - known):
        raise TemplateError(f"「{template.title}」に欄「{unknown[0]}」はありません。")
    for field in template.fields:
        value = given.get(field.name, "").strip()
        if not value:
            raise TemplateError(f"「{field.label}」を入力してください。")
        if len(value) > field.most_characters:
            raise TemplateError(
                f"「{field.label}」は{field.most_characters}文字以内で入力してください。"
            )
        values[field.name] = value
    return values


def queries(template: Template, values: Mapping[str, str]) -> Sequence[str]:
    """What is asked of the documents, one question for each section."""
    return [filled(section.query, values)[:MOST_QUERY_CHARACTERS] for section in template.sections]
