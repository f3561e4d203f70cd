"""Every number explains itself: one press gives its meaning, its scope, its rows and the imports they came with."""

from functools import partial

import polars as pl
import pytest

from omnidash.ui.export import csv_bytes
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import assert_sound, own_workspace_with, run, sentences

EARLY = "2026-06-01..2026-06-07"


def explain(app, key):
    """Press the ⓘ of a card and return the page with the drawer open."""
    next(button for button in app.button if button.key == f"explain_{key}").click().run()
    assert_sound(app)
    return app


def drawn(app, *columns):
    """The last table with these columns: the drawer's is drawn after those of the page."""
    return [table.value for table in app.dataframe if set(columns) <= set(table.value.columns)][-1]


def test_a_sum_is_shown_with_the_rows_that_add_up_to_it_and_the_imports_they_came_with(filled_home, monkeypatch):
    app = run("app.py", monkeypatch, filled_home, period=EARLY)
    assert not [table for table in app.dataframe if "File" in table.value.columns]  # nothing is read before the press
    explain(app, "number_spend")
    said = sentences(app)
    for part in ("sum of cost", "The rows add up to the number shown", "1 Jun – 7 Jun 2026", "Last touch", "Normal"):
        assert part in said, part
    rows = drawn(app, "Spend (¥)", "File")
    shown = sum(4 + day % 3 + 2.5 for day in range(1, 8))
    assert rows["Spend (¥)"].sum() == pytest.approx(shown)
    assert set(rows["File"]) == {"spend.csv"}
    imports = drawn(app, "No.", "Imported")
    assert imports["File"].tolist() == ["spend.csv"]
    assert imports["Rows"].tolist() == [14]
    assert any("section=history" in str(link.proto) for link in app.get("page_link"))


def test_a_ratio_is_shown_with_the_rows_of_both_its_sides_under_the_chosen_model(filled_home, monkeypatch):
    app = explain(
        run("app.py", monkeypatch, filled_home, period=EARLY, channels="paid_search", model="linear"), "number_roi"
    )
    assert "Linear" in sentences(app)
    assert "Paid Search" in sentences(app)
    profit, spend = drawn(app, "Gross profit (¥)"), drawn(app, "Spend (¥)", "File")
    assert set(profit["Channel"]) == {"Paid Search"}
    assert profit["Gross profit (¥)"].sum() == pytest.approx(6 * 10 + 20)
    assert spend["Spend (¥)"].sum() == pytest.approx(sum(4 + day % 3 for day in range(1, 8)))


def test_a_ratio_of_money_says_that_no_spend_was_delivered_in_its_period(tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {"touches.csv": touches_csv(), "spend.csv": spend_csv(days=20)})
    app = explain(run("app.py", monkeypatch, tmp_path, period="2026-06-22..2026-06-28"), "number_cac")
    assert "No spend was delivered in this period" in sentences(app)
    app = explain(run("app.py", monkeypatch, tmp_path, period="2026-06-15..2026-06-28"), "number_cac")
    assert "15 Jun – 20 Jun 2026" in sentences(app)


def test_persons_are_masked_and_the_sample_of_rows_names_the_whole(filled_home, monkeypatch):
    app = explain(run("app.py", monkeypatch, filled_home, period="all"), "number_repurchase_rate")
    people = drawn(app, "Person", "Orders")
    assert len(people) == 28
    assert not people["Person"].str.contains("C0019").any()  # the file's own identifier
    assert people["Person"].str.contains(r"\*").all()


def test_a_figure_over_channels_says_how_far_identity_carries_it(tmp_path, monkeypatch):
    """Forty phones met two channels each, ten of them bought: the same at every level."""
    rows = "".join(
        f"2026-06-0{day} 10:00,138000000{n:02},{channel},{action}\n"
        for n in range(1, 41)
        for day, channel, action in ((1, "Meta", "click"), (2, "Email", "click"), (3, "", "purchase"))
        if action != "purchase" or n <= 10
    )
    own_workspace_with(tmp_path, {"events.csv": f"time,phone,channel,action\n{rows}"})
    app = explain(run("app.py", monkeypatch, tmp_path, period="all"), "number_cross_channel_conversion_rate")
    said = sentences(app)
    assert all(f"{level} **25.0%**" in said for level in ("Strict", "Normal", "Loose")), said


