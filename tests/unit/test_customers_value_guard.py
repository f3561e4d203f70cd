"""The lifetime fit where customers hardly differ and nobody leaves for good: it must neither run away nor be believed."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from omnidash.customers import lifetime
from omnidash.customers.lifetime import BgNbd, GammaGamma
from omnidash.customers.value import HORIZONS, Customers, predicted_ltv
from omnidash.model.errors import BadInput


def alike(customers: int, *, seed: int, days: int = 180) -> Customers:
    """Customers who all buy about every 70 days and never leave for good, an order of 440 give or take."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, days - 7, customers)
    repeats = rng.poisson((days - first) / 70)
    last = first + np.where(repeats > 0, ((days - first) * repeats / (repeats + 1.0)).astype(int), 0)
    value, repeat_value = rng.uniform(350, 530, customers), repeats * rng.uniform(350, 530, customers)
    return Customers(
        channels=("meta", "(direct)"),
        acquired_by=np.arange(customers) % 2,
        first_day=first,
        last_day=last,
        purchases=repeats + 1,
        value=value,
        repeat_value=repeat_value,
        within=np.stack([value + repeat_value] * len(HORIZONS), axis=1),
        last_seen=days,
    )


@pytest.mark.parametrize("seed", range(4))
def test_where_nobody_leaves_the_prediction_stays_with_what_customers_showed(seed: int) -> None:
    """365 / 70 = 5.2 orders after the first, 440 each: about 2700, never billions, and not a word on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = predicted_ltv(alike(600, seed=seed))
    assert 2000 < found.of_all < 3600
    assert all(2000 < value < 3600 for value in found.by_channel.values())
    assert max(found.frequency.a, found.frequency.b, found.frequency.r) < 1000


@pytest.mark.parametrize(
    ("frequency", "value"),
    [
        (BgNbd(r=1.0, alpha=17.0, a=0.66, b=8.2e12, log_likelihood=0.0), None),
        (BgNbd(r=1e6, alpha=1.0, a=0.5, b=2.0, log_likelihood=0.0), None),
        (None, GammaGamma(p=3.0, q=0.9, gamma=100.0, log_likelihood=0.0)),
        (None, GammaGamma(p=30.0, q=1.0001, gamma=100.0, log_likelihood=0.0)),
    ],
)
def test_a_fit_that_foretells_what_nobody_showed_is_not_told(
    monkeypatch: pytest.MonkeyPatch, frequency: BgNbd | None, value: GammaGamma | None
) -> None:
    if frequency is not None:
        monkeypatch.setattr(lifetime, "fit_bg_nbd", lambda *_: frequency)
    if value is not None:
        monkeypatch.setattr(lifetime, "fit_gamma_gamma", lambda *_: value)
    try:
        found = predicted_ltv(alike(600, seed=1))
    except BadInput as error:
        assert "cannot be told" in str(error)
    else:  # a well-behaved way of computing may still tell what such parameters mean
        assert 0 <= found.of_all < 5000


def test_values_without_a_mean_are_refused() -> None:
    """Pareto-like values of repeat orders: their mean does not settle, however many there are."""
    rng = np.random.default_rng(3)
    with pytest.raises(BadInput, match="no steady mean"):
        lifetime.fit_gamma_gamma(np.ones(400), (1 - rng.uniform(size=400)) ** -2.5)


def test_the_expectation_is_the_mean_over_those_who_are_alive() -> None:
    """By plain integration over the chance of leaving: parameters from all over the range that a fit may reach."""
    rng, chances = np.random.default_rng(0), (np.arange(20_000) + 0.5) / 20_000
    for _ in range(60):
        r, alpha, a, b = np.exp(rng.uniform(-4, 6, 4))
        t, x, age = rng.uniform(0.1, 52), float(rng.integers(0, 30)), rng.uniform(0, 104)
        p = np.maximum(beta.ppf(chances, a, b + x), 1e-300)
        expected = float(np.mean(-np.expm1(-(r + x) * np.log1p(p * t / (alpha + age))) / p))
        model = BgNbd(r=r, alpha=alpha, a=a, b=b, log_likelihood=0.0)
        found = lifetime._expected(model, np.array(t), np.array([x]), np.array([age]))[0]
        assert found == pytest.approx(expected, rel=0.02, abs=1e-6)


def test_nobody_old_enough_to_come_back_is_not_told() -> None:
    customers = alike(600, seed=1)
    with pytest.raises(BadInput, match="bought again"):
        predicted_ltv(replace(customers, purchases=np.ones(600, dtype=np.int64)))
