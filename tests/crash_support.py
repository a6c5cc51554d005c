"""A child that keeps changing an index until it is killed, and the checks of what it left."""

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from fakes import NgramEmbeddings, make_document

from rag.index import Index
from rag.registry import documents, journal
from rag.registry.turns import TurnState

SOURCES = [f"文書{number}.txt" for number in range(5)]
TARGETS = {
    "registry": ["registry.sqlite3*"],
    "vectors": ["vectors-*/chroma.sqlite3*"],
    "lexical": ["lexical-*/*.json", "lexical-*/.*.json"],
    "blobs": ["blobs", "blobs/*"],
}
LONGEST_START_S = 60.0

# What is said of a document: (the name its text speaks of, the version its text speaks of).
State = dict[str, tuple[str, int]]


class LostDocumentError(AssertionError):
    """The index does not hold what was acknowledged."""


@dataclass(kw_only=True)
class Promised:
    """What the child has acknowledged, and the operation it was killed in."""

    state: State = field(default_factory=dict)
    in_flight: State | None = None
    turns: set[str] = field(default_factory=set)
    operations: int = 0


def texts(origin: str, version: int) -> list[str]:
    return [
        f"{origin}の改訂{version}では第{number}条に窓口{version * 7 + number}番を定める。"
        for number in range(1 + version % 4)
    ]


def content(origin: str, version: int) -> bytes:
    return "\n".join(texts(origin, version)).encode()