def test_a_card_explains_itself_too(filled_home, monkeypatch):
    app = explain(run("app.py", monkeypatch, filled_home, period=EARLY), "roi")
    assert "Below 0 the spend is not earned back" in sentences(app)
    assert set(drawn(app, "Spend (¥)", "File")["File"]) == {"spend.csv"}
    app = run("pages/journeys.py", monkeypatch, filled_home, section="map", period=EARLY)
    app = explain(app, "journey_map")
    assert set(drawn(app, "Action", "File")["Action"]) == {"Impression", "Purchase"}


def test_each_section_of_the_journeys_shows_the_rows_it_counts(filled_home, monkeypatch):
    """A funnel of purchases its purchases, overlap persons, rhythm conversions …"""
    page = partial(run, "pages/journeys.py", monkeypatch, filled_home, period="all")
    steps = '{"steps":[["action:purchase",[],null]]}'
    funnel = explain(page(section="funnel", funnel=steps), "funnel")
    assert set(drawn(funnel, "Action", "File")["Action"]) == {"Purchase"}
    overlap = explain(page(section="overlap"), "journey_exclusive")
    assert (drawn(overlap, "Person", "Channels")["Channels"] == 1).all()  # nobody here met two
    rhythm = explain(page(section="rhythm", rhythm_measure="conversions"), "journey_rhythm")
    assert set(drawn(rhythm, "Part of the conversion", "File")["Part of the conversion"]) == {1.0}
    paths = explain(page(section="paths"), "paths_table")
    assert set(drawn(paths, "Part of the conversion", "File")["Part of the conversion"]) == {1.0}
    cohorts = explain(page(section="cohorts"), "journey_cohorts")
    assert (drawn(cohorts, "Person", "Orders")["Orders"] >= 1).all()


def test_a_case_and_a_card_of_a_channel_show_the_rows_of_that_channel(filled_home, monkeypatch):
    app = explain(run("pages/channel.py", monkeypatch, filled_home, channel="online_video", period="all"), "calendar")
    spend = drawn(app, "Spend (¥)", "File")
    assert set(spend["Channel"]) == {"Online Video"}
    assert spend["Spend (¥)"].sum() == pytest.approx(28 * 2.5)
    app = explain(run("pages/channel.py", monkeypatch, filled_home, channel="online_video"), "number_spend")
    assert set(drawn(app, "Spend (¥)", "File")["Channel"]) == {"Online Video"}
    assert "The rows add up to the number shown" in sentences(app)
    app = explain(run("pages/alerts.py", monkeypatch, filled_home), "case")
    assert drawn(app, "No.", "Imported").shape[0] >= 1


def test_the_rows_behind_the_match_rate_are_all_events_of_all_days_at_the_level_looked_at(tmp_path, monkeypatch):
    """Also those that are neither touch nor conversion; a period, a comparison and channels have no part in it."""
    rows = ["time,channel,action,phone,email,device_id"]
    rows += [f"2026-06-0{n} 10:00,Meta,click,1380000000{n},," for n in range(1, 4)]
    rows += [f"2026-06-0{n} 11:00,Meta,registered,1380000000{n},," for n in range(1, 4)]
    rows += ["2026-06-05 10:00,Email,click,,,", "2026-06-06 10:00,Email,purchase,,unknown,"]
    rows += ["2026-06-20 10:00,Email,click,13800000001,,tablet", "2026-06-20 11:00,Email,click,13800000002,,tablet"]
    rows += ["2026-06-21 10:00,Email,click,,,tablet"]
    own_workspace_with(tmp_path, {"events.csv": "\n".join([*rows, ""])})
    for level, period in (("normal", "all"), ("strict", "all"), ("strict", "2026-06-20..2026-06-21")):
        app = run("pages/customers.py", monkeypatch, tmp_path, oneid=level, period=period, channels="meta")
        table = next(table.value for table in app.dataframe if "Match rate" in table.value.columns)
        said = sentences(explain(app, "match"))
        assert table["Events"].sum() == 11
        assert "**Events of any kind** · 11 rows" in said
        assert "**Events that belong to a person** · 9 rows" in said
        assert "**Period**: All days, whatever period is chosen above" in said
        assert "**Channels**: All channels, whatever is chosen above" in said
        assert "Compared with" not in said
    shown = {title for title in said.splitlines() if "over all days" in title.lower()}
    assert len(shown) == 3, shown


def test_what_a_file_wrote_into_a_row_cannot_run_in_a_spreadsheet():
    text = csv_bytes(pl.DataFrame({"Order": ["=HYPERLINK(1)"], "Campaign": ["+1"]})).decode("utf-8-sig")
    assert text.splitlines()[1] == "'=HYPERLINK(1),'+1"
