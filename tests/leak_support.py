"""Documents full of canaries, people of every kind, and a walk through every operation there is.

A canary is `CNRY`, the number of its document and a letter for its place. Questions never hold one:
whoever receives the canary of a document that is hidden from them has received what they may not.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from api_support import RunningServer
from fakes import make_document
from people_support import add_person, browsing, services_of

from api.people.caller import EVERYBODY, Role
from rag.index import Index
from rag.types import ChunkKind

DEPARTMENTS = ("総務課", "税務課", "福祉課")
CANARY = re.compile(rb"cnry(\d{4})[a-z]", re.IGNORECASE)
READING, SHELF = "reading", "shelf"
TOPICS = ("窓口", "点検", "防災", "道路", "水道", "教育", "予算", "健診")
# A made-up word of every document, with a typing error that the documents could mend.
SYLLABLES = ("カ", "ソ", "ミ", "ラ", "ヨ", "ネ", "フ", "ト", "ハ", "メ")


@dataclass
class Town:
    """Which document has which label, by the number in its canaries."""

    labels: dict[int, tuple[str, ...]] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)

    def readable(self, groups: Sequence[str]) -> set[int]:
        return {number for number, labels in self.labels.items() if set(labels) & set(groups)}

    def shelf(self, department: str, role: Role) -> set[int]:
        if role is Role.ADMIN:
            return set(self.labels)
        seen = self.readable([department, EVERYBODY])
        if role is Role.DOCUMENTS:
            seen |= {number for number, labels in self.labels.items() if not labels}
        return seen


def word_of(number: int) -> str:
    """ネカラミド of document 5317 and no other."""
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:04d}") + "ド"


def fill(index: Index, per_label: int) -> Town:
    """`per_label` documents for each department, for everybody, and for nobody."""
    town = Town()
    labels = [(department,) for department in DEPARTMENTS] + [(EVERYBODY,), ()]
    for number, label in enumerate(itertools.chain(*([label] * per_label for label in labels)), 1):
        topic, mark = TOPICS[number % len(TOPICS)], f"CNRY{number:04d}"
        word = word_of(number)
        texts = [
            f"{topic}の対象件数は{300 + number}件です。担当は{mark}b班です。",
            f"{topic}推進基本計画（以下「{mark}g計画」という。）を定める。{word}を使う。",
            f"{topic}の実施時期\t令和8年4月{mark}t",
        ]
        document, pages, chunks = make_document(
            f"{topic}-{mark}s.txt", texts, title=f"{topic}の報告 {mark}h"
        )
        row = replace(
            chunks[2],
            kind=ChunkKind.TABLE_ROW,
            columns=("事業", f"時期{mark}c"),
            cells=(f"{topic}の実施時期", f"令和8年4月{mark}t"),
            heading=(f"{topic}一覧{mark}k",),
        )
        named = replace(document, groups=label, successor=f"{topic}-CNRY{number - 1:04d}s.txt")
        index.add(named, pages, [*chunks[:2], row], original="\n".join(texts).encode())
        town.labels[number], town.ids[number] = label, document.id
    return town


def people(server: RunningServer) -> Iterator[tuple[str, str, Role]]:
    """(login, department, role) of one person for each pair; they are added."""
    for place, department in enumerate(DEPARTMENTS):
        for role in Role:
            login = f"{role.value}-{place}"
            add_person(
                server, login, password="", groups=[department], department=department, roles={role}
            )
            yield login, department, role


@dataclass
class Walk:
    """One person going through every operation; `leaks` are canaries that were not theirs."""

    town: Town
    client: httpx.Client
    allowed: Mapping[str, set[int]]
    hidden: Sequence[int]
    foreign_conversations: Sequence[str]
    questions: Sequence[str]
    leaks: list[str] = field(default_factory=list)
    requests: int = 0
    walked: set[tuple[str, str]] = field(default_factory=set)

    def send(self, method: str, path: str, **content: Any) -> httpx.Response:
        # What officers look after they may look at, there and in what is reported about it.
        shelves = ("/api/documents", "/api/reports")
        surface = SHELF if path.startswith(shelves) else READING
        response = self.client.request(method, path, **content)
        self.requests += 1
        received = response.content + str(response.headers).encode()
        for number in {int(found) for found in CANARY.findall(received)} - self.allowed[surface]:
            self.leaks.append(f"{method} {path} -> {response.status_code}: document {number}")
        return response

    def everything(self, operations: Mapping[str, Mapping[str, Any]], schemas: Any) -> None:
        for path, by_method in operations.items():
            for method, operation in by_method.items():
                # Signing in or out is no way to a document, and would end the walk.
                if path.startswith("/api/session") and method != "get":
                    continue
                self.walked.add((method, path))
                for address in self.addresses(path):
                    for body in self.bodies(operation, schemas):
                        self.send(method.upper(), address, **body)

    def templates(self) -> None:
        """Texts written from the documents: each kind, with every question in its fields."""
        for template in self.send("GET", "/api/templates").json()["templates"]:
            for question in self.questions[:1]:
                fields = {field["name"]: question for field in template["fields"]}
                self.send("POST", f"/api/templates/{template['id']}", json={"fields": fields})

    def addresses(self, path: str) -> Iterator[str]:
        """The path with every hidden thing in the place of its parameters."""
        names = re.findall(r"\{(\w+)\}", path)
        pools = [self.pool(name) for name in names]
        for values in itertools.product(*pools):
            address = path
            for name, value in zip(names, values, strict=True):
                address = address.replace(f"{{{name}}}", value)
            yield address

    def pool(self, name: str) -> list[str]:
        ids = [self.town.ids[number] for number in self.hidden]
        if name == "document_id":
            return ids
        if name == "conversation_id":
            return list(self.foreign_conversations[:2])
        return ["1"] if "number" in name or "page" in name else [ids[0], "1"]

    def bodies(self, operation: Mapping[str, Any], schemas: Any) -> Iterator[dict[str, Any]]:
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = resolve(content["application/json"]["schema"], schemas)
            for question in self.questions:
                yield {"json": self.example(schema, schemas, question)}
            limited = self.example(schema, schemas, self.questions[0])
            if isinstance(limited, dict) and "document_ids" in schema.get("properties", {}):
                for number in self.hidden:
                    yield {"json": limited | {"document_ids": [self.town.ids[number]]}}
                yield {"json": limited | {"top_k": 50}}
            if "conversation_id" in schema.get("properties", {}):
                for conversation in self.foreign_conversations[:2]:
                    yield {"json": limited | {"conversation_id": conversation}}
        elif content:
            yield {"files": {"file": ("窓口-報告.txt", "窓口の対象件数は3件です。".encode())}}
        else:
            yield {}

    def example(self, schema: Any, schemas: Any, question: str, name: str = "") -> Any:
        """The smallest value that a schema takes, with the question for a text."""
        schema = resolve(schema, schemas)
        for options in ("anyOf", "oneOf", "allOf"):
            if options in schema:
                return self.example(schema[options][0], schemas, question, name)
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "object":
            required = schema.get("required") or list(schema.get("properties", {}))
            return {
                key: self.example(schema["properties"][key], schemas, question, key)
                for key in required
                if key in schema.get("properties", {})
            }
        if kind == "array":
            return [self.example(schema["items"], schemas, question, name)]
        if kind in ("integer", "number"):
            return schema.get("minimum", 1)
        if kind == "boolean":
            return True
        if "id" in name.split("_"):
            return self.town.ids[self.hidden[0]]
        return "user" if name == "role" else question


def resolve(schema: Any, schemas: Any) -> Any:
    return schemas[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema


def questions_about(numbers: Sequence[int]) -> list[str]:
    """Questions that hidden documents would answer, with typing errors that they would mend."""
    asked = []
    for number in numbers:
        topic, word = TOPICS[number % len(TOPICS)], word_of(number)
        asked += [
            f"{topic}の対象件数は何件ですか",
            f"{topic}推進基本計画の実施時期と担当を一覧で教えてください",
            f"{word[:-2]}ッ{word[-2:]}とは何ですか",
        ]
    return list(dict.fromkeys(asked))


def walk_all(
    server: RunningServer, town: Town, hidden_each: int, questions_each: int
) -> tuple[list[str], int, set[tuple[str, str]]]:
    """(leaks, requests sent, operations walked) of everybody together."""
    leaks: list[str] = []
    sent = 0
    walked: set[tuple[str, str]] = set()
    conversations: dict[str, list[str]] = {}
    everybody = list(people(server))
    for login, department, _ in everybody:
        with browsing(server, login) as client:
            own = sorted(town.readable([department]))[:2]
            conversations[department] = conversations.get(department, []) + [
                client.post("/api/ask", json={"question": question}).json()["conversation_id"]
                for question in questions_about(own)[:1]
            ]
    for login, department, role in everybody:
        allowed = {
            READING: town.readable([department, EVERYBODY]),
            SHELF: town.shelf(department, role),
        }
        out_of_sight = sorted(set(town.labels) - allowed[READING])
        step = max(1, len(out_of_sight) // hidden_each)
        targets = out_of_sight[::step][:hidden_each]
        # Whoever looks after documents may change them: only what is really out of reach is tried.
        beyond = sorted(set(town.labels) - allowed[SHELF])
        walk = Walk(
            town=town,
            client=httpx.Client(),
            allowed=allowed,
            hidden=beyond[:: max(1, len(beyond) // hidden_each)][:hidden_each] or targets[:1],
            foreign_conversations=[
                conversation
                for other, held in conversations.items()
                if other != department
                for conversation in held
            ],
            questions=questions_about(targets)[:questions_each],
        )
        walk.client.close()
        with browsing(server, login) as client:
            walk.client = client
            openapi = client.get("/api/openapi.json").json()
            operations = openapi["paths"]
            if role is Role.ADMIN:  # may delete everything: looks, but does not touch
                operations = {
                    path: {
                        m: o for m, o in by_method.items() if m == "get" or "documents" not in path
                    }
                    for path, by_method in operations.items()
                }
            walk.everything(operations, openapi.get("components", {}).get("schemas", {}))
            walk.templates()
            for conversation in client.get("/api/conversations").json()["conversations"]:
                walk.send("GET", f"/api/conversations/{conversation['id']}")
        leaks += [f"{login}: {leak}" for leak in walk.leaks]
        sent += walk.requests
        walked |= walk.walked
    return leaks, sent, walked


def canaries_outside_the_stores(server: RunningServer) -> list[str]:
    """Files of the data folder, other than registry, originals and indexes, with a canary in them."""
    folder = services_of(server).index.data_dir
    kept = ("registry", "blobs", "vectors-", "lexical-")
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file()
        and not str(path.relative_to(folder)).startswith(kept)
        and CANARY.search(path.read_bytes())
    ]
