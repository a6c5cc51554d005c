"""GET /api/docs: the operations of this server as one plain page, without scripts or a CDN."""

from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(prefix="/api", include_in_schema=False)

_METHODS = ("get", "post", "put", "patch", "delete")


@router.get("/docs")
def reference_page(request: Request) -> HTMLResponse:
    return HTMLResponse(render_reference(request.app.openapi()))


def render_reference(openapi: Mapping[str, Any]) -> str:
    """An HTML page from an OpenAPI document."""
    schemas = openapi.get("components", {}).get("schemas", {})
    sections = [
        _operation(method, path, operations[method], schemas)
        for path, operations in openapi["paths"].items()
        for method in _METHODS
        if method in operations
    ]
    title = f"{openapi['info']['title']} API {openapi['info']['version']}"
    return (
        '<!doctype html><html lang="ja"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title></head><body><main><h1>{escape(title)}</h1>"
        '<p>機械で読む形は <a href="/api/openapi.json">/api/openapi.json</a> にあります。'
        "エラーはすべて {&quot;code&quot;, &quot;message&quot;} の形で返ります。</p>"
        + "".join(sections)
        + "</main></body></html>"
    )


def _operation(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> str:
    rows = [
        (parameter["name"], parameter["in"], parameter.get("required", False), parameter["schema"])
        for parameter in operation.get("parameters", [])
    ]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        body = _resolve(content.get("schema", {}), schemas)
        required = body.get("required", [])
        rows += [
            (name, "body", name in required, field)
            for name, field in body.get("properties", {}).items()
        ]
    table = ""
    if rows:
        cells = "".join(
            f"<tr><th scope='row'><code>{escape(name)}</code></th><td>{escape(place)}</td>"
            f"<td>{'必須' if required else '任意'}</td><td>{escape(_type_of(field))}</td></tr>"
            for name, place, required, field in rows
        )
        table = (
            "<table><thead><tr><th>項目</th><th>場所</th><th>要否</th><th>型</th></tr></thead>"
            f"<tbody>{cells}</tbody></table>"
        )
    return (
        f"<section><h2><code>{method.upper()} {escape(path)}</code></h2>"
        f"<p>{escape(operation.get('summary', ''))}</p>{table}</section>"
    )


def _resolve(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref", "")
    found: Mapping[str, Any] = schemas.get(reference.rsplit("/", 1)[-1], schema)
    return found


def _type_of(field: Mapping[str, Any]) -> str:
    """A short name of a JSON schema: "string（1〜2000文字）", "array", "string / null"."""
    if "anyOf" in field:
        return " / ".join(_type_of(option) for option in field["anyOf"])
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "enum" in field:
        return " | ".join(str(value) for value in field["enum"])
    name = str(field.get("type", "any"))
    if "minLength" in field or "maxLength" in field:
        name += f"（{field.get('minLength', 0)}〜{field.get('maxLength', '')}文字）"
    if "minimum" in field or "maximum" in field:
        name += f"（{field.get('minimum', '')}〜{field.get('maximum', '')}）"
    return name
