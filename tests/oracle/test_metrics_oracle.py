"""Every metric against separate plain SQL over random small tables."""

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.metrics.channel_day import channel_day
from omnidash.metrics.conversion_rate_volatility import conversion_rate_volatility
from omnidash.metrics.cross_channel_conversion_rate import cross_channel_conversion_rate
from omnidash.metrics.hhi import hhi
from omnidash.metrics.repurchase_rate import repurchase_rate
from omnidash.metrics.summary import channel_table, daily, totals
from omnidash.model.period import Period

ORACLE = settings(deadline=None, derandomize=True, max_examples=50)
FIRST = date(2026, 6, 1)
CHANNELS = ("baidu", "meta", "tmall", "(direct)")
CONNECTION = duckdb.connect()
PERIOD = Period(first_day=FIRST + timedelta(days=2), last_day=FIRST + timedelta(days=9))

key = st.tuples(st.integers(0, 12).map(lambda n: FIRST + timedelta(days=n)), st.sampled_from(CHANNELS))
# Amounts are quarters and eighths: their sums are exact in any order, so a sum is zero here when it is zero there.
quarters = st.integers(0, 5_000).map(lambda n: n / 4)
eighths = st.integers(0, 24).map(lambda n: n / 8)
spend_rows = st.lists(st.tuples(key, quarters, st.integers(0, 999), st.integers(0, 99)), max_size=25)
touch_rows = st.lists(st.tuples(key, st.integers(0, 80)), max_size=25)
credit_rows = st.lists(st.tuples(key, eighths, st.integers(-500, 9_000).map(lambda n: n / 4), eighths), max_size=25)
reaches = st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, 60))
margins = st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from([0.25, 0.5, 1.0]))

KEY = {"day": pl.Date, "channel": pl.String}


def frame(rows: list, columns: dict) -> pl.DataFrame:
    return pl.DataFrame([(*k, *values) for k, *values in rows], schema=KEY | columns, orient="row")


def inputs(spend: list, touches: list, credit: list) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return (
        frame(spend, {"spend": pl.Float64, "impressions": pl.Int64, "clicks": pl.Int64}),
        frame(touches, {"touches": pl.Int64}),
        frame(credit, {"conversions": pl.Float64, "revenue": pl.Float64, "new_customers": pl.Float64}),
    )


def sql(query: str, **tables: pl.DataFrame) -> list[dict]:
    for name, table in tables.items():
        CONNECTION.register(name, table.to_arrow())
    result = CONNECTION.sql(query)
    return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