def forkserver() -> ForkServerContext:
    """Makes children quickly: they are forked from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb", "alembic.command", "crash_support"])
    return context


def keep_changing(folder: Path, acknowledgements: Path, seed: int) -> None:
    """The child: add, replace, keep as old version, remove and ask, saying so before and after."""
    chance = random.Random(seed)
    log = os.open(acknowledgements, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(event: str, **values: object) -> None:
        line = json.dumps({"event": event, **values}, ensure_ascii=False) + "\n"
        os.write(log, line.encode())

    index = Index.open(folder, NgramEmbeddings())
    for number in range(seed * 1_000, seed * 1_000 + 1_000):
        before = state_of(index)
        after, change = _next_change(index, before, number, chance)
        say("begin", state=after)
        change()
        say("done", state=after)
        turn = index.turn_log.begin_turn("c", "窓口は？")
        index.turn_log.finish_turn(turn, '{"answer": "窓口"}', TurnState.COMPLETE)
        say("turn", id=turn)
        index.vector_search("窓口", 3)


def _next_change(
    index: Index, before: State, number: int, chance: random.Random
) -> tuple[State, Any]:
    there = sorted(before)
    if len(there) > 8 or (there and chance.random() < 0.25):
        gone = chance.choice(there)
        after = {source: what for source, what in before.items() if source != gone}
        return after, lambda: index.remove(_id(gone))
    source = chance.choice(SOURCES)
    new = make_document(source, texts(source, number), content=content(source, number))
    after = before | {source: (source, number)}
    if source not in before or chance.random() < 0.6:
        return after, lambda: index.add(*new, original=content(source, number))
    kept = f"{source}（旧版{number}）"
    after[kept] = before[source]
    return after, lambda: index.replace(
        *new, original=content(source, number), keep_as=(_id(kept), kept), on=date(2026, 4, 1)
    )


def _id(source: str) -> str:
    return make_document(source, [""])[0].id


def state_of(index: Index) -> State:
    found: State = {}
    for document in index.documents():
        first = index.page(document.id, 1).text
        origin, _, rest = first.partition("の改訂")
        found[document.source] = (origin, int(rest.partition("では")[0]))
    return found


def read_promises(acknowledgements: Path, promised: Promised) -> None:
    """Bring `promised` up to what the child has written by now."""
    promised.in_flight = None
    for line in acknowledgements.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        if said["event"] == "turn":
            promised.turns.add(said["id"])
            continue
        state = {source: (what[0], what[1]) for source, what in said["state"].items()}
        if said["event"] == "begin":
            promised.in_flight = state
        else:
            promised.state, promised.in_flight = state, None
            promised.operations += 1


def states_said(acknowledgements: Path) -> list[State]:
    """Every state that the child has announced or reached so far, in order."""
    lines = acknowledgements.read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines if line.endswith("}")]
    return [
        {source: (what[0], what[1]) for source, what in line["state"].items()}
        for line in said
        if "state" in line
    ]


def check(folder: Path, promised: Promised) -> bool:
    """Open the folder and hold everything against `promised`; whether an index was rebuilt.

    Raises `LostDocumentError` or another AssertionError.
    """
    names = _derived(folder)
    with Index.open(folder, NgramEmbeddings()) as index:
        found = state_of(index)
        if found not in (promised.state, promised.in_flight):
            raise LostDocumentError(f"{found} is neither {promised.state} nor {promised.in_flight}")
        promised.state = found
        check_agreement(index)
        for source, (origin, version) in found.items():
            document_id = _id(source)
            assert [page.text for page in index.pages(document_id)] == texts(origin, version)
            assert index.original(document_id).read_bytes() == content(origin, version)
        check_findable(index)
        turns = {turn.id: turn.state for turn in index.turn_log.turns("c")}
        assert promised.turns <= turns.keys()
        assert TurnState.RUNNING not in turns.values()
    return _derived(folder) != names


def check_agreement(index: Index) -> None:
    """Registry, dense index, lexical index and originals hold the same, and nothing else."""
    stores = index._stores
    with stores.database.read() as connection:
        expected = set(documents.entry_keys(connection))
        assert journal.unfinished(connection) == []
    assert stores.vectors.keys() == expected
    assert stores.lexical.keys() == expected
    assert not stores.lexical.holds_removed()
    kept = {path.name for path in (index.data_dir / "blobs").iterdir()}
    assert kept == {document.content_hash for document in index.documents()}
    assert len(list(index.data_dir.glob("vectors-*"))) == 1
    assert len(list(index.data_dir.glob("lexical-*"))) == 1


def check_agreement_of(index: Index) -> None:
    """As `check_agreement`, where not every document has its file."""
    with index.database.read() as connection:
        expected = set(documents.entry_keys(connection))
    assert index._stores.vectors.keys() == index._stores.lexical.keys() == expected
    assert len(list(index.data_dir.glob("vectors-*"))) == 1
    assert len(list(index.data_dir.glob("lexical-*"))) == 1
    check_findable(index)


def check_findable(index: Index) -> None:
    """Every chunk is the first hit of its own vector and among the first of its own words."""
    embedder = index._stores.embedder
    for document in index.documents():
        for chunk in index.chunks_of(document.id):
            (vector,) = embedder.embed_documents([chunk.search_text])
            assert index.vector_search(vector, 1)[0].chunk_id == chunk.id
            by_words = index.lexical_search(chunk.text, "bigram", 3)
            assert chunk.id in [hit.chunk_id for hit in by_words]


def _derived(folder: Path) -> set[str]:
    return {path.name for kind in ("vectors", "lexical") for path in folder.glob(f"{kind}-*")}


def run_and_kill(
    context: ForkServerContext, folder: Path, seed: int, target: str, chance: random.Random
) -> Path:
    """Let a child change `folder` and kill it; its acknowledgements.

    Without `target` the moment is random, sometimes while the folder is being opened. With one,
    it is up to 30 ms after one of the first changes to the files that `TARGETS` names.
    """
    acknowledgements = folder.parent / f"said-{seed}.jsonl"
    acknowledgements.touch()
    child = context.Process(target=keep_changing, args=(folder, acknowledgements, seed))
    child.start()
    try:
        if not target and chance.random() < 0.2:
            time.sleep(chance.uniform(0, 1.0))
        else:
            wait_for(lambda: acknowledgements.stat().st_size > 0, child)
            if target:
                for _ in range(chance.randint(1, 25)):
                    _wait_for_change(folder, TARGETS[target], child)
                time.sleep(chance.uniform(0, 0.03))
            else:
                time.sleep(chance.uniform(0, 0.8))
    finally:
        assert child.pid is not None
        if child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
        child.join(LONGEST_START_S)
    assert child.exitcode == -signal.SIGKILL, f"the child ended by itself: {child.exitcode}"
    return acknowledgements


def wait_for(condition: Any, child: Any) -> None:
    deadline = time.monotonic() + LONGEST_START_S
    while not condition():
        assert time.monotonic() < deadline and child.is_alive(), "the child did not begin"
        time.sleep(0.002)


def _wait_for_change(folder: Path, patterns: list[str], child: Any) -> None:
    """Until a file of `patterns` changes; a second without any change is enough waiting."""
    before, deadline = set(_stamps(folder, patterns)), time.monotonic() + 1.0
    while set(_stamps(folder, patterns)) == before and time.monotonic() < deadline:
        assert child.is_alive(), "the child ended by itself"
        time.sleep(0.001)


def _stamps(folder: Path, patterns: list[str]) -> Iterator[tuple[str, int, int]]:
    for pattern in patterns:
        for path in folder.glob(pattern):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            yield path.name, status.st_mtime_ns, status.st_size
