"""/api/drafts: batches of second evaluations (二次評価), handed in, reviewed and taken out."""

from datetime import datetime
from typing import Annotated, Literal

from anyio import to_thread
from fastapi import APIRouter, Form, UploadFile
from pydantic import Field
from starlette.responses import Response

from api.audit_trail import NoteDep
from api.dependencies import EvaluatorDep, ServicesDep
from api.drafting.desk import Options
from api.drafting.shown import batch_json, exported, row_json, sheet_json
from api.errors import ApiError
from api.exports.provenance import WITH_MODEL, WITHOUT_MODEL, Provenance
from api.exports.write import export_bytes
from api.file_names import attachment_header, safe_file_name
from api.schemas import Strict
from api.uploads import read_upload
from ingest.sheets.errors import UnknownColumnsError
from ingest.sheets.fields import template_head
from ingest.sheets.isolated import propose_mapping_isolated
from ingest.sheets.mapping import read_mapping
from ingest.sheets.read import SUFFIXES
from ingest.sheets.template import template_csv, template_xlsx
from rag.drafting.style import Ending
from rag.registry.draft_sheets import Edit, SheetState
from rag.temporal import fiscal_year

router = APIRouter(prefix="/api/drafts", tags=["二次評価"])

MAX_FILE_BYTES = 20_000_000
MAX_MAPPING_CHARACTERS = 100_000
MAX_TEXT_CHARACTERS = 4_000
MAX_BULK = 1_000
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
Position = Annotated[int, Field(ge=0, le=100_000)]
Revision = Annotated[int, Field(ge=0)]
Text = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]


class EditBody(Strict):
    """What is left out stays as it is. `revision` is that of the sheet as it was shown."""

    revision: Revision
    text: Text | None = None
    direction: Annotated[str, Field(max_length=40)] | None = None
    reason: Text | None = None


class StateBody(Strict):
    revision: Revision
    state: Literal["案", "確認済", "確定"]


class AgainBody(Strict):
    revision: Revision


class BulkBody(Strict):
    positions: Annotated[list[Position], Field(min_length=1, max_length=MAX_BULK)]
    state: Literal["確認済", "確定"]


@router.get("/template", summary="調書の様式", response_class=Response)
def template(caller: EvaluatorDep, form: Literal["xlsx", "csv"] = "xlsx") -> Response:
    last_year = fiscal_year(datetime.now().date()) - 1
    content = template_xlsx(last_year) if form == "xlsx" else template_csv(last_year)
    return _file(content, f"行政評価調書の様式.{form}", form)


@router.post("/columns", summary="調書のファイルの列が何の項目かの案")
async def columns(file: UploadFile, caller: EvaluatorDep) -> dict[str, object]:
    name = _name(file)
    content = await read_upload(file, MAX_FILE_BYTES)
    found = await to_thread.run_sync(propose_mapping_isolated, content, name)
    return {
        "file": name,
        "columns": [
            {
                "head": p.head,
                "field": p.field,
                "label": template_head(p.field) if p.field else "",
                "confidence": round(p.confidence, 2),
                "sample": p.sample,
            }
            for p in found
        ],
    }


@router.get("", summary="調書の束の一覧（新しい順）")
def list_batches(services: ServicesDep, caller: EvaluatorDep) -> dict[str, object]:
    model = services.assistant_for(caller).model is not None
    found = services.desk.batches_of(caller)
    return {"batches": [batch_json(batch) for batch in found], "has_model": model}


@router.post("", summary="調書のファイルから案を作り始める", status_code=201)
async def hand_in(
    file: UploadFile,
    services: ServicesDep,
    caller: EvaluatorDep,
    note: NoteDep,
    mapping: Annotated[str, Form(max_length=MAX_MAPPING_CHARACTERS)] = "",
    documents: Annotated[bool, Form()] = True,
    model: Annotated[bool, Form()] = False,
    ending: Annotated[Ending, Form()] = Ending.DEARU,
) -> dict[str, object]:
    """`mapping` is JSON: `{"columns": {head: field}}`, as /columns proposed and a person confirmed."""
    name = _name(file)
    content = await read_upload(file, MAX_FILE_BYTES)
    chosen = read_mapping(mapping.encode(), "対応表") if mapping else None
    options = Options(documents=documents, model=model, ending=ending, mapping=chosen)
    try:
        batch = await to_thread.run_sync(services.desk.hand_in, caller, name, content, options)
    except UnknownColumnsError as error:
        raise ApiError(
            422,
            "unknown_columns",
            f"「{name}」の列の見出しが様式と違います。列ごとに、どの項目かを確かめてください。",
        ) from error
    note.put(batch=batch.id, input_sha256=batch.sha256, sheets=batch.total)
    services.drafting.wake()
    return batch_json(batch)


@router.get("/{batch_id}", summary="一つの束とその調書の一覧")
def show_batch(batch_id: str, services: ServicesDep, caller: EvaluatorDep) -> dict[str, object]:
    desk = services.desk
    batch = desk.batch(caller, batch_id)
    opened = desk.sheets.openings(batch_id, caller.id)
    rows = [
        row_json(sheet, desk.draft_of(caller, sheet), opened) for sheet in desk.sheets.of(batch_id)
    ]
    return batch_json(batch) | {"sheets": rows}


