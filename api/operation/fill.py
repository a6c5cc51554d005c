"""The unit of systemd and the site of nginx with the values of one installation in them."""

import re
from collections.abc import Mapping
from pathlib import Path

from rag.errors import ShioriError

FOLDER = Path(__file__).parent
_PLACE = re.compile(r"@([A-Z_]+)@")


class ServiceFileError(ShioriError):
    """A value that a configuration file cannot hold as it is."""

    code = "service_file"


def unit(*, command: Path, user: str, data_dir: Path, settings_file: Path, port: int) -> str:
    """A systemd unit. Raises ServiceFileError for paths that are not absolute or hold blanks."""
    for what, path in (("--command", command), ("データフォルダ", data_dir)):
        _plain_path(what, path)
    _plain_path("--settings-file", settings_file)
    if not re.fullmatch(r"[a-z_][a-z0-9_-]*", user):
        raise ServiceFileError(f"利用者「{user}」はLinuxの利用者名として使えません（--user）。")
    homes = ("/home/", "/root/", "/run/user/")
    at_home = any(f"{path}/".startswith(homes) for path in (command, data_dir))
    return _filled(
        "shiori.service",
        {
            "COMMAND": str(command),
            "USER": user,
            "DATA_DIR": str(data_dir),
            "SETTINGS_FILE": str(settings_file),
            "PORT": str(port),
            # A home that is hidden hides what lies in it from the service as well.
            "PROTECT_HOME": "read-only" if at_home else "yes",
        },
    )


def nginx(
    *,
    name: str,
    certificate: Path,
    certificate_key: Path,
    log_file: Path,
    port: int,
    http_port: int,
    https_port: int,
    max_upload_bytes: int,
    user_header: str,
    user_variable: str,
) -> str:
    """A site for nginx. Raises ServiceFileError for what would break out of its place in it."""
    paths = (
        ("--certificate", certificate),
        ("--certificate-key", certificate_key),
        ("--log-file", log_file),
    )
    for what, path in paths:
        _plain_path(what, path)
    if not re.fullmatch(r"[A-Za-z0-9.-]+", name):
        raise ServiceFileError(
            f"アドレス「{name}」は使えません。--name に shiori.example.lg.jp のように指定してください。"
        )
    if user_variable and not re.fullmatch(r"\$[a-z_][a-z0-9_]*", user_variable):
        raise ServiceFileError(
            f"「{user_variable}」はnginxの変数ではありません。"
            "--user-variable '$remote_user' のように指定してください。"
        )
    room = 64_000  # what stands around one file in an upload, as the service allows
    return _filled(
        "nginx.conf",
        {
            "NAME": name,
            "CERTIFICATE": str(certificate),
            "CERTIFICATE_KEY": str(certificate_key),
            "LOG_FILE": str(log_file),
            "PORT": str(port),
            "HTTP_PORT": str(http_port),
            "HTTPS_PORT": str(https_port),
            "HTTPS_SUFFIX": "" if https_port == 443 else f":{https_port}",
            "UPLOAD_BYTES": str(max_upload_bytes + room),
            "UPLOAD_MB": f"{max_upload_bytes / 1e6:g}",
            "USER_HEADER": user_header,
            "USER_VARIABLE": user_variable or '""',
        },
    )


def _filled(name: str, values: Mapping[str, str]) -> str:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: values[place.group(1)], text)


def _plain_path(what: str, path: Path) -> None:
    if not path.is_absolute() or not re.fullmatch(r"[^\s\"'\\;{}%$]+", str(path)):
        shown = " ".join(str(path).split())
        raise ServiceFileError(
            f"{what}「{shown}」は使えません。"
            "/ で始まり、空白や記号（\" ' \\ ; {} % $）のない場所にしてください。"
        )
