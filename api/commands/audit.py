"""`shiori audit`"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import (
    AsJson,
    CommandError,
    DataDir,
    load_settings,
    print_json,
    printable,
    say,
)

if TYPE_CHECKING:
    from rag.registry.audit import AuditLog


def verify_audit(
    anchor: Annotated[
        list[Path] | None,
        typer.Option(help="控えを書いたファイル、またはシステムのログ（繰り返し指定可）"),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> int:
    """監査の記録の書き換え、削除、入れ替えがないかを確かめる。問題があれば終了コード1。"""
    from rag.registry.audit_check import read_anchors, verify

    log = _log(data_dir)
    anchors = []
    for path in anchor or []:
        try:
            anchors += read_anchors(path.read_text(encoding="utf-8"))
        except (ValueError, KeyError) as error:
            raise CommandError(f"「{path}」に控えとして読めない行があります。") from error
    if anchor and not anchors:
        raise CommandError(
            "指定されたファイルに控えがありません。shiori audit anchor の出力を指定してください。"
        )
    check = verify(log, anchors)
    if as_json:
        print_json(
            {
                "sound": check.sound,
                "records": check.records,
                "last": check.head.sequence if check.head else 0,
                "hash": check.head.hash if check.head else "",
                "anchors": len(anchors),
                "faults": list(check.faults),
                "cannot_tell": check.cannot_tell,
                "clock_set_back": check.clock_set_back,
            }
        )
    else:
        for fault in check.faults:
            print(f"問題: {fault}")
        if check.clock_set_back:
            print(f"注意: 時計が戻された跡が{check.clock_set_back}か所あります。")
        verdict = "問題は見つかりません" if check.sound else "記録が損なわれています"
        print(f"{check.records:,}件を確かめました（控え{len(anchors)}件）。{verdict}。")
        print(check.cannot_tell)
    return 0 if check.sound else 1


def anchor_audit(
    append: Annotated[
        Path | None, typer.Option(help="このファイルの末尾に書き足す", show_default=False)
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """控え（最後の記録の番号と封印）を出す。このパソコンの外に毎日残す。"""
    from rag.registry.audit_check import anchor_line

    head = _log(data_dir).head()
    if head is None:
        raise CommandError("監査の記録がまだありません。")
    line = f"{datetime.now(UTC).isoformat(timespec='seconds')} {anchor_line(head)}"
    if append is None:
        print(line)
        return
    with append.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def list_audit(
    limit: Annotated[int, typer.Option(help="件数", min=1)] = 20,
    since: Annotated[str, typer.Option(help="この日（YYYY-MM-DD）から")] = "",
    until: Annotated[str, typer.Option(help="この日（YYYY-MM-DD）まで")] = "",
    text: Annotated[str, typer.Option(help="記録に含まれる文字")] = "",
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """監査の記録を新しい順に見る。"""
    log = _log(data_dir)
    _note(log, "list")
    records = log.records(limit=limit, since=since, until=until, text=text)
    if as_json:
        print_json([{**one.fields, "sequence": one.sequence} for one in records])
        return
    for one in records:
        fields = one.fields
        shown = (str(fields.get(name, "")) for name in ("at", "login", "action", "http", "input"))
        print(printable(f"{one.sequence} {' '.join(filter(None, shown))}".replace("\n", " ")))


def export_audit(
    out: Annotated[Path, typer.Argument(metavar="FILE", help="書き出す先（.csv か .jsonl）")],
    data_dir: DataDir = None,
) -> None:
    """監査の記録をすべて書き出す。"""
    from api.audit_export import csv_lines, json_lines

    forms = {".csv": csv_lines, ".jsonl": json_lines}
    if out.suffix not in forms:
        raise CommandError("書き出す先の末尾を .csv か .jsonl にしてください。")
    log = _log(data_dir)
    _note(log, "export")
    with out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(forms[out.suffix](log.everything()))
    say(f"「{out}」に書き出しました。")


def prune_audit(
    days: Annotated[
        int | None,
        typer.Option(help="残す日数（既定: SHIORI_AUDIT_RETENTION_DAYS）", min=1),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """保存期間を過ぎた記録を削除する。残りが続いていることは、その後も確かめられる。"""
    settings = load_settings(data_dir)
    kept = settings.audit_retention_days if days is None else days
    gone = _log(data_dir).prune(datetime.now(UTC) - timedelta(days=kept), operator())
    say(f"{kept:,}日より前の{gone:,}件を削除しました。")


def operator() -> dict[str, str]:
    """Who works at the command line, as far as the machine knows."""
    import getpass

    try:
        return {"who": f"os:{getpass.getuser()}"}
    except (OSError, KeyError):
        return {"who": "os:?"}


def _note(log: "AuditLog", what: str) -> None:
    log.append({**operator(), "action": f"audit.{what}"})


def _log(data_dir: Path | None) -> "AuditLog":
    from rag.registry.audit import AuditLog

    return AuditLog(load_settings(data_dir).data_dir)
