"""The unit of systemd: what systemd itself says of it, and that the server says when it is ready."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli_verbs import SHIORI, clean_environment, one_japanese_line, shiori_here

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze on this machine")
# `systemd-analyze security` counts from 0 (nothing exposed) to 10; a unit that says nothing has 9.6.
MOST_EXPOSED = 2.0


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """As an administrator has it written, for a command that exists."""
    path = tmp_path / "shiori.service"
    command = tmp_path / "bin" / "shiori"
    command.parent.mkdir()
    command.symlink_to(sys.executable)
    result = shiori_here(
        *("service", "unit", "--command", str(command), "--out", str(path)),
        *("--data-dir", "/var/lib/shiori"),
    )
    assert result.returncode == 0, result.stderr
    assert "systemctl enable --now shiori" in result.stderr
    return path


@needs_systemd
def test_systemd_finds_no_fault_in_the_unit(unit: Path) -> None:
    assert ANALYZE is not None
    result = subprocess.run([ANALYZE, "verify", str(unit)], capture_output=True, text=True)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@needs_systemd
def test_systemd_counts_the_unit_as_little_exposed(unit: Path) -> None:
    assert ANALYZE is not None
    result = subprocess.run(
        [ANALYZE, "security", "--offline=yes", str(unit)], capture_output=True, text=True
    )
    level = re.search(r"Overall exposure level for \S+: ([0-9.]+)", result.stdout)
    if level is None:
        pytest.skip("this systemd-analyze judges no file")
    assert float(level[1]) <= MOST_EXPOSED


def test_the_unit_is_printed_and_never_overwritten_unasked(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert "ReadWritePaths=/var/lib/shiori\n" in text and "@" not in re.sub(r"@[a-z-]+", "", text)
    line = one_japanese_line(
        shiori_here("service", "unit", "--command", "/usr/bin/true", "--out", str(unit))
    )
    assert str(unit) in line and "--force" in line
    assert unit.read_text(encoding="utf-8") == text
    arguments = ("service", "unit", "--command", "/opt/shiori/bin/shiori", "--data-dir", "/srv/s")
    assert "ExecStart=/opt/shiori/bin/shiori serve" in shiori_here(*arguments).stdout


@pytest.mark.parametrize("folder", ["/home/shiori/data", "/root/data"])
def test_a_data_folder_in_a_home_is_not_hidden_from_the_service(folder: str) -> None:
    arguments = ("service", "unit", "--command", "/usr/bin/true", "--data-dir", folder)
    assert "ProtectHome=read-only\n" in shiori_here(*arguments).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("unit", "--command", "/opt/with blank/shiori"),
        ("unit", "--command", "/usr/bin/true", "--data-dir", "/srv/a\nExecStartPre=/bin/x"),
        ("unit", "--command", "/usr/bin/true", "--user", "root;"),
        ("unit", "--command", "/usr/bin/true", "--settings-file", "relative.env"),
        ("nginx", "--name", "a.example; } server {"),
        ("nginx", "--name", "a.example", "--certificate", "/etc/x;y"),
        ("nginx", "--name", "a.example", "--user-variable", "tanaka"),
    ],
)
def test_a_value_that_would_say_something_else_in_the_file_is_refused(
    arguments: tuple[str, ...],
) -> None:
    one_japanese_line(shiori_here("service", *arguments))


def test_the_server_tells_systemd_when_it_is_ready_and_when_it_stops(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(120)
        process = subprocess.Popen(
            [*SHIORI, "serve", "--port", "0", "--data-dir", str(tmp_path / "var")],
            env=clean_environment() | {"NOTIFY_SOCKET": str(tmp_path / "notify")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        with process:
            assert manager.recv(100) == b"READY=1"
            assert process.stdout is not None and "準備ができました" in process.stdout.readline()
            os.kill(process.pid, signal.SIGTERM)
            assert manager.recv(100) == b"STOPPING=1"
            assert process.wait(120) == 0
