"""How years and rates are written for a reader."""

from decimal import Decimal

from rag.drafting.numbers import write_number
from rag.temporal import era_year


def year_name(year: int) -> str:
    return f"{era_year(year)}度"


def percent(number: Decimal) -> str:
    return write_number(round(number, 1))
