"""The named conditions of conditions.toml, and how each becomes something that answers."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from langchain_core.embeddings import Embeddings
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated

from eval.baselines import TutorialIndex, TutorialOptions, paste, stored_pages
from eval.errors import ConditionError
from eval.metrics import length_limit
from eval.questions import Question
from eval.recutting import Cut
from eval.runner import TOP_K, Condition
from rag.assistant import Assistant
from rag.index import Index
from rag.refusal import calibration_for
from rag.retrieval import RetrievalOptions, Retriever
from rag.types import Answer

if TYPE_CHECKING:
    from rag.llm.writer import ModelWriter

DEFAULT_CONDITION = "product"
_STRICT = ConfigDict(extra="forbid")


@validated(frozen=True, kw_only=True, config=_STRICT)
class ConditionSpec:
    """One condition as written in the file. `retrieval` overrides the product's options.

    `cut` names the index it wants to be built over. Without `reader` the signals decide alone.
    """

    title: str
    system: Literal["assistant", "paste", "tutorial"]
    retrieval: Mapping[str, bool | int | float | Mapping[str, float]] = field(default_factory=dict)
    cut: Cut = "product"
    reader: bool = True
    tutorial: TutorialOptions = field(default_factory=TutorialOptions)


@validated(frozen=True, kw_only=True, config=_STRICT)
class ConditionFile:
    conditions: Mapping[str, ConditionSpec]
    groups: Mapping[str, tuple[str, ...]]


def read_conditions(text: str | None = None) -> ConditionFile:
    """The conditions of a TOML text, by default the file that comes with the product.

    Raises ConditionError when the text is not TOML, a condition is ill-defined, or a group names
    a condition that is not there.
    """
    if text is None:
        text = files("eval").joinpath("conditions.toml").read_text(encoding="utf-8")
    try:
        found = TypeAdapter(ConditionFile).validate_python(tomllib.loads(text))
        for spec in found.conditions.values():
            retrieval_options(spec)
    except (tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
        raise ConditionError(
            f"評価条件の定義を読めません（{error}）。conditions.toml を直してください。"
        ) from error
    for group, names in found.groups.items():
        for name in names:
            if name not in found.conditions:
                raise ConditionError(
                    f"評価条件の組 {group} にある {name} が定義されていません。"
                    "conditions.toml を直してください。"
                )
    return found


def retrieval_options(spec: ConditionSpec) -> RetrievalOptions:
    """The product's options with those of the condition. Raises TypeError for unknown ones."""
    return RetrievalOptions(**spec.retrieval)  # type: ignore[arg-type]


def select_conditions(
    names: Sequence[str], known: ConditionFile
) -> list[tuple[str, ConditionSpec]]:
    """Conditions by name, groups spelt out, each once, in the order asked for.

    Raises ConditionError for an unknown name.
    """
    chosen: dict[str, ConditionSpec] = {}
    for name in names:
        for member in known.groups.get(name, (name,)):
            if member not in known.conditions:
                possible = "、".join([*known.groups, *known.conditions])
                raise ConditionError(
                    f"評価条件 {name} はありません。次から選んでください: {possible}"
                )
            chosen[member] = known.conditions[member]
    return list(chosen.items())


def build_condition(
    name: str,
    spec: ConditionSpec,
    index: Index,
    embedder: Embeddings,
    mode: str,
    writer: "ModelWriter | None" = None,
) -> Condition:
    """The condition over an index of its cut, ready to be asked. A tutorial embeds all pages here.

    With a `writer` a language model writes the product's answers, unless `mode` is extractive.
    """

    def page_text(document_id: str, number: int) -> str:
        return index.page(document_id, number).text

    settings: dict[str, str] = {"system": spec.system, "cut": spec.cut}
    if spec.system == "tutorial":
        tutorial = TutorialIndex(stored_pages(index), embedder, spec.tutorial)
        settings |= {
            "chunk_chars": str(spec.tutorial.chunk_chars),
            "overlap_chars": str(spec.tutorial.overlap_chars),
            "pasted_chunks": str(spec.tutorial.pasted_chunks),
        }

        def ask(question: Question) -> Answer:
            return tutorial.ask(question.query(TOP_K), length_limit(question.type))

    else:
        options = retrieval_options(spec)
        settings |= {key: str(getattr(options, key)) for key in RetrievalOptions.__slots__}
        retriever = Retriever(index, options)
        if spec.system == "paste":

            def ask(question: Question) -> Answer:
                passages = retriever.search(question.query(TOP_K))
                return paste(passages, page_text, length_limit(question.type))

        else:
            calibration = calibration_for(index.embedder_name)
            if not spec.reader:
                calibration = replace(calibration, sure=0.0)
            assistant = Assistant(index, retriever, calibration, writer)
            settings |= {"mode": mode, "reader": str(spec.reader)}

            def ask(question: Question) -> Answer:
                return assistant.ask(question.query(TOP_K), mode=mode)

    return Condition(name=name, title=spec.title, settings=settings, ask=ask, page_text=page_text)
