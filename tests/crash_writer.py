"""Run in a child process: one change to an index, killed at a chosen step of it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes import NgramEmbeddings, make_document

from rag import derived
from rag.index import Index
from rag.lexical import TantivyLexical
from rag.originals import Originals
from rag.registry import documents, journal
from rag.registry import vectors as stored_vectors
from rag.vectors import ChromaVectors

# Everything a change does that leaves a trace on the disk.
STEPS: list[tuple[Any, str]] = [
    (journal, "begin"),
    (stored_vectors, "put"),
    (Originals, "keep"),
    (ChromaVectors, "add"),
    (TantivyLexical, "add"),
    (documents, "put"),
    (documents, "remove"),
    (journal, "write_manifest"),
    (ChromaVectors, "remove"),
    (TantivyLexical, "remove"),
    (Originals, "forget_all_but"),
    (journal, "finish"),
    (derived, "build_lexical"),
    (derived, "forget_other_folders"),
]

OLD = make_document("計画.txt", ["旧版の第1章", "旧版の第2章", "旧版の第3章"], content=b"old")
NEW = make_document("計画.txt", ["新版の第1章", "新版の第2章"], content=b"new")
OTHER = make_document("監査.txt", ["監査委員の意見", "旧版の第2章"], content=b"other")
ADDED = make_document("追加.txt", ["追加した文書の文"], content=b"added")

CHANGES: dict[str, Callable[[Index], object]] = {
    "add": lambda index: index.add(*ADDED, original=b"added"),
    "replace": lambda index: index.add(*NEW, original=b"new"),
    "remove": lambda index: index.remove(OLD[0].id),
}


def fill(folder: Path) -> None:
    with Index.open(folder, NgramEmbeddings()) as index:
        index.add(*OLD, original=b"old")
        index.add(*OTHER, original=b"other")


def die_at(step: int) -> None:
    """Count the moments before and after every step; kill this process at the given one."""
    passed = 0

    def tick() -> None:
        nonlocal passed
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            tick()
            result = function(*arguments, **options)
            tick()
            return result

        return call

    for owner, name in STEPS:
        setattr(owner, name, wrap(getattr(owner, name)))


def change(folder: Path, name: str, step: int) -> None:
    index = Index.open(folder, NgramEmbeddings())
    die_at(step)
    CHANGES[name](index)
    index.close()
