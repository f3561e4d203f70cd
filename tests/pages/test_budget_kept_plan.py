"""The plan in the address of the budget page: a new session finds it as it was; what does not fit is said and dropped."""

import pytest

from tests.pages.driving import assert_sound, edit, opened, run, settled, to_reload

OTHER = "was made for another period"


def shown(app):
    """What all controls of the plan show."""
    controls = [*app.slider, *app.number_input, *app.toggle, *app.selectbox]
    return {
        c.key: c.value for c in controls if c.key and ("box" in c.key or "plan" in c.key) and "drawing" not in c.key
    }


def warnings(app):
    return " ".join(warning.value for warning in app.warning)


def made(monkeypatch, home, **address):
    """A page with much of a plan on it."""
    app = opened(run("pages/budget.py", monkeypatch, home, period="all", **address), "plan_rules", "plan_limits")
    app.number_input(key="box_paid_search").set_value(60.0).run()
    app.toggle(key="plan_rule_only_extra").set_value(True).run()
    app.selectbox(key="plan_rule_change").select(None).run()
    app.selectbox(key="plan_horizon").select(56).run()
    edit(app, "limits_", {0: {"least": 10.0, "most": 99.5}, 1: {"locked": True}})
    app.toggle(key="plan_keep_total").set_value(False).run()
    app.number_input(key="box_paid_search").set_value(75.0).run()
    assert_sound(app)
    return app


def test_a_reload_finds_the_plan_as_it_was_with_a_step_to_take_back(filled_home, monkeypatch):
    app = made(monkeypatch, filled_home)
    again = run("pages/budget.py", monkeypatch, filled_home, opens=("plan_rules", "plan_limits"), **to_reload(app))
    assert shown(again) == pytest.approx(shown(app))
    titles = [one.label for one in again.expander]
    assert titles == [one.label for one in app.expander] and any("1 locked · 1 with a limit" in one for one in titles)
    assert to_reload(again)["plan"] == to_reload(app)["plan"], "the address is at rest"
    for page in (app, again):
        page.button(key="plan_undo").click().run()
        assert_sound(page)
    assert shown(again) == pytest.approx(shown(app))


def test_a_best_plan_is_proven_anew_after_a_reload(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_rules")
    app.toggle(key="plan_rule_reserve").set_value(True).run()
    app.button(key="plan_best").click().run()
    again = settled(run("pages/budget.py", monkeypatch, filled_home, opens=("plan_rules",), **to_reload(app)))
    assert any("Proven" in caption.value for caption in again.caption)
    assert shown(again) == pytest.approx(shown(app))
    assert again.toggle(key="plan_rule_reserve").label == app.toggle(key="plan_rule_reserve").label
    again.number_input(key="box_paid_search").set_value(50.0).run()
    later = run("pages/budget.py", monkeypatch, filled_home, **to_reload(again))
    assert not any("Proven" in caption.value for caption in later.caption)


def test_todays_split_leaves_the_address_as_it_was(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    assert "plan" not in to_reload(app)
    app.number_input(key="box_paid_search").set_value(60.0).run()
    assert "plan" in to_reload(app)
    app.button(key="plan_undo").click().run()
    assert "plan" not in to_reload(app)


def test_an_older_address_that_a_press_brings_along_is_an_echo(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    app.number_input(key="box_paid_search").set_value(60.0).run()
    older = to_reload(app)["plan"]
    app.number_input(key="box_paid_search").set_value(50.0).run()
    for stale in (older, ""):
        app.query_params["plan"] = stale
        app.segmented_control(key="choice_section").set_value("channels").run()
        assert app.number_input(key="box_paid_search").value == pytest.approx(50.0)
        assert to_reload(app)["plan"] not in ("", older)


@pytest.mark.parametrize("other", [{"model": "linear"}, {"channels": "paid_search"}, {"period": "last7"}])
def test_a_plan_of_other_filters_is_not_shown_and_said_so(other, filled_home, monkeypatch):
    app = made(monkeypatch, filled_home)
    again = run("pages/budget.py", monkeypatch, filled_home, **{**to_reload(app), **other})
    today = run("pages/budget.py", monkeypatch, filled_home, **{**to_reload(app), "plan": "", **other})
    assert OTHER in warnings(again) and OTHER not in warnings(today)
    assert shown(again) == shown(today)
    assert "plan" not in to_reload(again)
    again.toggle(key="plan_keep_total").set_value(False).run()
    assert OTHER not in warnings(again)


@pytest.mark.parametrize(
    "said",
    ["s-5__", "snan__", "s1e400__", "s1__~s2__", "l7", "d0", "otarget_cac~t0", "f" * 5000, "%00", "<b>x</b>", "s1"],
)
def test_a_plan_that_nobody_can_read_is_said_and_dropped(said, filled_home, monkeypatch):
    app = made(monkeypatch, filled_home)
    link = {**to_reload(app), "plan": f"{to_reload(app)['plan'][:10]}~{said}"}
    again = run("pages/budget.py", monkeypatch, filled_home, **link)
    assert "cannot be read" in warnings(again)
    assert again.number_input(key="box_paid_search").value == pytest.approx(
        run("pages/budget.py", monkeypatch, filled_home, period="all").number_input(key="box_paid_search").value
    )
    assert "plan" not in to_reload(again)


@pytest.mark.parametrize(
    "said",
    ["s1e12_1e12_", "s0_0_", "s0_0_1e12", "n1e12_0~m0_0~b", "l0_1~b", "otarget_roi~t1e9~b", "c0.1~frtxf~b~s5_5_1"],
)
def test_the_utmost_of_a_plan_that_can_be_read_is_drawn(said, filled_home, monkeypatch):
    app = made(monkeypatch, filled_home)
    link = {**to_reload(app), "plan": f"{to_reload(app)['plan'][:10]}~{said}"}
    again = settled(run("pages/budget.py", monkeypatch, filled_home, opens=("plan_rules", "plan_limits"), **link))
    assert not again.warning
    again.button(key="plan_best").click().run()
    assert_sound(again)


def test_a_plan_is_back_when_the_filters_are_chosen_again(filled_home, monkeypatch):
    app = run("pages/budget.py", monkeypatch, filled_home, period="all")
    app.number_input(key="box_paid_search").set_value(60.0).run()
    usual = to_reload(app)["model"]
    app.query_params["model"] = "linear"
    app.run()
    assert "choose them again and it is back" in warnings(app)
    assert app.button(key="plan_undo").disabled
    app.query_params["model"] = usual
    app.run()
    assert not app.warning
    assert app.number_input(key="box_paid_search").value == pytest.approx(60.0)


def test_the_move_of_a_link_is_not_taken_once_more_after_a_reload(filled_home, monkeypatch):
    link = {"move_from": "paid_search", "amount": "30"}
    app = run("pages/budget.py", monkeypatch, filled_home, period="all", **link)
    moved = app.number_input(key="box_paid_search").value
    again = run("pages/budget.py", monkeypatch, filled_home, **to_reload(app))
    assert again.number_input(key="box_paid_search").value == pytest.approx(moved)
    again.button(key="plan_today").click().run()
    later = run("pages/budget.py", monkeypatch, filled_home, **to_reload(again))
    assert later.number_input(key="box_paid_search").value == pytest.approx(moved + 30, abs=0.02)
