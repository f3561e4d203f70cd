"""Exports as the platforms wrote them are recognised, and their figures agree with the raw files.

Every file is imported with what its inspection says and no hand mapping; the workspace has the file's currency. The
figures are counted in ``export_figures`` with the csv module and plain Python.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.meaning.profiles import profile
from omnidash.ingest.reading.parts import parts
from omnidash.ingest.reading.reader import look
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import commit, import_file, inspect
from omnidash.store import Workspace
from tests.conformance.export_figures import (
    RULES,
    SECTIONS,
    as_markdown,
    files,
    imported,
    line_of,
    number,
    read_by_hand,
    sections_by_hand,
)
from tests.conftest import real_data

DATA = real_data()
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(DATA is None, reason="the real data is not beside the project; set OMNIDASH_REAL_DATA"),
]
HERE = DATA or Path()
FILES = files(HERE) if DATA else []


@pytest.mark.parametrize("file", [f for f in FILES if f in RULES])
def test_rows_and_sums_are_those_of_the_raw_file(file: str, tmp_path: Path) -> None:
    line = line_of(HERE, file, tmp_path / "workspace")
    result = line.result
    assert result.profile == line.profile
    assert (result.rows_read, result.added) == ((line.raw_rows or 0) + (line.raw_totals or 0), line.raw_rows)
    assert (result.skipped_totals, result.rejected, result.duplicates) == (line.raw_totals, 0, 0)
    assert {name: line.sums[name] for name in line.raw_sums} == line.raw_sums
    if RULES[file].days[0]:
        assert (str(result.first_day), str(result.last_day)) == RULES[file].days


def test_the_table_of_files_and_figures_is_written(tmp_path: Path) -> None:
    """In one place, for people: the small files here, all of them by ``python -m tests.conformance.export_figures``."""
    small = [f for f in FILES if f in RULES and (HERE / f).stat().st_size < 100_000]
    table = as_markdown([line_of(HERE, file, tmp_path / str(i)) for i, file in enumerate(small)])
    (tmp_path / "export_figures.md").write_text(table, encoding="utf-8")
    assert table.count("\n") == 2 + len(small)
    assert "≠" not in table


@pytest.mark.parametrize("file", FILES)
def test_every_file_is_understood_without_a_crash(file: str, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace")
    with parts(workspace, HERE / file) as found:
        assert found
        for part in found:
            seen = inspect(workspace, part.path, name=part.name)
            assert seen.kind
            assert set(seen.mapping.columns) <= set(seen.header)
    workspace.close()


def test_the_tables_of_a_ga4_snapshot_are_imported_one_by_one(workspace: Workspace) -> None:
    tables = sections_by_hand(HERE / SECTIONS)
    results = imported(workspace, HERE / SECTIONS)
    assert [result.added for _, result in results] == [len(rows) for _, rows in tables]
    assert {result.kind for _, result in results} == {"reports"}
    for (header, rows), (_, result) in zip(tables, results, strict=True):
        known = profile(result.profile)
        added = [c for c in header if known.columns.get(c) in ("visitors", "views", "revenue", "conversions", "buyers")]
        for column in added:
            truth = sum((number(row[header.index(column)]) for row in rows), Decimal())
            assert Decimal(result.sums[known.columns[column]]) == truth, column
    users = workspace.rows("select min(day), max(day), count(*) from report where section = 'Nth day, Users'")
    assert users == [(date(2023, 10, 8), date(2023, 10, 8) + timedelta(days=35), 36)]


def test_a_cost_over_several_days_is_spread_over_them_and_said(workspace: Workspace) -> None:
    path = HERE / "exports/meta_ads/ads_report_ads_level.csv"
    set_rates(workspace, [("USD", date(2026, 5, 1) + timedelta(days=i), Decimal(7)) for i in range(60)])
    assert any("several days" in warning.english() for warning in inspect(workspace, path).warnings)
    import_file(workspace, path)
    days = workspace.rows("select day, sum(cost), any_value(currency) from spend group by day order by day")
    assert len(days) == 14
    assert sum(cost for _, cost, _ in days) == Decimal("534.81")
    assert max(cost for _, cost, _ in days) - min(cost for _, cost, _ in days) < Decimal("0.0001")
    assert workspace.rows("select sum(cost_base) from spend")[0][0] == 7 * Decimal("534.81")


def test_orders_of_tmall_are_paid_or_only_created(workspace: Workspace) -> None:
    file = "shop_tmall_orders/tmall_order_report.csv"
    table, _ = read_by_hand(HERE / file, RULES[file])
    paid = [row for row in table if row["订单付款时间"].strip()]
    import_file(workspace, HERE / file)
    assert workspace.rows(
        "select count(*) filter (action = 'purchase'), count(*) filter (action = 'order_created'), sum(revenue_base)"
        " from event"
    ) == [(len(paid), len(table) - len(paid), sum(number(row["买家实际支付金额"]) for row in table))]
    gross = sum(number(row["总金额"]) for row in paid)
    assert workspace.rows("select sum(revenue_base) from event where action = 'purchase'") == [(gross,)]


def test_shopify_joins_the_lines_of_an_order(workspace: Workspace) -> None:
    file = "exports/shopify/orders_export_small_pseudonymised.csv"
    table, _ = read_by_hand(HERE / file, RULES[file])
    workspace.change_settings(currency="BDT")
    import_file(workspace, HERE / file)
    orders = {row["Name"] for row in table}
    assert workspace.rows("select count(distinct order_id) from event") == [(len(orders),)]


def test_leads_and_won_deals_of_olist_meet_in_one_person(workspace: Workspace) -> None:
    """Leads -> won by origin, as REFERENCE_RESULTS.md gives them."""
    folder = HERE / "crm_funnel_olist_marketing"
    for name in ("olist_marketing_qualified_leads_dataset", "olist_closed_deals_dataset"):
        path = folder / f"{name}.csv"
        commit(workspace, path, inspect(workspace, path).mapping)
    found = workspace.rows(
        """
        with lead as (select person_id, any_value(raw_channel) as origin from event
                      join person using (identifier_id) where action = 'lead' group by person_id),
        won as (select distinct person_id from event join person using (identifier_id) where action = 'deal_won')
        select coalesce(origin, ''), count(*), count(won.person_id) from lead left join won using (person_id) group by 1
        """
    )
    assert {origin: (leads, won) for origin, leads, won in found} == {
        "organic search": (2296, 271), "paid search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179),
        "direct traffic": (499, 56), "email": (493, 15), "referral": (284, 24), "other": (150, 4),
        "display": (118, 6), "other publicities": (65, 3), "": (60, 14),
    }  # fmt: skip


def test_sycm_reads_alike_in_both_encodings() -> None:
    folder = HERE / "exports/tmall_sycm"
    gb, utf8 = (look(folder / f"sycm_product_all_38cols_{name}.csv") for name in ("gb18030", "utf8bom"))
    assert (gb.scan.encoding, utf8.scan.encoding) == ("gb18030", "utf-8")
    assert (gb.dialect.header, gb.dialect.sample) == (utf8.dialect.header, utf8.dialect.sample)
    assert len(gb.dialect.header) == 38
