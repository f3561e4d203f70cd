"""Days are noted in the app and stand in its charts."""

import json
from datetime import date

from omnidash.engine.day_notes import DayNote, keep, notes
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import own_workspace_with, press, run, sentences


def test_a_day_that_is_noted_stands_in_the_chart_of_shares(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    app = run("pages/data.py", monkeypatch, tmp_path, section="notes")
    app.radio(key="note_kind").set_value("promotion")
    app.date_input(key="note_days").set_value((date(2026, 6, 18), date(2026, 6, 20)))
    app.text_input(key="note_text").set_value("618 *all* shops")
    app.text_input(key="note_by").set_value("Ana")
    press(app, "Keep the note")
    (kept,) = notes(workspace)
    assert (kept.kind, kept.first_day, kept.last_day, kept.by) == (
        "promotion", date(2026, 6, 18), date(2026, 6, 20), "Ana"
    )  # fmt: skip
    shown = run("app.py", monkeypatch, tmp_path, period="all")
    texts = [
        mark.get("hovertext", "")
        for chart in shown.get("plotly_chart")
        for mark in json.loads(chart.proto.spec)["layout"].get("annotations", [])
    ]
    assert any("Promotion" in text and "618 *all* shops (Ana)" in text for text in texts)


def test_a_note_can_be_taken_away_again(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv()})
    keep(workspace, DayNote(kind="price_change", first_day=date(2026, 6, 3), last_day=date(2026, 6, 3)))
    app = run("pages/data.py", monkeypatch, tmp_path, section="notes")
    assert app.title[0].value.replace("\\", "") == "Notes on days: 1"
    press(app, "Take it away")
    assert notes(workspace) == ()
    assert "Nothing has been noted yet." in sentences(app)


def test_days_of_the_sample_cannot_be_noted(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv()})
    workspace.change_settings(is_sample=True)
    app = run("pages/data.py", monkeypatch, tmp_path, section="notes")
    assert not [button for button in app.button if button.label == "Keep the note"]
    assert "The sample data is read only" in sentences(app)
