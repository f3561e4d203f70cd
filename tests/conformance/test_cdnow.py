"""BG/NBD and Gamma-Gamma on the CDNOW sample, against the published parameters, likelihoods and expectations."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from omnidash.customers.lifetime import fit_bg_nbd, fit_gamma_gamma
from tests.conftest import ROOT

DATA = Path(os.environ.get("OMNIDASH_REAL_DATA", ROOT.parent / "shared" / "data")) / "clv_cdnow"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the CDNOW data is not at {DATA}")


def column(frame: pl.DataFrame, name: str) -> np.ndarray:
    return frame[name].cast(pl.Float64).to_numpy()


def test_bg_nbd_finds_the_published_parameters():
    frame = pl.read_csv(DATA / "cdnow_customers_summary.csv")
    model = fit_bg_nbd(column(frame, "frequency"), column(frame, "recency"), column(frame, "T"))
    assert (model.r, model.alpha, model.a, model.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=2e-3)
    assert model.log_likelihood == pytest.approx(-9582.4256, abs=0.01)
    one = [np.array([value]) for value in (2.0, 30.43, 38.86)]
    assert model.expected_purchases_of(39.0, *one)[0] == pytest.approx(1.226, abs=1e-3)
    published = {0.1429: 0.0078, 1: 0.0532, 3: 0.1506, 31.8571: 1.0405, 32: 1.0437, 78: 1.8576}
    for weeks, purchases in published.items():
        assert model.expected_purchases(weeks) == pytest.approx(purchases, abs=2e-3)


def test_gamma_gamma_finds_the_published_parameters():
    frame = pl.read_csv(DATA / "cdnow_customers_summary_with_transactions.csv")
    x, value = column(frame, "x"), column(frame, "zbar")
    model = fit_gamma_gamma(x, value)
    assert (model.p, model.q, model.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.02)
    assert model.log_likelihood == pytest.approx(-4055.92, abs=0.01)
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert model.expected_value(x, value)[:10] == pytest.approx(published, abs=0.02)