@router.delete("/{batch_id}", summary="束を調書・案・編集した文とともに削除する")
def remove_batch(
    batch_id: str, services: ServicesDep, caller: EvaluatorDep, note: NoteDep
) -> dict[str, object]:
    desk = services.desk
    batch = desk.batch(caller, batch_id)
    note.put(batch=batch_id, input_sha256=batch.sha256)
    removed = desk.batches.remove(batch_id)
    left = desk.batches.get(batch_id) is not None
    return {"id": batch_id, "file": batch.file, "sheets": removed, "left": int(left)}


@router.get("/{batch_id}/export", summary="束を書き出す", response_class=Response)
def export(
    batch_id: str,
    services: ServicesDep,
    caller: EvaluatorDep,
    note: NoteDep,
    form: Literal["xlsx", "docx", "csv", "json"] = "xlsx",
    state: Literal["", "確認済", "確定"] = "",
) -> Response:
    """With `state` only the sheets in that state."""
    desk = services.desk
    batch = desk.batch(caller, batch_id)
    chosen = [s for s in desk.sheets.of(batch_id) if not state or s.state.value == state]
    drafts = [each for sheet in chosen if (each := exported(desk, caller, sheet)) is not None]
    if not drafts:
        raise ApiError(
            409,
            "nothing_to_export",
            "書き出せる調書がまだありません。案ができてからにしてください。",
        )
    cited = {c["document_id"] for draft in drafts for c in draft["citations"] if "document_id" in c}
    note.put(batch=batch_id, form=form, sheets=len(drafts), documents=sorted(cited))
    versions = next((draft["versions"] for draft in drafts if draft["versions"]), {})
    provenance = Provenance(
        input_file=batch.file,
        input_sha256=batch.sha256,
        created_at=batch.created_at.astimezone(),
        rules=versions.get("rules", ""),
        wording=versions.get("wording", ""),
        index=versions.get("index", ""),
        method=WITH_MODEL if batch.options["model"] else WITHOUT_MODEL,
    )
    content = export_bytes(f".{form}", drafts, provenance)
    return _file(content, f"二次評価_{batch.file.rsplit('.', 1)[0]}.{form}", form)


@router.post("/{batch_id}/states", summary="開いて確かめた調書をまとめて進める")
def advance_many(
    batch_id: str, body: BulkBody, services: ServicesDep, caller: EvaluatorDep, note: NoteDep
) -> dict[str, object]:
    note.put(batch=batch_id, state_set=body.state, sheets=len(body.positions))
    services.desk.batch(caller, batch_id)
    state = SheetState(body.state)
    outcome = services.desk.advance_opened(caller, batch_id, body.positions, state)
    return {
        "done": [position for position, why in outcome if not why],
        "refused": [{"position": position, "message": why} for position, why in outcome if why],
    }


@router.get("/{batch_id}/sheets/{position}", summary="一つの調書とその案")
def show_sheet(
    batch_id: str, position: int, services: ServicesDep, caller: EvaluatorDep, note: NoteDep
) -> dict[str, object]:
    """Counts as opened by the caller."""
    desk = services.desk
    sheet = desk.sheet(caller, batch_id, position)
    note.put(batch=batch_id, sheet=position)
    if sheet.machine:
        desk.sheets.opened(batch_id, position, caller.id)
    return sheet_json(desk, caller, sheet)


@router.patch("/{batch_id}/sheets/{position}", summary="文、方向性、その理由を編集する")
def edit_sheet(
    batch_id: str,
    position: int,
    body: EditBody,
    services: ServicesDep,
    caller: EvaluatorDep,
    note: NoteDep,
) -> dict[str, object]:
    note.put(batch=batch_id, sheet=position)
    edit = Edit(text=body.text, direction=body.direction, reason=body.reason)
    if edit == Edit():
        raise ApiError(
            422,
            "missing_field",
            "変更する内容がありません。text、direction、reason のどれかを指定してください。",
        )
    desk = services.desk
    sheet = desk.edit(caller, batch_id, position, body.revision, edit)
    desk.sheets.opened(batch_id, position, caller.id)
    return sheet_json(desk, caller, sheet)


@router.post("/{batch_id}/sheets/{position}/state", summary="案、確認済、確定を切り替える")
def advance(
    batch_id: str,
    position: int,
    body: StateBody,
    services: ServicesDep,
    caller: EvaluatorDep,
    note: NoteDep,
) -> dict[str, object]:
    note.put(batch=batch_id, sheet=position, state_set=body.state)
    desk = services.desk
    state = SheetState(body.state)
    sheet = desk.advance(caller, batch_id, position, body.revision, state)
    desk.sheets.opened(batch_id, position, caller.id)
    return sheet_json(desk, caller, sheet)


@router.post("/{batch_id}/sheets/{position}/draft", summary="一つの調書の案を作り直す")
def draft_again(
    batch_id: str,
    position: int,
    body: AgainBody,
    services: ServicesDep,
    caller: EvaluatorDep,
    note: NoteDep,
) -> dict[str, object]:
    note.put(batch=batch_id, sheet=position)
    desk = services.desk
    sheet = desk.draft_again(caller, batch_id, position, body.revision)
    desk.sheets.opened(batch_id, position, caller.id)
    return sheet_json(desk, caller, sheet)


def _name(file: UploadFile) -> str:
    name = safe_file_name(file.filename or "")
    if not name.lower().endswith(SUFFIXES):
        raise ApiError(
            415,
            "unsupported_type",
            f"「{name or '名前のないファイル'}」は調書として読めません。XLSX、CSV、JSONのどれかを送ってください。",
        )
    return name


def _file(content: bytes, name: str, form: str) -> Response:
    return Response(
        content,
        media_type=_MEDIA[form],
        headers={"Content-Disposition": attachment_header(name)},
    )
