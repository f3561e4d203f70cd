"""What was joined and is taken apart again leaves every figure as it was: all metrics, funnel, paths and attribution.

Cut and restore, block and restore, import and undo, another level and back. The figures are computed from the store, by
the functions the app uses, before and after; and a preview shows the figures that applying brings.
"""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.attribution.models import MODELS, attribute
from omnidash.attribution.path_table import PathTable as CreditedPaths
from omnidash.customers.value import customers_of_journeys, realised_ltv
from omnidash.engine.identity_effects import effects, figures_by_level
from omnidash.engine.journeys import journeys_of, journeys_under
from omnidash.engine.rollup import spend_days
from omnidash.identity.preview import Proposal, apply, preview
from omnidash.identity.resolve import set_rules
from omnidash.ingest.run import import_file, rollback
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.funnel import FunnelQuery, Step, funnel
from omnidash.journeys.paths import paths, transitions
from omnidash.journeys.reach import cross_channel, reach
from omnidash.journeys.table import Journeys
from omnidash.metrics.cac_to_ltv import cac_to_ltv
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.metrics.claimed import claimed
from omnidash.metrics.conversion_rate_volatility import conversion_rate_volatility
from omnidash.metrics.cross_channel_conversion_rate import cross_channel_conversion_rate
from omnidash.metrics.hhi import hhi
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.metrics.registry import METRICS
from omnidash.metrics.repurchase_rate import repurchase_rate
from omnidash.metrics.summary import channel_table, totals
from omnidash.model.period import Period
from omnidash.store import Workspace
from tests.unit.ingest_files import write

LAWS = settings(deadline=None, derandomize=True, max_examples=5, suppress_health_check=list(HealthCheck))
JULY = Period(first_day=date(2026, 7, 1), last_day=date(2026, 7, 31))
QUERY = FunnelQuery(steps=(Step(action="click"), Step(action="purchase")), window_seconds=7 * 86_400)
SPEND = "date,channel,campaign,cost,claimed_conversions,claimed_revenue\n" + "".join(
    f"2026-07-{day:02d},{channel},夏季,{cost},2,150\n"
    for day in range(1, 9)
    for channel, cost in (("抖音", 40), ("百度", 25), ("微信", 10))
)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 8), st.sampled_from(["抖音", "百度", "微信"]), st.sampled_from(["click", "visit", "purchase"]),
        st.sampled_from(["", "1", "2", "3"]), st.sampled_from(["", "a", "b"]), st.sampled_from(["", "X"]),
    ),
    min_size=4, max_size=25,
)  # fmt: skip


def events(rows: list[tuple[int, str, str, str, str, str]]) -> str:
    lines = [
        f"2026-07-{day:02d} 10:{minute:02d}:00,{channel},{action},{phone and '1380000000' + phone},"
        f"{mail and mail + '@x.example'},{device and 'D-' + device},{100 + minute if action == 'purchase' else ''}\n"
        for minute, (day, channel, action, phone, mail, device) in enumerate(rows)
    ]
    return "time,channel,action,phone,email,device_id,revenue\n" + "".join(lines)


def of_journeys(journeys: Journeys, lookback_days: int) -> dict[str, Any]:
    """Everything that is computed from a journey table alone."""
    found = paths(journeys, lookback_days=lookback_days)
    crossed = cross_channel(journeys, JULY, lookback_days=lookback_days)
    shared_out = {
        model: credit_by_day(journeys, model=model, lookback_days=lookback_days).frame().rows()
        for model in ("first", "last", "last_non_direct", "linear", "position", "time_decay", "participation")
    }
    aggregated = CreditedPaths.from_frame(found.frame)
    buys = [
        int((journeys.action[low:high] == journeys.action_code("purchase")).sum())
        for low, high in zip(journeys.offsets[:-1], journeys.offsets[1:], strict=True)
    ]
    return {
        "funnel": funnel(journeys, QUERY).steps.rows(),
        "paths": found.frame.rows(),
        "transitions": transitions(found).rows(),
        "credit": shared_out,
        "models": {
            name: attribute(aggregated, name).frame.rows()
            for name in MODELS
            if not MODELS[name].needs_ages and len(aggregated.conversions)
        },
        "cross_channel_conversion_rate": cross_channel_conversion_rate(crossed.multi_converters, crossed.multi_persons),
        "repurchase_rate": repurchase_rate(sum(n > 1 for n in buys), sum(n > 0 for n in buys)),
    }


def of_workspace(workspace: Workspace) -> dict[str, Any]:
    """Every metric of the registry, and what journeys give."""
    journeys = journeys_of(workspace)
    days = channel_days_of(workspace, journeys, model="linear").sort("day", "channel")
    assert set(CHANNEL_DAY) <= set(days.columns)
    reached = reach(journeys, period=JULY).frame()
    table = channel_table(days, JULY, reach=dict(zip(reached["channel"], reached["persons"], strict=True)))
    total = totals(days, JULY)
    metrics = {
        "spend": table.select("channel", "spend").rows(),
        "net_revenue": (table.select("channel", "revenue").rows(), total.revenue),
        "roas": (table.select("channel", "roas").rows(), total.roas),
        "roi": (table.select("channel", "roi").rows(), total.roi),
        "conversions": (table.select("channel", "conversions").rows(), total.conversions),
        "new_customers": (table.select("channel", "new_customers").rows(), total.new_customers),
        "cac": (table.select("channel", "cac").rows(), total.cac),
        "claimed": claimed(spend_days(workspace), days, JULY).rows(),
        "touches": table.select("channel", "touches").rows(),
        "persons_reached": table.select("channel", "persons").rows(),
        "share": table.select("channel", "share").rows(),
        "hhi": hhi(table["share"]),
        "conversion_rate": table.select("channel", "conversion_rate").rows(),
        "unit_traffic_cost": table.select("channel", "unit_traffic_cost").rows(),
        "ltv": realised_ltv(customers_of_journeys(journeys, goal="purchase", lookback_days=30)).rows(),
        "cac_to_ltv": cac_to_ltv(total.cac, total.revenue),
        "conversion_rate_volatility": conversion_rate_volatility(days, JULY.last_day).rows(),
        **of_journeys(journeys, workspace.settings.lookback_days),
    }
    assert set(METRICS) - {"nps"} <= set(metrics), "a metric of the registry is not compared"  # no survey is imported
    return metrics


