"""`shiori service unit` and `shiori service nginx`: files for systemd and nginx."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import CommandError, DataDir, load_settings, say

Port = Annotated[int, typer.Option(min=1, max=65_535, help="しおりが待ち受けるポート")]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="書き出すファイル（既定: 標準出力）", show_default=False),
]
Force = Annotated[bool, typer.Option("--force", help="同じ名前のファイルがあれば上書きする")]


def unit_file(
    user: Annotated[str, typer.Option(help="しおりを動かす利用者")] = "shiori",
    command: Annotated[
        Path | None,
        typer.Option(help="shioriコマンドの場所（既定: いま動いているもの）", show_default=False),
    ] = None,
    settings_file: Annotated[Path, typer.Option(help="SHIORI_ で始まる設定を書くファイル")] = Path(
        "/etc/shiori/shiori.env"
    ),
    port: Port = 8000,
    out: Out = None,
    force: Force = False,
    data_dir: DataDir = None,
) -> None:
    """systemdの設定ファイルを作る。書き込める場所とつながる先を絞り、止まれば起動し直す。"""
    settings = load_settings(data_dir)
    from api.operation.fill import unit

    text = unit(
        command=command or _own_command(),
        user=user,
        data_dir=settings.data_dir.absolute(),
        settings_file=settings_file,
        port=port,
    )
    _write(text, out, force)
    if out is not None:
        say(
            "次に、sudo systemctl daemon-reload と sudo systemctl enable --now shiori を実行してください。"
        )


def nginx_file(
    name: Annotated[str, typer.Option(help="職員が開くアドレス（例: shiori.example.lg.jp）")],
    certificate: Annotated[Path, typer.Option(help="TLSの証明書")] = Path(
        "/etc/ssl/certs/shiori.pem"
    ),
    certificate_key: Annotated[Path, typer.Option(help="その秘密鍵")] = Path(
        "/etc/ssl/private/shiori.key"
    ),
    port: Port = 8000,
    https_port: Annotated[int, typer.Option(min=1, max=65_535, help="TLSのポート")] = 443,
    http_port: Annotated[
        int, typer.Option(min=1, max=65_535, help="https へ案内するだけのポート")
    ] = 80,
    log_file: Annotated[Path, typer.Option(help="nginxの記録")] = Path("/var/log/nginx/shiori.log"),
    user_variable: Annotated[
        str,
        typer.Option(help="SHIORI_AUTH=proxy のとき、認証された利用者名の入るnginxの変数"),
    ] = "",
    out: Out = None,
    force: Force = False,
) -> None:
    """nginxの設定ファイルを作る。大きさと時間を限り、回答をためずに渡し、利用者の名乗りを消す。"""
    settings = load_settings(None)
    from api.operation.fill import nginx

    text = nginx(
        name=name,
        certificate=certificate,
        certificate_key=certificate_key,
        log_file=log_file,
        port=port,
        http_port=http_port,
        https_port=https_port,
        max_upload_bytes=settings.max_upload_bytes,
        user_header=settings.proxy_user_header,
        user_variable=user_variable,
    )
    _write(text, out, force)
    if out is not None:
        say("次に、sudo nginx -t で確かめてから sudo systemctl reload nginx を実行してください。")


def _own_command() -> Path:
    running = Path(sys.argv[0]).absolute()
    found = str(running) if running.name == "shiori" else shutil.which("shiori")
    if found is None:
        raise CommandError(
            "shioriコマンドの場所が分かりません。--command /opt/shiori/bin/shiori のように指定してください。"
        )
    return Path(found)


def _write(text: str, out: Path | None, force: bool) -> None:
    if out is None:
        print(text, end="")
        return
    try:
        with out.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise CommandError(
            f"「{out}」はすでにあります。--force を付けると上書きします。"
        ) from error
    except OSError as error:
        raise CommandError(
            f"「{out}」に書けません（{error.strerror}）。sudo を付けるか、場所を変えてください。"
        ) from error
    say(f"「{out}」に書きました。")
