"""A row over several days becomes rows of days that add up to it, and never flattens figures of single days."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import BatchResult, commit, dry_run, rejects, rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import says, write

COLUMNS = {
    "start": "date", "end": "end_date", "channel": "channel", "campaign": "campaign", "cost": "cost",
    "impressions": "impressions", "clicks": "clicks", "orders": "claimed_conversions", "sales": "claimed_revenue",
}  # fmt: skip
HEADER = "start,end,channel,campaign,cost,impressions,clicks,orders,sales,saves"
RANGE = Mapping(kind="spend", columns=COLUMNS, figures={"saves": "sum"})
DAILY = Mapping(kind="spend", columns={"day": "date", "channel": "channel", "campaign": "campaign", "cost": "cost"})


def brought(workspace: Workspace, folder: Path, *rows: str, mapping: Mapping = RANGE, name: str = "file.csv"):
    header = HEADER if mapping is RANGE else "day,channel,campaign,cost"
    return commit(workspace, write(folder, "\n".join([header, *rows]) + "\n", name), mapping)


def by_day(workspace: Workspace) -> dict[int, tuple[Decimal, int | None]]:
    rows = workspace.rows("select day, sum(cost), min(coalesce(spread_days, 0)) from spend group by day order by day")
    return {day.day: (cost, spread or None) for day, cost, spread in rows}


def costs(workspace: Workspace) -> list[Decimal]:
    return [cost for cost, _ in by_day(workspace).values()]


def test_a_row_over_three_days_is_three_rows_that_add_up_to_it(workspace: Workspace, tmp_path: Path) -> None:
    result = brought(workspace, tmp_path, "2026-07-01,2026-07-03,抖音,夏季,100,10,5,2.5,99.99,7")
    assert (result.rows_read, result.added, result.sums["cost"]) == (1, 1, "100")
    assert (result.first_day, result.last_day) == (date(2026, 7, 1), date(2026, 7, 3))
    rows = workspace.rows(
        "select cost, cost_base, impressions, clicks, claimed_conversions, claimed_revenue, figures['saves'],"
        " spread_days from spend order by day"
    )
    third = Decimal("33.333333")
    assert rows == [
        (third, third, 3, 1, Decimal("0.8333"), Decimal("33.3300"), Decimal("2.333333"), 3),
        (third, third, 3, 2, Decimal("0.8333"), Decimal("33.3300"), Decimal("2.333333"), 3),
        (third + Decimal("0.000001"),) * 2 + (4, 2, Decimal("0.8334"), Decimal("33.3300"), Decimal("2.333334"), 3),
    ]


def test_a_row_of_one_day_is_not_spread(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, "2026-07-01,2026-07-01,抖音,夏季,10,,,,,", "2026-07-02,,抖音,夏季,20,,,,,")
    assert by_day(workspace) == {1: (Decimal(10), None), 2: (Decimal(20), None)}


def test_the_period_of_a_file_spreads_all_of_its_rows(workspace: Workspace, tmp_path: Path) -> None:
    file = write(tmp_path, "campaign,cost\nA,10\nB,20\n")
    period = {"date": "2026-07-01", "end_date": "2026-07-02", "channel": "meta"}
    mapping = Mapping(kind="spend", columns={"campaign": "campaign", "cost": "cost"}, constants=period)
    result = commit(workspace, file, mapping)
    assert (result.added, costs(workspace)) == (2, [Decimal(15), Decimal(15)])


def test_the_same_range_again_restates_or_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    row = "2026-07-01,2026-07-04,抖音,夏季,{},40,4,1,8,"
    brought(workspace, tmp_path, row.format(100))
    before = says(workspace)
    again = brought(workspace, tmp_path, row.format("100.00"), name="again.csv")
    assert (again.added, again.restated, again.duplicates, says(workspace)) == (0, 0, 1, before)
    corrected = brought(workspace, tmp_path, row.format(120), name="corrected.csv")
    assert (corrected.restated, costs(workspace)) == (1, [Decimal(30)] * 4)
    rollback(workspace, corrected.batch_id)
    assert says(workspace) == before


def test_daily_figures_stand_and_the_rest_of_the_range_goes_to_its_other_days(
    workspace: Workspace, tmp_path: Path
) -> None:
    brought(workspace, tmp_path, "2026-07-01,2026-07-04,抖音,夏季,100,,,,,")
    before = says(workspace)
    result = brought(workspace, tmp_path, "2026-07-02,抖音,夏季,7", mapping=DAILY)
    assert (result.added, result.restated) == (1, 0)
    assert [w.english() for w in result.warnings] == [
        "days that had only a share of a longer range: 1; the figures of this file stand, and the rest of the range goes to"
        " its other days"
    ]
    assert by_day(workspace) == {
        1: (Decimal(31), 4), 2: (Decimal(7), None), 3: (Decimal(31), 4), 4: (Decimal(31), 4),
    }  # fmt: skip
    rollback(workspace, result.batch_id)
    assert says(workspace) == before


def test_a_range_fills_what_daily_figures_leave_open_and_says_so(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, "2026-07-01,抖音,夏季,10", "2026-07-02,抖音,夏季,30", mapping=DAILY)
    path = write(tmp_path, f"{HEADER}\n2026-07-01,2026-07-04,抖音,夏季,100,,,,,\n", "range.csv")
    would = dry_run(workspace, path, RANGE)
    assert any(w.english().startswith("days with finer figures already, which they keep: 2") for w in would.warnings)
    result = commit(workspace, path, RANGE)
    assert (result.added, result.restated) == (would.added, would.restated) == (1, 0)
    assert by_day(workspace) == {
        1: (Decimal(10), None), 2: (Decimal(30), None), 3: (Decimal(30), 4), 4: (Decimal(30), 4),
    }  # fmt: skip
    again = commit(workspace, write(tmp_path, path.read_text("utf-8") + "\n", "again.csv"), RANGE)
    assert (again.added, again.restated, again.duplicates) == (0, 0, 1)


def test_month_to_date_exports_add_up_to_the_last_of_them(workspace: Workspace, tmp_path: Path) -> None:
    for last, cost in ((10, 100), (20, 150), (30, 400)):
        brought(workspace, tmp_path, f"2026-06-01,2026-06-{last},抖音,夏季,{cost},,,,,", name=f"{last}.csv")
    assert costs(workspace) == [Decimal(10)] * 10 + [Decimal(5)] * 10 + [Decimal(25)] * 10


def test_a_range_all_of_whose_days_are_known_changes_no_figure(workspace: Workspace, tmp_path: Path) -> None:
    first = brought(workspace, tmp_path, "2026-07-01,抖音,夏季,10", "2026-07-02,抖音,夏季,30", mapping=DAILY)
    result = brought(workspace, tmp_path, "2026-07-01,2026-07-02,抖音,夏季,39,,,,,")
    assert (result.rows_read, result.added) == (1, 1)
    assert costs(workspace) == [Decimal(10), Decimal(30)]
    assert any("cost 1 less than the finer figures" in w.english() for w in result.warnings)
    rollback(workspace, first.batch_id)  # what the range says counts once nothing finer is there
    assert costs(workspace) == [Decimal("19.5"), Decimal("19.5")]


def test_exports_of_the_last_seven_days_each_add_their_last_day(workspace: Workspace, tmp_path: Path) -> None:
    for day, cost in ((1, 70), (2, 77), (3, 70)):
        brought(workspace, tmp_path, f"2026-06-0{day},2026-06-0{day + 6},抖音,夏季,{cost},,,,,", name=f"{day}.csv")
    assert costs(workspace) == [Decimal(10)] * 7 + [Decimal(17), Decimal(3)]


def test_rows_that_one_file_states_side_by_side_are_parts_of_a_whole(workspace: Workspace, tmp_path: Path) -> None:
    rows = ("2026-07-01,2026-07-02,抖音,夏季,20,,,,,", "2026-07-01,2026-07-04,抖音,夏季,100,,,,,")
    for other in ((), rows[:1]):  # whether another file says one of them, too, or not
        if other:
            brought(workspace, tmp_path, *other, name="other.csv")
        brought(workspace, tmp_path, *rows, name="both.csv")
        assert costs(workspace) == [Decimal(35), Decimal(35), Decimal(25), Decimal(25)]


def test_a_range_again_without_its_clicks_keeps_them(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, "2026-07-01,2026-07-04,抖音,夏季,100,40,8,,,4")
    columns = {"start": "date", "end": "end_date", "channel": "channel", "campaign": "campaign", "cost": "cost"}
    text = "start,end,channel,campaign,cost\n2026-07-01,2026-07-04,抖音,夏季,120\n"
    again = commit(workspace, write(tmp_path, text, "again.csv"), Mapping(kind="spend", columns=columns))
    assert again.restated == 1
    brought(workspace, tmp_path, "2026-07-02,抖音,夏季,30", mapping=DAILY, name="daily.csv")
    assert workspace.rows("select day(day), sum(cost), sum(impressions), sum(clicks), sum(figures['saves']) from spend"
                          " group by day order by day") == [(n, 30, 10, 2, 1) for n in (1, 2, 3, 4)]  # fmt: skip


@pytest.mark.parametrize("range_first", [True, False])
def test_what_a_range_states_beyond_the_figures_of_all_of_its_days_is_said(
    workspace: Workspace, tmp_path: Path, range_first: bool
) -> None:
    def days() -> BatchResult:
        rows = ("2026-07-01,抖音,夏季,10", "2026-07-02,抖音,夏季,30")
        return brought(workspace, tmp_path, *rows, mapping=DAILY, name="days.csv")

    def whole() -> BatchResult:
        return brought(workspace, tmp_path, "2026-07-01,2026-07-02,抖音,夏季,45,,9,,,", name="whole.csv")

    results = [whole(), days()] if range_first else [days(), whole()]
    (said,) = [w.english() for w in results[1].warnings if "on no day" in w.english()]
    assert said.startswith("ranges state 5 cost CNY more than the finer figures of all of their days")
    assert workspace.rows("select sum(cost), sum(clicks) from spend") == [(40, 9)]  # no click is swallowed
    later = brought(workspace, tmp_path, "2026-07-03,抖音,夏季,10", mapping=DAILY, name="later.csv")
    assert not any("on no day" in w.english() for w in later.warnings)


def test_shares_in_another_currency_follow_the_rate_of_their_day(workspace: Workspace, tmp_path: Path) -> None:
    days = [date(2026, 7, n) for n in (1, 2, 3)]
    set_rates(workspace, [("USD", day, Decimal(rate)) for day, rate in zip(days, (7, 8, 9), strict=True)])
    range_of = replace(RANGE, currency="USD")
    text = f"{HEADER}\n2026-07-01,2026-07-03,抖音,夏季,30,,,,,\n"
    commit(workspace, write(tmp_path, text, "range.csv"), range_of)
    daily = "day,channel,campaign,cost\n2026-07-01,抖音,夏季,20\n"
    commit(workspace, write(tmp_path, daily, "daily.csv"), replace(DAILY, currency="USD"))
    assert workspace.rows("select cost_base from spend where cost > 0 order by day") == [(140,), (40,), (45,)]
    set_rates(workspace, [("USD", days[2], Decimal(10))])
    assert workspace.rows("select sum(cost_base) from spend") == [(230,)]


def test_figures_of_another_campaign_do_not_matter(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, "2026-07-01,抖音,冬季,10", mapping=DAILY)
    brought(workspace, tmp_path, "2026-07-01,2026-07-02,抖音,夏季,40,,,,,")
    assert costs(workspace) == [Decimal(30), Decimal(20)]


def test_several_rows_of_one_range_share_what_is_left(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, "2026-07-01,抖音,夏季,40", mapping=DAILY)
    rows = ("2026-07-01,2026-07-03,抖音,夏季,30,,,,,", "2026-07-01,2026-07-03,抖音,夏季,70,,,,,")
    result = brought(workspace, tmp_path, *rows)
    assert (result.added, costs(workspace)) == (2, [Decimal(40), Decimal(30), Decimal(30)])
    assert sorted(c for (c,) in workspace.rows("select cost from spend where day = date '2026-07-03'")) == [
        Decimal(9), Decimal(21),
    ]  # fmt: skip


@pytest.mark.parametrize(("first", "end"), [("2026-07-01", "2026-06-30"), ("2022-07-01", "2026-07-01")])
def test_a_range_that_cannot_be_is_set_aside(workspace: Workspace, tmp_path: Path, first: str, end: str) -> None:
    result = brought(workspace, tmp_path, f"{first},{end},抖音,夏季,100,,,,,")
    assert (result.added, result.rejected) == (0, 1)
    found = rejects(workspace, result.batch_id)[0]
    assert (found["column"], found["reason"].english()) == (
        "end",
        f"end: '{end}' is not within three years from the first day on",
    )


def test_credits_are_taken_and_said(workspace: Workspace, tmp_path: Path) -> None:
    result = brought(workspace, tmp_path, "2026-07-01,抖音,夏季,-12.50", "2026-07-02,抖音,夏季,10", mapping=DAILY)
    assert costs(workspace) == [Decimal("-12.5"), Decimal(10)]
    assert [w.english() for w in result.warnings] == ["1 row has a cost below zero, -12.5 CNY: it is taken as a credit"]


AMOUNT = st.decimals(min_value=-1000, max_value=10**9, places=2)


@settings(deadline=None, derandomize=True, max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    days=st.integers(1, 40),
    cost=AMOUNT,
    impressions=st.integers(0, 10**12),
    claimed=st.decimals(min_value=0, max_value=10**7, places=3),
)
def test_shares_are_even_and_add_up_exactly(tmp_path_factory, days, cost, impressions, claimed) -> None:
    folder = tmp_path_factory.mktemp("ranges")
    workspace = Workspace.create(folder / "w")
    end = date(2026, 1, 1) + timedelta(days=days - 1)
    brought(workspace, folder, f"2026-01-01,{end},抖音,夏季,{cost},{impressions},,{claimed},,{cost}")
    rows = workspace.rows("select cost, impressions, claimed_conversions, figures['saves'] from spend")
    assert len(rows) == days
    for column, whole, step in zip(
        zip(*rows, strict=True), (cost, impressions, claimed, cost), (6, 0, 4, 6), strict=True
    ):
        assert sum(column) == whole
        even = Fraction(whole) / days
        assert all(abs(Fraction(share) - even) < Fraction(1, 10**step) for share in column)


def test_a_running_total_is_not_spread(workspace: Workspace, tmp_path: Path) -> None:
    mapping = replace(RANGE, figures={"saves": "cumulative"})
    path = write(tmp_path, f"{HEADER}\n2026-07-01,2026-07-02,抖音,夏季,10,,,,,700\n2026-07-03,,抖音,夏季,10,,,,,800\n")
    commit(workspace, path, mapping)
    assert workspace.rows("select figures['saves'] from spend order by day") == [(None,), (None,), (Decimal(800),)]


def test_what_a_range_costs_before_its_correction_is_foretold_to_the_last_digit(
    workspace: Workspace, tmp_path: Path
) -> None:
    set_rates(workspace, [("USD", date(2026, 7, day), Decimal("7.1234567")) for day in (1, 2, 3)])
    text = "start,end,channel,cost\n2026-07-01,2026-07-03,抖音,{}\n"
    columns = {"start": "date", "end": "end_date", "channel": "channel", "cost": "cost"}
    for currency in ("CNY", "USD"):
        mapping = Mapping(kind="spend", columns=columns, currency=currency, account=currency)
        commit(workspace, write(tmp_path, text.format(100), f"{currency}.csv"), mapping)
        ((there,),) = workspace.rows(f"select sum(cost_base) from spend where currency = '{currency}'")
        would = dry_run(workspace, write(tmp_path, text.format(130), f"{currency}2.csv"), mapping)
        assert would.restatement is not None and would.restatement.total.before == there


def test_one_channel_by_two_labels_is_fitted_and_is_no_overlap(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, "2026-07-02,抖音,夏季,7", mapping=DAILY)
    result = brought(workspace, tmp_path, "2026-07-01,2026-07-04,Douyin,夏季,100,,,,,", mapping=RANGE, name="r.csv")
    assert not any("counts it twice" in w.english() for w in result.warnings)
    assert costs(workspace) == [Decimal(31), Decimal(7), Decimal(31), Decimal(31)]


def test_ranges_of_an_earlier_version_are_replaced_by_their_re_export(workspace: Workspace, tmp_path: Path) -> None:
    """Their rows do not say of which range they are a share."""
    row = "2026-07-01,2026-07-04,抖音,夏季,{},40,4,1,8,"
    brought(workspace, tmp_path, row.format(100))
    stated = ", ".join(f"stated_{name} = null" for name in ("cost", "impressions", "clicks", "claimed_conversions"))
    with workspace.writing("as an earlier version wrote it") as cursor:
        cursor.execute(f"update spend set range_first = null, spend_id = spend_id // 2, {stated}")
    before = says(workspace)
    again = brought(workspace, tmp_path, row.format(120), name="again.csv")
    assert (again.added, again.restated) == (0, 1)
    assert costs(workspace) == [Decimal(30)] * 4
    rollback(workspace, again.batch_id)
    assert says(workspace) == before
