"""Makes the data folder that a released version writes, as a fixture for later versions.

    git archive COMMIT | tar x -C CHECKOUT
    PYTHONPATH=CHECKOUT:CHECKOUT/tests .venv/bin/python tests/releases/make.py tests/releases/0.1.0.zip

The released code writes it, with the released stand-in for the embedder, so that nothing of today
gets in.
"""

import json
import shutil
import sys
import tempfile
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from fakes import NgramEmbeddings, make_document

from rag.index import Index
from rag.registry.turns import TurnState

QUESTION = "窓口業務で処理した件数"


def fill(folder: Path) -> dict[str, object]:
    """Documents added, replaced and removed, and turns; returns what was found in it."""
    with Index.open(folder, NgramEmbeddings(), chunker_version="5") as index:
        texts = [f"第{n}章 窓口業務の見直しにより{n * 37}件を処理した。" for n in range(12)]
        document, pages, chunks = make_document("計画.txt", texts, content=b"plan")
        document = replace(document, kind="計画", issued=date(2025, 3, 1), warnings=("注意",))
        index.add(document, pages, chunks, original=b"plan")
        index.add(*make_document("監査.txt", ["旧い意見"], content=b"old"), original=b"old")
        index.add(*make_document("監査.txt", ["監査委員の意見"], content=b"new"), original=b"new")
        index.add(*make_document("消した.txt", ["消した文書"]))
        index.remove(make_document("消した.txt", ["消した文書"])[0].id)
        for question, state in (
            ("件数は？", TurnState.COMPLETE),
            ("切れた", TurnState.CUT_BY_USER),
        ):
            turn = index.turn_log.begin_turn("c", question)
            index.turn_log.finish_turn(turn, '{"answer": "444件"}', state)
    with Index.open(folder, NgramEmbeddings()) as index:
        status = index.status()
        return {
            "counts": [status.documents, status.pages, status.chunks],
            "sources": [document.source for document in index.documents()],
            "vectors": [[h.chunk_id, round(h.score, 5)] for h in index.vector_search(QUESTION, 9)],
            "lemma": [h.chunk_id for h in index.lexical_search(QUESTION, "lemma", 9)],
            "turns": [[turn.question, turn.state.value] for turn in index.turn_log.turns("c")],
        }


def main(archive: Path) -> None:
    folder = Path(tempfile.mkdtemp()) / "var"
    found = fill(folder)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("expected.json", json.dumps(found, ensure_ascii=False, indent=1))
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, Path("var") / path.relative_to(folder))
    shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
