"""Daily values as a small line without axes, for a page and for its report alike: one path of SVG.

A chart library needs some fifteen milliseconds in the browser for each such line, and a page has six of them.
"""

import math
from collections.abc import Sequence
from urllib.parse import quote

_WIDTH, _HEIGHT = 160, 34


def sparkline(series: Sequence[float | None], color: str) -> str:
    """The line as SVG over the whole width it is given, pale below; gaps where there is no value. Empty with fewer than
    two values."""
    runs = _runs(series)
    known = [value for run in runs for _index, value in run]
    if len(known) < 2:
        return ""
    low, high = min(known), max(known)
    step, scale = _WIDTH / (len(series) - 1), (_HEIGHT - 4) / ((high - low) or 1)
    lines, areas = [], []
    for run in runs:
        points = " L".join(f"{index * step:.1f} {_HEIGHT - 2 - (value - low) * scale:.1f}" for index, value in run)
        lines.append(f"M{points}")
        areas.append(f"M{points} L{run[-1][0] * step:.1f} {_HEIGHT} L{run[0][0] * step:.1f} {_HEIGHT}Z")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="spark" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="{" ".join(areas)}" fill="{color}" fill-opacity="0.12"/>'
        f'<path d="{" ".join(lines)}" fill="none" stroke="{color}" stroke-width="1.5" '
        'vector-effect="non-scaling-stroke"/></svg>'
    )


def sparkline_mask(series: Sequence[float | None]) -> str:
    """The same as an element whose ground shows through the line, whatever its colour: Streamlit takes SVG out of
    HTML, and knows dark from light only in its style sheet."""
    line = sparkline(series, "black")
    return f'<div class="od-spark" style="mask-image:url(\'data:image/svg+xml,{quote(line)}\')"></div>' if line else ""


def _runs(series: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The values with their places, parted where one is missing."""
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(series):
        if value is None or math.isnan(value):
            runs.append([])
        else:
            runs[-1].append((index, value))
    return [run for run in runs if run]
