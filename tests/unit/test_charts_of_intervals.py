"""Intervals and bands drawn in one stroke end where the numbers end, and say what the numbers say."""

import re

import pytest

from omnidash.charts.attribution import models_side_by_side
from omnidash.charts.customers import level_bands
from omnidash.charts.theme import ChannelColors

COLORS = ChannelColors.of(["search", "email"])


def strokes(path: str) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The lines of a path of straight strokes, from and to (x, y)."""
    number = r"(-?[\d.e-]+)"
    found = re.findall(f"M{number},{number}L{number},{number}", path)
    return [((float(a), float(b)), (float(c), float(d))) for a, b, c, d in found]


def test_the_whiskers_of_a_model_end_at_its_interval_beside_its_dots():
    credit = {
        "last": {"search": (0.6, 0.5, 0.65), "email": (0.4, 0.3, 0.45)},
        "markov": {"search": (0.55, 0.41, 0.6)},
    }
    chart = models_side_by_side(
        ["search", "email"],
        credit,
        titles={"last": "Last", "markov": "Markov"},
        chosen="last",
        colors=COLORS,
        name=str.title,
        tick_format=".0%",
    )
    whiskers = {shape.legendgroup: strokes(shape.path) for shape in chart.layout.shapes if shape.legendgroup}
    for dots in chart.data:
        drawn = whiskers[dots.legendgroup]
        assert len(drawn) == 3 * len(dots.x)
        lines = [(start, end) for start, end in drawn if start[1] == end[1]]
        assert [(start[0], end[0]) for start, end in lines] == [tuple(told[1:]) for told in dots.customdata]
        assert [start[1] for start, _ in lines] == pytest.approx(dots.y)
        caps = sorted(start[0] for start, end in drawn if start[0] == end[0] and start[1] != end[1])
        ends = {low for _, low, _ in dots.customdata} | {high for _, _, high in dots.customdata}
        assert set(caps) <= ends


def test_every_band_has_its_own_range_title_and_texts():
    groups = [("Persons", [41_859.0, 23_380.0, 23_025.0], ["a", "b", "c"]), ("Rate", [None, 0.2, 0.3], ["–", "e", "f"])]
    chart = level_bands(["strict", "normal", "loose"], groups, 1, colors=COLORS)
    layout = chart.layout
    assert layout.xaxis.range[0] < 23_025 and layout.xaxis.range[1] > 41_859
    assert layout.xaxis2.range[0] < 0.2 and 0.3 < layout.xaxis2.range[1] < 1
    assert (
        layout.yaxis2.domain[0] == 0 and layout.yaxis2.domain[1] < layout.yaxis.domain[0] < layout.yaxis.domain[1] <= 1
    )
    said = {(note.xref, note.y, note.text): note.x for note in layout.annotations if note.xref != "paper"}
    assert said == {
        ("x", "strict", "a"): 41_859, ("x", "normal", "<b>b</b>"): 23_380, ("x", "loose", "c"): 23_025,
        ("x2", "strict", "–"): 0.2, ("x2", "normal", "<b>e</b>"): 0.2, ("x2", "loose", "f"): 0.3,
    }  # fmt: skip
    assert [note.text for note in layout.annotations if note.xref == "paper"] == ["Persons", "Rate"]
    dots = [trace for trace in chart.data if trace.mode == "markers"]
    assert [list(trace.x) for trace in dots] == [groups[0][1], groups[1][1]]


def test_a_band_without_any_value_has_its_texts_alone():
    chart = level_bands(["strict", "normal"], [("Rate", [None, None], ["–", "–"])], 0, colors=COLORS)
    assert [note.text for note in chart.layout.annotations] == ["Rate", "<b>–</b>", "–"]
