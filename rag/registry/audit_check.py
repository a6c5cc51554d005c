"""Whether the audit log is whole: what can be seen from it alone, and with what is kept elsewhere."""

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from rag.registry.audit import FIRST, PRUNED, TRIGGERS, Anchor, AuditLog, sealed

MOST_FAULTS = 20
_ANCHOR = re.compile(r"sequence=(\d+) hash=([0-9a-f]{64})")
WITHOUT_ANCHOR = (
    "控え（アンカー）がないため、末尾の記録が切り取られたことと、記録全体が作り直されたことは分かりません。"
    "shiori audit anchor の出力を、このパソコンの外に毎日残してください。"
)
WITH_ANCHOR = "最後の控えより後の記録が末尾から切り取られたことは、控えだけでは分かりません。"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditCheck:
    records: int
    head: Anchor | None
    faults: tuple[str, ...]
    cannot_tell: str  # what nobody could notice this way
    clock_set_back: int = 0  # records that are older than the one before: noted, no fault

    @property
    def sound(self) -> bool:
        return not self.faults


def verify(log: AuditLog, anchors: Sequence[Anchor] = ()) -> AuditCheck:
    """Reads the whole log once. Finds edited, deleted, inserted and exchanged records; with
    `anchors` also a cut tail, an exchanged file and a return to an old state.
    """
    faults: list[str] = []
    wanted = {anchor.sequence: anchor.hash for anchor in anchors}
    met: set[int] = set()
    previous, expected, count, clock = FIRST, 1, 0, 0
    base: tuple[int, str] | None = None
    head: Anchor | None = None
    pruned: set[tuple[int, str]] = set()
    try:
        for record in log.everything():
            count += 1
            if count == 1 and record.sequence != 1:
                # Sealed with one that is gone; a later record has to say so.
                base = (record.sequence - 1, "")
                previous, expected = _pruned_seal(log, record.sequence - 1), record.sequence
                base = (record.sequence - 1, previous)
            if record.sequence != expected:
                faults.append(f"{expected}番から{record.sequence - 1}番までの記録がありません。")
                previous = ""
            if previous and sealed(previous, record.sequence, record.body) != record.hash:
                faults.append(
                    f"{record.sequence}番の記録が、前の記録と合いません（書き換え、入れ替え）。"
                )
            if record.sequence in wanted:
                met.add(record.sequence)
                if wanted[record.sequence] != record.hash:
                    faults.append(f"{record.sequence}番の記録が、控えと違います。")
            if record.body.startswith(f'{{"action":"{PRUNED}"'):
                fields = record.fields
                pruned.add((int(str(fields["through"])), str(fields["seal"])))
            clock += '"clock_back_s":' in record.body
            previous, expected = record.hash, record.sequence + 1
            head = Anchor(record.sequence, record.hash)
            if len(faults) >= MOST_FAULTS:
                break
    except (sqlite3.DatabaseError, ValueError, KeyError) as error:
        faults.append(f"記録のファイルを読み取れません（{error}）。")
    if base is not None and base not in pruned:
        faults.append(f"先頭の{base[0]}件がなく、保存期間による削除の記録もありません。")
    last = head.sequence if head else 0
    first = base[0] + 1 if base else 1
    for sequence in sorted(wanted.keys() - met):
        if sequence > last:
            faults.append(
                f"控えにある{sequence}番の記録がありません（最後は{last}番）。末尾が失われています。"
            )
        elif sequence >= first:
            faults.append(f"控えにある{sequence}番の記録がありません。")
    if missing := TRIGGERS.keys() - _triggers(log):
        faults.append(f"書き換えを防ぐ仕組み（{'、'.join(sorted(missing))}）が外されています。")
    return AuditCheck(
        records=count,
        head=head,
        faults=tuple(faults[:MOST_FAULTS]),
        cannot_tell=WITH_ANCHOR if anchors else WITHOUT_ANCHOR,
        clock_set_back=clock,
    )


def _triggers(log: AuditLog) -> frozenset[str]:
    try:
        return log.triggers()
    except sqlite3.DatabaseError:
        return frozenset(TRIGGERS)  # told already


def _pruned_seal(log: AuditLog, through: int) -> str:
    """The seal of the last record that went, as the record of the pruning has it, or ""."""
    for record in log.records(text=f'"action":"{PRUNED}"', limit=1_000):
        fields = record.fields
        if fields.get("action") == PRUNED and fields.get("through") == through:
            return str(fields["seal"])
    return ""


def anchor_line(anchor: Anchor) -> str:
    return f"audit anchor sequence={anchor.sequence} hash={anchor.hash}"


def read_anchors(text: str) -> list[Anchor]:
    """Every anchor in lines of a file or of a system log, whatever stands around them."""
    found = [Anchor(int(match[1]), match[2]) for match in _ANCHOR.finditer(text)]
    for line in text.splitlines():
        if line.startswith("{"):
            stored = json.loads(line)
            if not {"sequence", "hash"} <= stored.keys():
                continue  # another line of a log
            found.append(Anchor(int(stored["sequence"]), str(stored["hash"])))
    return found
