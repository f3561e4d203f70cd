"""The media mix on published data whose truth is known: carry-over, saturation and returns of two channels."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from omnidash.budget.media_mix import MediaMix
from omnidash.budget.mix_curves import mix_curves
from omnidash.model.period import Period
from tests.conftest import real_data

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(real_data() is None, reason="no real data beside the project ($OMNIDASH_REAL_DATA)"),
]
EPOCH = date(1970, 1, 1)


def test_carry_over_and_saturation_of_the_published_example_lie_in_their_intervals() -> None:
    data = pl.read_csv(real_data() / "mmm_pymc_marketing" / "mmm_example.csv")
    day = [(datetime.strptime(text, "%m/%d/%Y").date() - EPOCH).days for text in data["date_week"]]
    features = np.column_stack([day, data["x1"], data["x2"], data["event_1"], data["event_2"]])
    model = MediaMix(
        saturation="logistic", carryovers=np.arange(0, 0.8, 0.04), halves=np.geomspace(0.2, 8, 22), promotions=2
    )
    model.fit(features, data["y"].to_numpy())
    steepness = np.log(3) / model.half_
    for c, (carryover, steep) in enumerate(((0.4, 4.0), (0.2, 3.0))):
        low, high = np.quantile(model.carryover_[:, c], [0.05, 0.95])
        assert low <= carryover <= high
        assert model.carryover_[:, c].mean() == pytest.approx(carryover, abs=0.03)
        low, high = np.quantile(steepness[:, c], [0.05, 0.95])
        assert low <= steep <= high


def test_returns_of_the_published_example_are_near_or_said_to_be_uncertain_and_covered() -> None:
    """A driver that nobody recorded moves one channel and sales; the columns that show it stay unread."""
    data = pl.read_csv(real_data() / "mmm_pymc_marketing" / "mmm_roas_data.csv", try_parse_dates=True)
    days = data["date"]
    table = pl.concat(
        [
            pl.DataFrame({"day": days, "spend": data[name], "revenue": data["y"] * (name == "x1")}).with_columns(
                channel=pl.lit(name), has_spend=pl.lit(True)
            )
            for name in ("x1", "x2")
        ]
    )
    curves = mix_curves(table, Period(first_day=days.min(), last_day=days.max()))
    for curve, (effect, spend) in zip(curves, (("y01", "x1"), ("y02", "x2")), strict=True):
        truth = float((data["y"] - data[effect]).sum() / data[spend].sum())
        expected, likely = curve.return_today
        is_near = abs(expected / truth - 1) <= 0.15
        assert is_near or (curve.level_doubt is not None and "lift test" in curve.level_doubt.english())
        assert likely.low <= truth <= likely.high
