"""The budget page beyond its sliders: boxes, limits that conflict, rules, scenarios, the pool, the pace, the media mix."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from omnidash.budget import bases
from omnidash.budget.curve import Draws
from omnidash.budget.identification import level_uncertain
from omnidash.budget.moves import Move
from omnidash.budget.scenario import scenarios
from omnidash.charts.theme import ChannelColors
from omnidash.locale import translator
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui.budget import by_channel
from omnidash.ui.budget import curves as curves_section
from omnidash.ui.budget import moves as moves_section
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
    monkeypatch.setattr(bases, "_fits", {})
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
    assert "1 spent brings 2.00, but 1.20 to 2.80 is likely (80%), more than ± 15%" in said and "lift test" in said


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
    assert any(" most (" in text.value and " of profit), " in text.value for text in app.markdown)
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


def test_where_every_channel_loses_none_is_said_to_gain(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", section="channels")
    app.toggle(key="plan_keep_total").set_value(False).run()
    for key in [box.key for box in app.number_input if (box.key or "").startswith("box_")]:
        app.number_input(key=key).set_value(9_000_000.0).run()
    assert_sound(app)
    titles = [text.value for text in app.markdown if " of profit), " in text.value]
    assert len(titles) == 1
    assert " loses most (" in titles[0]


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
