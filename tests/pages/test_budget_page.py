"""The budget page beyond its sliders: boxes, limits that conflict, rules, scenarios, the pool, the pace, the media mix."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from omnidash.budget.curve import Draws
from omnidash.budget.identification import level_uncertain
from omnidash.budget.moves import Move
from omnidash.budget.pace import Pace
from omnidash.budget.scenario import scenarios
from omnidash.charts.theme import ChannelColors
from omnidash.locale import translator
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui.budget import by_channel
from omnidash.ui.budget import curves as curves_section
from omnidash.ui.budget import moves as moves_section
from omnidash.ui.budget import pace as pace_section
from omnidash.ui.budget import page as page_section
from omnidash.ui.budget import week as week_section
from omnidash.ui.budget.curves import MixJob, ViewsJob
from omnidash.ui.budget.moves import moves_title
from omnidash.ui.budget.scenario_card import plan_page
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import assert_sound, edit, opened, own_workspace_with, run, settled


def test_a_number_box_moves_money_as_its_slider_does(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    before = app.slider(key="spend_paid_search").value
    app.number_input(key="box_paid_search").set_value(before / 2).run()
    assert_sound(app)
    assert app.slider(key="spend_paid_search").value == pytest.approx(before / 2, rel=0.01)


def test_limits_that_contradict_each_other_are_named_and_the_nearest_plan_can_be_taken(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    channels = len([slider for slider in app.slider if slider.key and slider.key.startswith("spend_")])
    edit(opened(app, "plan_limits"), "limits_", {row: {"least": 200.0} for row in range(channels)})
    app.button(key="plan_best").click().run()
    assert_sound(app)
    said = [element.value for element in app.markdown]
    assert any("contradict each other" in text for text in said)
    assert sum("at least" in text for text in said) >= 2
    app.button(key="plan_nearest").click().run()
    assert_sound(app)


def test_a_target_begins_at_todays_and_one_out_of_reach_names_the_nearest(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_rules")
    for aim in ("target_marginal_roi", "target_cac", "target_roi"):
        app.selectbox(key="plan_rule_objective").select(aim).run()
        assert_sound(app)
    target = app.number_input(key="plan_target")
    assert target.value != 0.0
    target.set_value(1e6).run()
    app.button(key="plan_best").click().run()
    assert_sound(app)
    assert any("cannot be reached within the limits; the highest is" in text.value for text in app.markdown)
    app.button(key="plan_attainable").click().run()
    assert_sound(app)
    assert app.number_input(key="plan_target").value < 1e6
    assert any("Proven" in caption.value for caption in app.caption)


def test_house_rules_show_what_they_cost_and_bind_the_plan(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_rules")
    total = app.number_input(key="plan_total").value
    app.toggle(key="plan_rule_reserve").set_value(True).run()
    assert any("costs" in toggle.label for toggle in app.toggle if toggle.key == "plan_rule_reserve")
    app.button(key="plan_best").click().run()
    assert_sound(app)
    assert app.number_input(key="plan_total").value == pytest.approx(total * 0.7, rel=1e-3)
    # The reserve is held back once, however often one asks; without the rule its money is there again.
    app.button(key="plan_best").click().run()
    assert app.number_input(key="plan_total").value == pytest.approx(total * 0.7, rel=1e-3)
    app.toggle(key="plan_rule_reserve").set_value(False).run()
    app.button(key="plan_best").click().run()
    assert app.number_input(key="plan_total").value == pytest.approx(total, rel=1e-3)


def test_a_plan_is_saved_opened_copied_and_deleted(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="scenarios")
    app.text_input(key="scenario_name").set_value("<b>Spring</b>")
    app.button(key="scenario_store").click().run()
    assert_sound(app)
    assert app.selectbox(key="scenario_open").options == ["<b>Spring</b>"]
    (saved,) = scenarios(Workspace.open(filled_home / "own"))
    page = plan_page(
        SimpleNamespace(colors=ChannelColors.of([]), workspace=Workspace.open(filled_home / "own")),  # type: ignore[arg-type]
        saved,
        pl.DataFrame({"Channel": ["<i>Video</i>"], "New spend": [12.5]}),
        translator("zh_CN"),
    ).decode()
    for part in ("&lt;b&gt;Spring&lt;/b&gt;", "&lt;i&gt;Video&lt;/i&gt;", "12.50", "default-src 'none'"):
        assert part in page  # the report's own page: what people wrote stays text, and it fetches nothing
    app.button(key="scenario_copy").click().run()
    assert len(app.selectbox(key="scenario_open").options) == 2
    app.button(key="scenario_delete").click().run()
    assert len(app.selectbox(key="scenario_open").options) == 1
    app.button(key="scenario_delete").click().run()
    assert_sound(app)
    assert any("No scenario is saved yet" in info.value for info in app.info)


@pytest.mark.parametrize(("section", "said"), [("pool", "pool"), ("pace", "month")])
def test_the_week_and_the_month_are_said_in_words(section, said, filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section=section)
    assert any(text.value.startswith("## ") and said in text.value for text in app.markdown)


def test_the_media_mix_is_fitted_beside_the_page_and_says_what_it_cannot_tell(filled_home, monkeypatch):
    app = settled(run("pages/budget.py", monkeypatch, filled_home, period="all", basis="total"))
    assert "another split of the budget" in app.title[0].value
    assert any("Not identified from history" in caption.value for caption in app.caption)


def test_a_curve_whose_level_is_uncertain_says_between_what_and_what_to_do(filled_home, monkeypatch):
    doubt = level_uncertain(np.linspace(1.0, 3.0, 101), None)
    known = page_section.attributed

    def uncertain(screen, model):
        curves = known(screen, model)
        return tuple(replace(curve, identified=True, reason=None, level_doubt=doubt) for curve in curves)

    monkeypatch.setattr(page_section, "attributed", uncertain)
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    (said,) = [caption.value for caption in app.caption if "Level uncertain" in caption.value]
    assert "1 spent brings 2.00, but 1.20 to 2.80 is likely (80%), more than ± 15.0%" in said and "lift test" in said


def test_moves_are_compared_under_every_model_and_basis(filled_home, monkeypatch):
    app = settled(run("pages/budget.py", monkeypatch, filled_home, period="all", section="moves"))
    assert any(text.value.startswith("## ") and "model" in text.value for text in app.markdown)


def test_channels_of_a_best_plan_are_marked_with_what_all_models_say(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_rules")
    assert not marked(app)
    app = settled(app.button(key="plan_best").click().run())
    assert marked(app) and all(" of gross profit · :material/" in text for text in marked(app))
    app.selectbox(key="plan_rule_change").select(0.1).run()
    assert not marked(app), "of other rules nothing is known yet"


def marked(app):
    """What stands beside the channels that all models have judged."""
    return [text.value for text in app.markdown if text.value.endswith(("robust]", "contested]", "unsure]"))]


def test_moves_that_come_while_the_page_is_drawn_are_shown_at_once(filled_home, monkeypatch):
    settled(run("pages/budget.py", monkeypatch, filled_home, period="all", section="moves"))
    asked, views = [], moves_section.every_view

    def ready_at_the_second_look(screen):
        asked.append(screen)
        return ViewsJob(MixJob()) if len(asked) == 1 else views(screen)

    monkeypatch.setattr(moves_section, "every_view", ready_at_the_second_look)
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="moves")
    assert any(text.value.startswith("## ") and "model" in text.value for text in app.markdown)


def test_marks_of_another_total_are_taken_away_and_come_back_with_it(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    app = settled(app.button(key="plan_best").click().run())
    before = len(marked(app))
    total = app.number_input(key="plan_total").value
    app.number_input(key="plan_total").set_value(total * 2).run()
    assert_sound(app)
    assert not marked(app)
    assert not any("Robust, contested, unsure" in caption.value for caption in app.caption)
    app.button(key="plan_undo").click().run()
    assert len(marked(app)) == before > 0
    app.toggle(key="plan_keep_total").set_value(False).run()
    assert not marked(app), "a free total is another question"


def test_a_view_that_fails_is_said_under_robust_moves_and_leaves_the_plan_alone(filled_home, monkeypatch):
    job = ViewsJob(MixJob(error=BadInput(N_("{file} is empty."), file="spend.csv")))
    monkeypatch.setattr("omnidash.ui.budget.moves.every_view", lambda _screen: job)
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    app.button(key="plan_best").click().run()
    assert_sound(app)
    assert any("Proven" in caption.value for caption in app.caption)
    assert sum("could not be worked out" in caption.value for caption in app.caption) == 1
    assert not app.error
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="moves")
    assert [error.value for error in app.error] == ["spend.csv is empty."]
    assert app.slider(key="spend_paid_search").value > 0


@pytest.mark.parametrize("presses", [True, False])
def test_a_media_mix_that_failed_is_tried_again(presses, filled_home, monkeypatch):
    curves_section._mix_job.clear()
    fit, calls = curves_section.curves_on, []

    def fails_once(*about, **named):
        calls.append(about)
        if len(calls) == 1:
            raise BadInput(N_("{file} is empty."), file="spend.csv")
        return fit(*about, **named)

    monkeypatch.setattr(curves_section, "curves_on", fails_once)
    app = settled(run("pages/budget.py", monkeypatch, filled_home, period="all", basis="total"))
    assert [error.value for error in app.error] == ["spend.csv is empty."]
    assert app.segmented_control(key="choice_basis").value == "total", "the other basis can still be chosen"
    app.run()
    assert len(calls) == 1, "what fails at once is not begun with every look at the page"
    if presses:
        app.button(key="try_again").click().run()
    else:
        monkeypatch.setattr(curves_section, "TRIED_AGAIN_AFTER", 0.0)
        app.run()
    app = settled(app)
    assert not app.error and len(calls) == 2
    assert app.slider(key="spend_paid_search").value > 0


@pytest.mark.parametrize(
    ("basis", "elasticities", "said"),
    [
        ("attributed", (0.02, 0.02), "bears the alert out"),
        ("attributed", (0.98, 0.98), "expects a loss"),
        ("attributed", (0.02, 0.98), "cannot tell"),
        ("total", (0.98, 0.98), "there the move costs profit"),
        ("total", (0.02, 0.98), "cannot tell"),
        ("total", (0.02, 0.02), None),  # both say the same: nothing to reconcile
    ],
)
def test_the_move_of_an_alert_is_held_against_all_sales(basis, elasticities, said, filled_home, monkeypatch):
    """Halving a channel that earns ten times its cost gains where its curve is flat, and loses where it is straight."""

    def mix(screen):
        curves = curves_section.attributed(screen, "last")
        steep = np.resize(elasticities, len(curves[0].draws.level))
        return MixJob(
            curves=tuple(
                replace(
                    c,
                    draws=Draws(level=np.full(len(steep), 10 * c.spend_today), elasticity=steep)
                    if c.channel == "paid_search"
                    else Draws(level=np.full(len(steep), 2.5 * c.spend_today), elasticity=np.full(len(steep), 0.5)),
                )
                for c in curves
            )
        )

    monkeypatch.setattr(week_section, "_roi_alerts", lambda _screen: {"paid_search"})
    monkeypatch.setattr(week_section, "media_mix", mix)
    monkeypatch.setattr(page_section, "media_mix", mix)
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", basis=basis)
    assert sum("halve it and move the money" in text.value for text in app.markdown) == 1
    captions = [text.value for text in app.caption if ":material/balance:" in text.value]
    assert len(captions) == (0 if said is None else 1)
    assert all(said in text for text in captions)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (("robust", "contested"), "Every model agrees on a; 1 move is contested"),
        (("robust", "contested", "contested"), "Every model agrees on a; 2 moves are contested"),
        (("contested", "unsure"), "No move is agreed on by all models; 1 is contested"),
    ],
)
def test_contested_moves_are_counted_in_words(verdicts, said):
    found = [Move(channel=name, change={}, verdict=verdict) for name, verdict in zip("abc", verdicts, strict=False)]
    screen = SimpleNamespace(name=str)
    assert moves_title(screen, found) == said  # type: ignore[arg-type]


def test_the_curve_says_how_well_it_foresees_later_days(filled_home, monkeypatch):
    for basis in ("attributed", "total"):
        app = settled(run("pages/budget.py", monkeypatch, filled_home, period="all", basis=basis))
        said = [text.value for text in app.caption if "it had not seen" in text.value or "days it had" in text.value]
        assert len(said) == 1


def test_every_channel_says_what_it_brings_with_its_intervals(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="channels")
    assert any("What every channel brings today" in text.value for text in app.markdown)
    assert app.segmented_control(key="choice_by_channel_today").options == ["Net revenue", "ROI", "CAC"]
    app.number_input(key="box_paid_search").set_value(0.0).run()
    assert_sound(app)
    assert any(" gains most (" in text.value and " of profit), " in text.value for text in app.markdown)
    for measure, unspent in (("revenue", 0.0), ("roi", None), ("cac", None)):
        app.segmented_control(key="choice_by_channel").set_value(measure).run()
        assert_sound(app)
        plan, today = next(
            chart["data"]
            for chart in (json.loads(one.proto.spec) for one in app.get("plotly_chart"))
            if [trace.get("name") for trace in chart["data"]] == ["New", "Today"]
        )
        place = next(k for k, name in enumerate(plan["text"]) if name.lower().startswith("paid"))
        assert plan["x"][place] == unspent and today["x"][place] is not None


def test_long_names_leave_room_for_every_chart(tmp_path, monkeypatch):
    channel = "Paid & search of the summer campaign for new customers in large cities"
    files = {"touches.csv": touches_csv(), "spend.csv": spend_csv()}
    own_workspace_with(tmp_path, {name: text.replace("Paid Search", channel) for name, text in files.items()})
    monkeypatch.setattr(
        "omnidash.ui.budget.compare.chart_card", lambda _title, chart, *_rest, **_look: kept.append(chart)
    )
    kept = []
    for section in ("channels", "moves"):
        app = settled(run("pages/budget.py", monkeypatch, tmp_path, period="all", section=section))
        drawn = [one.proto.spec for one in app.get("plotly_chart")]
        assert "Paid &amp; search of the su…large cities" in drawn[-1]
        assert "summer" not in drawn[-1]
    app = run("pages/budget.py", monkeypatch, tmp_path, period="all", section="scenarios")
    app.text_input(key="scenario_name").set_value("Spring & summer with half of the money moved to search")
    app.button(key="scenario_store").click().run()
    assert_sound(app)
    assert kept[-1].data[0].name == "Spring &amp; summer with ha…ed to search"


def test_one_channel_alone_is_not_compared_with_itself(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="channels", channels="paid_search")
    app.toggle(key="plan_keep_total").set_value(False).run()
    app.number_input(key="box_paid_search").set_value(0.0).run()
    assert_sound(app)
    said = [text.value for text in app.markdown if " of profit in " in text.value]
    assert len(said) == 1
    assert "least" not in said[0]


def test_the_numbers_of_every_channel_have_titles_in_the_readers_language(filled_home, monkeypatch):
    drawn = []
    monkeypatch.setattr(by_channel, "chart_card", lambda _title, _chart, table, **_look: drawn.append(table))
    for language in ("en", "zh"):
        run("pages/budget.py", monkeypatch, filled_home, period="all", section="channels", lang=language)
    english, chinese = (table.columns for table in drawn)
    figures = [title.removesuffix(", plan") for title in english if title.endswith(", plan")]
    assert figures == ["Net revenue", "Profit", "Change of profit", "ROI", "CAC"]
    assert [f"{one}, today" in english for one in figures] == [True, True, False, True, True]
    assert [f"{one}, low (80%)" in english for one in figures] == [True, False, True, True, True]
    assert len(chinese) == len(english)
    assert [title for title in chinese if "today" in title or "plan" in title] == []
    assert any(title.startswith("投资回报率") for title in chinese)


def test_a_longer_horizon_scales_the_money_and_stands_in_weeks(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="weeks")
    before, days = app.number_input(key="plan_total").value, app.selectbox(key="plan_horizon").value
    app.selectbox(key="plan_horizon").select(56).run()
    assert_sound(app)
    assert app.number_input(key="plan_total").value == pytest.approx(before / days * 56, rel=1e-6)
    assert any(text.value.startswith("## ") and "calendar weeks" in text.value for text in app.markdown)


def test_a_link_of_a_case_moves_its_money_once(filled_home, monkeypatch):
    link = {"move_from": "paid_search", "amount": "30"}
    before = run("pages/budget.py", monkeypatch, filled_home, period="all").number_input(key="box_paid_search").value
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", **link)
    assert app.number_input(key="box_paid_search").value == pytest.approx(before - 30, abs=0.02)
    app.button(key="plan_today").click().run()
    assert_sound(app)
    assert app.number_input(key="box_paid_search").value == pytest.approx(before, abs=0.02)


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
