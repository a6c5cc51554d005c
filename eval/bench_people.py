"""People with accounts for the clock: some may read every document, some may not."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from eval.errors import EvaluationError

OFFICES = ("情報課", "税務課", "福祉課", "道路課", "教育課", "会計課")
# What the server needs to let them in by token, and to let six people ask for fifty.
SETTINGS: Mapping[str, str] = {"SHIORI_AUTH": "local", "SHIORI_QUESTIONS_PER_MINUTE": "1000"}
_EVERYBODY = "全職員"


def tokens_of_people(data_dir: Path, limited_to_some: str) -> list[str]:
    """A token for one person of each office. The document `limited_to_some` is for three of them.

    Raises EvaluationError when a command of the product refuses.
    """
    _shiori(data_dir, "documents", "label", limited_to_some, "--groups", ",".join(OFFICES[:3]))
    _shiori(data_dir, "documents", "label", "--unlabelled", "--groups", _EVERYBODY)
    tokens = []
    for number, office in enumerate(OFFICES):
        login = f"bench-{number}"
        _shiori(data_dir, "user", "add", login, "--group", office, "--department", office)
        tokens.append(_shiori(data_dir, "user", "token", login).split()[-1])
    return tokens


def _shiori(data_dir: Path, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("shiori")), *arguments]
    done = subprocess.run(
        [*command, "--data-dir", str(data_dir)], capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise EvaluationError(f"{' '.join(arguments[:2])} が失敗しました: {done.stderr.strip()}")
    return done.stdout
