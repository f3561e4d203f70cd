"""The journey map and its breakpoints: who climbed, who stayed, and what a difference is worth."""

from datetime import date

import numpy as np
import pytest

from omnidash.engine.journeys import journeys_of
from omnidash.engine.stages import set_stages, stage_table
from omnidash.ingest.run import import_file
from omnidash.journeys.breakpoints import breakpoints, difference_low, quantile
from omnidash.journeys.notation import journeys
from omnidash.journeys.stage_map import StageMap, stage_map
from omnidash.model.errors import BadInput
from omnidash.model.period import Period

STAGES = {"view": "awareness", "click": "interest", "cart": "consideration", "purchase": "purchase"}
FAR = 10**15


def rows(people: dict[str, str], **settings) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    frame = stage_map(journeys(people, stage_of_action=STAGES), **{"last_seen_us": FAR, **settings}).frame()
    columns = frame.select("stage", "channel", "reached", "moved", "lost", "still_open").rows()
    return {(stage, channel): tuple(counts) for stage, channel, *counts in columns}


def test_journeys_only_go_up():
    """After the purchase another view is no new awareness."""
    found = rows({"ana": "meta:view@1 meta:click@2 purchase@3 meta:view@9"})
    assert found == {
        ("awareness", "meta"): (1, 1, 0, 0),
        ("interest", "meta"): (1, 1, 0, 0),
        ("purchase", "meta"): (1, 0, 1, 0),
    }


def test_a_stage_that_was_skipped_was_not_reached_and_the_one_before_was_left():
    assert rows({"ana": "meta:view@1 purchase@3"})["awareness", "meta"] == (1, 1, 0, 0)


def test_the_entry_belongs_to_the_latest_touch_in_the_lookback():
    found = rows({"ana": "meta:view@1 tmall:click@2 purchase@3", "bo": "meta:view@1 purchase@50"}, lookback_days=30)
    assert found["purchase", "tmall"][0] == 1
    assert found["purchase", "(direct)"][0] == 1


def test_the_window_includes_its_end_and_what_comes_later_is_lost():
    people = {"ana": "meta:view@1 meta:click@8", "bo": "meta:view@1 meta:click@8.1"}
    assert rows(people, window_days=7)["awareness", "meta"] == (2, 1, 1, 0)


def test_whose_time_is_not_over_is_still_open_not_lost():
    last_seen = 5 * 86_400_000_000
    found = rows({"ana": "meta:view@1", "bo": "meta:view@1 meta:click@2"}, window_days=7, last_seen_us=last_seen)
    assert found["awareness", "meta"] == (2, 1, 0, 1)


def test_the_period_takes_entries_and_knows_what_was_before():
    period = Period(first_day=date(1970, 1, 5), last_day=date(1970, 1, 9))
    found = rows({"ana": "meta:click@1 meta:view@5", "bo": "meta:view@5 meta:click@20"}, period=period, window_days=30)
    assert found == {("awareness", "meta"): (1, 1, 0, 0)}


def test_revenue_at_the_entry_itself_is_not_what_moving_on_brings():
    people = {"ana": "meta:view@1 purchase@2=100 purchase@3=40", "bo": "meta:view@1"}
    found = stage_map(journeys(people, stage_of_action=STAGES), window_days=7, last_seen_us=FAR)
    assert found.value_of_moving_on[0] == 140.0
    assert np.isnan(found.value_of_moving_on[3])  # nobody went beyond the purchase


def a_map(mature: list[list[int]], lost: list[list[int]], value: float, *, later: float = np.nan) -> StageMap:
    """Three stages, of which the last is empty; channels a, b …"""
    size = len(mature[0])
    arrays = {"mature": np.array([*mature, [0] * size]), "lost": np.array([*lost, [0] * size])}
    return StageMap(
        stages=("awareness", "interest", "consideration"),
        channels=tuple("abcdef"[:size]),
        window_days=7,
        reached=arrays["mature"],
        moved=arrays["mature"] - arrays["lost"],
        median_seconds=np.full((3, size), np.nan),
        median_seconds_of_stage=np.full(3, np.nan),
        value_of_moving_on=np.array([value, later, np.nan]),
        **arrays,
    )


