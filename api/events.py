"""Server-sent events of POST /api/chat: status*, token* with draft*, then one answer or error."""

import json
from collections.abc import Mapping

from api.serialise import answer_json
from rag.types import Answer


def sse_frame(event: str, payload: Mapping[str, object]) -> bytes:
    """One event. The payload is JSON on one line, so that no text can start an event of its own."""
    encoded = json.dumps(payload, ensure_ascii=False, allow_nan=False)
    # These three end a line for some readers of the stream although JSON allows them in strings.
    for line_break in ("\x85", "\u2028", "\u2029"):
        encoded = encoded.replace(line_break, f"\\u{ord(line_break):04x}")
    return f"event: {event}\ndata: {encoded}\n\n".encode()


class ChatEvents:
    """Encoder for `api.streaming.AnswerStream`."""

    def __init__(self, *, turn_id: str, conversation_id: str) -> None:
        self._turn_id = turn_id
        self._conversation_id = conversation_id

    def opening(self) -> bytes:
        return b""

    def status(self, stage: str) -> bytes:
        return sse_frame("status", {"stage": stage})

    def token(self, text: str) -> bytes:
        return sse_frame("token", {"text": text})

    def draft(self, text: str) -> bytes:
        """What a language model has written and nobody has checked; replaces the one before."""
        return sse_frame("draft", {"text": text})

    def answer(self, answer: Answer) -> bytes:
        payload = answer_json(answer, turn_id=self._turn_id, conversation_id=self._conversation_id)
        return sse_frame("answer", dict(payload))

    def error(self, code: str, message: str) -> bytes:
        return sse_frame("error", {"code": code, "message": message})
