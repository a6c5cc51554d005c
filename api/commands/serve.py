"""`shiori serve`"""

from typing import Annotated

import typer

from api.commands.options import CommandError, DataDir, load_settings, say


def serve(
    host: Annotated[str, typer.Option(help="待ち受けるアドレス")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="待ち受けるポート")] = 8000,
    data_dir: DataDir = None,
) -> None:
    """質問に答えるサーバーを起動する。"""
    settings = load_settings(data_dir)
    from api.people.addresses import is_loopback_host, networks
    from api.server import bind, run_server

    networks(settings.trusted_proxies)  # refused here rather than with the first request
    if settings.auth == "single" and not is_loopback_host(f"[{host}]"):
        raise CommandError(
            "試用（1人用）のままでは、ほかのパソコンから使えるようにはできません。"
            "SHIORI_AUTH=local を設定し、shiori user add で利用者を登録してください。"
        )
    listener = bind(host, port)
    try:
        say("索引を開いています…")
        from api.app import create_app
        from api.generations import following_generations
        from ingest.pipeline import CHUNKER_VERSION
        from rag.factory import open_assistant
        from rag.types import Query

        assistant = open_assistant(settings, CHUNKER_VERSION)
        try:
            # The first question loads model, dictionary and graph; nobody should wait for that.
            assistant.ask(Query(text="登録されている文書"))
            shown_host = f"[{host}]" if ":" in host else host
            address = f"http://{shown_host}:{listener.getsockname()[1]}"
            with following_generations(assistant):
                run_server(
                    create_app(settings, assistant),
                    listener,
                    lambda: print(
                        f"しおりの準備ができました: {address}（終了は Ctrl+C）", flush=True
                    ),
                )
        finally:
            assistant.close()
        say("サーバーを終了しました。")
    finally:
        listener.close()
