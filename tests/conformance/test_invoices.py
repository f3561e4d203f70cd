"""Half a million invoice lines of a real shop: net revenue to the cent per invoice and day, returns, unknown customers.

Counted here with the csv module and decimals.
"""

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from omnidash.engine.journeys import journeys_of
from omnidash.ingest.run import commit, inspect
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.store import Workspace
from tests.conftest import real_data

pytestmark = pytest.mark.conformance


def invoice_lines(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_uci_online_retail_agrees_line_by_line(workspace: Workspace) -> None:
    data = real_data()
    if data is None:
        pytest.skip("the real data is not beside the project; set OMNIDASH_REAL_DATA")
    path = data / "retail_uci_online_retail/online_retail_all_by_day.csv.gz"
    lines = invoice_lines(path)
    worth: dict[str, Decimal] = defaultdict(Decimal)
    first_day: dict[str, date] = {}
    known: dict[str, bool] = {}
    for line in lines:
        invoice = line["InvoiceNo"]
        worth[invoice] += Decimal(line["Quantity"]) * Decimal(line["UnitPrice"])
        day = date.fromisoformat(line["InvoiceDate"][:10])
        first_day[invoice] = min(day, first_day.get(invoice, day))
        known[invoice] = known.get(invoice, False) or bool(line["CustomerID"])
    net = sum(worth.values())
    assert net == Decimal("9747747.934")

    result = commit(workspace, path, inspect(workspace, path).mapping)
    assert (result.rows_read, result.added, result.rejected) == (len(lines), len(lines), 0)
    assert Decimal(result.sums["revenue"]) - Decimal(result.sums["refund"]) == net
    told = workspace.rows("select order_id, action, revenue, day, identifier_id is not null from event")
    assert len(told) == len(worth)
    assert {order: amount or 0 for order, _, amount, _, _ in told} == worth
    assert {order: day for order, _, _, day, _ in told} == first_day
    assert {order: is_known for order, _, _, _, is_known in told} == known
    sign = {"purchase": 1, "order_created": 0, "refund": -1}
    assert Counter(sign[action] for _, action, *_ in told) == Counter((w > 0) - (w < 0) for w in worth.values())
    assert workspace.rows("select count(*), sum(amount) from order_line") == [(len(lines), net)]

    days = channel_days_of(workspace, journeys_of(workspace), model="last").group_by("day").agg(pl.col("revenue").sum())
    of_day: dict[date, Decimal] = defaultdict(Decimal)
    for invoice, amount in worth.items():
        of_day[first_day[invoice]] += amount
    ours = {day: revenue for day, revenue in days.iter_rows() if abs(revenue) > 1e-6}
    assert ours == pytest.approx({day: float(amount) for day, amount in of_day.items() if amount})

    again = commit(workspace, path, inspect(workspace, path).mapping)
    assert (again.added, again.restated, again.duplicates) == (0, 0, len(lines))
