"""Segments: saved as a definition, computed on whatever the data is; and properties held constant from the store."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from omnidash.engine.held import parts_of, present
from omnidash.engine.journeys import journeys_of
from omnidash.engine.segments import drop_segment, identifiers_of, members_of, save_segment, saved_segments
from omnidash.identity.resolve import bring_up_to_date
from omnidash.journeys.funnel import Exclusion, FunnelQuery, Step, funnel
from omnidash.journeys.funnel_groups import by_first_entry, groups, segment_groups, trend
from omnidash.journeys.notation import journeys as drawn
from omnidash.journeys.segments import FunnelSegment, members_in, segment_of
from omnidash.metrics.difference_of_rates import newcombe_interval
from omnidash.metrics.funnel_comparison import compared, reached_and_over, with_interval
from omnidash.model.errors import WrongUse
from omnidash.model.period import Period, day_of_number
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.ingest_files import imported

DAY = 86_400
EVENTS = """time,phone,channel,action,content_id
2026-06-01 10:00:00,13800000001,meta,click,a
2026-06-01 11:00:00,13800000001,meta,add_to_cart,b
2026-06-01 12:00:00,13800000001,meta,add_to_cart,a
2026-06-02 10:00:00,13800000002,email,click,a
2026-06-02 11:00:00,13800000002,email,add_to_cart,b
2026-06-03 10:00:00,13800000003,email,click,
2026-06-20 10:00:00,13800000004,email,click,c
"""
QUERY = FunnelQuery(steps=(Step(action="click"), Step(action="add_to_cart")), window_seconds=7 * DAY)
LOST = FunnelSegment(query=QUERY, from_step=1, to_step=1, outcome="lost")


@pytest.fixture
def filled(tmp_path) -> Workspace:
    workspace = workspace_with(tmp_path / "workspace", {"file.csv": EVENTS})
    bring_up_to_date(workspace)
    return workspace


def people(workspace: Workspace, segment: FunnelSegment) -> list[str]:
    journeys = journeys_of(workspace)
    chosen = members_of(workspace, journeys, segment)
    return sorted(identifiers_of(workspace, journeys.person_ids[chosen])["hint"].to_list())


def test_a_segment_is_who_reached_one_step_of_a_funnel_and_not_the_next(filled: Workspace) -> None:
    assert [hint[-4:] for hint in people(filled, LOST)] == ["0003"]
    still_open = FunnelSegment(query=QUERY, from_step=1, to_step=1, outcome="open")
    assert [hint[-4:] for hint in people(filled, still_open)] == ["0004"]
    reached = FunnelSegment(query=QUERY, from_step=2, to_step=2)
    assert [hint[-4:] for hint in people(filled, reached)] == ["0001", "0002"]


def test_a_saved_segment_comes_back_as_it_was_and_follows_the_data(filled: Workspace, tmp_path) -> None:
    full = FunnelSegment(
        query=FunnelQuery(
            steps=(Step(action="click", channels=("meta", "email")), Step(stage="purchase", within_seconds=60.5)),
            window_seconds=3600,
            exclusions=(Exclusion(event=Step(action="refund")),),
            hold="content",
            by="channel",
            of="last",
            period=Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30)),
        ),
        from_step=1,
        to_step=2,
        key="meta",
        within=LOST,
    )
    assert save_segment(filled, "  gave \n up ", LOST) == "gave up"
    save_segment(filled, "full", full)
    assert saved_segments(filled) == {"full": full, "gave up": LOST}
    assert segment_of(json.loads(json.dumps(full.as_json()))) == full
    more = EVENTS + "2026-06-04 10:00:00,13800000005,email,click,a\n"
    imported(filled, tmp_path, more, "more.csv")
    bring_up_to_date(filled)
    assert [hint[-4:] for hint in people(filled, saved_segments(filled)["gave up"])] == ["0003", "0005"]
    drop_segment(filled, "full")
    assert list(saved_segments(filled)) == ["gave up"]


@pytest.mark.parametrize("name", ["", "  ", "n" * 61])
def test_a_segment_needs_a_name(filled: Workspace, name: str) -> None:
    with pytest.raises(WrongUse, match="needs a name"):
        save_segment(filled, name, LOST)


def test_the_content_of_the_store_can_be_held_constant(filled: Workspace) -> None:
    assert present(filled) == ("channel", "campaign", "content")
    journeys = journeys_of(filled)
    query = FunnelQuery(steps=QUERY.steps, window_seconds=7 * DAY, hold="content")
    result = funnel(journeys, query, parts=parts_of(filled, journeys, "content"))
    assert result.steps["persons"].to_list() == [3, 1]  # the second put another content into the cart
    reached = FunnelSegment(query=query, from_step=2, to_step=2)
    assert [hint[-4:] for hint in people(filled, reached)] == ["0001"]


def test_a_segment_of_a_group_and_within_a_segment(filled: Workspace) -> None:
    by_channel = FunnelQuery(steps=QUERY.steps, window_seconds=7 * DAY, by="channel")
    of_email = FunnelSegment(query=by_channel, from_step=1, to_step=2, key="email")
    assert [hint[-4:] for hint in people(filled, of_email)] == ["0002", "0003", "0004"]
    converted = FunnelSegment(query=QUERY, from_step=2, to_step=2, within=of_email)
    assert [hint[-4:] for hint in people(filled, converted)] == ["0002"]
    counted = funnel(journeys_of(filled), by_channel)
    assert members_in(counted, of_email).tolist() == members_of(filled, journeys_of(filled), of_email).tolist()


def test_newcombe_agrees_with_the_published_examples() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table II, method 10, cases a, b, d and g.
    for counts, low, high in (
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((10, 10, 0, 20), 0.6791, 1.0000),
    ):
        found = newcombe_interval(*counts)
        assert found == pytest.approx((low, high), abs=6e-5)
    assert newcombe_interval(1, 2, 0, 0) is None


def test_a_comparison_leaves_out_attempts_whose_window_is_not_over(filled: Workspace) -> None:
    journeys = journeys_of(filled)
    early, late = (
        FunnelQuery(
            steps=QUERY.steps,
            window_seconds=7 * DAY,
            period=Period(first_day=date(2026, 6, first), last_day=date(2026, 6, last)),
        )
        for first, last in ((1, 2), (3, 30))
    )
    frame = compared(funnel(journeys, late), funnel(journeys, early))
    assert frame.select("persons", "rate", "other_persons", "other_rate", "difference").rows() == [
        (1, 1.0, 2, 1.0, None),
        (0, 0.0, 2, 1.0, -1.0),
    ]
    low, high = frame.select("low", "high").row(1)
    assert -1 <= low < -0.3 and -0.3 < high < 0.1  # one person against two says little


def test_periods_alike_compare_alike_whatever_still_has_time() -> None:
    """Everybody clicks every five days and one click in ten leads to a purchase: no period is better than another."""
    rng = np.random.default_rng(7)
    people = {
        f"p{n}": " ".join(
            f"meta:click@{day:.3f}" + (f" purchase@{day + 1:.3f}" if rng.random() < 0.1 else "")
            for day in np.arange(rng.uniform(0, 5), 61, 5)
        )
        for n in range(400)
    }
    table = drawn(people)
    july = Period(first_day=date(1970, 1, 31), last_day=date(1970, 3, 1))
    query = FunnelQuery(
        steps=(Step(action="click"), Step(action="purchase")), window_seconds=7 * DAY, period=july,
        last_seen_us=60 * DAY * 1_000_000 - 1,
    )  # fmt: skip
    over = query.of_entries_over(date(1970, 3, 1))
    assert over is not None and over.period == Period(first_day=date(1970, 1, 31), last_day=date(1970, 2, 22))
    before = replace(over, period=july.previous().first(over.period.days))
    low, high = compared(funnel(table, over), funnel(table, before)).select("low", "high").row(-1)
    assert low < 0 < high
    days = trend(funnel(table, by_first_entry(replace(query, period=None))), days_together=5).filter("is_over")
    early = days.head(1).select("converted", "entered").row(0)
    assert early[1] > 300  # nearly everybody's first entry, converted or not
    assert query.of_entries_over(date(1970, 1, 30)) is None
    whole = replace(query, period=july.previous())
    assert whole.of_entries_over(date(1970, 3, 1)) == whole


def test_rates_of_groups_leave_out_whose_window_is_not_over(filled: Workspace) -> None:
    journeys = journeys_of(filled)
    days = Period(first_day=day_of_number(int(journeys.day.min())), last_day=day_of_number(int(journeys.day.max())))
    query = FunnelQuery(steps=QUERY.steps, window_seconds=7 * DAY, by="channel", period=days)
    over = query.of_entries_over(days.last_day)
    assert over is not None
    result, everyone = funnel(journeys, over), funnel(journeys, query)
    found = with_interval(groups(result))
    assert found.select(pl.col("entered", "converted").sum()).row(0) == tuple(
        reached_and_over(result)[place] for place in (0, -1)
    )
    assert everyone.entered > int(found["entered"].sum()) > 0  # somebody's window is not over
    everybody = segment_groups(result, {"all": np.ones(journeys.persons, bool)})
    assert everybody.select("entered", "converted").row(0) == (found["entered"].sum(), found["converted"].sum())


def test_groups_carry_the_interval_of_their_rate() -> None:
    groups = pl.DataFrame({"key": ["a", "b"], "entered": [100, 0], "converted": [8, 0]})
    rows = with_interval(groups).select("rate", "low", "high").rows()
    assert rows[0] == pytest.approx((0.08, 0.0411, 0.1500), abs=1e-4)
    assert rows[1] == (None, None, None)
