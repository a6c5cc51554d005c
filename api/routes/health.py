"""GET /healthz (the process is alive), GET /readyz (it can answer)."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.dependencies import Services
from api.readiness import readiness_faults

router = APIRouter(tags=["状態"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="プロセスが動いているか")
def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="登録簿と索引とモデルがそろい、答えられるか")
def readyz(request: Request) -> JSONResponse:
    services = getattr(request.app.state, "services", None)
    model = None
    if not isinstance(services, Services):
        reasons = ["準備をしています。"]
    else:
        reasons = readiness_faults(services.index)
        model = services.whole.model
        if services.stopping.is_set():
            reasons.append("停止するところです。")
    if reasons:
        return JSONResponse({"status": "not_ready", "reasons": reasons}, 503)
    # For information: without its model the server answers in extracts.
    state = "none" if model is None else model.state.value
    return JSONResponse({"status": "ready", "reasons": [], "language_model": state})