def world(folder: str, rows: list[Any]) -> Workspace:
    workspace = Workspace.create(Path(folder) / "workspace")
    import_file(workspace, write(Path(folder), SPEND, "spend.csv"))
    import_file(workspace, write(Path(folder), events(rows), "events.csv"))
    return workspace


def there_and_back(rows: list[Any], there: Callable[[Workspace], Callable[[], object] | None]) -> None:
    """``there`` changes something and returns what takes it back."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = world(folder, rows)
        before = of_workspace(workspace)
        back = there(workspace)
        if back is not None:
            back()
        assert of_workspace(workspace) == before


@LAWS
@given(ROWS, st.integers(0, 99))
def test_a_cut_link_that_is_restored_leaves_no_trace_in_any_figure(rows: list[Any], choice: int) -> None:
    def there(workspace: Workspace) -> Callable[[], object] | None:
        links = workspace.rows("select distinct a, b from link order by all")
        if not links:
            return None
        proposal = Proposal(cuts=(links[choice % len(links)],))
        expected = of_journeys(journeys_under(workspace, preview(workspace, proposal).after), 30)
        (decision,) = apply(workspace, proposal, reason="a test")
        assert of_journeys(journeys_of(workspace), 30) == expected
        return lambda: apply(workspace, Proposal(restores=(decision,)), reason="a test")

    there_and_back(rows, there)


@LAWS
@given(ROWS, st.integers(0, 99))
def test_a_blocked_identifier_that_is_restored_leaves_no_trace_in_any_figure(rows: list[Any], choice: int) -> None:
    def there(workspace: Workspace) -> Callable[[], object] | None:
        known = workspace.rows("select identifier_id from identifier order by 1")
        if not known:
            return None
        proposal = Proposal(blocks=known[choice % len(known)])
        expected = of_journeys(journeys_under(workspace, preview(workspace, proposal).after), 30)
        (decision,) = apply(workspace, proposal, reason="a test")
        assert of_journeys(journeys_of(workspace), 30) == expected
        return lambda: apply(workspace, Proposal(restores=(decision,)), reason="a test")

    there_and_back(rows, there)


@LAWS
@given(ROWS, ROWS)
def test_an_import_that_is_undone_leaves_no_trace_in_any_figure(rows: list[Any], more: list[Any]) -> None:
    def there(workspace: Workspace) -> Callable[[], object]:
        path = write(workspace.folder.parent, events(more).replace(" 10:", " 11:"), "more.csv")
        batch = import_file(workspace, path).batch_id
        return lambda: rollback(workspace, batch)

    there_and_back(rows, there)


@LAWS
@given(ROWS, st.sampled_from(["strict", "loose"]))
def test_another_level_and_back_leaves_no_trace_in_any_figure(rows: list[Any], level: str) -> None:
    def there(workspace: Workspace) -> Callable[[], object]:
        band = figures_by_level(workspace)
        expected = of_journeys(journeys_under(workspace, preview(workspace, Proposal(level=level)).after), 30)
        set_rules(workspace, level=level)
        assert of_journeys(journeys_of(workspace), 30) == expected
        assert figures_by_level(workspace) == band  # the band does not depend on where one stands in it
        return lambda: set_rules(workspace, level="normal")

    there_and_back(rows, there)


def test_the_effects_of_a_cut_are_told_before_it_is_made(workspace: Workspace, tmp_path: Path) -> None:
    """One person sees 抖音 as a phone and buys as a mail; the cut leaves a purchase that nobody led to."""
    rows = [(1, "抖音", "click", "1", "", ""), (2, "抖音", "visit", "1", "a", ""), (3, "", "purchase", "", "a", "")]
    import_file(workspace, write(tmp_path, events(rows)))
    ((link),) = workspace.rows("select a, b from link")
    would = preview(workspace, Proposal(cuts=(link,)))
    assert (would.persons_before, would.persons_after) == (1, 2)
    assert sorted(would.regrouped["type"].to_list()) == ["email", "phone"]
    found = effects(workspace, would, query=QUERY)
    assert found.funnel is not None and found.funnel.select("persons_before", "persons_after").rows() == [
        (1, 1),
        (1, 0),
    ]
    assert found.credit.select("channel", "conversions_before", "conversions_after").rows() == [
        ("(direct)", 0.0, 1.0), ("douyin", 1.0, 0.0),
    ]  # fmt: skip
    assert (found.before.customers, found.after.customers) == (1, 1)
    assert (found.before.persons, found.after.persons) == (1, 2)
    assert found.before.revenue_per_customer == 102.0
