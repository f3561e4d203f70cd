"""Exports as the platforms wrote them are recognised, and their sums agree with the raw files.

The figures are counted here with the csv module and plain Python.
"""

import csv
import gzip
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.reading.reader import look
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import import_file, inspect
from omnidash.store import Workspace
from tests.conftest import real_data

pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module")
def exports() -> Path:
    data = real_data()
    if data is None:
        pytest.skip("the real data is not beside the project; set OMNIDASH_REAL_DATA")
    return data


def rows(path: Path, header_row: int = 1) -> list[dict[str, str]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = raw.decode("utf-8-sig").splitlines(keepends=True)[header_row - 1 :]
    return list(csv.DictReader(lines))


def total(table: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(re.sub(r"[^\d.\-]", "", row[column]) or "0") for row in table), Decimal())


def dollar_days(workspace: Workspace, first: date, days: int) -> None:
    set_rates(workspace, [("USD", first + timedelta(days=i), Decimal(7)) for i in range(days)])


def test_google_ads_time_series(workspace: Workspace, exports: Path) -> None:
    path = exports / "exports/google_ads/Time_series(2026.02.05-2026.02.10).csv"
    table = rows(path)
    dollar_days(workspace, date(2026, 2, 5), 6)
    result = import_file(workspace, path)
    assert (result.profile, result.added) == ("google_ads_time_series", len(table))
    assert Decimal(result.sums["cost"]) == total(table, "Cost")
    assert Decimal(result.sums["clicks"]) == total(table, "Clicks")
    assert (result.first_day, result.last_day) == (date(2026, 2, 5), date(2026, 2, 10))
    assert workspace.rows("select sum(cost_base), min(currency) from spend") == [(7 * total(table, "Cost"), "USD")]


def test_google_ads_campaign_report_without_days_asks_for_the_day(workspace: Workspace, exports: Path) -> None:
    path = exports / "exports/google_ads/campaign_report_utf8_comma.csv"
    seen = inspect(workspace, path)
    assert (seen.kind, seen.header_row, len(seen.preamble)) == ("spend", 3, 2)
    assert [q.field for q in seen.questions] == ["date", "channel"]
    assert seen.mapping.column_of("cost") == "Cost"


def test_meta_ads(workspace: Workspace, exports: Path) -> None:
    path = exports / "exports/meta_ads/ads_report_ads_level.csv"
    table = rows(path)
    dollar_days(workspace, date(2026, 5, 1), 60)
    result = import_file(workspace, path)
    assert (result.profile, result.rows_read, result.added) == ("meta_ads_spend", len(table), len(table))
    assert Decimal(result.sums["cost"]) == total(table, "Amount spent (USD)") == Decimal("534.81")
    assert any("several days" in w.english() for w in inspect(workspace, path).warnings)


def test_tiktok_daily(workspace: Workspace, exports: Path) -> None:
    path = exports / "exports/tiktok_ads/clean_tiktok_df.csv.gz"
    table = rows(path)
    result = import_file(workspace, path)
    assert (result.profile, result.rows_read, result.added) == ("tiktok_ads_spend", len(table), len(table))
    assert abs(Decimal(result.sums["cost"]) - sum(Decimal(row["Cost"]) for row in table)) < Decimal("0.01")


def test_shopify_orders(workspace: Workspace, exports: Path) -> None:
    path = exports / "exports/shopify/orders_export_small_pseudonymised.csv"
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    orders = {row["Name"] for row in table}
    result = import_file(workspace, path, currency="BDT")
    assert (result.profile, result.rows_read, result.added) == ("shopify_orders", len(table), len(table))
    assert Decimal(result.sums["revenue"]) == total(table, "Total")
    assert workspace.rows("select count(distinct order_id) from event") == [(len(orders),)]


def test_tmall_orders(workspace: Workspace, exports: Path) -> None:
    path = exports / "shop_tmall_orders/tmall_order_report.csv"
    table = [{k.strip(): v for k, v in row.items()} for row in rows(path)]
    paid = [row for row in table if row["订单付款时间"].strip()]
    result = import_file(workspace, path)
    assert (result.profile, result.rows_read, result.added) == ("taobao_orders", len(table), len(table))
    net, refunds = total(table, "买家实际支付金额"), total(table, "退款金额")
    assert (Decimal(result.sums["revenue"]), Decimal(result.sums["refund"])) == (net, refunds)
    assert workspace.rows(
        "select count(*) filter (action = 'purchase'), count(*) filter (action = 'order_created'), sum(revenue_base)"
        " from event"
    ) == [(len(paid), len(table) - len(paid), net)]
    assert workspace.rows("select sum(revenue_base) from event where action = 'purchase'") == [(total(paid, "总金额"),)]


def test_sycm_reads_alike_in_both_encodings(exports: Path) -> None:
    folder = exports / "exports/tmall_sycm"
    gb, utf8 = (look(folder / f"sycm_product_all_38cols_{name}.csv") for name in ("gb18030", "utf8bom"))
    assert (gb.scan.encoding, utf8.scan.encoding) == ("gb18030", "utf-8")
    assert (gb.dialect.header, gb.dialect.sample) == (utf8.dialect.header, utf8.dialect.sample)
    assert len(gb.dialect.header) == 38
