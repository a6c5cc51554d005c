"""Drafting as a job: progress, pause, resume, cancel, and a server that is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from api_support import RunningServer, app_for, running
from drafts_support import evaluating, finished, hand_in, opened, sheets_file
from fakes import NgramEmbeddings

from rag.assistant import Assistant
from rag.index import Index

MANY = 200  # sheets; enough that a job is caught at work


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with evaluating(tmp_path, auth="single") as server, server.client() as client:
        yield client


def act(client: httpx.Client, job_id: str, action: str) -> httpx.Response:
    return client.patch(f"/api/jobs/{job_id}", json={"action": action})


def done(client: httpx.Client, job_id: str) -> int:
    return int(client.get(f"/api/jobs/{job_id}").json()["done"])


def at_work(client: httpx.Client, job_id: str, least: int = 3) -> None:
    """Waits until some sheets are drafted."""
    until = time.monotonic() + 60
    while done(client, job_id) < least:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_paused_job_rests_and_goes_on_where_it_was(client: httpx.Client) -> None:
    job_id = hand_in(client, sheets_file(MANY), documents=False)["id"]
    at_work(client, job_id)
    assert act(client, job_id, "pause").json()["state"] == "paused"
    time.sleep(0.5)  # the sheet at hand is finished
    rested = done(client, job_id)
    time.sleep(0.5)
    assert done(client, job_id) == rested < MANY
    first = opened(client, job_id)["made_at"]
    again = act(client, job_id, "pause")
    assert (again.status_code, again.json()["code"]) == (409, "job_state")
    assert act(client, job_id, "resume").json()["state"] in ("waiting", "running")
    batch = finished(client, job_id)
    assert batch["job"]["done"] == MANY
    sheet = opened(client, job_id)
    assert (sheet["made"], sheet["made_at"]) == (1, first)


def test_a_cancelled_job_keeps_what_it_has_and_ends(client: httpx.Client) -> None:
    job_id = hand_in(client, sheets_file(MANY), documents=False)["id"]
    waiting = hand_in(client, sheets_file(1), documents=False)["id"]
    at_work(client, job_id)
    assert act(client, job_id, "cancel").json()["state"] == "cancelled"
    assert finished(client, waiting)["job"]["done"] == 1  # the next in the queue
    kept = done(client, job_id)
    assert 3 <= kept < MANY
    assert client.get(f"/api/drafts/{job_id}/export?form=csv").status_code == 200
    refused = act(client, job_id, "resume")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_state")


def test_a_batch_that_is_deleted_at_work_does_not_come_back(client: httpx.Client) -> None:
    job_id = hand_in(client, sheets_file(MANY), documents=False)["id"]
    at_work(client, job_id)
    assert client.delete(f"/api/drafts/{job_id}").json()["sheets"] == MANY
    after = finished(client, hand_in(client, sheets_file(1), documents=False)["id"])
    assert after["job"]["done"] == 1
    assert [b["id"] for b in client.get("/api/drafts").json()["batches"]] == [after["id"]]


def test_a_stop_of_the_server_loses_no_sheet_and_the_next_start_goes_on(tmp_path: Path) -> None:
    with evaluating(tmp_path, auth="single") as server, server.client() as client:
        job_id = hand_in(client, sheets_file(MANY), documents=False)["id"]
        at_work(client, job_id)
    with restarted(tmp_path / "var") as server, server.client() as client:
        assert done(client, job_id) >= 3
        assert finished(client, job_id)["job"] == client.get(f"/api/jobs/{job_id}").json()


@contextmanager
def restarted(data_dir: Path) -> Iterator[RunningServer]:
    with (
        Index.open(data_dir, NgramEmbeddings()) as index,
        running(app_for(Assistant(index))) as server,
    ):
        yield server


@contextmanager
def serving(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHIORI_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=kept,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdout is not None
    try:
        ready = process.stdout.readline()
        url = ready[ready.index("http://") :].split("（")[0].strip()
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            yield process, client
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_killed_server_loses_one_sheet_at_most_and_drafts_the_rest(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"
    content = sheets_file(MANY)
    job_id = ""
    reached: list[int] = []
    before: dict[int, str] = {}
    for _ in range(3):
        with serving(data_dir) as (process, client):
            job_id = job_id or hand_in(client, content, documents=False)["id"]
            at_work(client, job_id, len(before) + 5)
            rows = client.get(f"/api/drafts/{job_id}").json()["sheets"]
            process.send_signal(signal.SIGKILL)
            process.wait()
        kept = {row["position"]: row["state"] for row in rows if row["drafted"]}
        assert before.keys() <= kept.keys()
        before = kept
        reached.append(len(kept))
    assert reached == sorted(set(reached)) and reached[-1] < MANY
    with serving(data_dir) as (_, client):
        batch = finished(client, job_id)
        assert batch["job"] == batch["job"] | {"done": MANY, "failed": 0}
        assert all(opened(client, job_id, position)["made"] == 1 for position in (0, MANY - 1))