def check(mine: list[dict], theirs: list[dict]) -> None:
    assert len(mine) == len(theirs)
    for ours, expected in zip(mine, theirs, strict=True):
        for name, value in expected.items():
            if isinstance(value, float) and ours[name] is not None:
                assert ours[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name
            else:
                assert ours[name] == value, name


# Straight from the three inputs, never through the channel-day table: each sum its own subquery.
SUMS = """
    select c.channel,
        coalesce((select sum(touches) from touch t where t.channel = c.channel and {in_period}), 0)::bigint as touches,
        coalesce((select sum(spend) from cost t where t.channel = c.channel and {in_period}), 0)::double as spend,
        coalesce((select sum(conversions) from credit t where t.channel = c.channel and {in_period}), 0)::double as conversions,
        coalesce((select sum(revenue) from credit t where t.channel = c.channel and {in_period}), 0)::double as revenue,
        coalesce((select sum(new_customers) from credit t where t.channel = c.channel and {in_period}), 0)::double
            as new_customers,
        coalesce((select sum(revenue) from credit t where t.channel = c.channel and {in_period} and {costed}), 0)::double
            as costed_revenue,
        coalesce((select sum(new_customers) from credit t where t.channel = c.channel and {in_period} and {costed}), 0)
            ::double as costed_customers,
        r.persons, m.margin
    from (select channel from touch union select channel from cost union select channel from credit) c
    left join reach r on r.channel = c.channel
    left join margin m on m.channel = c.channel
""".replace("{in_period}", f"t.day between date '{PERIOD.first_day}' and date '{PERIOD.last_day}'").replace(
    "{costed}", "t.day <= (select max(day) from cost)"
)

# ROAS, ROI and CAC wait until anything at all was sold
SOLD = """exists (
    select 1 from credit group by day, channel having sum(conversions) <> 0 or sum(revenue) <> 0
)"""


def sides(reach: dict, margin: dict) -> dict[str, pl.DataFrame]:
    persons = [(c, reach.get(c, 0)) for c in CHANNELS]
    shares = [(c, margin.get(c, 1.0)) for c in CHANNELS]
    return {
        "reach": pl.DataFrame(persons, schema={"channel": pl.String, "persons": pl.Int64}, orient="row"),
        "margin": pl.DataFrame(shares, schema={"channel": pl.String, "margin": pl.Float64}, orient="row"),
    }


@ORACLE
@given(
    spend_rows, touch_rows, credit_rows, reaches, margins, st.sampled_from(["touches", "persons", "revenue", "spend"])
)
def test_the_channel_table_agrees_with_sql(
    spend: list, touches: list, credit: list, reach: dict, margin: dict, column: str
) -> None:
    cost, touch, credits_in = inputs(spend, touches, credit)
    days = channel_day(cost, touch, credits_in)
    if not any(PERIOD.first_day <= day <= PERIOD.last_day for day in days["day"]):
        return
    basis = {"touches": "traffic"}.get(column, column)
    mine = channel_table(days, PERIOD, margin=margin, reach=reach, basis=basis).to_dicts()
    expected = sql(
        f"""
        with sums as ({SUMS})
        select channel, touches, persons, spend, conversions, revenue, new_customers,
            case when (select sum({column}) from sums) > 0
                 then {column}::double / (select sum({column}) from sums) end as share,
            case when {SOLD} then costed_revenue / nullif(spend, 0) end as roas,
            case when {SOLD} then (costed_revenue * margin - spend) / nullif(spend, 0) end as roi,
            case when {SOLD} then spend / nullif(costed_customers, 0) end as cac,
            conversions / nullif(persons, 0) as conversion_rate,
            spend / nullif(touches, 0) as unit_traffic_cost
        from sums order by touches desc, channel
        """,
        cost=cost,
        touch=touch,
        credit=credits_in,
        **sides(reach, margin),
    )
    check(mine, expected)
    concentration = hhi(pl.Series([row["share"] for row in mine], dtype=pl.Float64))
    shares = [row["share"] for row in expected if row["share"] is not None]
    assert concentration == (pytest.approx(sum(share**2 for share in shares)) if shares else None)


@ORACLE
@given(spend_rows, touch_rows, credit_rows, margins)
def test_totals_and_daily_series_agree_with_sql(spend: list, touches: list, credit: list, margin: dict) -> None:
    cost, touch, credits_in = inputs(spend, touches, credit)
    days = channel_day(cost, touch, credits_in)
    tables = {"cost": cost, "touch": touch, "credit": credits_in, **sides({}, margin)}
    blended = """
        sum(spend)::double as spend, sum(revenue)::double as revenue, sum(conversions)::double as conversions,
        sum(new_customers)::double as new_customers, sum(touches)::bigint as touches,
        sum(revenue) filter (costed) / nullif(sum(spend), 0) as roas,
        (sum(profit) filter (costed) - sum(spend)) / nullif(sum(spend), 0) as roi,
        sum(spend) / nullif(sum(new_customers) filter (costed), 0) as cac
    """
    rows = f"""
        with every as (
            select day, 0 as touches, spend, 0 as conversions, 0 as revenue, 0 as new_customers, 0 as profit from cost
            union all select day, touches, 0, 0, 0, 0, 0 from touch
            union all select c.day, 0, 0, c.conversions, c.revenue, c.new_customers, c.revenue * m.margin
                from credit c join margin m on m.channel = c.channel
        ), calendar as (
            select unnest(generate_series((select min(day) from every), (select max(day) from every), interval 1 day))::date
                as day
        ), dense as (
            select c.day, coalesce(touches, 0) as touches, coalesce(spend, 0) as spend,
                coalesce(conversions, 0) as conversions, coalesce(revenue, 0) as revenue,
                coalesce(new_customers, 0) as new_customers, coalesce(profit, 0) as profit,
                coalesce(c.day <= (select max(day) from cost), false) and {SOLD} as costed
            from calendar c left join every e on e.day = c.day
            where c.day between date '{PERIOD.first_day}' and date '{PERIOD.last_day}'
        )
    """
    check(
        daily(days, PERIOD, margin=margin).to_dicts(),
        sql(f"{rows} select day, {blended} from dense group by day order by day", **tables),
    )
    total = sql(f"{rows} select {blended} from dense", **tables)
    if total[0]["spend"] is not None:
        check([dict(totals(days, PERIOD, margin=margin))], total)


@ORACLE
@given(touch_rows, credit_rows, st.integers(1, 4))
def test_conversion_rate_volatility_agrees_with_sql(touches: list, credit: list, minimum_days: int) -> None:
    cost, touch, credits_in = inputs([], touches, credit)
    days = channel_day(cost, touch, credits_in)
    mine = conversion_rate_volatility(days, PERIOD.last_day, window_days=8, minimum_days=minimum_days)
    expected = sql(
        f"""
        with traffic as (select day, channel, sum(touches) as touches from touch group by all having sum(touches) > 0),
        won as (select day, channel, sum(conversions) as conversions from credit group by all),
        rates as (
            select t.channel, coalesce(w.conversions, 0) / t.touches as rate
            from traffic t left join won w on w.day = t.day and w.channel = t.channel
            where t.day between date '{PERIOD.first_day}' and date '{PERIOD.last_day}'
        )
        select channel, count(*) as rated_days,
            case when count(*) >= {minimum_days} then stddev_samp(rate) / nullif(avg(rate), 0) end as volatility
        from rates group by channel order by channel
        """,
        touch=touch,
        credit=credits_in,
    )
    check(mine.filter(pl.col("rated_days") > 0).to_dicts(), expected)


@ORACLE
@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.booleans()), max_size=30))
def test_person_rates_agree_with_sql(rows: list) -> None:
    """Rows (person, channel, bought): a touch each, and an order where they bought."""
    table = pl.DataFrame(rows, schema={"person": pl.Int64, "channel": pl.String, "bought": pl.Boolean}, orient="row")
    channels: dict[int, set] = {}
    orders: dict[int, int] = {}
    for person, channel, bought in rows:
        channels.setdefault(person, set()).add(channel)
        orders[person] = orders.get(person, 0) + bought
    crossing = [person for person, seen in channels.items() if len(seen) >= 2]
    expected = sql(
        """
        with persons as (
            select person, count(distinct channel) as channels, count(*) filter (bought) as orders
            from visit group by person
        )
        select
            sum((channels >= 2 and orders >= 1)::int) / nullif(sum((channels >= 2)::int), 0) as crossing,
            sum((orders >= 2)::int) / nullif(sum((orders >= 1)::int), 0) as repurchase
        from persons
        """,
        visit=table,
    )[0]
    assert cross_channel_conversion_rate(sum(orders[p] > 0 for p in crossing), len(crossing)) == expected["crossing"]
    assert (
        repurchase_rate(sum(n >= 2 for n in orders.values()), sum(n >= 1 for n in orders.values()))
        == expected["repurchase"]
    )
