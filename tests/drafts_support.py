"""A service in which a section drafts second evaluations, with a plan and an audit report to cite."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from api_support import RunningServer, app_for, running
from drafting_support import PLAIN, SAMPLES
from fakes import NgramEmbeddings
from people_support import add_person

from api.people.caller import Role
from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.index import Index
from rag.llm.writer import ModelWriter

SECTION = "行政マネジメント課"
QUOTED = "誰もが学べる「月夜の教室」を増やす"
PLAN = f"""# 学びの計画（2024–2028）

## 個別事業

| 事業名 | 概要 | 担当課 |
| --- | --- | --- |
| 市民講座事業【一般会計】 | {QUOTED}。受講料は抑える。 | 学び課 |
"""
CATALOG = """
[[documents]]
file = "plan.md"
title = "学びの計画（2024–2028）"
kind = "計画"
issued = 2024-03-31
"""


@contextmanager
def evaluating(
    data_dir: Path, writer: ModelWriter | None = None, **values: object
) -> Iterator[RunningServer]:
    """`erika` and `eiji` of one section, `other` of another, `clerk` without the role.

    The plan is for the section alone.
    """
    folder = data_dir / "in"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.md").write_text(PLAN, "utf-8")
    (folder / "catalog.toml").write_text(CATALOG, "utf-8")
    with Index.open(data_dir / "var", NgramEmbeddings()) as index:
        ingest([folder], index)
        (plan,) = index.documents()
        index.label(plan.id, groups=(SECTION,))
        with running(
            app_for(Assistant(index, writer=writer), **({"auth": "local"} | values))
        ) as server:
            if values.get("auth", "local") == "local":
                for login, department, roles in (
                    ("erika", SECTION, {Role.EVALUATION}),
                    ("eiji", SECTION, {Role.EVALUATION}),
                    ("other", "税務課", {Role.EVALUATION}),
                    ("clerk", SECTION, {Role.STAFF}),
                ):
                    add_person(
                        server,
                        login,
                        password="",
                        groups=[department],
                        department=department,
                        roles=roles,
                    )
            yield server


def sheets_file(count: int = 3, **changes: object) -> bytes:
    """A JSON file with `count` sheets of one kind."""
    return json.dumps(
        [PLAIN | {"sheet_no": str(100 + n)} | changes for n in range(count)], ensure_ascii=False
    ).encode()


def hand_in(
    client: httpx.Client, content: bytes, name: str = "調書.json", **fields: object
) -> dict[str, Any]:
    data = {key: str(value) for key, value in fields.items()}
    response = client.post("/api/drafts", files={"file": (name, content)}, data=data)
    assert response.status_code == 201, response.text
    return dict(response.json())


def finished(client: httpx.Client, batch_id: str, state: str = "complete") -> dict[str, Any]:
    """The batch, once its job is in `state`."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = client.get(f"/api/jobs/{batch_id}").json()
        if job["state"] == state:
            return dict(client.get(f"/api/drafts/{batch_id}").json())
        time.sleep(0.05)
    raise AssertionError(f"the job is {job}")


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def change(
    client: httpx.Client, sheet: Mapping[str, Any], body: Mapping[str, object], what: str = ""
) -> httpx.Response:
    """Sends a change of the sheet as it was shown: "" for PATCH, "/state" or "/draft"."""
    address = f"/api/drafts/{sheet['batch_id']}/sheets/{sheet['position']}{what}"
    method = "POST" if what else "PATCH"
    return client.request(method, address, json={"revision": sheet["revision"], **body})


def opened(client: httpx.Client, batch_id: str, position: int = 0) -> dict[str, Any]:
    response = client.get(f"/api/drafts/{batch_id}/sheets/{position}")
    assert response.status_code == 200, response.text
    return dict(response.json())


def positions(batch: Mapping[str, Any]) -> Sequence[int]:
    return [sheet["position"] for sheet in batch["sheets"]]
