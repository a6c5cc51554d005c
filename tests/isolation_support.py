"""The reading process seen from outside, and files that keep it busy."""

import io
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path


def wait_until(condition: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def pdf_of_streams(streams: list[bytes]) -> bytes:
    """A PDF with one page for each content stream, all with the font /F1 (Helvetica)."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(streams), b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(streams)))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, stream in enumerate(streams):
        packed = zlib.compress(stream, 1 if len(stream) > 1_000_000 else 6)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number)
        )
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
        )
    return pdf_of_objects(objects)


def pdf_of_objects(objects: list[bytes]) -> bytes:
    """A PDF with a correct cross-reference table; object 1 is the catalogue."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for place in places:
        out.write(b"%010d 00000 n \n" % place)
    out.write(
        b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    )
    return out.getvalue()


def busy_pdf(pages: int = 40) -> bytes:
    """A few kilobytes that take seconds for each page."""
    return pdf_of_streams([b"BT /F1 1 Tf " + b"(a) Tj 1 0 Td " * 100_000 + b"ET"] * pages)


def children_of(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def reader_pids(of: int | None = None) -> list[int]:
    """The reading processes that a process has started."""
    return [
        pid
        for pid in children_of(of or os.getpid())
        if b"ingest.isolation_child" in _command(pid) and not _is_dead(pid)
    ]


def fork_at_work() -> int:
    """The process that is reading a file just now."""
    found: list[int] = []

    def look() -> bool:
        found[:] = [fork for reader in reader_pids() for fork in children_of(reader)]
        return bool(found)

    assert wait_until(look), "nobody is reading"
    return found[0]


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and not _is_dead(pid)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True
