"""Log lines for machines: one JSON object a line, whatever stands in a message.

Of an exception its type and the places in the code are logged, not its text: that may hold a
question or a sentence of a document. `SHIORI_DEBUG` adds the text.
"""

import json
import logging
import os
import traceback
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """ASCII only, so that no character of a message ends the line or steers a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["fault"] = type(error).__name__
            line["places"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
            if os.environ.get("SHIORI_DEBUG"):
                line["text"] = str(error)
        return json.dumps(line)
