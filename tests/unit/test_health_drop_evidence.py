"""What a traffic drop says of itself, and what a sale or chance must not make of it."""

from datetime import date, timedelta

import numpy as np
import pytest

from omnidash.health.cases import Case
from omnidash.health.thresholds import Thresholds
from omnidash.health.traffic_drop import traffic_drop_cases
from omnidash.locale import translator
from tests.unit.test_health_traffic_drop import FIRST, WEEKDAYS, drops, history, usual

AUTUMN = date(2026, 8, 24)  # National Day, Double 11 and Black Friday follow
HALVED = date(2026, 10, 14)


def days_of(first: date, length: int, *spans: tuple[date, date]) -> np.ndarray:
    return np.array([any(a <= first + timedelta(days=i) <= b for a, b in spans) for i in range(length)])


def test_a_sale_peak_does_not_end_a_drop_nor_begin_another():
    """Half of the traffic is gone for good; Double 11 brings three times as many for six days."""
    length = (date(2026, 12, 20) - AUTUMN).days
    counts = usual(length, first=AUTUMN)
    counts[(HALVED - AUTUMN).days :] //= 2
    peak = days_of(AUTUMN, length, (date(2026, 10, 31), date(2026, 11, 3)), (date(2026, 11, 9), date(2026, 11, 14)))
    counts[peak] *= 3
    (case,) = drops(history({"kuaishou": counts}, first=AUTUMN))
    assert (case.first_day, case.recovered_on) == (HALVED, HALVED + timedelta(days=28))
    assert "new normal" in case.sentence.english()


def test_a_drop_that_is_over_before_a_sale_is_over():
    length = (date(2026, 11, 20) - AUTUMN).days
    counts = usual(length, first=AUTUMN)
    counts[days_of(AUTUMN, length, (HALVED, date(2026, 10, 24)))] //= 2
    (case,) = drops(history({"kuaishou": counts}, first=AUTUMN))
    assert (case.last_day, case.recovered_on) == (date(2026, 10, 24), date(2026, 10, 27))


def test_the_days_of_a_noted_promotion_do_not_end_a_drop():
    counts = usual(60)
    counts[40:] //= 2
    counts[45:50] *= 3
    promoted = [(FIRST + timedelta(days=i), "meta") for i in range(45, 50)]
    table = history({"meta": counts})
    found = traffic_drop_cases(table, closed_through=table["day"].max(), thresholds=Thresholds(), promotions=promoted)
    assert [(case.first_day, case.state) for case in found] == [(FIRST + timedelta(40), "open")]


def by_mean() -> Case:
    """Three days a third below what is usual, none of them low enough alone."""
    counts = usual(60, level=90.0, seed=11)
    weekday = np.array([(FIRST + timedelta(days=i)).weekday() for i in range(60)])
    counts[50:53] = (90 * WEEKDAYS[weekday[50:53]] * [0.58, 0.57, 0.56]).astype(int)
    return drops(history({"meta": counts}))[-1]


def test_a_drop_found_by_the_mean_of_three_days_shows_that_mean_and_its_bound():
    case = by_mean()
    first = case.evidence.row(0, named=True)
    assert case.first_day == FIRST + timedelta(52)
    assert first["touches"] > first["lower_bound"]  # the day alone says nothing
    assert first["change_3_days"] < first["bound_3_days"]
    said = translator("en").render(case.sentence)
    assert f"Found by the mean of the three days to 18 Apr: {-first['change_3_days']:.1%} below" in said
    assert f"where chance leaves up to {-first['bound_3_days']:.1%}." in said


def shown_to_be_low(case: Case) -> bool:
    first = case.evidence.row(0, named=True)
    over_three = first["change_3_days"] is not None and first["change_3_days"] <= first["bound_3_days"]
    return bool(first["touches"] <= first["lower_bound"] or over_three) and first["change"] <= case.limit


@pytest.mark.parametrize("spends", [False, True])
def test_every_drop_rests_on_figures_below_the_bounds_it_shows(spends: bool):
    found = []
    for seed in range(12):
        noise = np.exp(np.random.default_rng(seed).normal(0, 0.15, 300))
        counts = np.random.default_rng(seed).poisson(usual(300, level=60.0, seed=seed) * noise)
        counts[200:210] //= 8
        spend = counts * np.random.default_rng(99).lognormal(0, 0.06, 300) if spends else None
        found += drops(history({"small": counts}, spend=spend))
    assert len(found) >= 4
    assert all(shown_to_be_low(case) for case in found)


def test_a_calm_year_has_few_drops_and_hardly_one_by_the_mean_of_three_days():
    weekday = np.array([(FIRST + timedelta(days=i)).weekday() for i in range(365)])
    table = {}
    for seed in range(24):
        rng = np.random.default_rng(seed)
        week = [np.ones(7), np.array([1.2, 1.2, 1.2, 1.1, 1.0, 0.6, 0.5])][seed % 2]
        season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(365) / 365 + seed)
        noise = np.exp(rng.normal(0, [0.09, 0.15, 0.22][seed % 3], 365))
        table[f"c{seed:02}"] = rng.poisson([30, 60, 120][seed // 2 % 3] * week[weekday] * season * noise)
    found = [case for channel, counts in table.items() for case in drops(history({channel: counts}))]
    assert len(found) <= 0.5 * len(table)
    assert sum("three days" in case.sentence.english() for case in found) <= 1


def test_a_low_day_by_chance_on_which_less_was_spent_is_no_drop():
    """A small account that pays per click: fewer clicks, less spend, both at once and by a third."""
    counts = usual(60, level=30.0, seed=2)
    counts[50] = int(0.6 * 30 * WEEKDAYS[(FIRST + timedelta(50)).weekday()])
    spend = counts * 3.0
    assert drops(history({"zhihu": counts}, spend=spend)) == []
