"""SIGTERM in office hours: open streams end in words, turns are on record, the process is gone."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from api_support import sse_events
from llm_answers_support import PLAN, QUESTION
from llm_support import model_server, waits
from test_cli_verbs import SHIORI, clean_environment, shiori_here

from rag.registry import Database, TurnLog
from rag.registry.database import REGISTRY_FILE
from rag.registry.turns import SOLE_OWNER, TurnState

STREAMS = 50
PROMISE_S = 10.0
SLACK_S = 20.0  # a test machine may be busy with other things


@dataclass
class Stream:
    """What one client has received so far."""

    status: int = 0
    text: str = ""
    opened: threading.Event = field(default_factory=threading.Event)
    failure: str = ""

    def read(self, url: str) -> None:
        try:
            with httpx.stream(
                "POST", f"{url}/api/chat", json={"question": QUESTION}, timeout=120, trust_env=False
            ) as answer:
                self.status = answer.status_code
                for piece in answer.iter_text():
                    self.text += piece
                    if "event: status" in self.text:
                        self.opened.set()
        except httpx.HTTPError as error:
            self.failure = repr(error)
        finally:
            self.opened.set()


@contextmanager
def served(data_dir: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [*SHIORI, "serve", "--port", "0", "--data-dir", str(data_dir)],
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, process.stderr and process.stderr.read()
        yield process, line.split(": ")[1].split("（")[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "計画.md").write_text(PLAN, encoding="utf-8")
    result = shiori_here("ingest", str(tmp_path / "計画.md"), "--data-dir", str(tmp_path / "var"))
    assert result.returncode == 0, result.stderr
    return tmp_path / "var"


def test_fifty_open_streams_end_in_words_and_the_process_within_the_promise(data_dir: Path) -> None:
    with model_server(waits(110, first=["生成AIの利用者は、"])) as model:
        environment = {
            "SHIORI_LLM_BASE_URL": f"{model.url}/v1",
            "SHIORI_LLM_MODEL": "scripted",
            "SHIORI_LLM_CONCURRENCY": str(STREAMS),
            "SHIORI_LLM_CONNECT_TIMEOUT_S": "100",
            "SHIORI_LLM_FIRST_TOKEN_TIMEOUT_S": "100",
            "SHIORI_LLM_READ_TIMEOUT_S": "100",
            "SHIORI_LLM_TOTAL_TIMEOUT_S": "110",
        }
        streams = [Stream() for _ in range(STREAMS)]
        with served(data_dir, **environment) as (process, url):
            readers = [threading.Thread(target=s.read, args=(url,)) for s in streams]
            for reader in readers:
                reader.start()
            assert all(stream.opened.wait(100) for stream in streams)
            assert [s.failure for s in streams if s.failure] == []
            assert not any("event: answer" in stream.text for stream in streams), "all are open"
            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            taken_s = time.monotonic() - begun
            for reader in readers:
                reader.join(30)
            assert process.stderr is not None
            log = process.stderr.read()
        print(f"gone after {taken_s:.1f} s")
    assert process.returncode == 0
    assert taken_s < PROMISE_S + SLACK_S
    assert [s.failure for s in streams if s.failure] == [], "no connection just breaks off"
    endings = [sse_events(stream.text)[-1] for stream in streams]
    said = {name if name == "answer" else f"{name} {data['code']}" for name, data in endings}
    assert said == {"error server_stopping"}
    assert all("もう一度質問" in str(data["message"]) for _, data in endings)
    assert "Traceback" not in log and "サーバーを終了しました。" in log


def test_the_turns_of_streams_that_were_cut_are_on_record(data_dir: Path) -> None:
    with (
        model_server(waits(110, first=["生成AIの利用者は、"])) as model,
        served(
            data_dir,
            SHIORI_LLM_BASE_URL=f"{model.url}/v1",
            SHIORI_LLM_MODEL="scripted",
            SHIORI_LLM_READ_TIMEOUT_S="100",
            SHIORI_LLM_TOTAL_TIMEOUT_S="110",
        ) as (process, url),
    ):
        stream = Stream()
        reader = threading.Thread(target=stream.read, args=(url,))
        reader.start()
        assert stream.opened.wait(100)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        reader.join(30)
    assert "server_stopping" in stream.text
    database = Database(data_dir / REGISTRY_FILE)
    log = TurnLog(database)
    (conversation,) = log.conversations(owner=SOLE_OWNER)
    (turn,) = log.turns(conversation.id, SOLE_OWNER)
    database.close()
    assert turn.question == QUESTION and turn.state is TurnState.CUT_BY_ERROR
