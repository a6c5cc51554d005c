"""The cells of a table or form as office files and web pages have them."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class GridCell:
    """A cell with the rows and columns it spans; `row` and `column` count from 0."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1
