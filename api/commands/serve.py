"""`shiori serve`"""

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import CommandError, DataDir, load_settings, say

if TYPE_CHECKING:
    from rag.searching import SearchableIndex
    from rag.settings import Settings


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
        from api.app import create_app, make_ready
        from api.generations import following_generations
        from ingest.pipeline import CHUNKER_VERSION
        from rag.factory import open_assistant
        from rag.memory import forget_what_stays

        assistant = open_assistant(settings, CHUNKER_VERSION)
        try:
            for remark in _remarks(settings, assistant.index):
                say(remark)
            make_ready(assistant)
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
            forget_what_stays()
        say("サーバーを終了しました。")
    finally:
        listener.close()


def _remarks(settings: "Settings", index: "SearchableIndex") -> list[str]:
    """What an administrator has to do before people with accounts get answers."""
    if settings.auth == "single":
        return []
    from api.people.accounts import Accounts
    from rag.index import Index

    found = []
    if isinstance(index, Index) and not Accounts(index.database).everybody():
        found.append("利用者がまだいません。shiori user add で登録してください。")
    closed = sum(not document.groups for document in index.documents())
    if closed:
        found.append(
            f"読める人の決まっていない文書が{closed:,}件あります（だれの回答にも使われません）。"
            "文書一覧の「読める人」か shiori documents label で決めてください。"
        )
    return found
