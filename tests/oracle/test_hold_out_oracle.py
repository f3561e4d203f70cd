"""The hold-out calculator against SciPy's Welch interval, Newcombe's table, and worlds with a known effect."""

import numpy as np
import pytest
from scipy import stats

from omnidash.metrics.hold_out import Group, HoldOutReading, read_hold_out
from omnidash.model.errors import BadInput


def test_the_example_of_the_definition() -> None:
    found = read_hold_out(
        Group(persons=10_000, conversions=300, revenue=30_000),
        Group(persons=10_000, conversions=200, revenue=20_000),
        spend=5_000,
    )
    assert (found.conversions, found.revenue, found.iroas) == (100, 10_000, 2.0)
    assert found.lift == pytest.approx(0.5)
    assert found.conversions_interval == pytest.approx((64, 136), abs=1)
    assert found.is_clear


def test_conversions_have_newcombes_published_interval() -> None:
    """Newcombe 1998, table II a: 56 of 70 against 48 of 80, 95 %: 0.0524 … 0.3339."""
    found = read_hold_out(Group(persons=70, conversions=56), Group(persons=80, conversions=48), level=0.95)
    assert found.conversions_interval == pytest.approx((0.0524 * 70, 0.3339 * 70), abs=0.01)
    assert found.revenue is None
    assert found.iroas is None


def test_revenue_has_the_welch_interval_over_persons() -> None:
    """With the spread that the orders truly have, totals alone say what a test over every person's revenue says."""
    rng = np.random.default_rng(20260101)
    orders = rng.gamma(4.0, 50.0, 900)
    orders = (orders - orders.mean()) / orders.std() * 90 + 200  # mean 200, deviation 90 in both groups

    def persons(count: int, buyers: int) -> np.ndarray:
        revenue = np.zeros(count)
        drawn = orders[:buyers]
        revenue[:buyers] = (drawn - drawn.mean()) / drawn.std() * 90 + 200
        return revenue

    exposed, held_out = persons(20_000, 900), persons(5_000, 150)
    found = read_hold_out(
        Group(persons=20_000, conversions=900, revenue=float(exposed.sum())),
        Group(persons=5_000, conversions=150, revenue=float(held_out.sum())),
        order_spread=90 / 200,
        level=0.9,
    )
    welch = stats.ttest_ind(exposed, held_out, equal_var=False).confidence_interval(0.9)
    assert found.revenue_interval == pytest.approx((welch.low * 20_000, welch.high * 20_000), rel=2e-3)


def test_intervals_hold_the_true_effect_as_often_as_they_say() -> None:
    rng = np.random.default_rng(7)
    rate, base, mean = 0.05, 0.04, 80.0
    held = {"conversions": 0, "revenue": 0}
    worlds = 600
    for _ in range(worlds):
        found = _tested(rng, rate, base, mean)
        low, high = found.conversions_interval
        held["conversions"] += low <= (rate - base) * 6_000 <= high
        assert found.revenue_interval is not None
        held["revenue"] += found.revenue_interval[0] <= (rate - base) * 6_000 * mean <= found.revenue_interval[1]
    for name, count in held.items():
        assert 0.86 <= count / worlds <= 0.94, name


def _tested(rng: np.random.Generator, rate: float, base: float, mean: float) -> HoldOutReading:
    groups = []
    for persons, chance in ((6_000, rate), (3_000, base)):
        buyers = int(rng.binomial(persons, chance))
        revenue = float(rng.exponential(mean, buyers).sum())  # deviation = mean: a spread of 1
        groups.append(Group(persons=persons, conversions=buyers, revenue=revenue))
    return read_hold_out(*groups)


def test_nobody_held_out_converting_leaves_an_interval_and_no_lift() -> None:
    found = read_hold_out(
        Group(persons=100, conversions=5, revenue=50.0), Group(persons=100, conversions=0, revenue=0.0), spend=10.0
    )
    assert found.lift is None
    assert found.revenue_interval is not None
    assert found.revenue_interval[0] < 50.0 < found.revenue_interval[1]
    assert found.iroas == 5.0


def test_nobody_converting_at_all_says_nothing_of_the_size_of_an_order() -> None:
    found = read_hold_out(
        Group(persons=100, conversions=0, revenue=0.0), Group(persons=100, conversions=0, revenue=0.0), spend=10.0
    )
    assert (found.revenue, found.revenue_interval, found.iroas_interval) == (0.0, None, None)
    assert found.conversions_interval[0] < 0 < found.conversions_interval[1]


@pytest.mark.parametrize(
    ("exposed", "held_out", "more"),
    [
        ({"persons": 0, "conversions": 0}, {"persons": 1, "conversions": 0}, {}),
        ({"persons": 5, "conversions": 6}, {"persons": 5, "conversions": 0}, {}),
        ({"persons": 5, "conversions": 1, "revenue": 3.0}, {"persons": 5, "conversions": 1}, {}),
        ({"persons": 5, "conversions": 0, "revenue": 3.0}, {"persons": 5, "conversions": 1, "revenue": 1.0}, {}),
        ({"persons": 5, "conversions": 1, "revenue": -3.0}, {"persons": 5, "conversions": 1, "revenue": 1.0}, {}),
        ({"persons": 5, "conversions": 1}, {"persons": 5, "conversions": 1}, {"level": 1.0}),
        ({"persons": 5, "conversions": 1}, {"persons": 5, "conversions": 1}, {"spend": 0.0}),
        ({"persons": 5, "conversions": 1}, {"persons": 5, "conversions": 1}, {"order_spread": -1.0}),
    ],
)
def test_what_cannot_be_is_refused(exposed: dict, held_out: dict, more: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(BadInput):
        read_hold_out(Group(**exposed), Group(**held_out), **more)
