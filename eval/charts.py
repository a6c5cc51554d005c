"""Plots as SVG text, without scripts or fonts of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from eval.markup import Html

_BAR_PX = 22
_GAP_PX = 10
_LABEL_PX = 210
_PLOT_PX = 420
_VALUE_PX = 200
_FILL = "#7096f8"
_INK = "#1a1a1c"
_LINE = "#8c8c8f"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A share between 0 and 1 with its interval; `note` is written behind it."""

    label: str
    value: float
    low: float
    high: float
    note: str = ""


def _text(x: float, y: float, content: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = _INK) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="1.5"/>'
    )


def _rect(x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{_FILL}"/>'
    )


def _picture(width: float, height: float, title: str, shapes: Sequence[str]) -> Html:
    return Html(
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" fill="{_INK}">{"".join(shapes)}</svg>'
    )


def share_bars(title: str, bars: Sequence[Bar]) -> Html:
    """Horizontal bars from 0 to 1, each with its interval as a whisker and its value in figures."""
    shapes: list[str] = []
    for place, bar in enumerate(bars):
        top = place * (_BAR_PX + _GAP_PX) + _GAP_PX
        middle = top + _BAR_PX / 2
        low, high = (_LABEL_PX + _PLOT_PX * edge for edge in (bar.low, bar.high))
        shapes += [
            _text(_LABEL_PX - 8, middle + 5, bar.label, "end"),
            _rect(_LABEL_PX, top, _PLOT_PX * bar.value, _BAR_PX),
            _line(low, middle, high, middle),
            _line(low, middle - 5, low, middle + 5),
            _line(high, middle - 5, high, middle + 5),
            _text(_LABEL_PX + _PLOT_PX + 10, middle + 5, f"{100 * bar.value:.1f}%　{bar.note}"),
        ]
    bottom = len(bars) * (_BAR_PX + _GAP_PX) + _GAP_PX
    shapes.append(_line(_LABEL_PX, bottom, _LABEL_PX + _PLOT_PX, bottom, _LINE))
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _LABEL_PX + _PLOT_PX * tick
        shapes += [
            _line(x, bottom, x, bottom + 5, _LINE),
            _text(x, bottom + 20, f"{100 * tick:.0f}%", "middle"),
        ]
    return _picture(_LABEL_PX + _PLOT_PX + _VALUE_PX, bottom + 28, title, shapes)


def histogram(title: str, values: Sequence[float], unit: str, bins: int = 20) -> Html:
    """Counts of the values in bins of equal width from 0 to the largest value."""
    width, height, left, foot = 640.0, 200.0, 50.0, 40.0
    top = max(values, default=0.0) or 1.0
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(bins * value / top))] += 1
    most = max(counts) or 1
    step = width / bins
    shapes = [
        _rect(
            left + place * step + 1,
            10 + height * (1 - count / most),
            step - 2,
            height * count / most,
        )
        for place, count in enumerate(counts)
    ]
    shapes += [
        _line(left, 10 + height, left + width, 10 + height, _LINE),
        _text(left - 8, 20, f"{most}問", "end"),
        _text(left - 8, 10 + height, "0問", "end"),
        *(
            _text(left + width * tick, 30 + height, f"{top * tick:.0f}", "middle")
            for tick in (0.0, 0.25, 0.5, 0.75)
        ),
        _text(left + width, 30 + height, f"{top:.0f}{unit}", "end"),
    ]
    return _picture(left + width + 10, height + foot, title, shapes)
