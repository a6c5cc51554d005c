"""The desk of the evaluation section: batches handed in, looked at, edited, checked and fixed.

Free of HTTP but for the errors. Who is an evaluator (評価担当) sees the batches of their own
section (課) and their own.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.drafting.batch import draft_entry
from api.errors import ApiError
from api.people.caller import Caller
from api.personal_guard import PersonalGuard
from api.turns import is_there
from ingest.sheets.isolated import read_sheets_isolated
from ingest.sheets.raw import SheetBatch
from rag.assistant import Assistant
from rag.drafting.directions import directions_of, role_of
from rag.drafting.drafter import Drafter, Reworder
from rag.drafting.sources import IndexSources, NoSources
from rag.drafting.style import Ending, HouseStyle, read_style
from rag.errors import ShioriError
from rag.registry import Database
from rag.registry.draft_batches import DraftBatch, DraftBatches, NewBatch
from rag.registry.draft_blanking import documents_of, without_documents
from rag.registry.draft_sheets import DraftSheet, DraftSheets, Edit, SheetState

MAX_SHEETS = 1_000
STYLE_FILE = "style.toml"  # of the city, in the data folder
HIDDEN = "出典に、あなたが読めない文書があります。その文書による文と引用は表示していません。"

DraftFields = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How a batch is drafted, as chosen when it was handed in."""

    documents: bool = True  # look into plans and audit reports
    model: bool = False
    ending: Ending = Ending.DEARU
    mapping: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "documents": self.documents,
            "model": self.model,
            "ending": self.ending.value,
            "mapping": dict(self.mapping) if self.mapping else None,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Options":
        return cls(
            documents=kept["documents"],
            model=kept["model"],
            ending=Ending(kept["ending"]),
            mapping=kept["mapping"],
        )


