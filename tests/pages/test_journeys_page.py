"""The journeys page, section by section: on data, on data of one kind only, at another identity level, while edited."""

import re

import numpy as np
import pytest

from omnidash.charts.grids import cohort_grid
from omnidash.engine.segments import save_segment
from omnidash.engine.stages import stage_table
from omnidash.journeys.cohorts import Cohorts
from omnidash.journeys.funnel import FunnelQuery, Step
from omnidash.journeys.segments import FunnelSegment
from omnidash.store import Workspace
from omnidash.ui.journeys import cohort_cells
from omnidash.ui.journeys.around import as_address
from omnidash.ui.journeys_view import SECTIONS
from omnidash.ui.text import plain
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import cards_of, edit, opened, own_workspace_with, run, sentences

PAGE = "pages/journeys.py"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("section", list(SECTIONS))
def test_every_section_says_its_finding_in_both_languages(section, language, filled_home, monkeypatch):
    app = run(PAGE, monkeypatch, filled_home, section=section, lang=language, period="all")
    assert len(app.title) == 1
    assert any("\u4e00" <= letter <= "\u9fff" for letter in app.title[0].value) == (language == "zh_CN")


@pytest.mark.parametrize("section", list(SECTIONS))
@pytest.mark.parametrize("kind", ["touches", "spend"])
def test_every_section_runs_on_data_of_one_kind_only(section, kind, tmp_path, monkeypatch):
    own_workspace_with(tmp_path, {f"{kind}.csv": touches_csv() if kind == "touches" else spend_csv()})
    run(PAGE, monkeypatch, tmp_path, section=section, period="all")


def test_another_identity_level_is_looked_at_and_written_nowhere(filled_home, monkeypatch):
    app = run(PAGE, monkeypatch, filled_home, section="overlap", period="all", oneid="strict")
    assert app.radio(key="choice_level").value == "strict"
    assert Workspace.open(filled_home / "own").settings.identity_level == "normal"


def test_persons_are_told_apart_at_the_level_looked_at(tmp_path, monkeypatch):
    # The member's device saw the mail: one person of two channels, except where only names join.
    rows = ["member_id,device_id,timestamp,event_type,channel"]
    rows += ["M1,D1,2026-06-01T10:00:00Z,impression,Search", ",D1,2026-06-01T11:00:00Z,impression,Email"]
    own_workspace_with(tmp_path, {"touches.csv": "\n".join(rows) + "\n"})
    for level, share in (("normal", "0.0%"), ("strict", "100.0%")):
        app = run(PAGE, monkeypatch, tmp_path, section="overlap", period="all", oneid=level)
        assert app.title[0].value.startswith(plain(f"{share} of persons are reached by one channel alone")), level


def test_a_stage_edited_on_the_map_is_kept_and_the_map_follows(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv()})
    app = run(PAGE, monkeypatch, tmp_path, section="map", period="all")
    assert "persons at Awareness" in sentences(app)
    edit(app, "stage_editor", {0: {"stage": "(no stage)"}})  # the most frequent action: impression
    assert stage_table(workspace)["impression"] == ""
    assert "persons at Awareness" not in sentences(app)
    assert "28 persons at Purchase" in sentences(app)


def test_a_saved_segment_and_a_drop_off_in_the_address_are_looked_at(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv()})
    steps = (Step(action="impression"), Step(action="purchase"))
    lost = FunnelSegment(query=FunnelQuery(steps=steps, window_seconds=86_400), from_step=1, to_step=1, outcome="lost")
    save_segment(workspace, "No purchase", lost)
    everybody = opened(run(PAGE, monkeypatch, tmp_path, section="overlap", period="all"))
    segment = opened(run(PAGE, monkeypatch, tmp_path, section="overlap", period="all", persons="No purchase"))
    reached = [int(app.dataframe[0].value["Persons reached"].sum()) for app in (everybody, segment)]
    # 84 persons, of whom 28 bought; those of the last two days may still do so and are not lost
    assert reached[0] == 84
    assert 50 <= reached[1] <= 56
    drop_off = run(PAGE, monkeypatch, tmp_path, section="paths", period="all", around=as_address(lost))
    assert f"{reached[1]} persons lost after Impression\\: 100% were not met again" in sentences(drop_off)


def test_collisions_of_each_channel_can_be_downloaded(tmp_path, monkeypatch):
    met_twice = touches_csv() + "C0019,2026-06-02T10:00:00Z,impression,0,0,Online Video\n"
    own_workspace_with(tmp_path, {"touches.csv": met_twice, "spend.csv": spend_csv()})
    app = opened(run(PAGE, monkeypatch, tmp_path, section="overlap", period="all"))
    assert "download_collision_channels" in {button.key for button in app.get("download_button")}


