"""The self-test of an installation passes where all is well, and says so where it is not."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from bundle_support import ROOT

SAMPLE = ROOT / "corpus" / "net-monitor-survey-2021-2025.txt"


def self_test(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """The self-test in a process of its own, after `code`."""
    program = f"{code}\nimport sys\nfrom api.self_test import main\nsys.exit(main())"
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200)


def test_a_sound_installation_passes_and_doctor_agrees(tmp_path: Path) -> None:
    result = self_test("--data-dir", str(tmp_path / "var"), "--document", str(SAMPLE))
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert len(lines) == 6 and all(line.startswith("[正常] ") for line in lines)
    assert "1,234台" in lines[3]
    doctor = [sys.executable, "-m", "api.cli", "doctor", "--data-dir", str(tmp_path / "var")]
    examined = subprocess.run(doctor, capture_output=True, text=True, cwd=ROOT)
    assert examined.returncode == 0 and "文書1件" in examined.stdout


def test_a_file_that_cannot_be_read_fails_the_self_test_in_words(tmp_path: Path) -> None:
    broken = tmp_path / "壊れた.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing more")
    result = self_test("--data-dir", str(tmp_path / "var"), "--document", str(broken))
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("[異常] 文書の読み取り: ")
    assert not result.stderr


def test_a_part_that_is_missing_fails_the_self_test_in_words(tmp_path: Path) -> None:
    without_index = "import sys; sys.modules['tantivy'] = None"
    result = self_test("--data-dir", str(tmp_path / "var"), code=without_index)
    assert result.returncode == 1
    last = result.stdout.splitlines()[-1]
    assert last.startswith("[異常] 点検: ") and "tantivy" in last
    assert "Traceback" not in result.stderr


def test_a_folder_with_something_in_it_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "registry.sqlite3").write_text("mine")
    result = self_test("--data-dir", str(tmp_path))
    assert result.returncode == 1 and "空のフォルダではありません" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["registry.sqlite3"]


@pytest.mark.parametrize("by_kernel", ["as permitted", "never"])
def test_no_connection_and_no_look_up_leaves_the_process(by_kernel: str) -> None:
    code = textwrap.dedent("""
        import socket, sys
        from api import denial
        if sys.argv[1] == "never":
            denial._leave_network = lambda: False
        denial.deny_network()
        def datagram():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                out.sendto(b"x", ("192.0.2.1", 53))
        for attempt in (
            lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
            lambda: socket.create_connection(("2001:db8::1", 80), timeout=1),
            lambda: socket.getaddrinfo("example.com", 80),
            lambda: socket.gethostbyname("example.com"),
            datagram,
        ):
            try:
                attempt()
            except denial.NetworkDeniedError:
                print("denied")
        left, right = socket.socketpair()
        left.close(), right.close()
        socket.getaddrinfo("127.0.0.1", 80)
        print("still here")
    """)
    command = [sys.executable, "-c", code, by_kernel]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.stdout.split("\n") == ["denied"] * 5 + ["still here", ""], result.stderr
