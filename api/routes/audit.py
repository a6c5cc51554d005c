"""/api/audit: reading, exporting and checking the audit log. Each of these is on record itself."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import StreamingResponse

from api.audit_export import csv_lines, json_lines
from api.dependencies import ServicesDep, require_role
from api.people.caller import Caller, Role
from rag.registry.audit import AuditRecord
from rag.registry.audit_check import verify

router = APIRouter(prefix="/api/audit", tags=["監査"])

AuditorDep = Annotated[Caller, Depends(require_role(Role.AUDIT))]
Day = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
MAX_RECORDS = 1_000


@router.get("", summary="監査の記録（新しい順）")
def list_records(
    request: Request,
    services: ServicesDep,
    auditor: AuditorDep,
    limit: Annotated[int, Query(ge=1, le=MAX_RECORDS)] = 100,
    before: Annotated[int | None, Query(ge=1)] = None,
    since: Day | None = None,
    until: Day | None = None,
    text: Annotated[str, Query(max_length=200)] = "",
    routine: bool = True,
) -> dict[str, object]:
    """`text` stands anywhere in a record; `before` is the number of the oldest one shown already.

    Without `routine` what pages ask for by themselves is left out. Beside what is sealed a record
    has `operation`, its action in words, and `titles` of the documents that the auditor may see.
    """
    records = services.audit.records(
        before=before,
        limit=limit,
        since=since or "",
        until=until or "",
        text=text,
        routine=routine,
    )
    operations = {
        f"{method.upper()} {path}": operation.get("summary", "")
        for path, methods in request.app.openapi()["paths"].items()
        for method, operation in methods.items()
    }
    titles = {each.id: each.title for each in services.shelf_for(auditor).documents()}
    return {"records": [_shown(record, operations, titles) for record in records]}


@router.get("/verification", summary="監査の記録が揃っているかを確かめる")
def check_records(services: ServicesDep, auditor: AuditorDep) -> dict[str, object]:
    check = verify(services.audit)
    return {
        "sound": check.sound,
        "records": check.records,
        "last": check.head.sequence if check.head else 0,
        "hash": check.head.hash if check.head else "",
        "faults": list(check.faults),
        "cannot_tell": check.cannot_tell,
        "clock_set_back": check.clock_set_back,
    }


@router.get("/export", summary="監査の記録を書き出す", response_class=StreamingResponse)
def export_records(
    services: ServicesDep, auditor: AuditorDep, form: Literal["csv", "jsonl"] = "csv"
) -> StreamingResponse:
    records = services.audit.everything()
    lines: Iterator[str] = csv_lines(records) if form == "csv" else json_lines(records)
    kind = "text/csv" if form == "csv" else "application/x-ndjson"
    return StreamingResponse(
        (line.encode("utf-8") for line in lines),
        media_type=f"{kind}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit.{form}"'},
    )


def _shown(
    record: AuditRecord, operations: Mapping[str, str], titles: Mapping[str, str]
) -> dict[str, object]:
    shown = record_json(record)
    named = record.fields.get("documents", [])
    named = named if isinstance(named, list) else []
    target = record.fields.get("target", {})
    if isinstance(target, dict) and "document_id" in target:
        named = [*named, target["document_id"]]
    return shown | {
        "operation": operations.get(str(record.fields.get("action")), ""),
        "titles": {key: titles[key] for key in named if key in titles},
    }


def record_json(record: AuditRecord) -> dict[str, object]:
    return {**record.fields, "sequence": record.sequence, "hash": record.hash}