def test_a_breakpoint_is_what_is_lost_beyond_the_other_channels():
    """The worked example of the module."""
    found = breakpoints(a_map([[100, 60, 40], [0, 0, 0]], [[40, 10, 10], [0, 0, 0]], 30.0))
    assert found.select("stage", "channel", "lost", "others_loss_rate").rows() == [("awareness", "a", 40, 0.2)]
    assert found["excess_lost"].item() == pytest.approx(20)
    assert found["lost_value"].item() == pytest.approx(600)
    assert found["excess_low"].item() == pytest.approx(4.5, abs=0.05)
    assert found["is_breakpoint"].item()


def test_a_difference_that_may_be_chance_is_said_to_be_and_stands_last():
    found = breakpoints(a_map([[4, 400], [300, 300]], [[3, 200], [200, 100]], 30.0, later=30.0))
    assert found.select("stage", "channel", "is_breakpoint").rows() == [
        ("interest", "a", True),
        ("awareness", "a", False),
    ]


def test_a_channel_without_others_at_its_stage_is_no_breakpoint():
    assert breakpoints(a_map([[100, 0], [0, 50]], [[90, 0], [0, 50]], 30.0)).is_empty()


@pytest.mark.parametrize(
    ("mature", "lost", "value", "is_one"),
    [
        ([100, 100], [60, 20], 30.0, True),
        ([29, 400], [29, 20], 30.0, False),  # too few persons of its own
        ([400, 29], [400, 1], 30.0, False),  # too few to be compared with
        ([1, 4], [1, 0], 30.0, False),
        ([100, 100], [60, 20], 0.0, False),  # those who went on spent no more: worth nothing …
    ],
)
def test_a_breakpoint_rests_on_enough_persons_and_is_worth_something(mature, lost, value, is_one):
    found = breakpoints(a_map([mature, [200, 200]], [lost, [100, 100]], value, later=30.0))
    assert found.select("channel", "is_breakpoint").rows() == [("a", is_one)]


def test_without_any_money_in_the_data_persons_alone_decide():
    found = breakpoints(a_map([[100, 100], [0, 0]], [[60, 20], [0, 0]], 0.0))
    assert found.select("is_breakpoint", "lost_value").rows() == [(True, None)]


def test_the_more_cells_are_tested_the_more_must_one_stand_out():
    few = breakpoints(a_map([[100, 100], [0, 0]], [[42, 27], [0, 0]], 30.0))
    many = breakpoints(a_map([[100, 100, 0, 0], [0, 0, 500, 500]], [[42, 27, 0, 0], [0, 0, 250, 250]], 30.0))
    assert few.filter(channel="a")["excess_low"].item() > many.filter(channel="a")["excess_low"].item()
    assert quantile(1) == pytest.approx(1.959964)
    assert quantile(20) == pytest.approx(3.023341)  # of a two-sided 0.05 / 20 in tables of the normal distribution


def test_the_interval_is_newcombes():
    """His example: 56/70 against 48/80 gives 0.0524 … 0.3339 (Newcombe 1998, table II, method 10)."""
    assert difference_low(56, 70, 48, 80, z=quantile(1)) == pytest.approx(0.0524, abs=5e-5)


def test_another_stage_for_an_action_counts_at_once_without_a_new_journey_table(workspace, tmp_path):
    file = tmp_path / "events.csv"
    file.write_text(
        "timestamp,user_id,channel,event\n2026-06-01 10:00,u1,Meta,click\n2026-06-02 10:00,u1,Meta,favorite\n"
    )
    import_file(workspace, file)
    before = journeys_of(workspace)
    files = sorted((workspace.folder / "cache").iterdir())
    version = workspace.version
    set_stages(workspace, {"favorite": "loyalty", "click": ""})
    after = journeys_of(workspace)
    assert dict(zip(before.actions, before.stages, strict=True)) == {"click": "interest", "favorite": "consideration"}
    assert dict(zip(after.actions, after.stages, strict=True)) == {"click": "", "favorite": "loyalty"}
    assert sorted((workspace.folder / "cache").iterdir()) == files
    assert workspace.version[1] == version[1]
    assert workspace.version[2] == version[2] + 1


def test_a_stage_that_does_not_exist_is_refused_and_nothing_changes(workspace):
    before = stage_table(workspace)
    with pytest.raises(BadInput, match="no stage"):
        set_stages(workspace, {"click": "loyalty", "view": "conversion"})
    assert stage_table(workspace) == before
