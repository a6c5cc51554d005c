"""Server logs: one line of JSON for each event, without what anybody asked."""

import json
import logging
import sys

from api.log_lines import JsonLines


def line_of(message: str, *arguments: object, exc_info: object = None) -> str:
    record = logging.LogRecord("shiori.api", 20, "f.py", 1, message, arguments, exc_info)  # type: ignore[arg-type]
    return JsonLines().format(record)


def test_a_message_cannot_begin_a_line_or_steer_a_terminal() -> None:
    line = line_of("file %s", 'a\n{"level": "INFO", "message": "forged"}\x1b[31m\u2028\x9b')
    assert "\n" not in line and line.isascii() and "\x1b" not in line
    assert json.loads(line)["message"].startswith("file a\n")


def test_a_fault_is_logged_by_its_places_and_not_by_its_text() -> None:
    try:
        raise RuntimeError("個人番号の質問")
    except RuntimeError:
        line = line_of("fault %s", "abc", exc_info=sys.exc_info())
    stored = json.loads(line)
    assert stored["fault"] == "RuntimeError" and "test_log_lines.py" in stored["places"][0]
    assert "質問" not in json.dumps(stored, ensure_ascii=False)
