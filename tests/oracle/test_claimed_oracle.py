"""Claims stand beside credits and change none of them; the over-claim ratio against a plain loop over rows."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.engine import rollup
from omnidash.engine.journeys import journeys_of
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import commit
from omnidash.metrics.claimed import claimed
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.metrics.summary import channel_table, totals
from omnidash.model.period import Period
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, write

FIRST = date(2026, 7, 1)
JULY = Period(first_day=FIRST, last_day=date(2026, 7, 31))
CLAIMS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.none() | st.integers(0, 9), st.none() | st.integers(0, 99)),
    max_size=12, unique_by=lambda row: row[:2],
)  # fmt: skip
CREDITS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("abcd"), st.integers(0, 9), st.integers(-50, 99)),
    max_size=12, unique_by=lambda row: row[:2],
)  # fmt: skip


def frame(rows: list[tuple], *columns: str) -> pl.DataFrame:
    days = [(FIRST + timedelta(days=d), c, *(None if v is None else float(v) for v in rest)) for d, c, *rest in rows]
    schema = {"day": pl.Date, "channel": pl.String} | dict.fromkeys(columns, pl.Float64)
    return pl.DataFrame(days, schema=schema, orient="row")


def over_claim(claims: list[tuple], credits: list[tuple], channel: str, measure: int) -> tuple:  # noqa: A002
    """(claimed, credited, ratio) of one measure, row by row."""
    made = [(row[0], row[measure]) for row in claims if row[1] == channel and row[measure] is not None and row[0] < 31]
    if not made:
        return None, None, None
    days = range(min(d for d, _ in made), max(d for d, _ in made) + 1)
    credited = sum(row[measure] for row in credits if row[1] == channel and row[0] in days)
    claim = sum(v for _, v in made)
    return claim, credited, claim / credited if credited > 0 else None


@settings(deadline=None, derandomize=True)
@given(CLAIMS, CREDITS)
def test_over_claim_is_that_of_a_plain_loop(claims: list[tuple], credits: list[tuple]) -> None:  # noqa: A002
    table = claimed(
        frame(claims, "claimed_conversions", "claimed_revenue"), frame(credits, "conversions", "revenue"), JULY
    )
    claiming = {c for d, c, *values in claims if d < 31 and any(v is not None for v in values)}
    assert set(table["channel"]) == claiming and table.height == len(claiming)
    for row in table.to_dicts():
        for measure, name in ((2, "conversions"), (3, "revenue")):
            mine = (row[f"claimed_{name}"], row[name], row[f"over_claim_{name}"])
            assert mine == pytest.approx(over_claim(claims, credits, row["channel"], measure), nan_ok=False)


TOUCHES = (
    "time,channel,action,email\n2026-07-01 08:00:00,meta,click,ana@shop.example\n"
    "2026-07-02 09:00:00,baidu,click,ana@shop.example\n"
)
ORDERS = "order_id,time,email,revenue\n1,2026-07-03 10:00:00,ana@shop.example,100\n"
SPEND = "date,channel,cost{}\n2026-07-01,meta,10{}\n2026-07-03,meta,10{}\n2026-07-03,baidu,5{}\n"
CLAIM_COLUMNS = ",claimed_conversions,claimed_revenue"


def with_claims() -> str:
    return SPEND.format(CLAIM_COLUMNS, ",1,100", ",1,90", ",1,100")


def real(workspace: Workspace) -> tuple[list[dict], dict]:
    days = channel_days_of(workspace, journeys_of(workspace), model="linear")
    return channel_table(days, JULY).to_dicts(), dict(totals(days, JULY))


def test_claims_and_reports_change_no_real_figure(tmp_path: Path) -> None:
    plain, claiming = (Workspace.create(tmp_path / name) for name in ("plain", "claiming"))
    for workspace, spend in ((plain, SPEND.format("", "", "", "")), (claiming, with_claims())):
        imported(workspace, tmp_path, TOUCHES, "touches.csv")
        imported(workspace, tmp_path, ORDERS, "orders.csv")
        imported(workspace, tmp_path, spend, "spend.csv")
    report = Mapping(
        kind="reports",
        columns={"date": "date", "channel": "channel", "orders": "conversions", "sales": "revenue"},
        figures={"adds": "sum"},
    )
    result = commit(
        claiming, write(tmp_path, "date,channel,orders,sales,adds\n2026-07-03,meta,7,700,3\n", "report.csv"), report
    )
    assert result.added == 1
    assert real(claiming) == real(plain)
    assert real(plain)[1]["revenue"] == 100.0


def test_three_platforms_claims_beside_one_order(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, TOUCHES, "touches.csv")
    imported(workspace, tmp_path, ORDERS, "orders.csv")
    imported(workspace, tmp_path, with_claims(), "spend.csv")
    days = channel_days_of(workspace, journeys_of(workspace), model="linear")
    table = claimed(rollup.spend_days(workspace), days, JULY)
    assert table.rows() == [
        ("meta", 2.0, 0.5, 4.0, 190.0, 50.0, 3.8),
        ("baidu", 1.0, 0.5, 2.0, 100.0, 50.0, 2.0),
    ]


def test_claimed_revenue_is_converted_at_the_rate_of_its_day(workspace: Workspace, tmp_path: Path) -> None:
    set_rates(workspace, [("USD", FIRST, Decimal(7)), ("USD", FIRST + timedelta(days=1), Decimal(8))])
    rows = "2026-07-01,meta,10,100,USD\n2026-07-02,meta,0,100,USD\n2026-07-02,meta,3,30,CNY\n"
    imported(workspace, tmp_path, "date,channel,cost,claimed_revenue,currency\n" + rows)
    assert rollup.spend_days(workspace)["claimed_revenue"].to_list() == [700.0, 830.0]


def test_a_day_is_spread_in_the_rollup_where_all_of_its_rows_are(workspace: Workspace, tmp_path: Path) -> None:
    columns = {"start": "date", "end": "end_date", "channel": "channel", "campaign": "campaign", "cost": "cost"}
    rows = "2026-07-01,2026-07-03,meta,a,9\n2026-07-02,2026-07-02,meta,b,5\n2026-07-04,2026-07-04,meta,a,1\n"
    path = write(tmp_path, "start,end,channel,campaign,cost\n" + rows)
    commit(workspace, path, Mapping(kind="spend", columns=columns))
    table = rollup.spend_days(workspace)
    assert table.select("spend", "is_spread").rows() == [(3.0, True), (8.0, False), (3.0, True), (1.0, False)]
