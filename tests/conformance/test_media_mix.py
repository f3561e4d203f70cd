"""The media mix on published data whose truth is known: carry-over, saturation and returns of two channels."""

from datetime import date, datetime

import numpy as np
import polars as pl
import pytest

from omnidash.budget.media_mix import MediaMix
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


def test_returns_of_the_published_example_are_near_or_covered() -> None:
    data = pl.read_csv(real_data() / "mmm_pymc_marketing" / "mmm_roas_data.csv", try_parse_dates=True)
    day = [(when - EPOCH).days for when in data["date"]]
    model = MediaMix().fit(np.column_stack([day, data["x1"], data["x2"]]), data["y"].to_numpy())
    for c, (effect, spend) in enumerate((("y01", "x1"), ("y02", "x2"))):
        truth = float((data["y"] - data[effect]).sum() / data[spend].sum())
        low, high = np.quantile(model.return_[:, c], [0.05, 0.95])
        assert low <= truth <= high
        assert model.return_[:, c].mean() == pytest.approx(truth, rel=0.25)
