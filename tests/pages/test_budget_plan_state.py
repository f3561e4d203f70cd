"""What the plan on the budget page keeps: values the browser still had, odd entries, names of scenarios, words."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from omnidash.budget.curve import Draws
from omnidash.budget.pace import Pace
from omnidash.ui.budget import pace as pace_section
from omnidash.ui.budget import page as page_section
from omnidash.ui.budget import why
from omnidash.ui.budget.said import change_of
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import assert_sound, opened, own_workspace_with, run


def test_saving_a_plan_leaves_it_on_the_screen(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="scenarios")
    moved = app.number_input(key="box_paid_search").value / 2
    app.number_input(key="box_paid_search").set_value(moved).run()
    app.text_input(key="scenario_name").set_value("Kept")
    app.button(key="scenario_store").click().run()
    assert_sound(app)
    assert app.number_input(key="box_paid_search").value == pytest.approx(moved, abs=0.02)


def shown(app):
    """What all controls of the plan show: what the browser would send along with any press."""
    controls = [*app.slider, *app.number_input, *app.toggle]
    return {control.key: control.value for control in controls if control.key}


def press_before_it_has_come(app, before, key, value):
    """A press in a browser that still has what it was told ``before``: all its old values come along."""
    for control in [*app.slider, *app.number_input, *app.toggle]:
        if control.key in before:
            control.set_value(before[control.key])
    next(control for control in [*app.segmented_control, *app.slider] if control.key == key).set_value(value)
    return app.run()


def test_values_the_browser_still_had_are_no_moves(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    before = shown(app)
    app.button(key="plan_best").click().run()
    best = shown(app)
    assert best["box_paid_search"] != before["box_paid_search"]
    press_before_it_has_come(app, before, "choice_section", "channels")
    assert_sound(app)
    kept = shown(app)
    assert {key: kept[key] for key in best if "drawing" not in key} == {
        key: best[key] for key in best if "drawing" not in key
    }
    assert any("Proven" in caption.value for caption in app.caption), "nothing was moved, so the proof holds"
    app.button(key="plan_undo").click().run()
    assert shown(app)["box_paid_search"] == before["box_paid_search"], "and there is one step to take back"


def test_rules_the_browser_still_had_do_not_come_back(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_more")
    app.toggle(key="plan_keep_total").set_value(False).run()
    before = shown(app)
    app.button(key="plan_reset").click().run()
    press_before_it_has_come(app, before, "choice_section", "channels")
    assert app.toggle(key="plan_keep_total").value is True


def test_a_slider_moved_on_the_picture_of_before_moves_alone(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    before = shown(app)
    app.button(key="plan_best").click().run()
    press_before_it_has_come(app, before, "spend_paid_search", 12.0)
    kept = shown(app)
    assert kept["spend_paid_search"] == 12.0
    assert kept["box_online_video"] == pytest.approx(before["plan_total"] - 12)


def test_a_control_set_back_by_hand_to_what_it_showed_before_moves(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    before = shown(app)["box_paid_search"]
    app.button(key="plan_best").click().run()
    app.number_input(key="box_paid_search").set_value(before).run()
    assert shown(app)["box_paid_search"] == pytest.approx(before)


def test_after_a_total_of_nothing_another_total_takes_todays_split(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    before = shown(app)
    app.number_input(key="plan_total").set_value(0.0).run()
    assert_sound(app)
    app.number_input(key="plan_total").set_value(before["plan_total"] * 2).run()
    assert_sound(app)
    assert not app.warning
    for key in ("box_paid_search", "box_online_video"):
        assert shown(app)[key] == pytest.approx(before[key] * 2)


def test_less_than_nothing_is_refused_in_words_and_leaves_the_box(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    before = shown(app)
    for key in ("plan_total", "box_paid_search"):
        box = app.number_input(key=key)
        assert not box.proto.has_min, "the browser would keep what is refused, and say so in English"
        box.set_value(-5.0).run()
        assert_sound(app)
        assert any("Nothing below 0 can be spent" in warning.value for warning in app.warning)
        assert shown(app)[key] == before[key]


def test_all_money_in_a_channel_of_hardly_any_customer_has_no_cac_interval(filled_home, monkeypatch):
    known = page_section.attributed

    def bare(screen, model):  # the second channel sells next to nothing, and in most draws nothing at all
        return tuple(
            curve
            if curve.channel == "paid_search"
            else replace(
                curve,
                draws=Draws(
                    level=np.resize([1e-30, 1e-30, 1e-30, 1.0], len(curve.draws.level)),
                    elasticity=curve.draws.elasticity,
                ),
                new_customers_today=0.01,
            )
            for curve in known(screen, model)
        )

    monkeypatch.setattr(page_section, "attributed", bare)
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="channels")
    app.number_input(key="box_online_video").set_value(999_999.0).run()
    assert_sound(app)
    assert any("CAC n/a, as there may be no new customer" in caption.value for caption in app.caption)
    app.segmented_control(key="choice_by_channel").set_value("cac").run()
    assert_sound(app)


def test_scenarios_of_one_name_are_told_apart_in_every_list(filled_home, monkeypatch, tmp_path):
    monkeypatch.setattr(
        "omnidash.ui.budget.compare.chart_card", lambda _title, chart, *_rest, **_look: kept.append(chart)
    )
    kept = []
    own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    app = run("pages/budget.py", monkeypatch, tmp_path, period="all", section="scenarios")
    for name in ("Spring", "Spring", "Autumn", "Spring (2)"):
        app.text_input(key="scenario_name").set_value(name)
        app.button(key="scenario_store").click().run()
        assert_sound(app)
    names = {"Spring (1)", "Spring (2) (2)", "Autumn", "Spring (2)"}
    assert set(app.selectbox(key="scenario_open").options) == set(app.multiselect[0].options) == names
    app.multiselect[0].set_value([1, 2, 3, 4]).run()
    assert {trace.name for trace in kept[-1].data} == names
    app = run("pages/budget.py", monkeypatch, tmp_path, period="all", section="pace")
    assert set(app.selectbox(key="pace_against").options) == {"The plan on screen", *names}


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((100.0, 100.0), "The month is on plan: it is expected to end at ¥200.0"),
        ((150.0, 50.0), "The month is on plan: it is expected to end at ¥200.0; off plan: a +50% and b −50%"),
    ],
)
def test_channels_off_plan_are_named_though_the_sum_is_on_it(ends, said):
    def pace(channel, planned, at_end):
        state = "on plan" if at_end == planned else "over" if at_end > planned else "under"
        return Pace(
            channel=channel, planned_so_far=0, spent_so_far=0, planned_end=planned, forecast_end=at_end, low=at_end,
            high=at_end, state=state,
        )  # fmt: skip

    found = SimpleNamespace(
        total=pace(None, 200.0, sum(ends)), channels=tuple(pace(c, 100.0, x) for c, x in zip("ab", ends, strict=True))
    )
    screen = SimpleNamespace(name=str, currency="CNY")
    assert pace_section._pace_title(screen, found) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("aim", "is_lower", "said"),
    [
        ("profit", False, "¥1,000 more would add ¥2,500 of profit"),
        ("profit", True, "¥1,000 less would add ¥2,500 of profit"),
        ("target_marginal_roi", False, "¥1,000 more would add ¥2,500 of profit"),
        ("revenue", True, "¥1,000 less would add ¥2,500 of revenue"),
        ("target_roi", False, "¥1,000 more would add ¥2,500 of revenue"),
        ("conversions", False, "¥1,000 more would add 2,500.0 conversions"),
        ("target_cac", True, "¥1,000 less would add 2,500.0 new customers"),
    ],
)
def test_the_price_of_a_limit_is_said_in_the_unit_of_the_aim(aim, is_lower, said):
    plan, limit = SimpleNamespace(brief=SimpleNamespace(objective=aim)), SimpleNamespace(price=2.5, is_lower=is_lower)
    assert why._price(SimpleNamespace(currency="CNY"), plan, limit) == said


def test_a_change_is_said_in_whole_numbers_from_ten_percent_on():
    said = {100.04: None, 100.4: "+0.4%", 103.0: "+3%", 109.4: "+9.4%", 109.96: "+10%", 150.2: "+50%", 50.0: "−50%"}
    assert {new: change_of(new, 100.0) for new in said} == said
    assert change_of(5.0, 0.0) is None


def test_points_of_the_roi_have_a_digit_only_where_they_are_few(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    app.toggle(key="plan_keep_total").set_value(False).run()
    today = app.number_input(key="box_paid_search").value
    said = {}
    for times in (1.02, 2.0):
        app.number_input(key="box_paid_search").set_value(today * times).run()
        said[times] = next(card.delta for card in app.metric if card.label == "Expected ROI")
    assert re.fullmatch(r"-\d\.\d pts", said[1.02]) and re.fullmatch(r"-\d{2,} pts", said[2.0]), said
