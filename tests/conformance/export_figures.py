"""What the raw files of real exports say, by plain Python and the csv module, beside what the import makes of them.

``RULES`` states for every known file how it is read by hand: encoding, the row of the header, which rows are totals,
and what each sum is. Nothing of the importer is used in that reading. Run as a program it prints the table:

    python -m tests.conformance.export_figures
"""

import csv
import gzip
import io
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from omnidash.ingest.reading.parts import parts
from omnidash.ingest.run import BatchResult, commit, inspect
from omnidash.store import Workspace
from tests.conftest import real_data

Row = dict[str, str]
Sum = str | Callable[[list[Row]], Decimal]


def number(cell: str) -> Decimal:
    """An amount as these files write it: 1,234.50, US$3.38, 2.81%; words for nothing are 0."""
    digits = re.sub(r"[^\d.\-]", "", cell) if re.search(r"\d", cell) else ""
    return Decimal(digits or "0")


def _net_by_invoice(rows: list[Row]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        totals[row["InvoiceNo"]] += number(row["Quantity"]) * number(row["UnitPrice"])
    return totals


def _sum_where(rows: list[Row], column: str, is_meant: Callable[[Row], bool]) -> Decimal:
    return sum((number(row[column]) for row in rows if is_meant(row)), Decimal())


def _whole(column: str) -> Callable[[list[Row]], Decimal]:
    """Counts are kept as whole numbers."""
    return lambda rows: sum((number(row[column]).quantize(Decimal(1), ROUND_HALF_UP) for row in rows), Decimal())


def _to_four_places(column: str) -> Callable[[list[Row]], Decimal]:
    """Claims are kept to a ten-thousandth."""
    return lambda rows: sum((round(number(row[column]), 4) for row in rows), Decimal())


def _to_six_places(column: str) -> Callable[[list[Row]], Decimal]:
    """Amounts of more digits are kept to a millionth."""
    return lambda rows: sum((round(number(row[column]), 6) for row in rows), Decimal())


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How one file is read by hand. ``sums``: name of the result -> column, or a sum over all rows."""

    profile: str
    sums: dict[str, Sum]
    encoding: str = "utf-8-sig"
    header_row: int = 1
    is_total: Callable[[Row], bool] = lambda row: False
    currency: str = "CNY"
    days: tuple[str, str] = ("", "")


def _first_cell_says_total(row: Row) -> bool:
    return next(iter(row.values())).startswith("Total:")


_SYCM_SUMS: dict[str, Sum] = {
    "visitors": "商品访客数",
    "views": "商品浏览量",
    "revenue": "支付金额",
    "refund": "成功退款金额",
    "buyers": "支付买家数",
}
RULES: dict[str, Rule] = {
    "exports/google_ads/Devices(2026.02.05-2026.02.10).csv": Rule(
        profile="google_ads_card_devices",
        sums={"cost": "Cost", "impressions": "Impressions", "clicks": "Clicks"},
        currency="USD",
        days=("2026-02-05", "2026-02-10"),
    ),
    "exports/google_ads/Time_series(2026.02.05-2026.02.10).csv": Rule(
        profile="google_ads_time_series",
        sums={"cost": "Cost", "impressions": "Impressions", "clicks": "Clicks"},
        currency="USD",
        days=("2026-02-05", "2026-02-10"),
    ),
    "exports/google_ads/ad_report_utf8_comma.csv": Rule(
        profile="google_ads_ads_spend",
        header_row=3,
        is_total=_first_cell_says_total,
        sums={"cost": "Cost", "impressions": "Impr.", "claimed_conversions": "Conversions"},
        currency="USD",
        days=("2026-01-20", "2026-01-21"),
    ),
    "exports/google_ads/campaign_report_utf8_comma.csv": Rule(
        profile="google_ads_spend",
        header_row=3,
        is_total=_first_cell_says_total,
        sums={"cost": "Cost", "impressions": "Impr.", "claimed_conversions": "Conversions"},
        currency="INR",
        days=("2025-07-08", "2025-07-31"),
    ),
    "exports/meta_ads/ads_report_ads_level.csv": Rule(
        profile="meta_ads_period_spend",
        sums={"cost": "Amount spent (USD)", "impressions": "Impressions", "claimed_conversions": "Purchases"},
        currency="USD",
        days=("2026-05-25", "2026-06-07"),
    ),
    "exports/tiktok_ads/clean_tiktok_df.csv.gz": Rule(
        profile="tiktok_ads_spend",
        sums={
            "cost": _to_six_places("Cost"),
            "impressions": _whole("Impressions"),
            "clicks": _whole("Clicks (destination)"),
            "claimed_conversions": _to_four_places("Conversions"),
        },
        currency="MXN",
    ),
    "exports/ga4/ga4_events_report.csv": Rule(
        profile="ga4_table",
        header_row=10,
        sums={"visitors": "Total users", "revenue": "Total revenue"},
        days=("2023-01-01", "2023-12-31"),
    ),
    "exports/shopify/orders_export_small_pseudonymised.csv": Rule(
        profile="shopify_orders",
        sums={  # a pending order is not paid yet
            "revenue": lambda rows: _sum_where(rows, "Total", lambda row: row["Financial Status"] == "paid"),
            "unpaid": lambda rows: _sum_where(rows, "Total", lambda row: row["Financial Status"] == "pending"),
            "refund": "Refunded Amount",
        },
        currency="BDT",
    ),
    "exports/tmall_sycm/sycm_product_all_38cols_gb18030.csv": Rule(
        profile="sycm_products", encoding="gb18030", sums=_SYCM_SUMS, days=("2026-06-13", "2026-06-13")
    ),
    "exports/tmall_sycm/sycm_product_all_38cols_utf8bom.csv": Rule(
        profile="sycm_products", sums=_SYCM_SUMS, days=("2026-06-13", "2026-06-13")
    ),
    "shop_tmall_orders/tmall_order_report.csv": Rule(
        profile="taobao_orders", sums={"revenue": "买家实际支付金额", "refund": "退款金额"}
    ),
    "retail_uci_online_retail/online_retail_all_by_day.csv.gz": Rule(
        profile="guessed",
        sums={  # an invoice is worth its lines; one below zero is a return
            "revenue": lambda rows: sum((v for v in _net_by_invoice(rows).values() if v > 0), Decimal()),
            "refund": lambda rows: -sum((v for v in _net_by_invoice(rows).values() if v < 0), Decimal()),
        },
        currency="GBP",
    ),
    "crm_funnel_olist_marketing/olist_marketing_qualified_leads_dataset.csv": Rule(
        profile="guessed", sums={}, currency="BRL", days=("2017-06-14", "2018-05-31")
    ),
    "crm_funnel_olist_marketing/olist_closed_deals_dataset.csv": Rule(
        profile="guessed", sums={}, currency="BRL", days=("2017-12-05", "2018-11-14")
    ),
}
FOLDERS = ("exports", "retail_uci_online_retail", "shop_tmall_orders", "crm_funnel_olist_marketing")
SECTIONS = "exports/ga4/ga4_reports_snapshot_multi_section.csv"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One table of a file: what the raw file says and what was imported. ``raw`` is None for files without a rule."""

    file: str
    result: BatchResult
    profile: str
    raw_rows: int | None = None
    raw_totals: int | None = None
    raw_sums: dict[str, Decimal] = field(default_factory=dict)

    @property
    def sums(self) -> dict[str, Decimal]:
        return {name: Decimal(total) for name, total in self.result.sums.items()}


def files(data: Path) -> list[str]:
    """Every file to try, as a path below the data."""
    found = [path for folder in FOLDERS for path in sorted((data / folder).rglob("*")) if path.is_file()]
    return [path.relative_to(data).as_posix() for path in found if path.name != "HEADERS.md"]


def read_by_hand(path: Path, rule: Rule) -> tuple[list[Row], int]:
    """The rows of a file and how many of them were totals."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = raw.decode(rule.encoding).splitlines(keepends=True)[rule.header_row - 1 :]
    rows = [{k.strip(): v for k, v in row.items() if k} for row in csv.DictReader(lines)]
    taken = [row for row in rows if not rule.is_total(row)]
    return taken, len(rows) - len(taken)


def sections_by_hand(path: Path) -> list[tuple[list[str], list[list[str]]]]:
    """The tables of a GA4 file that stacks several: header and rows, the empty ones left out."""
    tables = []
    for block in re.split(r"\n\s*\n", path.read_text("utf-8-sig")):
        table = [row for row in csv.reader(io.StringIO(block)) if row and not row[0].startswith("#")]
        if len(table) > 1:
            tables.append((table[0], table[1:]))
    return tables


def imported(workspace: Workspace, path: Path) -> list[tuple[str, BatchResult]]:
    """Every table of a file, imported with what the inspection says; raises where something would have to be asked."""
    done = []
    with parts(workspace, path) as found:
        for part in found:
            seen = inspect(workspace, part.path, name=part.name)
            if seen.questions:
                raise AssertionError(f"{part.name}: {[q.text.english() for q in seen.questions]}")
            done.append((part.name, commit(workspace, part.path, seen.mapping, name=part.name)))
    return done


def line_of(data: Path, file: str, folder: Path) -> Line:
    """One file with a rule: imported into a workspace of its own, and read by hand."""
    rule = RULES[file]
    workspace = Workspace.create(folder, currency=rule.currency)
    try:
        ((_, result),) = imported(workspace, data / file)
    finally:
        workspace.close()
    rows, totals = read_by_hand(data / file, rule)
    sums = {
        name: source(rows) if callable(source) else sum((number(row[source]) for row in rows), Decimal())
        for name, source in rule.sums.items()
    }
    return Line(
        file=file,
        result=result,
        profile=rule.profile,
        raw_rows=len(rows),
        raw_totals=totals,
        raw_sums=sums,
    )


def as_markdown(lines: list[Line]) -> str:
    """The table of files and figures: what the raw file says, and what was imported."""
    head = "| file | recognised as | rows | totals skipped | days | sums (file = import) |\n|---|---|---|---|---|---|\n"
    return head + "".join(f"{_markdown(line)}\n" for line in lines)


def _markdown(line: Line) -> str:
    result = line.result
    sums = ", ".join(
        f"{name} {line.raw_sums[name]:,.2f} {'=' if line.sums[name] == line.raw_sums[name] else '≠'} {line.sums[name]:,.2f}"
        for name in line.raw_sums
    )
    days = f"{result.first_day} – {result.last_day}"
    rows = f"{line.raw_rows} = {result.added}" if line.raw_rows == result.added else f"{line.raw_rows} ≠ {result.added}"
    return f"| {line.file} | {result.profile} ({result.kind}) | {rows} | {result.skipped_totals} | {days} | {sums} |"


def main() -> int:
    """Print the table; 0 where every figure agrees."""
    data = real_data()
    if data is None:
        sys.stderr.write("the real data is not beside the project; set OMNIDASH_REAL_DATA\n")
        return 2
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for number_, file in enumerate(f for f in files(data) if f in RULES):
            lines.append(replace(line_of(data, file, Path(folder) / str(number_)), file=file))
    sys.stdout.write(as_markdown(lines))
    return 0 if all(line.sums.items() >= line.raw_sums.items() for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
