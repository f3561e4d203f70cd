"""The rows behind a number: they add up to it, in every model and on both bases of refunds."""

import shutil
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from omnidash.engine.journeys import _build, journeys_of, journeys_under
from omnidash.journeys.reach import cross_channel, reach
from omnidash.metrics.cac import cac
from omnidash.metrics.of_workspace import channel_days_of, margins_of, weights_for
from omnidash.metrics.registry import METRICS
from omnidash.metrics.roas import roas
from omnidash.metrics.roi import roi
from omnidash.metrics.rows_behind import CREDITED, IN_SQL, PERSONS, Asked, addends_of, costed_period, rows_behind
from omnidash.metrics.summary import costed_through, totals
from omnidash.model.filters import DAILY_MODELS
from omnidash.model.period import Period
from omnidash.store import Workspace

JUNE = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 20))
MIDDLE = Period(first_day=date(2026, 6, 4), last_day=date(2026, 6, 12))
# when, who (0: anonymous), channel, action, order, revenue; refunds as files state them
EVENTS = """
    1 8 1 search click - -     | 2 9 1 video click - -      | 3 9 1 - purchase A 120   | 6 9 1 search click - -
    8 9 1 - purchase B 80      | 10 9 1 - refund A -30      | 4 8 2 video click - -    | 4 9 2 email click - -
    5 9 2 - purchase C 55.55   | 12 7 2 - refund C -55.55   | 5 8 3 search click - -   | 9 8 3 - click - -
    11 9 3 - purchase D 10     | 6 6 0 video click - -      | 7 9 0 - purchase E 33.3  | 9 9 0 - refund X -7
    13 9 4 email click - -     | 14 9 4 - purchase F 5      | 16 9 4 - purchase G 6    | 11 9 5 search click - -
"""
SPEND = [(3, "search", "10.10"), (4, "search", "20.20"), (5, "video", "7.77"), (12, "video", "1.01")]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace.create(tmp_path_factory.mktemp("behind") / "w")
    with workspace.writing("test") as cursor:
        for number, line in enumerate(EVENTS.replace("\n", "|").split("|"), start=1):
            if not line.split():
                continue
            day, hour, who, channel, action, order, revenue = line.split()
            cursor.execute(
                """
                insert into event (event_id, batch_id, row_number, ts, day, identifier_id, channel, action, is_touch,
                    order_id, revenue, currency, revenue_base)
                values ($id, 1, $id, $ts, cast($ts as date), $who, $channel, $action, $touch, $order, $revenue, 'CNY',
                    $revenue)
                """,
                {
                    "id": number,
                    "ts": datetime(2026, 6, int(day), int(hour)),
                    "who": int(who) or None,
                    "channel": None if channel == "-" else channel,
                    "action": action,
                    "touch": action == "click",
                    "order": None if order == "-" else order,
                    "revenue": None if revenue == "-" else revenue,
                },
            )
        for number, (day, channel, cost) in enumerate(SPEND):
            cursor.execute(
                """
                insert into spend (spend_id, batch_id, row_number, day, channel, cost, currency, cost_base,
                    claimed_conversions)
                values ($id, $batch, 1, $day, $channel, $cost, 'CNY', $cost, 2)
                """,
                {"id": number, "batch": 2 + number % 2, "day": date(2026, 6, day), "channel": channel, "cost": cost},
            )
        cursor.execute("insert into person select distinct identifier_id, identifier_id from event "
                       "where identifier_id is not null")  # fmt: skip
    return workspace


def behind(workspace: Workspace, *addends: str, period: Period = JUNE, channels=None, model: str = "linear"):
    journeys = journeys_of(workspace)
    asked = Asked(period=period, channels=channels, model=model, weights=weights_for(workspace, journeys, model=model))
    return rows_behind(workspace, journeys, addends, asked)


@pytest.mark.parametrize("basis", ["order", "refund"])
@pytest.mark.parametrize("model", DAILY_MODELS)
def test_credited_rows_add_up_to_every_cell_of_the_channel_day_table(filled, model, basis):
    filled.change_settings(refund_basis=basis)
    days = channel_days_of(filled, journeys_of(filled), model=model)
    for period in (JUNE, MIDDLE):
        found = dict(zip(("net_revenue", "conversions", "new_customers"), behind(
            filled, "net_revenue", "conversions", "new_customers", period=period, model=model), strict=True))  # fmt: skip
        cells = days.filter(pl.col("day").is_between(period.first_day, period.last_day))
        for addend, column in (("net_revenue", "revenue"), ("conversions",) * 2, ("new_customers",) * 2):
            summed = found[addend].whole().group_by("day", "channel").agg(pl.col("amount").sum())
            beside = cells.join(summed, on=["day", "channel"], how="full", coalesce=True)
            for shown, rows in beside.select(pl.col(column).fill_null(0), pl.col("amount").fill_null(0)).iter_rows():
                assert rows == pytest.approx(shown, abs=1e-9)
            assert found[addend].total == pytest.approx(cells[column].sum(), abs=1e-9)
    filled.change_settings(refund_basis="order")


