"""Cases out of question sets of the project: what the product itself reads for each question."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.fit import holds_evidence, read
from eval.metrics import SHORT_TYPES, includes_required
from eval.questions import OUT_OF_SCOPE, Question, load_dataset
from eval.reader.case_file import ProductCase, ReadUnit
from eval.reader.spans import answer_place, pieces_within
from eval.workspace import open_documents
from rag.assistant import Assistant
from rag.composed import Reading
from rag.e5.tokens import Tokeniser
from rag.embedding import Embedder
from rag.reader.passages import passage_of
from rag.units import Unit

_UNITS = 10
# A cell of a table is one place too, though several may be asked for.
_ONE_PLACE = SHORT_TYPES | {"table_lookup"}


def product_cases(
    documents: Path, files: Sequence[Path], cache: Path, embedder: Embedder, tokeniser: Tokeniser
) -> Iterator[ProductCase]:
    """One for each question that is in scope. Raises ShioriError as ingestion and loading do."""
    with open_documents(documents, cache, embedder, keep=True) as (index, _):
        assistant = Assistant(index)
        for file in files:
            dataset = load_dataset([file])
            for question in dataset.questions:
                if question.type == OUT_OF_SCOPE:
                    continue
                reading = read(assistant, question)
                yield ProductCase(
                    dataset=dataset.name,
                    id=question.id,
                    question=tokeniser.numbers(reading.question.text),
                    answerable=question.has_evidence,
                    units=[
                        _unit(assistant, question, reading, evidence.unit, tokeniser)
                        for evidence in reading.evidence[:_UNITS]
                    ],
                )


def _unit(
    assistant: Assistant, question: Question, reading: Reading, unit: Unit, tokeniser: Tokeniser
) -> ReadUnit:
    page = assistant.index.page(unit.chunk.document_id, unit.chunk.page)
    source = assistant.index.document(unit.chunk.document_id).source
    gold = holds_evidence(question, source, page.text[unit.start : unit.end])
    text = passage_of(reading.question, reading.terms, unit)
    pieces, places = tokeniser.placed(text)
    answer = answer_place(question, text) if gold and question.type in _ONE_PLACE else None
    return ReadUnit(
        text=text,
        pieces=pieces,
        places=places,
        gold=gold,
        complete=question.has_evidence
        and bool(question.must_include)
        and includes_required(text, question.must_include),
        span=pieces_within(places, *answer) if answer else None,
    )