class Desk:
    """One for an application. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        assistant_for: Callable[[Caller], Assistant],
        guard: PersonalGuard,
        style_file: Path,
    ) -> None:
        self.style_file = style_file
        self.batches = DraftBatches(database)
        self.sheets = DraftSheets(database)
        self._assistant_for = assistant_for
        self._guard = guard

    def hand_in(self, caller: Caller, file: str, content: bytes, options: Options) -> DraftBatch:
        """Keeps the sheets of a file, to be drafted. Raises SheetFileError, ApiError."""
        if options.model and self._assistant_for(caller).model is None:
            raise ApiError(
                409,
                "llm_not_configured",
                "言語モデルが設定されていません。「言語モデルで言い換える」を外してください。",
            )
        read = read_sheets_isolated(content, file, options.mapping)
        if len(read.entries) > MAX_SHEETS:
            raise ApiError(
                422,
                "too_many_sheets",
                f"「{file}」には調書が{len(read.entries):,}件あります。"
                f"一度に扱えるのは{MAX_SHEETS:,}件までです。ファイルを分けてください。",
            )
        batch_id = self.batches.add(
            NewBatch(
                owner=caller.id,
                owner_name=caller.name,
                department=caller.department,
                file=file,
                sha256=read.sha256,
                content=content,
                options=options.as_json(),
                remarks=read.remarks,
                entries=_names(read),
            )
        )
        return self.batch(caller, batch_id)

    def batch(self, caller: Caller, batch_id: str) -> DraftBatch:
        """Raises ApiError 404 for a batch that is not there or not the caller's to see."""
        found = self.batches.get(batch_id)
        if found is None or not may_see(caller, found):
            raise ApiError(
                404,
                "unknown_batch",
                "この調書の束は登録されていません。一覧を読み直してください。",
            )
        return found

    def batches_of(self, caller: Caller) -> list[DraftBatch]:
        return [batch for batch in self.batches.all() if may_see(caller, batch)]

    def sheet(self, caller: Caller, batch_id: str, position: int) -> DraftSheet:
        self.batch(caller, batch_id)
        found = self.sheets.get(batch_id, position)
        if found is None:
            raise ApiError(404, "unknown_sheet", "この調書はありません。一覧を読み直してください。")
        return found

    def draft_of(self, caller: Caller, sheet: DraftSheet, machine: str = "") -> DraftFields:
        """The machine's draft as the caller may read it, {} where there is none.

        `machine` stands for the sheet's newest draft.
        """
        kept = machine or sheet.machine
        draft: DraftFields = json.loads(kept) if kept else {}
        return without_documents(draft, self._unreadable(caller, draft), HIDDEN)

    def hides(self, caller: Caller, sheet: DraftSheet) -> bool:
        """Whether the draft rests on documents that the caller may not read."""
        return bool(sheet.machine) and bool(self._unreadable(caller, json.loads(sheet.machine)))

    def edit(
        self, caller: Caller, batch_id: str, position: int, revision: int, edit: Edit
    ) -> DraftSheet:
        """Raises ApiError, DraftConflictError."""
        sheet = self._workable(caller, batch_id, position)
        if edit.direction:
            allowed = directions_of(_year(sheet)).names
            if edit.direction not in allowed:
                raise ApiError(
                    422,
                    "unknown_direction",
                    f"方向性「{edit.direction}」はこの年度にありません。"
                    f"{'、'.join(allowed)}から選んでください。",
                )
        for text in filter(None, (edit.text, edit.reason)):
            if self._guard.admit(text, "send").blocked:
                raise ApiError(
                    422,
                    "personal_information_blocked",
                    "書いた文に、記録できない個人情報（マイナンバーなど）とみられる部分があります。"
                    "その部分を消してから保存してください。",
                )
        return self.sheets.edit(batch_id, position, revision, edit, caller.name)

    def advance(
        self, caller: Caller, batch_id: str, position: int, revision: int, state: SheetState
    ) -> DraftSheet:
        """Raises ApiError where something is missing for the step, DraftConflictError."""
        sheet = self._workable(caller, batch_id, position)
        if state is not SheetState.DRAFT and sheet.state is SheetState.DRAFT:
            require_decided(sheet)
        return self.sheets.advance(batch_id, position, revision, state, caller.name)

    def advance_opened(
        self, caller: Caller, batch_id: str, positions: Sequence[int], state: SheetState
    ) -> list[tuple[int, str]]:
        """(position, "" or why not) for each sheet: only those go on that the caller has opened
        as they are now."""
        opened = self.sheets.openings(batch_id, caller.id)
        outcome: list[tuple[int, str]] = []
        for position in positions:
            sheet = self.sheet(caller, batch_id, position)
            if opened.get(position) != sheet.revision:
                outcome.append((position, "まだ開いて確かめていません。"))
                continue
            try:
                self.advance(caller, batch_id, position, sheet.revision, state)
            except (ApiError, ShioriError) as error:
                outcome.append((position, error.message))
                continue
            self.sheets.opened(batch_id, position, caller.id)
            outcome.append((position, ""))
        return outcome

    def draft_again(
        self, caller: Caller, batch_id: str, position: int, revision: int
    ) -> DraftSheet:
        """A new draft with the documents and rules of now. What people wrote stays beside it.

        Raises ApiError, DraftConflictError, SheetFileError.
        """
        batch = self.batch(caller, batch_id)
        self._require_sources(caller, self.sheet(caller, batch_id, position))
        # Told before the work is done; `draft_again` below looks once more.
        self.sheets.require_revision(batch_id, position, revision)
        content = self.batches.content(batch_id) or b""
        options = Options.of(batch.options)
        entry = read_sheets_isolated(content, batch.file, options.mapping).entries[position]
        draft = draft_entry(entry, self.drafter_for(caller, options))
        state = SheetState.NONE if draft["error"] else SheetState.DRAFT
        machine = json.dumps(draft, ensure_ascii=False)
        return self.sheets.draft_again(batch_id, position, revision, machine, state)

    def drafter_for(self, caller: Caller, options: Options) -> Drafter:
        """A drafter that knows only the documents which `caller` may read, as of now.

        Raises StyleFileError for a house style that cannot be read.
        """
        assistant = self._assistant_for(caller)
        kept = read_style(self.style_file) if self.style_file.is_file() else HouseStyle()
        style = kept.model_copy(update={"ending": options.ending})
        reworder: Reworder | None = None
        if options.model and assistant.model is not None:
            from rag.llm.rewording import ModelReworder

            reworder = ModelReworder(assistant.model)
        sources = (
            IndexSources(assistant.retriever, style.quote_characters)
            if options.documents
            else NoSources()
        )
        return Drafter(sources=sources, style=style, reworder=reworder)

    def _workable(self, caller: Caller, batch_id: str, position: int) -> DraftSheet:
        sheet = self.sheet(caller, batch_id, position)
        if sheet.state is SheetState.NONE:
            raise ApiError(
                409, "no_draft", f"「{sheet.name}」の案はまだないか、作成できませんでした。"
            )
        self._require_sources(caller, sheet)
        return sheet

    def _require_sources(self, caller: Caller, sheet: DraftSheet) -> None:
        if self.hides(caller, sheet):
            raise ApiError(
                403,
                "sources_hidden",
                f"「{sheet.name}」の案は、あなたが読めない文書を出典にしています。"
                "その文書を読める担当者が扱ってください。",
            )

    def _unreadable(self, caller: Caller, draft: DraftFields) -> set[str]:
        cited = documents_of(draft)
        if not cited or caller.single_user:
            return set()
        readable = self._assistant_for(caller).index
        return {document_id for document_id in cited if not is_there(document_id, readable)}


def may_see(caller: Caller, batch: DraftBatch) -> bool:
    """Whether it is the caller's own batch or one of their section (課)."""
    return batch.owner == caller.id or bool(
        caller.department and caller.department == batch.department
    )


def require_decided(sheet: DraftSheet) -> None:
    """Raises ApiError 422 unless a person has decided the direction, with the reason it needs."""
    if not sheet.direction:
        raise ApiError(
            422,
            "direction_missing",
            f"「{sheet.name}」の二次評価の方向性が選ばれていません。選んでから確認済にしてください。",
        )
    first = str(json.loads(sheet.machine).get("first_direction", ""))
    if first and role_of(first) is not role_of(sheet.direction) and not sheet.reason.strip():
        raise ApiError(
            422,
            "reason_missing",
            f"「{sheet.name}」の方向性が一次評価（{first}）と違います。違う理由を書いてください。",
        )


def _names(read: SheetBatch) -> list[tuple[str, str]]:
    names = []
    for entry in read.entries:
        number, name = entry.sheet_no, entry.name
        names.append(
            (
                number if isinstance(number, str) else number.text,
                name if isinstance(name, str) else name.text,
            )
        )
    return names


def _year(sheet: DraftSheet) -> int:
    return int(json.loads(sheet.machine)["fiscal_year"])
