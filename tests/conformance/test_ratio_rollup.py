"""Figures roll up as the published case says: ratios of sums, running totals within a day only, averages never.

Ours are compared as printed there, at the digits printed there.
"""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.run import import_file
from omnidash.metrics.report_figures import report_figures, report_sections, spend_figures
from omnidash.model.period import Period
from omnidash.store import Workspace
from tests.conftest import real_data

pytestmark = pytest.mark.conformance
NAMES = {
    "商品访客数": "visitors",
    "支付金额": "revenue",
    "成功退款金额": "refund",
    "花费": "cost",
    "展现量": "impressions",
}


@pytest.fixture(scope="module")
def data() -> Path:
    found = real_data()
    if found is None:
        pytest.skip("the real data is not beside the project; set OMNIDASH_REAL_DATA")
    return found


@pytest.fixture(scope="module")
def case(data: Path) -> dict[str, dict[str, str | None]]:
    return json.loads((data / "reference_cases/ratio_rollup_sycm_wanxiangtai.json").read_text("utf-8"))


def products(data: Path, second_day: str) -> str:
    """The first two products of the real export, the second one on ``second_day``."""
    text = (data / "exports/tmall_sycm/sycm_product_all_38cols_gb18030.csv").read_bytes().decode("gb18030")
    header, first, second, *_ = csv.reader(io.StringIO(text))
    second[0] = second_day
    out = io.StringIO()
    csv.writer(out).writerows([header, first, second])
    return out.getvalue()


def rolled(workspace: Workspace, tmp_path: Path, text: str) -> dict[str, float | None]:
    path = tmp_path / "products.csv"
    path.write_text(text, "utf-8")
    import_file(workspace, path)
    section = report_sections(workspace).row(0, named=True)
    period = Period(first_day=section["first_day"], last_day=section["last_day"])
    return report_figures(workspace, section["section"], period).row(0, named=True)


def check(figures: dict[str, float | None], expected: dict[str, str | None]) -> None:
    for name, printed in expected.items():
        value = figures[NAMES.get(name, name)]
        if printed is None:
            assert value is None, name
        else:
            assert value is not None, name
            assert round(Decimal(str(value)), len(printed.partition(".")[2])) == Decimal(printed), name


def test_products_of_one_day(workspace: Workspace, tmp_path: Path, data: Path, case: dict) -> None:
    check(rolled(workspace, tmp_path, products(data, "2026-06-13")), case["sycm rows 1+2 (same day)"])


def test_products_of_different_days(workspace: Workspace, tmp_path: Path, data: Path, case: dict) -> None:
    figures = rolled(workspace, tmp_path, products(data, "2026-06-14"))
    check(figures, case["sycm rows 1+2 (different days)"])
    check(figures, {"商品支付转化率": case["sycm rows 1+2 (same day)"]["商品支付转化率"]})


def test_campaigns_of_wanxiangtai(workspace: Workspace, tmp_path: Path, case: dict) -> None:
    """The two rows are not published; these have the published sums and none of the published ratios of their own."""
    rows = (
        "日期,计划名字,花费,展现量,点击量,点击率,平均点击花费,千次展现花费,总成交笔数,总成交金额,点击转化率,投入产出比,"
        "收藏店铺数,店铺收藏成本,收藏宝贝数,宝贝收藏成本\n"
        "2026-06-13,A,4.84,812,35,0.0431,0.138,5.96,2,301.75,0.0571,62.35,1,4.84,2,2.42\n"
        "2026-06-13,B,8,400,50,0.125,0.16,20,5,600,0.1,75,,,4,2\n"
    )
    path = tmp_path / "wanxiangtai.csv"
    path.write_text(rows, "utf-8")
    result = import_file(workspace, path)
    assert (result.profile, result.added) == ("wanxiangtai_spend", 2)
    period = Period(first_day=result.first_day, last_day=result.last_day)
    check(spend_figures(workspace, period).row(0, named=True), case["wanxiangtai rows 1+2"])
