"""Every HTTP error in one form: `{"code": "stable_snake_case", "message": "日本語の一文"}`.

ApiError                 raised by routes, carries its own status
ShioriError              expected errors of the engine, mapped by `STATUS_OF_CODE`
RequestValidationError   FastAPI's refusal of a body or parameter, put in words by `api.validation`
HTTPException            unknown route, wrong method, unreadable body

Under /v1 the same errors appear in the envelope that OpenAI clients expect.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from api.validation import describe_validation_error
from rag.errors import ShioriError

STATUS_OF_CODE: Mapping[str, int] = {
    "unknown_document": 404,
    "unknown_page": 404,
    "unknown_conversation": 404,
    "unknown_template": 404,
    "template": 422,
    "unsupported_format": 415,
    "page_image": 422,
    "index_locked": 503,
    "index_mismatch": 503,
    "index_damaged": 503,
    "embedding_model": 503,
    "disk_full": 507,
    "audit_unavailable": 507,
    "name_taken": 409,
    "unknown_person": 404,
    "account": 422,
    "password_refused": 422,
    "documents_changed": 409,
    "llm_cancelled": 503,
    "draft_conflict": 409,
}

HTTP_REASONS: Mapping[int, tuple[str, str]] = {
    400: (
        "malformed_body",
        "リクエストの本文を読み取れません。UTF-8のJSONとして正しい形で送ってください。",
    ),
    404: ("not_found", "指定された場所には何もありません。アドレスを確かめてください。"),
    405: ("method_not_allowed", "この場所では使えない操作です。メソッドを確かめてください。"),
    408: (
        "body_timeout",
        "本文が途中で止まったため、受け取りをやめました。通信の状態を確かめて送り直してください。",
    ),
    413: ("body_too_large", "送られた内容が大きすぎます。1MB以下にして送り直してください。"),
}


class ErrorJson(TypedDict):
    code: str
    message: str


class OpenAIErrorDetails(TypedDict):
    message: str
    type: str
    param: str | None
    code: str


class OpenAIErrorJson(TypedDict):
    """The envelope of an error under /v1."""

    error: OpenAIErrorDetails


class ApiError(Exception):
    """Answer this request with `status`, `code` and a Japanese `message`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class BodyTooLargeError(HTTPException):
    """Raised while the body is still being read; FastAPI lets HTTPException pass unchanged."""

    def __init__(self, limit_bytes: int) -> None:
        limit_mb = max(1, limit_bytes // 1_000_000)
        super().__init__(
            413, f"送られた内容が大きすぎます。{limit_mb}MB以下にして送り直してください。"
        )


# For the OpenAPI document: FastAPI would promise its own form of a 422.
ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    422: {"model": ErrorJson, "description": "内容の誤り"},
    "default": {"model": ErrorJson, "description": "エラー"},
}
OPENAI_ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    422: {"model": OpenAIErrorJson, "description": "内容の誤り"},
    "default": {"model": OpenAIErrorJson, "description": "エラー"},
}


def error_response(
    path: str, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The error as JSON; in OpenAI's envelope when `path` is under /v1."""
    content: dict[str, object] = {"code": code, "message": message}
    if path.startswith("/v1/"):
        kind = "server_error" if status >= 500 else "invalid_request_error"
        content = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return JSONResponse(content, status, headers=dict(headers or {}))


def describe_http_error(error: HTTPException) -> tuple[str, str]:
    """(code, message) of a status raised by the framework; its English detail is not shown."""
    if isinstance(error, BodyTooLargeError):
        return "body_too_large", str(error.detail)
    return HTTP_REASONS.get(
        error.status_code,
        ("http_error", "この要求には応じられません。内容を確かめて送り直してください。"),
    )


def install_error_handlers(app: FastAPI) -> None:
    async def on_api_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApiError)
        return error_response(request.url.path, error.status, error.code, error.message)

    async def on_shiori_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ShioriError)
        status = STATUS_OF_CODE.get(error.code, 422)
        return error_response(request.url.path, status, error.code, error.message)

    async def on_invalid_request(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        status, code, message = describe_validation_error(error.errors())
        return error_response(request.url.path, status, code, message)

    async def on_http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code, message = describe_http_error(error)
        return error_response(request.url.path, error.status_code, code, message, error.headers)

    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(ShioriError, on_shiori_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    app.add_exception_handler(HTTPException, on_http_error)
