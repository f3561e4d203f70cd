"""The small line of a card: its shape follows the values, and a missing day is a gap."""

import re
from urllib.parse import unquote

from omnidash.charts.sparkline import sparkline, sparkline_mask


def points(svg: str) -> list[list[tuple[float, float]]]:
    """The strokes of the line (the second path), each as its points."""
    _area, line = re.findall(r' d="([^"]*)"', svg)
    return [
        [tuple(map(float, pair.split())) for pair in stroke.split("L")]  # type: ignore[misc]
        for stroke in line.split("M")[1:]
    ]


def test_the_line_rises_with_the_values_over_the_whole_width():
    (stroke,) = points(sparkline([1.0, 3.0, 2.0], "#123456"))
    (x0, y0), (x1, y1), (x2, y2) = stroke
    assert x0 == 0 and x2 == 2 * x1
    assert y1 < y2 < y0  # up is less, in a picture


def test_a_missing_day_is_a_gap():
    strokes = points(sparkline([1.0, 2.0, None, float("nan"), 3.0, 4.0], "red"))
    assert [len(stroke) for stroke in strokes] == [2, 2]


def test_a_line_of_equal_values_is_drawn_and_one_of_one_value_is_not():
    (stroke,) = points(sparkline([5.0, 5.0], "red"))
    assert stroke[0][1] == stroke[1][1]
    assert sparkline([5.0, None], "red") == sparkline([], "red") == ""


def test_the_masked_line_is_the_same_line():
    assert sparkline([1.0, 2.0], "black") in unquote(sparkline_mask([1.0, 2.0]))
    assert sparkline_mask([1.0]) == ""