def test_a_channels_row_is_estimated_once(tmp_path, monkeypatch):
    rows = [
        f"2026-05-{1 + n % 28:02d} 10:00:00,c{n},{channel},{action}"
        for n in range(40)
        for channel in (("meta", "email")[n % 2],)
        for action in ("click", "purchase")
    ]
    late = "2026-06-20 10:00:00,other,meta,click"
    own_workspace_with(tmp_path, {"touches.csv": "\n".join(["time,customer_id,channel,action", *rows, late])})
    asked, estimated = [], Cohorts.bought_again

    def counted(self, channels):
        asked.append(tuple(self.channels[c] for c in channels))
        return estimated(self, channels)

    monkeypatch.setattr(Cohorts, "bought_again", counted)
    run(PAGE, monkeypatch, tmp_path, section="cohorts", period="all")
    assert sorted(asked) == [("email",), ("meta",)]


def test_what_is_not_over_for_a_channel_is_grey_and_not_missing(tmp_path, monkeypatch):
    rows = [f"2026-05-1{n % 10} 10:00:00,c{n},meta,{action}" for n in range(20) for action in ("click", "purchase")]
    late = "2026-06-20 10:00:00,other,meta,click"
    own_workspace_with(tmp_path, {"touches.csv": "\n".join(["time,customer_id,channel,action", *rows, late])})
    drawn = []

    def seen(labels, cells, rates, unfinished, *args, **look):
        drawn.append((rates, unfinished))
        return cohort_grid(labels, cells, rates, unfinished, *args, **look)

    monkeypatch.setattr(cohort_cells, "cohort_grid", seen)
    run(PAGE, monkeypatch, tmp_path, section="cohorts", period="all")
    whole, of_channels = drawn
    for rates, unfinished in (whole, of_channels):
        assert unfinished.any()
        assert np.isnan(rates[unfinished]).all()
    weeks = of_channels[1].shape[1]
    assert [bool(of_channels[1][0, week] or not np.isnan(of_channels[0][0, week])) for week in range(weeks)] == [
        True
    ] * weeks


def test_the_share_of_a_handful_is_written_with_their_number_and_without_a_colour(tmp_path, monkeypatch):
    rows = [
        f"{day} 10:00:00,{channel}{n},{channel},{action}"
        for channel, customers, first in (("meta", 12, "2026-05-06"), ("email", 3, "2026-05-13"))
        for n in range(customers)
        for day, action in ((first, "click"), (first, "purchase"), ("2026-05-20", "purchase"))
        if day == first or channel == "email" or n < 2
    ]
    late = "2026-06-20 10:00:00,other,meta,click"
    own_workspace_with(tmp_path, {"touches.csv": "\n".join(["time,customer_id,channel,action", *rows, late])})
    drawn = []

    def seen(labels, cells, rates, unfinished, texts, *args, **look):
        chart = cohort_grid(labels, cells, rates, unfinished, texts, *args, **look)
        drawn.append((labels, texts, np.array(chart.data[1].z, float), np.array(chart.data[2].z, float)))
        return chart

    monkeypatch.setattr(cohort_cells, "cohort_grid", seen)
    run(PAGE, monkeypatch, tmp_path, section="cohorts", period="2026-05-06..2026-06-20")
    (cohorts, _texts, _pale, _colored), (channels, texts, pale, colored) = drawn
    assert cohorts[0].startswith("2026-05-04*: from 6 May · 12")
    assert cohorts[1].startswith("2026-05-11 · 3")
    assert [label.split(" · ")[1] for label in channels] == ["12", "3"]
    assert texts[1][1] == "100% (3)"
    assert np.isnan(colored[1]).all()
    assert not np.isnan(pale[1, 1])
    assert texts[0][2] == "17%"
    assert np.nanmax(colored) == pytest.approx(2 / 12)


@pytest.mark.parametrize("section", list(SECTIONS))
def test_every_column_of_every_table_has_a_title(section, filled_home, monkeypatch):
    cards = cards_of(run(PAGE, monkeypatch, filled_home, section=section, period="all"))
    app = run(PAGE, monkeypatch, filled_home, section=section, lang="zh_CN", period="all", opens=cards)
    read_only = [frame for frame in app.dataframe if not frame.proto.editing_mode]  # an editor titles its own
    heads = {str(column) for frame in read_only for column in frame.value.columns}
    assert heads
    assert not [head for head in heads if re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", head)]


DATED = "date,customer_id,channel,action,revenue\n" + "".join(
    f"2026-06-{1 + n % 20:02},c{n},{channel},{action},{revenue}\n"
    for n in range(40)
    for channel, action, revenue in (("meta", "click", ""), ("email", "click", ""), ("", "purchase", 5 + n))
)


@pytest.mark.parametrize(("section", "page"), [("funnel", PAGE), ("paths", PAGE), ("models", "pages/attribution.py")])
def test_dates_without_a_time_are_said_where_the_order_matters(section, page, tmp_path, filled_home, monkeypatch):
    own_workspace_with(tmp_path, {"events.csv": DATED})
    app = run(page, monkeypatch, tmp_path, section=section, period="all")
    assert "100.0% of" in sentences(app)
    assert "carry a date and no time" in sentences(app)
    timed = run(page, monkeypatch, filled_home, section=section, period="all")
    assert "carry a date and no time" not in sentences(timed)