@pytest.mark.parametrize("basis", ["order", "refund"])
def test_persons_at_another_level_are_credited_as_the_table_of_that_level_says(filled, basis):
    filled.change_settings(refund_basis=basis)
    joined = pl.DataFrame({"identifier_id": [1, 2, 3, 4, 5], "person_id": [1, 1, 3, 4, 5]})
    journeys = journeys_under(filled, joined)
    days = channel_days_of(filled, journeys, model="linear", persons=joined)
    asked = Asked(period=JUNE, channels=None, model="linear", persons=joined)
    revenue, new, multi = rows_behind(filled, journeys, ("net_revenue", "new_customers", "multi_persons"), asked)
    for rows, column in ((revenue, "revenue"), (new, "new_customers")):
        summed = dict(rows.whole().group_by("channel").agg(pl.col("amount").sum()).iter_rows())
        shown = dict(days.group_by("channel").agg(pl.col(column).sum()).iter_rows())
        assert {c: v for c, v in shown.items() if abs(v) > 1e-9} == pytest.approx(
            {c: v for c, v in summed.items() if abs(v) > 1e-9}
        )
    assert multi.count == 2
    filled.change_settings(refund_basis="order")


def test_another_lookback_is_heeded(filled):
    journeys = journeys_of(filled)
    asked = Asked(period=JUNE, channels=None, model="last", lookback_days=1)
    (conversions,) = rows_behind(filled, journeys, ("conversions",), asked)
    channel_of = dict(conversions.whole().select("order_id", "channel").iter_rows())
    assert (channel_of["A"], channel_of["B"]) == ("video", "(direct)")  # B's search was two days before


def test_a_segment_shows_the_orders_of_its_persons_alone(filled):
    journeys = journeys_of(filled)
    members = journeys.person_ids == 1
    (revenue,) = rows_behind(
        filled, journeys, ("net_revenue",), Asked(period=JUNE, channels=None, model="linear", members=members)
    )
    assert set(revenue.whole()["order_id"]) == {"A", "B"}
    assert revenue.total == pytest.approx(120 - 30 + 80)
    of_her = Asked(period=JUNE, channels=None, model="linear", members=members)
    touched, bought = rows_behind(filled, journeys, ("persons", "customers"), of_her)
    assert touched.whole()["person"].to_list() == bought.whole()["person"].to_list() == [1]


def test_the_events_of_some_actions_are_those_of_every_channel(filled):
    asked = Asked(period=JUNE, channels=("search",), model="last", actions=("refund", "purchase"))
    (found,) = rows_behind(filled, journeys_of(filled), ("actions",), asked)
    events = filled.frame("select action from event where action in ('refund', 'purchase')")
    assert found.count == found.total == len(events) == 10
    assert set(found.whole()["action"]) == {"refund", "purchase"}


def test_the_rows_name_their_order_their_file_row_and_whether_they_are_a_refund(filled):
    filled.change_settings(refund_basis="refund")
    (revenue,) = behind(filled, "net_revenue", model="last")
    said = revenue.whole().select(pl.col("day").dt.day(), "what", "order_id", "channel", "amount", "row").rows()
    assert (3, "order", "A", "video", 90.0, 4) in said  # net of its refund …
    assert (3, "refunded", "A", "video", 30.0, 4) in said  # … which is taken back off this day
    assert (10, "refund", "A", "video", -30.0, 4) in said  # … and booked on its own
    assert (9, "unmatched_refund", "X", "(direct)", -7.0, 17) in said
    filled.change_settings(refund_basis="order")


def test_rows_in_sql_add_up_to_the_files_and_to_what_each_import_brought(filled):
    spend, claims, touches = behind(filled, "spend", "claimed_conversions", "touches")
    assert spend.total == pytest.approx(10.10 + 20.20 + 7.77 + 1.01)
    assert claims.total == 8
    assert touches.total == touches.count == 10
    assert [(b, n, pytest.approx(a)) for b, n, a in spend.by_batch.rows()] == [(2, 2, 17.87), (3, 2, 21.21)]
    (of_video,) = behind(filled, "spend", channels=("video",), period=MIDDLE)
    assert of_video.whole().select("channel", "amount").rows() == [("video", 1.01), ("video", 7.77)]
    (nameless,) = behind(filled, "touches", channels=("(unknown)",))
    assert nameless.count == 1


