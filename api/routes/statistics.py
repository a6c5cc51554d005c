"""/api/statistics: figures of use, their export, and the questions that nothing answered."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.audit_trail import NoteDep
from api.dependencies import OfficerDep, Services, ServicesDep, require_role
from api.exports.statistics_file import statistics_csv, statistics_xlsx
from api.file_names import attachment_header
from api.people.caller import Caller, Role
from api.statistics import LEAST_USERS, Statistics, period_of, statistics
from api.targets import read_targets
from api.unanswered import unanswered_json
from rag.templates.template import shelf

router = APIRouter(prefix="/api/statistics", tags=["統計"])

# Who reports on the use of the service, and who checks it.
ReporterDep = Annotated[Caller, Depends(require_role(Role.ADMIN, Role.EVALUATION, Role.AUDIT))]
Month = Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$")]


@router.get("", summary="利用の統計（月別、課別、テンプレート別）")
def show(
    services: ServicesDep,
    caller: ReporterDep,
    note: NoteDep,
    since: Month = "",
    until: Month = "",
) -> dict[str, object]:
    """Months as 2026-04, both included; by default this fiscal year."""
    found = _statistics(services, caller, since, until)
    note.put(since=found.period.since, until=found.period.until)
    return found.as_json()


@router.get("/export", summary="利用の統計を書き出す", response_class=Response)
def export(
    services: ServicesDep,
    caller: ReporterDep,
    note: NoteDep,
    since: Month = "",
    until: Month = "",
    form: Literal["csv", "xlsx"] = "xlsx",
) -> Response:
    found = _statistics(services, caller, since, until)
    note.put(since=found.period.since, until=found.period.until, form=form)
    name = f"利用統計_{found.period.since}_{found.period.until}.{form}"
    content = statistics_csv(found) if form == "csv" else statistics_xlsx(found)
    kind = (
        "text/csv; charset=utf-8"
        if form == "csv"
        else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    return Response(
        content, media_type=kind, headers={"Content-Disposition": attachment_header(name)}
    )


@router.get("/unanswered", summary="答えられなかった質問（文書担当のために）")
def unanswered(
    services: ServicesDep,
    caller: OfficerDep,
    note: NoteDep,
    since: Month = "",
    until: Month = "",
) -> dict[str, object]:
    period = period_of(since, until, date.today())
    note.put(since=period.since, until=period.until)
    questions = services.usage.unanswered(period.since, period.until)
    least = 1 if caller.single_user else LEAST_USERS
    return {
        "since": period.since,
        "until": period.until,
        "questions": unanswered_json(questions, least),
    }


def _statistics(services: Services, caller: Caller, since: str, until: str) -> Statistics:
    period = period_of(since, until, date.today())
    log = services.usage
    data_dir = services.settings.data_dir
    return statistics(
        period,
        log.uses(period.since, period.until),
        log.fixed_sheets(period.since, period.until),
        services.minutes,
        {template.id: template.title for template in shelf(data_dir).templates},
        read_targets(data_dir),
        single_user=caller.single_user,
    )
