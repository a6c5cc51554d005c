"""Whether a server that takes the same documents in again and again stops growing (R13).

    .venv/bin/python tests/memory_campaign.py [--passes 4] [--cpu-seconds 5]

The whole catalogue of bad files, with good ones among it, goes into one server, with a question
after each; then every document is deleted, and the same begins again. Prints after each half what
the process holds. Exit code 1 when the last pass left more than a twentieth above the one before.
"""

import argparse
import signal
import sys
import tempfile
import time

import httpx
from bad_inputs_campaign import GOOD, memory_mb, send, serving
from bad_inputs_support import JAPANESE
from bad_office_support import SHEETS, WORDS
from bad_pdf_support import PDFS
from bad_text_support import TEXTS

STAYS = "手数料.txt"  # what is asked about
MOST_GROWTH = 1.05
SETTLE_S = 5.0  # what was made for the last file is put away


def fill(client: httpx.Client, files: list[tuple[str, bytes]]) -> int:
    """Number of documents held after all `files` were sent."""
    for name, content in files:
        send(client, name, content)
        ask(client)
    return len(held(client))


def clear(client: httpx.Client) -> int:
    """Number of documents held after all but one were deleted."""
    for document_id, source in held(client).items():
        if source != STAYS:
            client.delete(f"/api/documents/{document_id}").raise_for_status()
    return len(held(client))


def ask(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": "証明書の交付手数料は？"})
    assert "300円" in answer.raise_for_status().json()["answer"]


def held(client: httpx.Client) -> dict[str, str]:
    """Source of each document by id."""
    documents = client.get("/api/documents").json()["documents"]
    return {document["id"]: document["source"] for document in documents}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=4)
    parser.add_argument("--cpu-seconds", type=int, default=5, help="for reading one file")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    files = [(case.name, case.content()) for case in (*PDFS, *WORDS, *SHEETS, *TEXTS)]
    for place, good in enumerate(GOOD.items()):
        files.insert(place * len(files) // len(GOOD), good)
    full: list[float] = []
    with (
        tempfile.TemporaryDirectory() as place,
        serving(f"{place}/var", {"SHIORI_READING_CPU_S": str(asked.cpu_seconds)}) as (url, server),
        httpx.Client(base_url=url, timeout=600, trust_env=False) as client,
    ):
        send(client, STAYS, f"{JAPANESE}\n".encode())
        ask(client)
        time.sleep(SETTLE_S)
        print(_shown("before", 1, server.pid), flush=True)
        for number in range(1, asked.passes + 1):
            for what in ("full", "empty"):
                started = time.monotonic()
                count = fill(client, files) if what == "full" else clear(client)
                spent = time.monotonic() - started
                time.sleep(SETTLE_S)
                line = _shown(f"pass {number}, {what}", count, server.pid)
                print(f"{line}, {spent:.0f} s", flush=True)
                if what == "full":
                    full.append(memory_mb(server.pid)[1])
    return 1 if full[-1] > full[-2] * MOST_GROWTH else 0


def _shown(what: str, documents: int, pid: int) -> str:
    whole, own = memory_mb(pid)
    return f"{what}: {documents} documents, {whole:.0f} MB, {own:.0f} of them the process's own"


if __name__ == "__main__":
    sys.exit(main())
