"""Proves an installation: `python -m api.self_test --data-dir NEW_FOLDER [--document FILE]...`

Takes one small document in, asks about it and holds the citation against the page, all with the
network taken away. Each `--document` is read with the limits of ingestion and not kept.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from api.denial import NetworkDeniedError, deny_network

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.settings import Settings

Finding = tuple[str, str, bool]  # what was tried, what came of it, whether it is sound

NAME = "点検用.md"
TEXT = "# 端末の整備\n\n令和7年度に、職員用の端末を1,234台更新した。\n"
QUESTION = "令和7年度に職員用の端末を何台更新した？"
EXPECTED = "1,234台"
OUTSIDE = ("192.0.2.1", 9)  # an address for documentation; nothing answers there


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints one line for each finding; 0 if all are sound."""
    parser = argparse.ArgumentParser(prog="python -m api.self_test", description="設置の点検")
    parser.add_argument("--data-dir", type=Path, required=True, help="点検に使う空のフォルダ")
    parser.add_argument("--document", type=Path, action="append", default=[], help="読むファイル")
    given = parser.parse_args(arguments)
    folder: Path = given.data_dir
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"「{folder}」は空のフォルダではありません。空のフォルダを指定してください。")
        return 1
    cut_by_kernel = deny_network()
    sound = True
    for subject, found, is_sound in examine(folder, given.document, cut_by_kernel):
        print(f"[{'正常' if is_sound else '異常'}] {subject}: {found}", flush=True)
        sound = sound and is_sound
    return 0 if sound else 1


def examine(
    data_dir: Path, documents: Sequence[Path], cut_by_kernel: bool = False
) -> Iterator[Finding]:
    """The findings in order; the folder holds the document of the test afterwards.

    Ends at the first fault, since what follows rests on what goes before.
    """
    from api.commands.options import load_settings

    settings = load_settings(data_dir)
    steps: list[Callable[[], Iterator[Finding]]] = [
        lambda: _network(cut_by_kernel),
        lambda: _reading(documents),
        lambda: _answering(settings),
    ]
    for step in steps:
        try:
            for finding in step():
                yield finding
                if not finding[2]:
                    return
        except Exception as error:
            # Whatever is broken about an installation, the person at it needs a line on it.
            message = getattr(error, "message", str(error))
            yield "点検", f"途中で止まりました（{type(error).__name__}: {message}）。", False
            return


def _network(cut_by_kernel: bool) -> Iterator[Finding]:
    import socket

    try:
        socket.create_connection(OUTSIDE, timeout=1).close()
    except NetworkDeniedError:
        how = "OSのネットワークから切り離しています" if cut_by_kernel else "通信を禁止しています"
        yield "通信なしでの点検", how, True
    else:
        yield "通信なしでの点検", "通信を禁止できませんでした。", False


def _reading(documents: Sequence[Path]) -> Iterator[Finding]:
    from ingest.preview import preview

    for document in documents:
        report = preview([document])
        failures = [failure.message for failure in report.failures]
        characters = sum(one.character_count for one in report.documents)
        found = "".join(failures) or f"「{document.name}」から{characters:,}文字"
        yield "文書の読み取り", found, not failures and characters > 0


def _answering(settings: "Settings") -> Iterator[Finding]:
    from api.app import STATIC_DIR, create_app
    from ingest.pipeline import CHUNKER_VERSION, ingest
    from rag.factory import open_assistant
    from rag.index import Index

    assistant = open_assistant(settings, CHUNKER_VERSION)
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, NAME)
            file.write_text(TEXT, encoding="utf-8")
            index = assistant.index
            assert isinstance(index, Index)
            report = ingest([file], index)
        failures = "".join(failure.message for failure in report.failures)
        yield "文書の登録", failures or "1件を登録しました", bool(report.added)
        yield from _question(assistant)
        create_app(settings, assistant)
        page = STATIC_DIR / "index.html"
        yield "画面", "用意があります" if page.is_file() else f"{page} がありません", page.is_file()
    finally:
        assistant.close()


def _question(assistant: "Assistant") -> Iterator[Finding]:
    from rag.types import Query

    answer = assistant.ask(Query(text=QUESTION))
    is_right = EXPECTED in answer.text
    yield "質問への回答", answer.text, is_right
    pages = [assistant.index.page(one.document_id, one.page) for one in answer.citations]
    agrees = bool(answer.citations) and all(
        page.text[citation.start : citation.end] == citation.quote
        for page, citation in zip(pages, answer.citations, strict=True)
    )
    yield "出典と原文の照合", "一致しました" if agrees else "一致しません", agrees


if __name__ == "__main__":
    sys.exit(main())
