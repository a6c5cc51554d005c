"""What the verbs share: the data folder, the settings, and where things are printed."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rag.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", help="登録簿と索引を置くフォルダ（既定: ./var）", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="結果をJSONで標準出力に書く")]


class CommandError(Exception):
    """An expected failure of a verb: one Japanese sentence, exit code 1."""


class CommandInterruptedError(CommandError):
    """The user broke a verb off: one Japanese sentence on what is kept, exit code 130."""


def load_settings(data_dir: Path | None) -> "Settings":
    """Settings of the environment, with the folder of the command line if one is given.

    Raises CommandError naming the variable that cannot be used.
    """
    from pydantic import ValidationError

    from api.offline import forbid_telemetry
    from rag.settings import Settings

    forbid_telemetry()
    try:
        return Settings() if data_dir is None else Settings(data_dir=data_dir)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0]).upper()
        raise CommandError(
            f"環境変数 SHIORI_{name} の値が正しくありません。README の設定の表を確かめてください。"
        ) from error


def say(line: str) -> None:
    """Progress and remarks, on stderr."""
    print(line, file=sys.stderr, flush=True)


def print_json(content: Mapping[str, object] | list[object]) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False))


def printable(text: str) -> str:
    """`text` without control characters, so that a document cannot steer the terminal."""
    return "".join(
        character
        if character in "\n\t" or character.isprintable() or character == "\u3000"
        else " "
        for character in text
    )
