"""Channel table, totals and daily series on a table small enough to check by hand."""

from datetime import date

import polars as pl
import pytest

from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.metrics.summary import channel_table, daily, totals
from omnidash.model.errors import WrongUse
from omnidash.model.period import Period

JUNE = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 2))


def table(*rows: tuple) -> pl.DataFrame:
    """Rows (day of June, channel, touches, spend, conversions, revenue, new customers)."""
    full = [
        (date(2026, 6, d), c, t, s, 0, 0, s > 0, float(k), float(r), float(n), False) for d, c, t, s, k, r, n in rows
    ]
    return pl.DataFrame(full, schema=CHANNEL_DAY, orient="row")


DAYS = table(
    (1, "(direct)", 0, 0.0, 1, 50, 1),
    (1, "meta", 60, 100.0, 2, 300, 1),
    (1, "wecom", 60, 0.0, 1, 80, 0),
    (2, "(direct)", 0, 0.0, 0, 0, 0),
    (2, "meta", 40, 300.0, 2, 100, 0),
    (2, "wecom", 40, 0.0, 0, 0, 0),
    (3, "meta", 999, 999.0, 99, 999, 99),
)


def test_a_channel_has_ratios_of_sums_and_never_means_of_ratios() -> None:
    meta = channel_table(DAYS, JUNE, reach={"meta": 50}).filter(channel="meta").row(0, named=True)
    assert meta == {
        "channel": "meta",
        "touches": 100,
        "persons": 50,
        "share": 0.5,
        "spend": 400.0,
        "conversions": 4.0,
        "revenue": 400.0,
        "roas": 1.0,  # the mean of 3.0 and 0.33 would say 1.67
        "roi": 0.0,
        "cac": 400.0,
        "new_customers": 1.0,
        "conversion_rate": 0.08,
        "unit_traffic_cost": 4.0,
    }


def test_channels_stand_by_touches_and_then_by_name() -> None:
    assert channel_table(DAYS, JUNE)["channel"].to_list() == ["meta", "wecom", "(direct)"]


def test_zero_denominators_give_null_and_never_zero_or_infinity() -> None:
    direct = channel_table(DAYS, JUNE, reach={}).filter(channel="(direct)").row(0, named=True)
    assert [direct[name] for name in ("roas", "roi", "conversion_rate", "unit_traffic_cost")] == [None] * 4
    assert channel_table(DAYS, JUNE).filter(channel="wecom")["cac"].item() is None


def test_persons_and_conversion_rate_are_null_where_nobody_counted_persons() -> None:
    assert channel_table(DAYS, JUNE).select("persons", "conversion_rate").null_count().row(0) == (3, 3)


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        ("traffic", {"meta": 0.5, "wecom": 0.5, "(direct)": 0.0}),
        ("revenue", {"meta": 400 / 530, "wecom": 80 / 530, "(direct)": 50 / 530}),
        ("spend", {"meta": 1.0, "wecom": 0.0, "(direct)": 0.0}),
        ("persons", {"meta": 0.6, "wecom": 0.4, "(direct)": 0.0}),
    ],
)
def test_share_is_taken_of_the_chosen_basis(basis: str, expected: dict[str, float]) -> None:
    result = channel_table(DAYS, JUNE, basis=basis, reach={"meta": 30, "wecom": 20})
    assert dict(zip(result["channel"], result["share"], strict=True)) == pytest.approx(expected)


def test_share_is_null_where_refunds_leave_no_revenue_to_share() -> None:
    for left in (5, 2):
        refunds = table((1, "meta", 1, 0.0, 0, -5, 0), (1, "wecom", 1, 0.0, 0, left, 0))
        assert channel_table(refunds, JUNE, basis="revenue")["share"].to_list() == [None, None]


def test_an_unknown_basis_and_persons_without_reach_are_refused() -> None:
    with pytest.raises(WrongUse, match=r"'clicks' is unknown; choose one of traffic, persons, revenue, spend"):
        channel_table(DAYS, JUNE, basis="clicks")
    with pytest.raises(WrongUse, match="needs the number of persons"):
        channel_table(DAYS, JUNE, basis="persons")


def test_margin_may_differ_by_channel_with_one_number_for_the_others() -> None:
    days = table((1, "meta", 1, 100.0, 1, 300, 0), (1, "baidu", 1, 100.0, 1, 300, 0))
    result = channel_table(days, JUNE, margin={"meta": 0.5, "*": 0.4})
    assert dict(zip(result["channel"], result["roi"], strict=True)) == pytest.approx({"meta": 0.5, "baidu": 0.2})


def test_a_margin_outside_zero_to_one_names_the_channel() -> None:
    with pytest.raises(ValueError, match=r"margin of 'meta' is 1.4"):
        channel_table(DAYS, JUNE, margin={"meta": 1.4})


def test_totals_are_blended_over_all_revenue_and_all_spend() -> None:
    result = totals(DAYS, JUNE)
    assert dict(result) == {
        "spend": 400.0,
        "revenue": 530.0,
        "roas": 1.325,
        "roi": 0.325,
        "conversions": 6.0,
        "new_customers": 2.0,
        "cac": 200.0,
        "touches": 200,
    }
    assert result["roi"] == result.roi
    with pytest.raises(KeyError, match="clicks"):
        result["clicks"]


def test_totals_of_a_period_without_days_are_zero_and_without_ratios() -> None:
    empty = totals(DAYS, Period(first_day=date(2025, 1, 1), last_day=date(2025, 1, 2)))
    assert (empty.spend, empty.touches, empty.roas, empty.roi, empty.cac) == (0.0, 0, None, None, None)


def test_of_one_channel_without_sales_there_is_a_loss_and_where_nothing_is_known_to_be_sold_there_is_none() -> None:
    days = table((1, "meta", 1, 100.0, 0, 0, 0), (1, "wecom", 1, 0.0, 1, 80, 0))
    assert totals(days, JUNE, channels=["meta"]).roi == -1.0
    assert daily(days, JUNE, channels=["meta"])["roi"].to_list() == [-1.0]
    unsold = days.with_columns(conversions=pl.lit(0.0), revenue=pl.lit(0.0))
    assert (totals(unsold, JUNE).roi, totals(unsold, JUNE).spend) == (None, 100.0)
    assert channel_table(unsold, JUNE).select("roas", "roi", "cac").null_count().row(0) == (2, 2, 2)


def test_daily_gives_the_totals_of_each_day_in_order() -> None:
    result = daily(DAYS, JUNE, margin=0.5)
    assert result["day"].to_list() == list(JUNE)
    assert result["roi"].to_list() == pytest.approx([(430 * 0.5 - 100) / 100, (100 * 0.5 - 300) / 300])
    assert result["touches"].to_list() == [120, 80]
