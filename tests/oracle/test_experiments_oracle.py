"""A/B readings against SciPy's own tests, and against thousands of made-up tests whose truth is known."""

from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from scipy import stats

from omnidash.experiments import sequential
from omnidash.experiments.reading import Asked, read_experiment
from omnidash.experiments.sample_ratio import sample_ratio
from omnidash.experiments.sample_size import Wanted, persons_for_amount, persons_for_share

ONCE = Asked(is_any_day=False)


def rows(**values: np.ndarray) -> pl.DataFrame:
    """One row per person of variants ``a``, ``b`` …"""
    return pl.concat([pl.DataFrame({"variant": name, "value": of_one}) for name, of_one in values.items()])


@pytest.mark.parametrize("seed", range(5))
def test_amounts_read_once_are_welchs_test(seed: int) -> None:
    random = np.random.default_rng(seed)
    control, variant = random.lognormal(3, 1, 400 + 90 * seed), random.lognormal(3.1, 1.3, 700)
    found = read_experiment(rows(a=control, b=variant), ONCE).differences[0]
    peer = stats.ttest_ind(variant, control, equal_var=False)
    ends = peer.confidence_interval(0.95)
    assert found.p_value == pytest.approx(peer.pvalue, rel=1e-9)
    assert found.interval == pytest.approx((ends.low, ends.high), rel=1e-9)


@pytest.mark.parametrize("counts", [(1000, 100, 1000, 130), (50, 3, 4000, 380), (300, 0, 300, 12)])
def test_shares_read_once_are_pearsons_chi_squared(counts: tuple[int, int, int, int]) -> None:
    persons, did, others, others_did = counts
    of = {"a": np.arange(persons) < did, "b": np.arange(others) < others_did}
    found = read_experiment(rows(**{k: v.astype(float) for k, v in of.items()}), ONCE).differences[0]
    table = [[did, persons - did], [others_did, others - others_did]]
    assert found.p_value == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)
    assert found.absolute == pytest.approx(others_did / others - did / persons)
    assert (found.relative is None) == (did == 0)


def test_several_variants_are_judged_by_holms_rule() -> None:
    random = np.random.default_rng(8)
    of = {name: random.normal(mean, 1, 500) for name, mean in (("a", 5), ("b", 5.13), ("c", 5.14), ("d", 5.0))}
    found = read_experiment(rows(**of), ONCE)
    alone = [stats.ttest_ind(of[n], of["a"], equal_var=False).pvalue for n in "bcd"]
    by_size = sorted(range(3), key=lambda place: alone[place])
    expected, highest = [0.0] * 3, 0.0
    for rank, place in enumerate(by_size):  # Holm 1979, written down once more
        highest = max(highest, min(1.0, (3 - rank) * alone[place]))
        expected[place] = highest
    assert [one.p_value for one in found.differences] == pytest.approx(expected)


def test_cuped_is_the_regression_of_the_outcome_on_what_was_before() -> None:
    random = np.random.default_rng(3)
    frames = []
    for name, shift in (("a", 0.0), ("b", 0.4)):
        before = random.gamma(2, 10, 3000)
        frames.append(
            pl.DataFrame({"variant": name, "value": 0.8 * before + random.normal(shift, 5, 3000), "before": before})
        )
    table = pl.concat(frames)
    plain, without = (read_experiment(table, Asked(is_any_day=False, uses_before=used)) for used in (False, True))
    # least squares of value on variant and before: its coefficient of the variant is the same estimate
    design = np.column_stack([np.ones(6000), table["variant"] == "b", table["before"].to_numpy()])
    slope = np.linalg.lstsq(design, table["value"].to_numpy(), rcond=None)[0]
    assert without.differences[0].absolute == pytest.approx(slope[1], rel=1e-6)
    assert without.variance_kept is not None and without.variance_kept < 0.2
    assert plain.variance_kept is None
    narrower = [high - low for low, high in (one.differences[0].interval for one in (without, plain))]
    assert narrower[0] == pytest.approx(narrower[1] * without.variance_kept**0.5, rel=0.02)


def test_the_sample_ratio_is_pearsons_and_a_published_mismatch_is_found() -> None:
    # Microsoft's example: 821,588 and 815,482 persons of an intended half each
    found = sample_ratio([821_588, 815_482])
    assert found.p_value == pytest.approx(1.8e-6, rel=0.02)
    assert found.is_mismatch
    assert not sample_ratio([5_000, 5_060]).is_mismatch
    assert sample_ratio([900, 100], [9, 1]).p_value == pytest.approx(1.0)
    assert sample_ratio([900, 100]).is_mismatch


def test_the_size_of_a_test_is_as_published_and_has_the_power_it_promises() -> None:
    # Evan Miller's calculator and Fleiss: 20 %, 5 points, 80 % power: 1,030 and a bit
    assert persons_for_share(0.2, 0.05) == 1_031
    assert persons_for_share(0.2, -0.05) < 1_031
    # Cohen 1988: d = 0.5 takes 63 by the normal distribution (64 by Student's)
    assert persons_for_amount(1.0, 0.5) == 63
    assert persons_for_share(0.2, 0.05, Wanted(variants=3)) > persons_for_share(0.2, 0.05)
    for is_any_day in (False, True):
        wanted = Wanted(is_any_day=is_any_day)
        size = persons_for_share(0.2, 0.05, wanted)
        random = np.random.default_rng(11)
        control, variant = random.binomial(size, 0.2, 2000) / size, random.binomial(size, 0.25, 2000) / size
        error = np.sqrt((control * (1 - control) + variant * (1 - variant)) / size)
        stretch = sequential.half_width(1.0, 2 * size, level=0.95, planned=2 * size) if is_any_day else 1.959964
        assert np.mean(variant - control > stretch * error) == pytest.approx(0.8, abs=0.03)


def test_looking_every_day_is_wrong_no_more_often_than_said_where_plain_intervals_are() -> None:
    """1,000 tests without any effect, looked at after every 50 persons up to 5,000."""
    random = np.random.default_rng(5)
    looks = np.arange(1, 101)
    per_look = random.binomial(25, 0.3, (2, 1000, 100))
    did = np.cumsum(per_look, axis=2)
    persons = 25 * looks
    rates = did / persons
    error = np.sqrt((rates * (1 - rates)).sum(axis=0) / persons)
    far = np.abs(rates[0] - rates[1])
    stretch = np.array([sequential.half_width(1.0, int(2 * n), level=0.95, planned=5_000) for n in persons])
    ever = (far > stretch * error)[:, 3:].any(axis=1).mean()  # from 200 persons on
    naive = (far > NormalDist().inv_cdf(0.975) * error)[:, 3:].any(axis=1).mean()
    assert ever <= 0.05
    assert naive > 0.2
