"""A real nginx with the site that `shiori service nginx` writes, in front of a server of a test."""

import datetime
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from test_cli_verbs import shiori

NAME = "localhost"
MAIN = """daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/shiori.conf;
}}
"""


@dataclass(frozen=True)
class Proxy:
    url: str
    port: int
    folder: Path
    trusted: ssl.SSLContext

    def client(self, **options: object) -> httpx.Client:
        """A client that believes the proxy's certificate and nobody else's."""
        return httpx.Client(
            base_url=self.url,
            verify=self.trusted,
            trust_env=False,
            **({"timeout": 30} | options),  # type: ignore[arg-type]
        )

    def connection(self) -> ssl.SSLSocket:
        """A connection on which a test writes what it likes."""
        raw = socket.create_connection(("127.0.0.1", self.port), 60)
        return self.trusted.wrap_socket(raw, server_hostname=NAME)


def need_nginx() -> str:
    path = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        if os.environ.get("SHIORI_REQUIRE_NGINX") == "1":
            pytest.fail("no nginx on this machine, and SHIORI_REQUIRE_NGINX=1 asks for one")
        pytest.skip("no nginx on this machine")
    return path


@contextmanager
def nginx_before(
    server_port: int,
    folder: Path,
    *options: str,
    instead: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Proxy]:
    """nginx with the site as it is written, but for the lines of `instead`."""
    program = need_nginx()
    folder.mkdir()
    make_certificate(folder)
    port, plain = free_port(), free_port()
    site = shiori(
        *("service", "nginx", "--name", NAME, "--port", str(server_port)),
        *("--https-port", str(port), "--http-port", str(plain)),
        *("--certificate", f"{folder}/tls.pem", "--certificate-key", f"{folder}/tls.key"),
        *("--log-file", f"{folder}/access.log", *options),
        env=env,
    )
    assert site.returncode == 0, site.stderr
    text = site.stdout
    for line, other in (instead or {}).items():
        assert text.count(line) == 1, line
        text = text.replace(line, other)
    (folder / "shiori.conf").write_text(text, encoding="utf-8")
    # Started by root, its workers would be nobody, who may not enter the folders of pytest.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user), encoding="utf-8")
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    # -t says what is wrong with a file; a warning is a fault of ours as well.
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr, checked.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        trusted = ssl.create_default_context(cafile=str(folder / "tls.pem"))
        yield Proxy(f"https://{NAME}:{port}", port, folder, trusted)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(port: int, timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def make_certificate(folder: Path) -> None:
    """A certificate for this machine, its own authority, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(NAME), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
