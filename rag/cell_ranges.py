"""The cells that a quoted stretch of a sheet's page text stands in, read from the text alone."""

import re

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_RANGE_AT_END = re.compile(r"[A-Z]{1,3}\d+[:～][A-Z]{1,3}\d+(）?)$")
_HEADING = re.compile(
    r"^### (?:.*（)?(?P<range>(?P<left>[A-Z]{1,3})(?P<top>\d+)(?P<mark>[:～])(?P<right>[A-Z]{1,3})(?P<bottom>\d+))）?$",
    re.MULTILINE,
)


def cited_heading(
    heading: tuple[str, ...], page_text: str, start: int, end: int
) -> tuple[str, ...]:
    """The heading path with the range of the whole table narrowed to the rows that are quoted."""
    cells = cell_range(page_text, start, end) if heading else ""
    if not cells:
        return heading
    return (*heading[:-1], _RANGE_AT_END.sub(lambda match: f"{cells}{match.group(1)}", heading[-1]))


def cell_range(page_text: str, start: int, end: int) -> str:
    """「A5:F5」 for a quote in row 5; the whole table's range where rows cannot be told apart.

    "" outside tables. The text must be of a page that the XLSX loader made: behind each heading
    with a range the rows follow one a line, and the last line is the last row of the range.
    """
    headings = list(_HEADING.finditer(page_text, 0, min(len(page_text), end)))
    if not headings:
        return ""
    heading = headings[-1]
    body = heading.end() + 1
    close = page_text.find("\n\n", body)
    close = len(page_text.rstrip("\n")) if close < 0 else close
    if start >= close:
        return ""
    whole = heading["range"].replace("～", ":")
    if heading["mark"] == "～" or start < body:
        return whole
    lines = page_text[body:close].count("\n") + 1
    first = page_text.count("\n", body, start)
    last = page_text.count("\n", body, min(end, close))
    bottom = int(heading["bottom"])
    upper, lower = bottom - (lines - 1 - first), bottom - (lines - 1 - last)
    if first == 0:
        # The line of heads may stand for several rows of the sheet.
        upper = int(heading["top"])
    return f"{heading['left']}{upper}:{heading['right']}{lower}"
