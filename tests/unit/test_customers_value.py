"""What customers are worth: realised by hand, predicted against published figures, and recovered from made-up customers."""

import numpy as np
import polars as pl
import pytest

from omnidash.customers.lifetime import BgNbd, fit_bg_nbd, fit_gamma_gamma
from omnidash.customers.orders import customers_of, repurchase
from omnidash.customers.value import HORIZONS, customers_of_journeys, predicted_ltv, realised_ltv
from omnidash.journeys.notation import journeys
from omnidash.metrics.cac_to_ltv import cac_to_ltv
from omnidash.metrics.ltv import ltv
from omnidash.metrics.nps import nps
from omnidash.model.errors import BadInput


def test_the_published_conditional_expectation_follows_from_the_published_parameters():
    """Fader, Hardie and Lee 2005: x = 2, t_x = 30.43, T = 38.86 -> 1.226 purchases in 39 weeks; and E[X(t)]."""
    model = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426, log_likelihood=0.0)
    two, last, age = (np.array([value]) for value in (2.0, 30.43, 38.86))
    assert model.expected_purchases_of(39.0, two, last, age)[0] == pytest.approx(1.226, abs=1e-3)
    assert model.expected_purchases(31.8571) == pytest.approx(1.0405, abs=2e-3)


def made_up(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Customers drawn from the model itself: r 0.8, alpha 6, a 0.9, b 2.5; values from p 6, q 4, gamma 15."""
    rng = np.random.default_rng(seed)
    rates, leaving = rng.gamma(0.8, 1 / 6, customers), rng.beta(0.9, 2.5, customers)
    age, x, t_x = rng.uniform(20, 60, customers), np.zeros(customers), np.zeros(customers)
    for i in range(customers):
        at = rng.exponential(1 / rates[i])
        while at <= age[i]:
            x[i], t_x[i] = x[i] + 1, at
            if rng.uniform() < leaving[i]:
                break
            at += rng.exponential(1 / rates[i])
    scale = 15 / rng.gamma(4, 1, customers)
    mean_value = np.array([rng.gamma(6 * max(n, 1), s) / max(n, 1) for n, s in zip(x, scale, strict=True)])
    return x, t_x, age, mean_value


def test_the_fit_finds_the_customers_it_was_drawn_from():
    x, t_x, age, mean_value = made_up(4000, seed=1)
    found = fit_bg_nbd(x, t_x, age)
    assert (found.r, found.alpha) == pytest.approx((0.8, 6.0), rel=0.25)
    for weeks in (10.0, 40.0):
        truth = BgNbd(r=0.8, alpha=6.0, a=0.9, b=2.5, log_likelihood=0.0).expected_purchases(weeks)
        assert found.expected_purchases(weeks) == pytest.approx(truth, rel=0.06)
    values = fit_gamma_gamma(x, mean_value)
    assert values.expected_value(np.zeros(1), np.zeros(1))[0] == pytest.approx(6 * 15 / 3, rel=0.06)


def test_the_likelihood_is_the_product_over_the_customers_by_plain_integration():
    """Two customers, integrated over λ and p on a grid, as the model is told in words."""
    r, alpha, a, b = 0.8, 6.0, 0.9, 2.5
    from omnidash.customers.lifetime import _log_likelihood

    rates = np.linspace(1e-6, 4, 8001)
    leaving = (np.arange(2000) + 0.5) / 2000
    from scipy.stats import beta, gamma

    def integrated(x: int, t_x: float, age: float) -> float:
        of_rate = gamma.pdf(rates, r, scale=1 / alpha)
        of_leaving = beta.pdf(leaving, a, b) / 2000
        alive = np.trapezoid(of_rate * rates**x * np.exp(-rates * age), rates) * (of_leaving * (1 - leaving) ** x).sum()
        if x == 0:
            return float(alive)
        gone = (
            np.trapezoid(of_rate * rates**x * np.exp(-rates * t_x), rates)
            * (of_leaving * leaving * (1 - leaving) ** (x - 1)).sum()
        )
        return float(alive + gone)

    for x, t_x, age in ((2, 30.0, 39.0), (1, 2.0, 39.0)):
        ours = np.exp(_log_likelihood(r, alpha, a, b, np.array([float(x)]), np.array([t_x]), np.array([age])))[0]
        assert ours == pytest.approx(integrated(x, t_x, age), rel=0.02)


def test_realised_value_counts_only_customers_who_are_old_enough():
    table = journeys(
        {
            "ana": "meta@0 purchase@1=100 purchase@41=50",  # 40 days later
            "bo": "purchase@80=70",  # no touch: (direct); 20 days old at the end
            "cy": "email@99 visit@100",
        }
    )
    found = {row["channel"]: row for row in realised_ltv(
        customers_of_journeys(table, goal="purchase", lookback_days=30), margin=0.6
    ).to_dicts()}  # fmt: skip
    assert (found["meta"]["ltv_30"], found["meta"]["ltv_90"]) == pytest.approx((60.0, 90.0))
    assert found["meta"]["ltv_180"] is None
    assert (found["(direct)"]["ltv_30"], found["(direct)"]["customers"]) == (None, 1)
    assert found["meta"]["ltv_90"] == ltv(150.0, 1, 0.6)


def test_a_returned_order_makes_no_customer_and_two_on_one_day_are_one_purchase():
    table = journeys({"ana": "meta@1 purchase@2=0 purchase@3=10 purchase@3=5", "bo": "purchase@4=7 purchase@9=7"})
    customers = customers_of_journeys(table, goal="purchase", lookback_days=30)
    assert customers.purchases.tolist() == [1, 2]
    assert customers.value.tolist() == [15.0, 7.0]
    assert customers.repeat_value.tolist() == [0.0, 7.0]
    assert len(HORIZONS) == customers.within.shape[1]
    assert repurchase(customers_of(table, "purchase")) == (2, 2)


def test_nothing_is_predicted_from_a_handful():
    table = journeys({"ana": "meta@1 purchase@2=10 purchase@9=10"})
    with pytest.raises(BadInput, match="bought again"):
        predicted_ltv(customers_of_journeys(table, goal="purchase", lookback_days=30))


def test_nps_and_its_interval():
    found = nps([10] * 50 + [8] * 30 + [3] * 20 + [11, -1])
    assert (found.score, found.answers) == (pytest.approx(0.3), 100)
    votes = pl.Series([1] * 50 + [0] * 30 + [-1] * 20)  # an independent way: the mean of +1, 0, −1
    half = 1.959964 * float(votes.std(ddof=0)) / 10
    assert (found.low, found.high) == pytest.approx((0.3 - half, 0.3 + half))
    assert nps([]) is None
    assert nps([10, 10]).high == 1.0


def test_cac_of_ltv_is_null_where_one_of_them_is():
    assert cac_to_ltv(140.0, 400.0) == 0.35
    assert cac_to_ltv(None, 400.0) is cac_to_ltv(140.0, None) is cac_to_ltv(140.0, 0.0) is None


def test_customers_who_hardly_differ_are_worth_the_mean_of_all():
    # the likelihood of Gamma-Gamma then rises for ever along a ridge; the fit stops at its bounds and says the mean
    rng = np.random.default_rng(3)
    x = rng.integers(1, 4, 3000).astype(float)
    mean_value = np.array([rng.uniform(20, 420, int(times)).mean() for times in x])
    model = fit_gamma_gamma(x, mean_value)
    expected = model.expected_value(np.array([0.0, 1.0, 3.0]), np.array([0.0, 400.0, 400.0]))
    assert expected == pytest.approx(np.average(mean_value, weights=x), rel=0.03)
