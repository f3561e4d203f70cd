"""A link to a section of the journeys reproduces it, control by control; what it names and nobody knows is said."""

import pytest

from omnidash.ui.text import plain
from tests.pages.driving import assert_sound, run, sentences

PAGE = "pages/journeys.py"
CONTROLS = (
    ("map", "map_window", "14", 14, "segmented_control"),
    ("overlap", "overlap_window", "30", 30, "segmented_control"),
    ("rhythm", "rhythm_measure", "conversions", "conversions", "segmented_control"),
    ("paths", "paths_anchor", "start", "start", "segmented_control"),
    ("paths", "paths_top", "50", 50, "select_slider"),
    ("paths", "paths_steps", "3", 3, "select_slider"),
    ("paths", "paths_collapse", "0", False, "toggle"),
    ("paths", "paths_rest", "0", False, "toggle"),
    ("cohorts", "cohort_unit", "month", "month", "segmented_control"),
    ("cohorts", "cohort_measure", "active", "active", "segmented_control"),
    ("cohorts", "cohort_acquired", "last", "last", "segmented_control"),
)


def address(app, name):
    value = app.query_params.get(name, [])
    return value if isinstance(value, str) else next(iter(value), None)


@pytest.mark.parametrize(("section", "name", "text", "value", "kind"), CONTROLS)
def test_a_control_is_in_the_address_and_a_link_sets_it(section, name, text, value, kind, filled_home, monkeypatch):
    app = run(PAGE, monkeypatch, filled_home, section=section, period="all", **{name: text})
    assert app.session_state[name] == value
    assert address(app, name) == text
    plainly = run(PAGE, monkeypatch, filled_home, section=section, period="all")
    usual = plainly.session_state[name]
    assert usual != value
    assert address(plainly, name) is None
    getattr(plainly, kind)(key=name).set_value(value).run()
    assert_sound(plainly)
    assert address(plainly, name) == text
    assert not plainly.warning


@pytest.mark.parametrize(
    ("section", "name"),
    [
        *dict.fromkeys((section, name) for section, name, *_ in CONTROLS),
        ("paths", "around_step"),
        ("paths", "around"),
        ("map", "section"),
    ],
)
def test_a_value_nobody_knows_is_said_and_the_usual_one_shown(section, name, filled_home, monkeypatch):
    app = run(PAGE, monkeypatch, filled_home, **{"section": section, "period": "all", name: "dance"})
    assert plain("“dance”. You see the usual choice instead.") in sentences(app)
    assert address(app, name) != "dance"


def test_a_drop_off_of_an_action_that_is_not_here_is_said(filled_home, monkeypatch):
    from omnidash.journeys.funnel import FunnelQuery, Step
    from omnidash.journeys.segments import FunnelSegment
    from omnidash.ui.journeys.around import as_address

    steps = (Step(action="dance"), Step(action="purchase", channels=("radio",)))
    gone = FunnelSegment(query=FunnelQuery(steps=steps, window_seconds=60), from_step=1, to_step=1, outcome="lost")
    app = run(PAGE, monkeypatch, filled_home, section="paths", period="all", around=as_address(gone))
    assert plain("is not here: step of a funnel “dance”.") in sentences(app)
    assert plain("is not here: channel “radio”.") in sentences(app)
    assert address(app, "around") is None
