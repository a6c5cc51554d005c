"""Figures of use: for all, by month, by department and by template. No person is singled out.

A department with few users is put together with others, so that no figure is one person's.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

from api.minutes import METHOD as MINUTES_METHOD
from api.minutes import Outcome, StandardMinutes
from api.targets import Target
from rag.errors import ShioriError
from rag.registry.usage import FixedSheets, Uses

LEAST_USERS = 3  # of a department that is shown by itself
OTHERS = "その他の課（合わせて表示）"
NO_DEPARTMENT = "所属の登録なし"
QUESTION_NAME = "質問"
DRAFT = "draft"  # the standard of minutes for a second evaluation
DRAFT_NAME = "二次評価"
MOST_MONTHS = 120
METHOD = (
    "延べ利用者数は、月ごとに一度でも使った人を数え、月の分を足したものです。"
    "実人数は、期間の中で一度でも使った人の数です。",
    "件数は質問とテンプレートの利用の数です。削除した会話も、文を消したうえで数に含みます。",
    f"{MINUTES_METHOD}二次評価は、確定した調書の数に標準時間を掛けます。",
    f"利用者が{LEAST_USERS}人に満たない課は、1人の使い方が分からないよう、ほかの課と合わせて示します。",
)

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


class PeriodError(ShioriError):
    code = "period"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Months from `since` to `until` (2026-04), both included."""

    since: str
    until: str

    @property
    def months(self) -> list[str]:
        year, month = map(int, self.since.split("-"))
        found = []
        while (name := f"{year:04d}-{month:02d}") <= self.until:
            found.append(name)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return found


def period_of(since: str, until: str, today: date) -> Period:
    """The months asked for; "" is the beginning of the fiscal year, or this month.

    Raises PeriodError.
    """
    first = since or f"{fiscal_year_of(f'{today:%Y-%m}')}-04"
    last = until or f"{today:%Y-%m}"
    for value in (first, last):
        if not _MONTH.fullmatch(value):
            raise PeriodError(f"月「{value}」を読み取れません。2026-04 のように書いてください。")
    period = Period(since=first, until=last)
    if last < first:
        raise PeriodError(f"期間の終わり（{last}）が初め（{first}）より前です。")
    if len(period.months) > MOST_MONTHS:
        raise PeriodError(f"期間が長すぎます。{MOST_MONTHS}か月までにしてください。")
    return period


def fiscal_year_of(month: str) -> int:
    year, number = map(int, month.split("-"))
    return year if number >= 4 else year - 1


@dataclass(kw_only=True, slots=True)
class Figures:
    uses: int = 0  # 延べ利用者数: persons of each month, added up
    users: int = 0  # different persons
    questions: int = 0
    answered: int = 0
    partial: int = 0
    no_evidence: int = 0
    out_of_scope: int = 0
    blocked: int = 0
    unfinished: int = 0
    useful: int = 0
    wrong: int = 0
    as_is: int = 0
    edited: int = 0
    unused: int = 0
    minutes: int = 0


@dataclass(kw_only=True, slots=True)
class Statistics:
    period: Period
    total: Figures
    months: Sequence[tuple[str, Figures]]
    departments: Sequence[tuple[str, Figures]]
    templates: Sequence[tuple[str, Figures]]
    sheets: Mapping[str, int]  # second evaluations: fixed, as_is, edited, minutes
    fiscal_years: Sequence[Mapping[str, object]] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        return {
            "since": self.period.since,
            "until": self.period.until,
            "total": asdict(self.total),
            "months": [{"month": month, **asdict(each)} for month, each in self.months],
            "departments": [{"name": name, **asdict(each)} for name, each in self.departments],
            "templates": [{"name": name, **asdict(each)} for name, each in self.templates],
            "second_evaluations": dict(self.sheets),
            "fiscal_years": list(self.fiscal_years),
            "method": list(METHOD),
        }


