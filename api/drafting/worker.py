"""The thread that drafts the batches, one sheet after the other.

A sheet is kept before the next one is begun, so that a crash loses one sheet at most; what ran
then goes on at the next start. Before each sheet the requester's rights are looked up anew.
"""

import json
import logging
import threading

from api.drafting.batch import draft_entry
from api.drafting.desk import Desk, Options
from api.people.caller import Caller, Role
from api.people.gate import Gate
from ingest.sheets.isolated import read_sheets_isolated
from rag.errors import ShioriError
from rag.registry.draft_batches import DraftBatch, JobState
from rag.registry.draft_sheets import SheetState

logger = logging.getLogger("shiori.drafting")

STOP_S = 8  # a language model may take longer over a sheet; that sheet is drafted again later
_NO_RIGHTS = (
    "依頼した人のアカウントが使えないか、評価担当でなくなったため止めました。"
    "評価担当の人が調書を登録し直してください。"
)
_FAULT = "内部で問題が起きたため止めました。再開しても直らないときは管理者に相談してください。"


class DraftWorker:
    """Start it once; `wake` it when there is something to do; `stop` waits for the sheet at hand."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._gate = gate
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shiori-drafting", daemon=True)

    def start(self) -> None:
        self._desk.batches.resume_interrupted()
        self._wake.set()
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            while not self._stopping.is_set():
                try:
                    batch = self._desk.batches.take_next()
                    if batch is None:
                        break
                    self._work(batch)
                except Exception:
                    # The next batch may be sound; a registry that cannot be written says so there.
                    logger.exception("a batch of drafts was broken off")
                    break

    def _work(self, batch: DraftBatch) -> None:
        batches = self._desk.batches
        try:
            self._draft(batch)
        except ShioriError as error:
            batches.move(batch.id, {JobState.RUNNING}, JobState.FAILED, error.message)
        except Exception:
            logger.exception("batch %s was broken off", batch.id)
            batches.move(batch.id, {JobState.RUNNING}, JobState.PAUSED, _FAULT)

    def _draft(self, batch: DraftBatch) -> None:
        desk = self._desk
        content = desk.batches.content(batch.id)
        if content is None:
            return
        options = Options.of(batch.options)
        read = read_sheets_isolated(content, batch.file, options.mapping)
        waiting = [sheet.position for sheet in desk.sheets.of(batch.id) if not sheet.machine]
        for position in waiting:
            if self._stopping.is_set():
                return  # it stays running, and goes on at the next start
            now = desk.batches.get(batch.id)
            if now is None or now.state is not JobState.RUNNING:
                return
            caller = self._requester(batch)
            if caller is None:
                desk.batches.move(batch.id, {JobState.RUNNING}, JobState.PAUSED, _NO_RIGHTS)
                return
            draft = draft_entry(read.entries[position], desk.drafter_for(caller, options))
            state = SheetState.NONE if draft["error"] else SheetState.DRAFT
            desk.sheets.keep_first(batch.id, position, json.dumps(draft, ensure_ascii=False), state)
        desk.batches.move(batch.id, {JobState.RUNNING}, JobState.COMPLETE)

    def _requester(self, batch: DraftBatch) -> Caller | None:
        caller = self._gate.caller_now(batch.owner)
        return caller if caller is not None and caller.has(Role.EVALUATION) else None
