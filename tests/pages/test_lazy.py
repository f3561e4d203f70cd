"""What stands behind a button is drawn when it is pressed, and what was begun there is kept."""

import pytest

from omnidash.health.case_book import read_book
from omnidash.store import Workspace
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import assert_sound, edit, opened, own_workspace_with, run


def test_a_card_carries_its_table_only_where_it_is_opened(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, period="all")
    assert not [button for button in app.get("download_button") if button.key.startswith("download_")]
    opened(app, "more_channels")
    assert {b.key for b in app.get("download_button")} >= {"download_channels", "download_channels_xlsx"}
    assert "download_roi" not in {b.key for b in app.get("download_button")}


def test_the_camera_saves_in_the_format_chosen_behind_the_card(filled_home, monkeypatch):
    app = opened(run("app.py", monkeypatch, filled_home, period="all"), "more_share")
    assert '"format":"png"' in camera_of(app, "share")
    app.segmented_control(key="choice_picture_share").set_value("svg").run()
    assert_sound(app)
    assert '"format":"svg"' in camera_of(app, "share")
    app.session_state["more_share"] = False
    app.run().run()
    assert '"format":"svg"' in camera_of(app, "share"), "it stays when the card is closed"


def camera_of(app, card):
    return next(c.proto.config for c in app.get("plotly_chart") if f"omnidash-{card}" in c.proto.config).replace(
        " ", ""
    )


def test_a_case_is_acknowledged_and_the_form_closes(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    app = opened(run("app.py", monkeypatch, tmp_path, period="all"), "ack_0")
    app.text_input(key="who_0").set_value("Ana")
    app.text_input(key="note_0").set_value("looked at it")
    app.button(key="do_ack_0").click().run()
    assert_sound(app)
    assert not app.session_state["ack_0"], "the next case stands in this place now"
    (entry,) = [entry for known in read_book(Workspace.open(tmp_path / "own")) for entry in known.entries]
    assert (entry.kind, entry.by, entry.note) == ("acknowledged", "Ana", "looked at it")


def test_locks_and_limits_are_counted_in_their_title_and_reset_empties_their_table(filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_limits")
    edit(app, "limits_", {0: {"locked": True, "most": 5000.0}, 1: {"least": 10.0}})
    assert held(app) == "Locks and limits: 1 locked · 2 with limits"
    said = [text.value for text in app.markdown if "of gross profit" in text.value]
    assert ":material/lock:" in said[0] and "at most ¥5,000" in said[0] and "at least ¥10" in said[1]
    app.button(key="plan_reset").click().run()
    assert_sound(app)
    assert held(app) == "Locks and limits: none"
    (table,) = [one for one in app.data_editor if one.key.startswith("limits_")]
    assert not table.value["locked"].any() and table.value[["least", "most"]].isna().all(axis=None)


def held(app):
    return next(block.label for block in app.expander if block.label.startswith("Locks and limits"))


@pytest.mark.parametrize("days", [28, 91])
def test_a_limit_is_the_same_money_per_day_over_another_horizon(days, filled_home, monkeypatch):
    app = opened(run("pages/budget.py", monkeypatch, filled_home, period="all"), "plan_limits")
    before = app.selectbox(key="plan_horizon").value
    edit(app, "limits_", {0: {"most": 100.0 * before}})
    app.selectbox(key="plan_horizon").select(days).run()
    assert_sound(app)
    (table,) = [one for one in app.data_editor if one.key.startswith("limits_")]
    assert table.value["most"][0] == pytest.approx(100.0 * days)