@pytest.mark.parametrize("channels", [None, ("search", "video")])
@pytest.mark.parametrize("period", [JUNE, MIDDLE])
def test_numerator_and_denominator_give_the_ratio_that_is_shown(filled, channels, period):
    filled.change_settings(margin=0.6, margin_by_channel={"video": 0.5})
    days = channel_days_of(filled, journeys_of(filled), model="linear")
    chosen = days if channels is None else days.filter(pl.col("channel").is_in(channels))
    shown = totals(chosen, period, margin=margins_of(filled))
    for name, formula in (("roi", roi()), ("roas", roas()), ("cac", cac())):
        costed = costed_period(name, period, costed_through(chosen))
        assert costed is not None
        sums = {part.addend: part.total for part in behind(filled, *METRICS[name].made_of, period=costed,
                                                           channels=channels)}  # fmt: skip
        if "net_revenue" in sums:
            sums["revenue"] = sums.pop("net_revenue")
        assert pl.DataFrame(sums).select(formula).item() == pytest.approx(shown[name]), name
    filled.change_settings(margin=1.0, margin_by_channel={})


def test_a_file_holds_so_many_rows_at_most_while_the_sum_is_of_all(filled, monkeypatch):
    monkeypatch.setattr("omnidash.engine.rows_behind.MOST_ROWS", 3)
    for rows in behind(filled, "touches", "net_revenue", "customers"):
        assert len(rows.whole()) == 3 < rows.count
    (touches,) = behind(filled, "touches")
    assert touches.total == 10


def test_persons_are_one_row_each_and_as_many_as_the_rates_count(filled):
    journeys = journeys_of(filled)
    multi, converters, customers, repeat, of_search = (
        *behind(filled, "multi_persons", "multi_converters", "customers", "repeat_customers"),
        *behind(filled, "persons", channels=("search",)),
    )
    crossed = cross_channel(journeys, JUNE)
    assert (multi.count, converters.count) == (crossed.multi_persons, crossed.multi_converters) == (3, 3)
    assert (customers.count, repeat.count) == (4, 2)  # order C came back whole: bo is no customer
    searched = dict(reach(journeys, period=JUNE).frame().select("channel", "persons").rows())["search"]
    assert of_search.count == searched == 3
    assert "identifier" in of_search.first.columns


def test_every_metric_names_sums_that_there_are_and_every_sum_serves_a_metric():
    known = {*IN_SQL, *CREDITED, *PERSONS}
    assert set(addends_of(list(METRICS))) | {"events", "actions", "all_events", "events_of_persons"} == known
    assert all(set(metric.made_of) <= known for metric in METRICS.values())
    without = {name for name, metric in METRICS.items() if not metric.made_of}
    assert without == {"ltv"}  # fitted: no rows add up to it
    assert "made_of" in {field.name for field in fields(METRICS["roi"])}


@pytest.mark.parametrize("basis", ["order", "refund"])
def test_other_persons_are_looked_at_as_if_they_were_the_workspaces(basis, tmp_path, filled):
    """One and three are one person: the credit, its rows and the customers follow, without anything being written."""
    joined = pl.DataFrame({"identifier_id": [1, 2, 3, 4, 5], "person_id": [1, 2, 1, 4, 5]})
    copy = copied(filled, tmp_path / "looked_at", basis)
    applied = copied(filled, tmp_path / "applied", basis)
    with applied.writing("test") as cursor:
        cursor.execute("update person set person_id = 1 where identifier_id = 3")
    seen = []
    for workspace, journeys, persons in (
        (copy, journeys_under(copy, joined), joined),
        (applied, journeys_of(applied), None),
    ):
        asked = Asked(period=JUNE, channels=None, model="linear", persons=persons)
        days = channel_days_of(workspace, journeys, model="linear", persons=persons)
        rows = rows_behind(workspace, journeys, ("net_revenue", "customers"), asked)
        seen.append((days, [(b.total, b.count, b.whole()) for b in rows]))
    (days, rows), (applied_days, applied_rows) = seen
    assert days.equals(applied_days)
    assert not days.equals(channel_days_of(copy, journeys_of(copy), model="linear"))
    for (total, count, whole), (applied_total, applied_count, applied_whole) in zip(rows, applied_rows, strict=True):
        assert (total, count) == (applied_total, applied_count)
        assert whole.drop("file", strict=False).equals(applied_whole.drop("file", strict=False))


def copied(workspace: Workspace, folder: Path, basis: str) -> Workspace:
    shutil.copytree(workspace.folder, folder)
    copy = Workspace.open(folder)
    copy.change_settings(refund_basis=basis)
    return copy


@pytest.mark.parametrize("piece", [1, 3, 7])
def test_a_large_table_is_built_in_pieces_and_is_the_same(piece, filled):
    whole, pieces = _build(filled), _build(filled, at_once=1, piece=piece)
    for name in ("person_ids", "offsets", "ts", "day", "channel", "action", "campaign", "touch", "revenue"):
        assert getattr(whole, name).tolist() == getattr(pieces, name).tolist(), name
    assert whole.person_ids[0] == -2 and whole.revenue[0] == 33.3  # the purchase that names nobody
    assert (whole.channels, whole.actions, whole.stages) == (pieces.channels, pieces.actions, pieces.stages)
