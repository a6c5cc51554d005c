"""Question files: one JSON object a line, each a question with gold answer and evidence."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.errors import QuestionFileError
from rag.types import Query, Turn

UNANSWERABLE = "unanswerable"
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Where the answer stands. `doc` is the beginning of the file name, `page` is 1-based."""

    doc: str
    quote: str
    section: str = ""
    page: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """`must_include` is an AND over groups and an OR inside a group.

    `alt_evidence` are passages that are equally sufficient. `evidence` is empty for questions
    that the documents do not answer. These two and `must_not_include` have no default, because
    a misspelt field name would otherwise silently weaken the judgement.
    """

    id: str
    question: str
    type: str
    answer: str
    must_include: tuple[tuple[str, ...], ...]
    must_not_include: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    alt_evidence: tuple[Evidence, ...] = ()
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    difficulty: int | None = None
    note: str = ""

    @property
    def has_evidence(self) -> bool:
        return bool(self.evidence)

    def query(self, top_k: int) -> Query:
        return Query(text=self.question, history=self.history, as_of=self.as_of, top_k=top_k)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """The questions of one or more files. `sha256` is over the bytes of the files in order."""

    name: str
    sha256: str
    questions: tuple[Question, ...]

    def only(self, wanted: Sequence[str]) -> "Dataset":
        """The questions whose id or type is wanted; all of them when nothing is.

        Raises QuestionFileError for a word that is neither.
        """
        if not wanted:
            return self
        known = {word for question in self.questions for word in (question.id, question.type)}
        for word in wanted:
            if word not in known:
                raise QuestionFileError(
                    f"設問の id にも種類にも {word} はありません。設問ファイルを確かめてください。"
                )
        chosen = tuple(q for q in self.questions if q.id in wanted or q.type in wanted)
        name = f"{self.name}（{'、'.join(wanted)}）"
        return replace(self, name=name, questions=chosen)


_QUESTION = TypeAdapter(Question)


def parse_question(line: str, where: str) -> Question:
    """One line of a question file. Raises QuestionFileError whose message begins with `where`."""
    try:
        question = _QUESTION.validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "行全体"
        raise QuestionFileError(
            f"{where}: 設問として読めません（項目 {field}: {first['msg']}）。"
            "この行の JSON を直してください。"
        ) from error
    if not question.id.strip() or not question.question.strip():
        raise QuestionFileError(f"{where}: id と question は空にできません。値を入れてください。")
    if any(not group for group in question.must_include):
        raise QuestionFileError(
            f"{where}: must_include に空の組があります（設問 {question.id}）。"
            "組ごとに語を一つ以上入れてください。"
        )
    return question


def read_questions(path: Path) -> list[Question]:
    """All questions of one JSONL file, in order; blank lines are skipped.

    Raises QuestionFileError, naming file and line, when the file is unreadable or empty, a line
    is not a question, or an id occurs twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(
            f"{path}: 設問ファイルを読めません（{error}）。"
            "ファイルの場所と文字コード（UTF-8）を確かめてください。"
        ) from error
    questions: list[Question] = []
    seen: dict[str, int] = {}
    # Not splitlines(): U+2028 and friends may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        question = parse_question(line, f"{path} の {number} 行目")
        if question.id in seen:
            raise QuestionFileError(
                f"{path} の {number} 行目: id {question.id} は {seen[question.id]} 行目にもあります。"
                "id を重ならないように直してください。"
            )
        seen[question.id] = number
        questions.append(question)
    if not questions:
        raise QuestionFileError(f"{path}: 設問が一つもありません。別のファイルを指定してください。")
    return questions


def load_dataset(paths: Sequence[Path]) -> Dataset:
    """The questions of all files as one dataset. Raises QuestionFileError as `read_questions`,
    and when two files share an id."""
    if not paths:
        raise QuestionFileError("設問ファイルが指定されていません。--dataset で指定してください。")
    digest = hashlib.sha256()
    questions: list[Question] = []
    owner: dict[str, Path] = {}
    for path in paths:
        for question in read_questions(path):
            if question.id in owner:
                raise QuestionFileError(
                    f"{path}: id {question.id} は {owner[question.id]} にもあります。"
                    "一方のファイルの id を直してください。"
                )
            owner[question.id] = path
            questions.append(question)
        digest.update(path.read_bytes())
    name = " + ".join(f"{path.parent.name}/{path.name}" for path in paths)
    return Dataset(name=name, sha256=digest.hexdigest(), questions=tuple(questions))
