"""Pieces of HTML and the frame of a report page. Every text is escaped here, at the last step."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

_NOTHING = "<p>該当する設問はありません。</p>"


class Html(str):
    """Text that is HTML already. Everything else is escaped when it is put into a page."""

    __slots__ = ()


def markup(content: object) -> Html:
    """The content as HTML: unchanged when it is Html, escaped otherwise."""
    return content if isinstance(content, Html) else Html(escape(str(content)))


def element(tag: str, *children: object, **attributes: str) -> Html:
    """`<tag …>children</tag>`. A trailing underscore of an attribute name is dropped."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
    )
    return Html(f"<{tag}{written}>{''.join(map(markup, children))}</{tag}>")


def join(parts: Iterable[object], separator: str = "") -> Html:
    return Html(separator.join(markup(part) for part in parts))


def table(caption: str, head: Sequence[object], rows: Sequence[Sequence[object]]) -> Html:
    """A table whose first column holds the row headings; a sentence instead when it is empty."""
    if not rows:
        return Html(_NOTHING)
    header = element("tr", *(element("th", cell, scope="col") for cell in head))
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell) for cell in row[1:]),
        )
        for row in rows
    ]
    return element(
        "div",
        element(
            "table",
            element("caption", caption),
            element("thead", header),
            element("tbody", *body),
        ),
        class_="wide",
    )


def section(title: str, *children: object, id_: str) -> Html:
    return element("section", element("h2", title), *children, id_=id_)


def page(title: str, *children: object, style: str = "") -> str:
    """A whole page that loads nothing: the style sheet is inside. `style` is added to it."""
    sheet = files("eval").joinpath("report.css").read_text(encoding="utf-8")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{sheet}{style}</style>"
    )
    body = element("main", element("h1", title), *children)
    return f'<!doctype html><html lang="ja"><head>{head}</head><body>{body}</body></html>\n'
