"""Why a cell of a worksheet does not show: hidden row or column, white or tiny text, its format."""

from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

_WHITE = ("FFFFFFFF", "00FFFFFF")
_TINY_POINTS = 2


def hidden_columns(sheet: Worksheet) -> frozenset[int]:
    """1-based numbers of hidden columns; one dimension may stand for a range of them."""
    found: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        narrow = dimension.width is not None and dimension.width < 0.2
        if dimension.hidden or (dimension.customWidth and narrow):
            found.update(range(dimension.min or 0, min(dimension.max or 0, 1_000) + 1))
    return frozenset(found)


def hidden_rows(sheet: Worksheet) -> frozenset[int]:
    return frozenset(
        number
        for number, dimension in sheet.row_dimensions.items()
        if dimension.hidden or (dimension.height is not None and dimension.height < 1)
    )


def why_hidden(cell: Cell) -> str:
    """Why the text of `cell` cannot be seen though its row and column show; "" when it can."""
    font = cell.font
    if font is not None and font.sz is not None and font.sz < _TINY_POINTS:
        return "極端に小さい文字"
    if cell.number_format and cell.number_format.replace(" ", "") in (";;;", ";;", ";"):
        return "表示しない書式"
    if _is_white(cell) and not _has_dark_fill(cell):
        return "白い文字"
    return ""


def _is_white(cell: Cell) -> bool:
    color = cell.font.color if cell.font is not None else None
    if color is None:
        return False
    if color.type == "rgb":
        return str(color.rgb).upper() in _WHITE
    # Theme colour 0 is the background (white), indexed 1 and 9 are white.
    if color.type == "theme":
        return bool(color.theme == 0 and not (color.tint and color.tint < 0))
    return color.type == "indexed" and color.indexed in (1, 9)


def _has_dark_fill(cell: Cell) -> bool:
    fill = cell.fill
    if fill is None or fill.fill_type is None:
        return False
    if fill.fill_type != "solid":
        return True
    color = fill.fgColor
    if color.type == "rgb":
        return str(color.rgb).upper() not in _WHITE
    if color.type == "theme":
        return not (color.theme == 0 and not color.tint)
    return color.indexed not in (1, 9, 64)
