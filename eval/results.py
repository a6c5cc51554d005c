"""What one run produced: a row per question, kept as JSON that later versions can compare."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.errors import ResultFileError
from eval.metrics import Verdict

SCHEMA_VERSION = 2


class Cause(StrEnum):
    """Why an answer is wrong; the first that applies, in this order of examination."""

    FAILED = "failed"
    NOT_REFUSED = "not_refused"
    FALSE_REFUSAL = "false_refusal"
    FORBIDDEN = "forbidden"
    TOO_LONG = "too_long"
    CUT = "cut"  # a cited quote has the words, the answer lost them
    NOT_CONCLUDED = "not_concluded"  # the evidence is cited, but not put into the form asked for
    NOT_RETRIEVED = "not_retrieved"
    NOT_SELECTED = "not_selected"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotedCitation:
    marker: int
    source: str
    page: int
    quote: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedPassage:
    rank: int
    source: str
    page: int
    heading: tuple[str, ...]
    chunk_ids: tuple[str, ...]
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseResult:
    """One question with its answer and verdict. `error` is the message of a failed request."""

    id: str
    type: str
    question: str
    gold: str
    difficulty: int | None
    status: str
    short_answer: str | None
    answer: str
    resolved_question: str
    citations: tuple[QuotedCitation, ...]
    passages: tuple[RankedPassage, ...]
    warnings: tuple[str, ...]
    seconds: float
    timings_ms: Mapping[str, float]
    verdict: Verdict
    cause: Cause | None
    error: str = ""

    @property
    def right(self) -> bool:
        """Answered rightly, or declined where declining is right."""
        return self.cause is None

    @property
    def deserves_refusal(self) -> bool:
        """Nothing in the documents answers the question."""
        return self.verdict.false_refusal is None


@dataclass(frozen=True, kw_only=True, slots=True)
class EvalResult:
    """One condition over one dataset."""

    condition: str
    title: str
    settings: Mapping[str, str]
    dataset: str
    dataset_sha256: str
    documents: str
    documents_sha256: str
    versions: Mapping[str, str]
    started: str  # ISO 8601 with offset
    rows: tuple[CaseResult, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultFile:
    """All conditions of one run, in the order asked for."""

    schema_version: int = SCHEMA_VERSION
    results: tuple[EvalResult, ...] = field(default=())

    def condition(self, name: str) -> EvalResult:
        """The result of this condition, or the first when the name is empty.

        Raises ResultFileError when there is none.
        """
        for result in self.results:
            if name in ("", result.condition):
                return result
        known = "、".join(result.condition for result in self.results) or "なし"
        raise ResultFileError(
            f"条件 {name or '（最初の条件）'} の結果がありません。含まれている条件: {known}。"
        )


_RESULT_FILE = TypeAdapter(ResultFile)


def result_json(results: ResultFile) -> str:
    return _RESULT_FILE.dump_json(results, indent=1).decode() + "\n"


def write_results(path: Path, results: ResultFile) -> None:
    """UTF-8 JSON. Raises OSError when the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(result_json(results), encoding="utf-8")


def read_results(path: Path) -> ResultFile:
    """Raises ResultFileError when the file is unreadable or has another schema version."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ResultFileError(
            f"{path}: 評価結果を読めません（{error.strerror}）。ファイルの場所を確かめてください。"
        ) from error
    try:
        results = _RESULT_FILE.validate_json(content)
    except ValidationError as error:
        raise ResultFileError(
            f"{path}: 評価結果の形式ではありません。"
            "shiori eval run の --json で作ったファイルを指定してください。"
        ) from error
    if results.schema_version != SCHEMA_VERSION:
        raise ResultFileError(
            f"{path}: 形式の版が {results.schema_version} です（この版は {SCHEMA_VERSION}）。"
            "評価をやり直してください。"
        )
    return results
