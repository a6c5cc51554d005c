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

# The kernel's own denial: a network namespace that holds nothing but its loopback interface. All
# addresses lead there, and a witness writes down what was meant for another machine or asks for a
# name: libraries that are not Python's go past the audit hook.
NAMESPACE = """
import ctypes, fcntl, os, socket, struct, sys

CLONE_NEWNET, CLONE_NEWUSER, SIOCSIFFLAGS, IFF_UP, SIOCADDRT = 0x40000000, 0x10000000, 0x8914, 1, 0x890B
ETH_P_ALL, PR_SET_PDEATHSIG, SIGTERM, NAME_SERVICE = 3, 1, 15, 53
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(CLONE_NEWNET | CLONE_NEWUSER):
    sys.exit(77)
anywhere = struct.pack("HH12x", socket.AF_INET, 0)
device = ctypes.create_string_buffer(b"lo")
route = struct.pack("@L16s16s16sHhLPhPLLH4x", 0, anywhere, anywhere, anywhere, 1, 0, 0, 0, 1,
                    ctypes.addressof(device), 0, 0, 0)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    fcntl.ioctl(control, SIOCADDRT, route)
packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
parent = os.getpid()
if not os.fork():
    libc.prctl(PR_SET_PDEATHSIG, SIGTERM)
    while os.getppid() == parent:
        packet = packets.recv(65536)
        if packet[0] >> 4 != 4:
            continue
        to = socket.inet_ntoa(packet[16:20])
        start = (packet[0] & 15) * 4
        port = int.from_bytes(packet[start + 2 : start + 4], "big")
        if not to.startswith("127.") or port == NAME_SERVICE:
            with open(os.environ["DENIED_LOG"], "a") as log:
                log.write(f"packet to {to}:{port} {packet[start:start + 80]!r}\\n")
    os._exit(0)
packets.close()
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# Where one of these is set, onnxruntime reports nothing, as in tests of its makers.
QUIET_WHERE = ("CI", "TF_BUILD", "BUILD_", "GITHUB_", "JENKINS_", "ORT_")


def outside_of_tests(tmp_path: Path) -> dict[str, str]:
    """The environment as it is at a city, with a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if "proxy" not in name.lower() and not name.startswith(QUIET_WHERE)
    }
    return kept | {"HOME": str(home), "DENIED_LOG": str(tmp_path / "denied.log")}


def travel(tmp_path: Path, *prefix: str) -> dict[str, dict[str, object]]:
    """Ingest, ask, serve and ask again under the denial; the answers, once no try was recorded.

    Nothing is left in the home of the user either.
    """
    (tmp_path / "deny").mkdir()
    (tmp_path / "deny" / "sitecustomize.py").write_text(DENIAL, encoding="utf-8")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "端末.md").write_text(TERMINALS, encoding="utf-8")
    log = tmp_path / "denied.log"
    paths = [str(tmp_path / "deny"), str(Path(__file__).parents[1])]
    environment = outside_of_tests(tmp_path) | {"PYTHONPATH": os.pathsep.join(paths)}
    arguments = [str(tmp_path / "files"), str(tmp_path / "var"), QUESTION]
    command = [sys.executable, *prefix, "-c", JOURNEY, *arguments]
    result = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=200, cwd=tmp_path
    )
    if result.returncode == 77:
        pytest.skip("this machine does not let a process make a network namespace")
    assert result.returncode == 0, result.stderr
    assert not log.exists(), log.read_text(encoding="utf-8")
    left = [str(path) for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert not left  # what is kept to be reported later
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


def test_the_witness_of_the_namespace_sees_what_no_audit_hook_sees(tmp_path: Path) -> None:
    native = textwrap.dedent("""
        import ctypes, struct, time
        libc = ctypes.CDLL(None)
        address = struct.pack("!HH4s8x", 0, 80, bytes((203, 0, 113, 7)))
        address = struct.pack("=H", 2) + address[2:]
        libc.sendto(libc.socket(2, 2, 0), b"x", 1, 0, address, len(address))
        time.sleep(1)  # the witness writes
    """)
    result = subprocess.run(
        [sys.executable, "-c", NAMESPACE, "-c", native], env=outside_of_tests(tmp_path)
    )
    if result.returncode == 77:
        pytest.skip("this machine does not let a process make a network namespace")
    assert result.returncode == 0
    assert "203.0.113.7:80" in (tmp_path / "denied.log").read_text()


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
