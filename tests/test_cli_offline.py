"""Nothing leaves the machine: ingest, ask and serve work with every outside address denied."""

import ctypes
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

TERMINALS = "# 端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。\n"
QUESTION = "職員用の端末は何台更新した？"

# Loaded by every Python process of the test: outside addresses raise, and each try is written down.
DENIAL = """
import os, sys

def _is_inside(address):
    if not isinstance(address, tuple):
        return True  # a socket of the file system
    host = address[0]
    return host in ("", "localhost", "::1", "0.0.0.0", "::") or str(host).startswith("127.")

def _guard(event, arguments):
    if event in ("socket.connect", "socket.bind"):
        address = arguments[1]
    elif event in ("socket.sendto", "socket.sendmsg"):
        address = arguments[-1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        address = (arguments[0],)
    else:
        return
    if address is None or _is_inside(address) or address == (None,):
        return
    with open(os.environ["DENIED_LOG"], "a") as log:
        log.write(f"{event} {address!r}\\n")
    raise PermissionError("no network in this test")

sys.addaudithook(_guard)
"""

JOURNEY = """
import json, re, subprocess, sys, urllib.request

folder, data_dir, question = sys.argv[1:]
shiori = [sys.executable, "-m", "api.cli"]
at = ["--data-dir", data_dir]
subprocess.run([*shiori, "ingest", folder, *at], check=True, stdout=subprocess.DEVNULL)
asked = subprocess.run(
    [*shiori, "ask", question, "--json", *at], check=True, capture_output=True, text=True
)
server = subprocess.Popen([*shiori, "serve", "--port", "0", *at], stdout=subprocess.PIPE, text=True)
try:
    url = re.search(r"http://[0-9.:]+", server.stdout.readline())[0]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        url + "/api/ask",
        json.dumps({"question": question}).encode(),
        {"Content-Type": "application/json"},
    )
    served = json.load(opener.open(request))
    page = opener.open(url + "/").read().decode()
finally:
    server.terminate()
    server.wait(30)
print(json.dumps({"asked": json.loads(asked.stdout), "served": served, "page": page}))
"""

# The kernel's own denial: a network namespace that holds nothing but its loopback interface.
NAMESPACE = """
import ctypes, fcntl, os, socket, struct, sys

CLONE_NEWNET, CLONE_NEWUSER, SIOCSIFFLAGS, IFF_UP = 0x40000000, 0x10000000, 0x8914, 1
if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET | CLONE_NEWUSER):
    sys.exit(77)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def travel(tmp_path: Path, *prefix: str) -> dict[str, dict[str, object]]:
    """Ingest, ask, serve and ask again under the denial; the answers, once no try was recorded."""
    (tmp_path / "deny").mkdir()
    (tmp_path / "deny" / "sitecustomize.py").write_text(DENIAL, encoding="utf-8")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "端末.md").write_text(TERMINALS, encoding="utf-8")
    log = tmp_path / "denied.log"
    inherited = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    paths = [str(tmp_path / "deny"), str(Path(__file__).parents[1])]
    environment = inherited | {"PYTHONPATH": os.pathsep.join(paths), "DENIED_LOG": str(log)}
    arguments = [str(tmp_path / "files"), str(tmp_path / "var"), QUESTION]
    command = [sys.executable, *prefix, "-c", JOURNEY, *arguments]
    result = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=200, cwd=tmp_path
    )
    if result.returncode == 77:
        pytest.skip("this machine does not let a process make a network namespace")
    assert result.returncode == 0, result.stderr
    assert not log.exists(), log.read_text(encoding="utf-8")
    found: dict[str, dict[str, object]] = json.loads(result.stdout)
    return found


def test_the_denial_denies() -> None:
    code = DENIAL + textwrap.dedent("""
        import socket
        for attempt in (
            lambda: socket.create_connection(("203.0.113.7", 80), timeout=1),
            lambda: socket.getaddrinfo("example.com", 80),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("203.0.113.7", 53)),
        ):
            try:
                attempt()
            except PermissionError:
                print("denied")
    """)
    environment = os.environ | {"DENIED_LOG": os.devnull}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert result.stdout.split() == ["denied"] * 3


def test_ingest_ask_and_serve_touch_no_outside_address(tmp_path: Path) -> None:
    found = travel(tmp_path)
    for way in ("asked", "served"):
        assert found[way]["status"] == "answered" and "1,234" in str(found[way]["answer"])
    assert "http://" not in str(found["page"]) and "https://" not in str(found["page"])


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are a thing of Linux")
def test_ingest_ask_and_serve_work_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    assert hasattr(ctypes.CDLL(None), "unshare")
    found = travel(tmp_path, "-c", NAMESPACE)
    assert "1,234" in str(found["served"]["answer"])
