"""Every metric is documented, and the registry lists them all."""

import importlib
import pkgutil
from typing import get_args

import pytest

import omnidash.metrics
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.metrics.cross_channel_conversion_rate import cross_channel_conversion_rate
from omnidash.metrics.hhi import hhi
from omnidash.metrics.metric import Better, Unit, divide
from omnidash.metrics.registry import METRICS
from omnidash.metrics.repurchase_rate import repurchase_rate
from tests.reference import TARGET, reference


def test_the_registry_holds_the_metric_of_every_module_under_its_own_name() -> None:
    modules = [
        importlib.import_module(f"omnidash.metrics.{found.name}")
        for found in pkgutil.iter_modules(omnidash.metrics.__path__)
    ]
    declared = {module.__name__.rsplit(".", 1)[1]: module.METRIC for module in modules if hasattr(module, "METRIC")}
    assert declared == METRICS
    assert all(name == metric.name for name, metric in METRICS.items())


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_a_metric_says_what_it_is_and_its_module_gives_formula_null_rule_and_example(metric: object) -> None:
    assert metric.title and metric.definition.endswith(".") and metric.formula
    assert metric.unit in get_args(Unit)
    assert metric.better in get_args(Better)
    docstring = importlib.import_module(f"omnidash.metrics.{metric.name}").__doc__
    for part in ("Formula:", "Null and zero:", "Example"):
        assert part in docstring, f"{metric.name} lacks {part}"


def test_wilson_interval_equals_the_published_example() -> None:
    """Newcombe 1998, table I, method 3: 81/263 -> .2553 to .3662; 15/148 -> .0624 to .1605; 0/20 -> 0 to .1611."""
    for successes, trials, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_needs_trials_and_a_proportion() -> None:
    assert wilson_interval(0, 0) is None
    assert wilson_interval(3, 2) is None
    with pytest.raises(ValueError, match="give no proportion"):
        wilson_interval(-1, 10)


def test_rates_of_persons_are_null_without_persons_and_refuse_more_than_all() -> None:
    assert cross_channel_conversion_rate(30, 200) == 0.15
    assert repurchase_rate(2, 4) == 0.5
    assert cross_channel_conversion_rate(0, 0) is repurchase_rate(0, 0) is None
    with pytest.raises(ValueError, match="converted_persons 3"):
        cross_channel_conversion_rate(3, 2)
    with pytest.raises(ValueError, match="repeat_customers 3"):
        repurchase_rate(3, 2)


def test_hhi_of_equal_channels_is_one_over_their_number() -> None:
    import polars as pl

    assert hhi(pl.Series([0.25] * 4)) == 0.25
    assert hhi(pl.Series([0.5, 0.3, 0.2])) == pytest.approx(0.38)
    assert hhi(pl.Series([None, None], dtype=pl.Float64)) is None


def test_division_by_zero_gives_none() -> None:
    assert divide(1, 0) is None
    assert divide(1, 4) == 0.25


def test_the_reference_of_metrics_says_what_the_registry_says():
    assert TARGET.read_text(encoding="utf-8") == reference(), "run: make reference"