def statistics(
    period: Period,
    uses: Sequence[Uses],
    sheets: Sequence[FixedSheets],
    standard: StandardMinutes,
    template_names: Mapping[str, str],
    targets: Sequence[Target],
    *,
    single_user: bool = False,
) -> Statistics:
    """With `single_user` small groups are shown: there is one person, who looks at themselves."""
    by_month = _by(uses, lambda use: use.month)
    by_template = _by(uses, lambda use: use.template)
    names = {"": QUESTION_NAME, **template_names}
    drafted = _sheets(sheets, standard)
    drafted_by_month = {
        month: _sheets([each for each in sheets if each.month == month], standard)["minutes"]
        for month in period.months
    }
    months = []
    for month in period.months:
        figures = figures_of(by_month.get(month, ()))
        figures.minutes += drafted_by_month[month]
        months.append((month, figures))
    total = figures_of(uses)
    total.minutes += drafted["minutes"]
    return Statistics(
        period=period,
        total=total,
        months=months,
        departments=_departments(uses, 1 if single_user else LEAST_USERS),
        templates=sorted(
            ((names.get(key, key), figures_of(found)) for key, found in by_template.items()),
            key=lambda pair: (-pair[1].questions, pair[0]),
        ),
        sheets=drafted,
        fiscal_years=_fiscal_years(months, targets),
    )


def figures_of(uses: Iterable[Uses]) -> Figures:
    figures = Figures()
    months: set[tuple[str, str]] = set()
    for use in uses:
        months.add((use.month, use.owner))
        figures.questions += use.count
        figures.minutes += use.minutes
        name = use.status if hasattr(figures, use.status or "-") else "unfinished"
        setattr(figures, name, getattr(figures, name) + use.count)
        for said in (use.verdict, use.outcome):
            if said:
                setattr(figures, said, getattr(figures, said) + use.count)
    figures.uses = len(months)
    figures.users = len({owner for _, owner in months})
    return figures


def shown_departments(owners: Mapping[str, set[str]], least: int) -> set[str]:
    """The departments that are shown by themselves, by their users.

    The others are shown together. Where these are too few as well, the smallest of those shown joins
    them: else the difference to the sum would tell.
    """
    shown = {name for name, users in owners.items() if len(users) >= least}
    rest = set().union(*(users for name, users in owners.items() if name not in shown))
    while rest and len(rest) < least and shown:
        smallest = min(shown, key=lambda name: (len(owners[name]), name))
        shown.remove(smallest)
        rest |= owners[smallest]
    return shown


def owners_by_department(uses: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Users by department, from (department, owner)."""
    owners: dict[str, set[str]] = defaultdict(set)
    for department, owner in uses:
        owners[department].add(owner)
    return owners


def department_label(department: str, shown: set[str]) -> str:
    if department not in shown:
        return OTHERS
    return department or NO_DEPARTMENT


def _departments(uses: Sequence[Uses], least: int) -> list[tuple[str, Figures]]:
    owners = owners_by_department((use.department, use.owner) for use in uses)
    shown = shown_departments(owners, least)
    grouped = _by(uses, lambda use: department_label(use.department, shown))
    named = [(name, figures_of(found)) for name, found in grouped.items()]
    # By name and not by figures: nobody is ranked.
    return sorted(named, key=lambda pair: (pair[0] == OTHERS, pair[0]))


def _by(uses: Iterable[Uses], key: Callable[[Uses], str]) -> dict[str, list[Uses]]:
    found: dict[str, list[Uses]] = defaultdict(list)
    for use in uses:
        found[key(use)].append(use)
    return found


def _sheets(sheets: Sequence[FixedSheets], standard: StandardMinutes) -> dict[str, int]:
    as_is = sum(each.count for each in sheets if not each.edited)
    edited = sum(each.count for each in sheets if each.edited)
    minutes = as_is * standard.of(DRAFT, Outcome.AS_IS) + edited * standard.of(
        DRAFT, Outcome.EDITED
    )
    return {"fixed": as_is + edited, "as_is": as_is, "edited": edited, "minutes": minutes}


def _fiscal_years(
    months: Sequence[tuple[str, Figures]], targets: Sequence[Target]
) -> list[dict[str, object]]:
    years: dict[int, list[Figures]] = defaultdict(list)
    for month, figures in months:
        years[fiscal_year_of(month)].append(figures)
    found: list[dict[str, object]] = []
    for year, of_year in sorted(years.items()):
        reached = {
            "uses": float(sum(each.uses for each in of_year)),
            "hours": round(sum(each.minutes for each in of_year) / 60, 1),
        }
        found.append(
            {
                "fiscal_year": year,
                "months": len(of_year),
                **reached,
                "targets": [
                    {
                        "name": target.name,
                        "measure": target.measure,
                        "value": target.value,
                        "reached": reached[target.measure],
                        "share": round(100 * reached[target.measure] / target.value, 1),
                    }
                    for target in targets
                    if target.fiscal_year == year
                ],
            }
        )
    return found
