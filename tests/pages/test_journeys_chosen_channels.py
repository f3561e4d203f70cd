"""Sentences of the journeys page where only some channels are chosen, and where a finding would rest on few."""

import json
from pathlib import Path

import pytest

from omnidash.charts.grids import next_grid
from omnidash.charts.journeys import overlap_matrix
from omnidash.ui.journeys import overlap as overlap_section
from omnidash.ui.journeys import paths as paths_section
from omnidash.ui.text import plain
from tests.pages.driving import own_workspace_with, run, sentences

PAGE = "pages/journeys.py"


def shown_and_sold(persons: int) -> str:
    """Ad and e-mail shown to so many persons each; the latter buy a day later, for 30."""
    rows = ["time,customer_id,channel,action,revenue"]
    for n in range(persons):
        rows.append(f"2026-06-01 10:00:00,a{n},meta,impression,")
        rows.append(f"2026-06-01 10:00:00,b{n},email,impression,")
        rows.append(f"2026-06-02 10:00:00,b{n},email,purchase,30")
    rows.append("2026-07-20 10:00:00,late,email,impression,")
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("chosen")
    own_workspace_with(home, {"events.csv": shown_and_sold(40)})
    return home


def test_a_breakpoint_says_of_how_many_whose_time_is_over(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, section="map", period="all")
    assert "loses 100% of persons at Awareness, other channels 0%" in app.title[0].value
    assert "Of 40 persons who reached Awareness through Meta and whose 7 days are over, 40" in sentences(app)


def test_a_handful_of_persons_is_no_breakpoint(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"events.csv": shown_and_sold(4)})
    app = run(PAGE, monkeypatch, tmp_path, section="map", period="all")
    assert app.title[0].value == "No channel clearly loses more persons at any stage than the others"
    assert "too many lost" not in sentences(app)


def test_the_map_of_one_channel_speaks_of_that_channel_only(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, section="map", period="all", channels="email")
    assert app.title[0].value.endswith("clearly loses more persons at no stage than the other channels")


def test_overlap_of_one_chosen_channel_says_that_one_is_chosen(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, section="overlap", period="all", channels="email")
    assert app.title[0].value.startswith("Overlap needs two channels, and ")
    assert app.title[0].value.endswith(" alone is chosen")
    assert "Overlap needs two channels" in app.info[0].value


def test_the_title_of_cohorts_is_of_the_chosen_channels(home, monkeypatch):
    app = run(PAGE, monkeypatch, home, section="cohorts", period="all", channels="meta")
    assert app.title[0].value == "No first purchases through the chosen channels in this period"
    app = run(PAGE, monkeypatch, home, section="cohorts", period="all", channels="email")
    assert "of new customers buy again" in app.title[0].value


def test_shares_of_paths_name_the_conversions_they_are_of(tmp_path, monkeypatch):
    rows = ["time,customer_id,channel,action"]
    for person, channel in (("a", "meta"), ("b", "meta"), ("c", "email"), ("d", "email"), ("e", "email")):
        rows += [f"2026-06-01 10:00:00,{person},{channel},click", f"2026-06-02 10:00:00,{person},{channel},purchase"]
    own_workspace_with(tmp_path, {"events.csv": "\n".join(rows) + "\n"})
    app = run(PAGE, monkeypatch, tmp_path, section="paths", period="all")
    assert app.title[0].value.endswith("60.0% of conversions")
    app = run(PAGE, monkeypatch, tmp_path, section="paths", period="all", channels="meta")
    assert app.title[0].value.endswith("100.0% of their conversions")
    said = plain("paths through the chosen channels: 100.0% of the conversions on such paths")
    assert said in sentences(app)


def test_a_matrix_draws_the_sixteen_largest_channels_and_its_table_has_all(tmp_path, monkeypatch):
    rows = ["time,customer_id,channel,action"]
    for c in range(18):
        for n in range(2 + c):  # the first two are the smallest
            rows.append(f"2026-06-{1 + c:02d} 10:00:00,p{n},shop{c:02d},click")
    rows.append("2026-06-28 10:00:00,p0,shop17,purchase")
    own_workspace_with(tmp_path, {"events.csv": "\n".join(rows) + "\n"})
    drawn = {}

    def seen_overlap(labels, share, persons, **look):
        drawn["overlap"] = (list(labels), share.shape)
        return overlap_matrix(labels, share, persons, **look)

    def seen_next(rows, columns, share, details, **look):
        drawn["paths"] = (list(columns), share)
        return next_grid(rows, columns, share, details, **look)

    monkeypatch.setattr(overlap_section, "overlap_matrix", seen_overlap)
    monkeypatch.setattr(paths_section, "next_grid", seen_next)
    for section in ("overlap", "paths"):
        app = run(PAGE, monkeypatch, tmp_path, section=section, period="all")
        assert "Drawn are the 16 largest of 18 channels" in sentences(app), section
    labels, shape = drawn["overlap"]
    assert shape == (16, 16)
    assert not {label[-2:] for label in labels} & {"00", "01"}
    columns, share = drawn["paths"]
    assert share.shape == (17, 18)  # the start; the conversion and none
    assert len(columns) == 18


def test_charts_wider_than_a_phone_leave_the_finger_to_scroll(home, monkeypatch):
    for section in ("map", "overlap", "rhythm", "cohorts"):
        app = run(PAGE, monkeypatch, home, section=section, period="all")
        layouts = [json.loads(chart.proto.spec)["layout"] for chart in app.get("plotly_chart")]
        assert layouts, section
        assert [layout.get("dragmode", "zoom") for layout in layouts] == [False] * len(layouts), section
