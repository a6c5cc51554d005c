"""What comes from the reading process is checked: it may have been taken over by a file."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ingest.reading import ReadFile, read_file
from ingest.wire import BrokenResultError, Outcome, outcome_bytes, outcome_of

CONTENT = "端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。\n".encode()
NAME = "端末.txt"


@pytest.fixture(scope="module")
def read() -> ReadFile:
    return read_file(CONTENT, NAME)


def received(read: ReadFile) -> ReadFile | None:
    return outcome_of(outcome_bytes(Outcome(read=read)), NAME, CONTENT).read


def test_an_honest_result_arrives_as_it_was(read: ReadFile) -> None:
    assert received(read) == read


def with_chunk(read: ReadFile, **values: object) -> ReadFile:
    return replace(read, chunks=(replace(read.chunks[0], **values), *read.chunks[1:]))


@pytest.mark.parametrize(
    "tamper",
    [
        lambda read: with_chunk(read, id="d000000000000:00000"),
        lambda read: with_chunk(read, document_id="another"),
        lambda read: with_chunk(read, ordinal=7),
        lambda read: with_chunk(read, page=9),
        lambda read: with_chunk(read, end=10_000),
        lambda read: with_chunk(read, start=-5),
        lambda read: with_chunk(read, start=9, end=3),
        lambda read: with_chunk(read, duplicate_of="another:00000"),
        lambda read: replace(read, chunks=()),
        lambda read: replace(read, pages=()),
        lambda read: replace(read, pages=read.pages * 2),
        lambda read: replace(read, pages=(replace(read.pages[0], document_id="another"),)),
        lambda read: replace(read, document=replace(read.document, page_count=99)),
        lambda read: replace(read, document=replace(read.document, chunk_count=99)),
        lambda read: replace(read, document=replace(read.document, character_count=1)),
    ],
)
def test_a_result_that_cannot_be_is_not_believed(
    read: ReadFile, tamper: Callable[[ReadFile], ReadFile]
) -> None:
    with pytest.raises(BrokenResultError):
        received(tamper(read))


@pytest.mark.parametrize("sent", [b"", b"[]", b'{"read": 5}', b"\xff\x80", b'{"read": {}}'])
def test_bytes_that_are_no_outcome_are_not_believed(sent: bytes) -> None:
    with pytest.raises(BrokenResultError):
        outcome_of(sent, NAME, CONTENT)


def test_a_result_cannot_pass_for_another_document(read: ReadFile) -> None:
    document = replace(read.document, id="another", source="../x", content_hash="0" * 64)
    taken = received(replace(read, document=document))
    assert taken is not None and taken.document == read.document
