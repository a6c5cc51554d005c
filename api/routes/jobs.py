"""/api/jobs: how long work is going on, and pausing, resuming or ending it."""

from typing import Literal

from fastapi import APIRouter

from api.audit_trail import NoteDep
from api.dependencies import EvaluatorDep, ServicesDep
from api.drafting.shown import job_json
from api.errors import ApiError
from api.schemas import Strict
from rag.registry.draft_batches import UNFINISHED, JobState

router = APIRouter(prefix="/api/jobs", tags=["二次評価"])

# What each action needs, what comes of it, and the sentence for when it is not so.
_STEPS = {
    "pause": (
        {JobState.WAITING, JobState.RUNNING},
        JobState.PAUSED,
        "一時停止できるのは、順番を待っているか、動いている作業です。",
    ),
    "resume": (
        {JobState.PAUSED, JobState.FAILED},
        JobState.WAITING,
        "再開できるのは、止まっている作業です。",
    ),
    "cancel": (UNFINISHED, JobState.CANCELLED, "取りやめられるのは、終わっていない作業です。"),
}


class JobBody(Strict):
    action: Literal["pause", "resume", "cancel"]


@router.get("", summary="長い作業の一覧（新しい順）")
def list_jobs(services: ServicesDep, caller: EvaluatorDep) -> dict[str, object]:
    return {"jobs": [job_json(batch) for batch in services.desk.batches_of(caller)]}


@router.get("/{job_id}", summary="一つの作業の進み具合")
def show_job(job_id: str, services: ServicesDep, caller: EvaluatorDep) -> dict[str, object]:
    return job_json(services.desk.batch(caller, job_id))


@router.patch("/{job_id}", summary="作業を一時停止、再開、取りやめにする")
def change_job(
    job_id: str, body: JobBody, services: ServicesDep, caller: EvaluatorDep, note: NoteDep
) -> dict[str, object]:
    note.put(job=job_id, action=body.action)
    desk = services.desk
    desk.batch(caller, job_id)
    before, after, refusal = _STEPS[body.action]
    if not desk.batches.move(job_id, before, after):
        raise ApiError(409, "job_state", refusal)
    services.drafting.wake()
    return job_json(desk.batch(caller, job_id))
