"""`shiori stats`"""

from datetime import date
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
    from api.statistics import Figures, Statistics


def stats(
    since: Annotated[str, typer.Option(help="この月（YYYY-MM）から。既定は年度の初め")] = "",
    until: Annotated[str, typer.Option(help="この月（YYYY-MM）まで。既定は今月")] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="書き出す先（.xlsx、.csv）", show_default=False),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """利用者数、件数、省けた時間を、月、課、テンプレートごとに数える。"""
    from api.exports.statistics_file import statistics_csv, statistics_xlsx
    from api.exports.write import write_safely

    writers = {".csv": statistics_csv, ".xlsx": statistics_xlsx}
    if out is not None and out.suffix.lower() not in writers:
        raise CommandError("書き出す先の末尾を .xlsx か .csv にしてください。")
    found = _statistics(data_dir, since, until)
    if out is not None:
        write_safely(out, writers[out.suffix.lower()](found))
        say(f"「{out}」に書き出しました。")
    if as_json:
        print_json(found.as_json())
    elif out is None:
        print(printable(_text(found)))


def _statistics(data_dir: Path | None, since: str, until: str) -> "Statistics":
    from api.minutes import StandardMinutes
    from api.statistics import period_of, statistics
    from api.targets import read_targets
    from rag.registry.database import REGISTRY_FILE, Database
    from rag.registry.usage import UsageLog
    from rag.templates.template import shelf

    settings = load_settings(data_dir)
    path = settings.data_dir / REGISTRY_FILE
    if not path.is_file():
        raise CommandError(
            f"「{settings.data_dir}」に登録簿がありません。--data-dir を確かめてください。"
        )
    period = period_of(since, until, date.today())
    database = Database(path)
    try:
        log = UsageLog(database)
        return statistics(
            period,
            log.uses(period.since, period.until),
            log.fixed_sheets(period.since, period.until),
            StandardMinutes.read(settings.minutes_saved),
            {template.id: template.title for template in shelf(settings.data_dir).templates},
            read_targets(settings.data_dir),
            single_user=settings.auth == "single",
        )
    finally:
        database.close()


def _text(found: "Statistics") -> str:
    from api.statistics import METHOD

    lines = [f"期間 {found.period.since}～{found.period.until}", _line("全体", found.total)]
    for title, rows in (
        ("月別", found.months),
        ("課別", found.departments),
        ("テンプレート別", found.templates),
    ):
        lines += [f"{title}:", *(f"  {_line(name, figures)}" for name, figures in rows)]
    lines.append(
        f"二次評価: 確定{found.sheets['fixed']}件（うち直したもの{found.sheets['edited']}件）"
    )
    for year in found.fiscal_years:
        targets = year["targets"]
        assert isinstance(targets, list)
        lines += [
            f"目標 {year['fiscal_year']}年度 {each['name']}: {each['reached']:g} / {each['value']:g}（{each['share']}％）"
            for each in targets
        ]
    return "\n".join([*lines, *METHOD])


def _line(name: str, figures: "Figures") -> str:
    declined = figures.no_evidence + figures.out_of_scope + figures.blocked
    return (
        f"{name}: 延べ{figures.uses}人（実{figures.users}人）、{figures.questions}件、"
        f"答えた{figures.answered + figures.partial}件、断った{declined}件、"
        f"省けた時間{figures.minutes / 60:.1f}時間"
    )
