"""/api/audit: reading, exporting and checking the audit log. Each of these is on record itself."""

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
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
    services: ServicesDep,
    auditor: AuditorDep,
    limit: Annotated[int, Query(ge=1, le=MAX_RECORDS)] = 100,
    before: Annotated[int | None, Query(ge=1)] = None,
    since: Day | None = None,
    until: Day | None = None,
    text: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, object]:
    """`text` stands anywhere in a record; `before` is the number of the oldest one shown already."""
    records = services.audit.records(
        before=before, limit=limit, since=since or "", until=until or "", text=text
    )
    return {"records": [record_json(record) for record in records]}


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


def record_json(record: AuditRecord) -> dict[str, object]:
    return {**record.fields, "sequence": record.sequence, "hash": record.hash}
