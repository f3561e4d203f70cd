"""ROI and CAC under each model: a higher credit is a higher ROI and a lower CAC, and nothing spent has neither."""

import polars as pl
import pytest

from omnidash.metrics.credited_economics import credited_economics

CREDIT = pl.DataFrame(
    {
        "model": ["last", "last", "last"],
        "channel": ["meta", "email", "search"],
        "value": [240.0, 90.0, 50.0],
        "value_low": [200.0, 80.0, 40.0],
        "value_high": [280.0, 99.0, 60.0],
        "new_customers": [2.0, 1.0, 0.0],
        "new_customers_low": [1.0, 0.5, 0.0],
        "new_customers_high": [4.0, 2.0, 1.0],
    }
)


def rows() -> dict[str, dict]:
    table = credited_economics(CREDIT, {"meta": 100.0, "search": 10.0}, margin={"meta": 0.5, "*": 1.0})
    return table.rows_by_key("channel", named=True, unique=True)


def test_the_ends_of_roi_and_cac_are_those_of_the_credit() -> None:
    meta = rows()["meta"]
    assert [meta[name] for name in ("roi", "roi_low", "roi_high", "roas")] == pytest.approx([0.2, 0.0, 0.4, 2.4])
    assert [meta[name] for name in ("cac", "cac_low", "cac_high")] == pytest.approx([50, 25, 100])


def test_nothing_spent_has_neither_and_no_new_customer_has_no_cac() -> None:
    found = rows()
    assert [found["email"][name] for name in ("roi", "roas", "cac")] == [None, None, None]
    assert found["search"]["roi"] == pytest.approx(4.0)
    assert (found["search"]["cac"], found["search"]["cac_low"]) == (None, 10.0)
