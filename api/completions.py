"""Answers in the shape that clients of OpenAI's chat completions read."""

import json
import time
from collections.abc import Mapping

from api.serialise import citation_json
from rag.types import Answer, Citation

MODEL_ID = "shiori"


def source_list(citations: tuple[Citation, ...]) -> str:
    """The numbered list that ends the text, or "" without citations."""
    if not citations:
        return ""
    lines = ["", "", "出典"]
    for citation in citations:
        page = f" {citation.page}ページ" if citation.has_pages else ""
        lines.append(f"[{citation.marker}] {citation.document_title}（{citation.source}）{page}")
    return "\n".join(lines)


def completion_json(answer: Answer, *, turn_id: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{turn_id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL_ID,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": answer.text + source_list(answer.citations),
                    "citations": [citation_json(citation) for citation in answer.citations],
                },
                "finish_reason": "stop",
            }
        ],
        # Nothing is counted in tokens here, but clients expect the field.
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    }


class CompletionChunks:
    """Encoder for `api.streaming.AnswerStream`: chunks, then `[DONE]`."""

    def __init__(self, *, turn_id: str) -> None:
        self._id = f"chatcmpl-{turn_id}"
        self._created = int(time.time())

    def opening(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def status(self, stage: str) -> bytes:
        return b""

    def token(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def draft(self, text: str) -> bytes:
        return b""

    def answer(self, answer: Answer) -> bytes:
        delta = {
            "content": source_list(answer.citations),
            "citations": [citation_json(citation) for citation in answer.citations],
        }
        return self._chunk(delta) + self._chunk({}, finish_reason="stop") + b"data: [DONE]\n\n"

    def error(self, code: str, message: str) -> bytes:
        error = {"message": message, "type": "server_error", "param": None, "code": code}
        return _data({"error": error}) + b"data: [DONE]\n\n"

    def _chunk(self, delta: Mapping[str, object], finish_reason: str | None = None) -> bytes:
        return _data(
            {
                "id": self._id,
                "object": "chat.completion.chunk",
                "created": self._created,
                "model": MODEL_ID,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
            }
        )


def _data(payload: Mapping[str, object]) -> bytes:
    # ASCII only: no character of a document can end the line.
    return f"data: {json.dumps(payload, allow_nan=False)}\n\n".encode()
