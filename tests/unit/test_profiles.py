"""Every profile recognises an export in its exact shape, and imports what a plain reading of the file counts."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.engine.file_totals import file_totals
from omnidash.ingest.meaning.fields import field_of, header_key, is_ratio
from omnidash.ingest.meaning.formula import AVERAGE, is_formula, names_in
from omnidash.ingest.meaning.inspection import inspect
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.profiles import HOUSE, Profile, profile, profiles, recognised
from omnidash.ingest.reading.parts import parts
from omnidash.ingest.run import commit, import_file
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.export_shapes import Counted, Shape, cells, counted, shapes, written
from tests.unit.ingest_files import write
from tests.unit.workbook_files import write_xlsx

PROFILES = pytest.mark.parametrize("known", profiles(), ids=lambda p: p.name)
SHAPES = pytest.mark.parametrize("shape", shapes(), ids=lambda s: s.name)


@pytest.fixture
def its_workspace(shape: Shape, tmp_path: Path) -> Iterator[Workspace]:
    workspace = workspace_with(tmp_path / "workspace", {}, currency=shape.currency)
    yield workspace
    workspace.close()


@SHAPES
def test_an_export_is_recognised_and_its_sums_are_those_of_the_file(
    shape: Shape, its_workspace: Workspace, tmp_path: Path
) -> None:
    path = written(shape, tmp_path)
    truth = counted(shape, path)
    seen = inspect(its_workspace, path)
    assert seen.profile == shape.expected_profile
    assert {q.field for q in seen.questions} == set(shape.answers) - {"end_date"}
    constants = {k: v for k, v in shape.answers.items() if k != "date_order"}
    mapping = replace(
        seen.mapping,
        constants={**seen.mapping.constants, **constants},
        date_order=shape.answers.get("date_order", seen.mapping.date_order),
    )
    result = commit(its_workspace, path, mapping)
    gives_nothing = truth.nothing_in[shape.sums["refund"]] if mapping.is_refunds else 0
    assert (result.rows_read, result.skipped_totals) == (truth.rows + truth.totals, truth.totals + gives_nothing)
    assert (result.added, result.rejected, result.duplicates) == (truth.rows - gives_nothing, 0, 0)
    found = {name: Decimal(result.sums[name]) for name in shape.sums}
    assert found == {name: truth.sum_of(column) for name, column in shape.sums.items()}
    assert (result.first_day, result.last_day) == (truth.first_day, truth.last_day)
    assert not any(file_totals(its_workspace)["difference"])  # what it says of money is in the numbers to the cent
    _figures_agree(its_workspace, mapping, truth)


AS_WORKBOOKS = ("amazon_search_terms_spend", "tiktok_ads_period_spend", "sycm_products", "sycm_shop", "wanxiangtai_spend",
                "qianchuan_whole_spend", "meta_ads_period_spend_campaigns", "tencent_ads_spend")  # fmt: skip


@pytest.mark.parametrize("shape", [s for s in shapes() if s.name in AS_WORKBOOKS], ids=lambda s: s.name)
def test_the_same_export_as_a_workbook_says_the_same(shape: Shape, its_workspace: Workspace, tmp_path: Path) -> None:
    plain = written(shape, tmp_path)
    truth = counted(shape, plain)
    book = write_xlsx(tmp_path / f"{plain.stem}.xlsx", {"Sheet1": cells(shape, plain)})
    with parts(its_workspace, book) as (part,):
        seen = inspect(its_workspace, part.path, name=part.name)
        assert seen.profile == shape.expected_profile
        mapping = replace(seen.mapping, constants={**seen.mapping.constants, **shape.answers})
        result = commit(its_workspace, part.path, mapping, name=part.name)
    assert (result.added, result.skipped_totals, result.rejected) == (truth.rows, truth.totals, 0)
    found = {name: Decimal(result.sums[name]) for name in shape.sums}
    assert found == {name: truth.sum_of(column) for name, column in shape.sums.items()}
    assert (result.first_day, result.last_day) == (truth.first_day, truth.last_day)
    _figures_agree(its_workspace, mapping, truth)


def _figures_agree(workspace: Workspace, mapping: Mapping, truth: Counted) -> None:
    """Figures that add up are kept under their own names and are those of the file; ratios and averages are not."""
    table = {"spend": "spend", "reports": "report"}.get(mapping.kind)
    if table is None:
        return
    kept = dict(
        workspace.rows(
            "select name, sum(amount) from (select unnest(map_keys(figures)) as name,"
            f" unnest(map_values(figures)) as amount from {table}) group by name"
        )
    )
    added = {c: truth.sums[c] for c, rule in mapping.figures.items() if rule in ("sum", "cumulative")}
    assert {name: kept.get(name, Decimal()) for name in added} == added
    assert not {c for c, rule in mapping.figures.items() if is_formula(rule) or rule == AVERAGE} & set(kept)


def test_every_profile_has_a_shape() -> None:
    assert {p.name for p in profiles()} == {s.expected_profile for s in shapes()}


@SHAPES
def test_more_columns_another_order_and_another_case_are_the_same_export(shape: Shape) -> None:
    header = [*reversed([name.upper() for name in shape.columns]), "Notes of mine", "备注二"]
    known = profile(shape.expected_profile)
    sample = [["Monday" if name.upper() == "DAY" else "1" for name in header]]
    found = recognised(header, sample, shape.above)
    assert found is not None
    assert found.name == known.name
    mapped = {header_key(c): m for c, m in known.mapping(shape.columns).columns.items()}
    assert {header_key(c): m for c, m in known.mapping(header).columns.items()} == mapped


@PROFILES
def test_a_profile_says_in_both_languages_what_it_is(known: Profile) -> None:
    assert all((known.title, known.title_zh, known.row, known.row_zh, known.platform, known.languages))
    assert known.title_in("zh_CN") == known.title_zh
    assert known.title_in("en") == known.title


@PROFILES
def test_a_profile_speaks_of_fields_and_of_columns_it_knows(known: Profile) -> None:
    meanings = [meaning.removesuffix("+") for meaning in known.columns.values()]
    assert all(field_of(known.kind, name) for name in [*meanings, *known.constants])
    for rule in known.figures.values():
        if is_formula(rule):
            assert all(header_key(name) in known.spellings for name in names_in(rule)), rule


# headers with a word of ratios in them that count all the same: viewers who reached a part of the film
COUNTS = {f"Video views at {share}%" for share in (25, 50, 75, 100)}


@PROFILES
def test_a_ratio_is_never_a_figure_that_is_added(known: Profile) -> None:
    added = {name for name, rule in known.figures.items() if rule == "sum"}
    added |= {
        name
        for name, meaning in known.columns.items()
        if meaning != "unit_price" and getattr(field_of(known.kind, meaning), "value", "") in ("amount", "count")
    }
    assert {name for name in added if is_ratio(name)} <= COUNTS
    running = {name for name in known.figures if "累计" in name}
    assert {known.figures[name] for name in running} <= {"cumulative"}


def test_cards_of_google_ads_are_breakdowns_and_never_spend() -> None:
    cards = [p for p in profiles() if "_card_" in p.name]
    assert len(cards) >= 6
    assert {p.kind for p in cards} == {"reports"}


def test_a_feed_of_ones_own_is_not_taken_for_a_platform() -> None:
    for header in (
        ["date", "channel", "device", "cost", "impressions", "clicks"],
        ["date", "channel", "campaign", "cost", "currency", "network"],
    ):
        assert getattr(recognised(header), "name", None) == "plain_spend"
    for header in (["Day", "Campaign", "Cost", "Impressions"], ["日期", "渠道", "花费", "展现量", "点击量"]):
        assert recognised(header) is None


def test_payments_that_stripe_did_not_get_are_no_purchases(tmp_path: Path) -> None:
    states = (
        "Paid",
        "Refunded",
        "Failed",
        "Requires payment method",
        "Canceled",
        "Incomplete",
        "Blocked",
        "Uncaptured",
    )
    rows = [f"py_{i},2026-07-10 18:37:4{i},9.50,0.00,usd,{state}" for i, state in enumerate(states)]
    path = tmp_path / "unified_payments.csv"
    path.write_text("\n".join(["id,Created date (UTC),Amount,Amount Refunded,Currency,Status", *rows]), "utf-8")
    workspace = Workspace.create(tmp_path / "workspace", currency="USD")
    assert commit(workspace, path, inspect(workspace, path).mapping).profile == "stripe_payments"
    bought = workspace.rows("select order_id from event where action = 'purchase' order by order_id")
    assert bought == [("py_0",), ("py_1",)]
    workspace.close()


@SHAPES
def test_formulas_name_the_same_columns_in_whatever_order_they_stand(shape: Shape) -> None:
    known = profile(shape.expected_profile)
    forth, back = known.mapping(shape.columns), known.mapping([*reversed(shape.columns)])
    assert dict(forth.figures) == dict(back.figures)


def test_of_two_spellings_in_one_file_a_formula_takes_the_profile_s_first() -> None:
    header = ["By Day", "Clicks (all)", "Cost", "Impressions", "Clicks (destination)", "CTR (destination)"]
    figures = profile("tiktok_ads_spend").mapping(header).figures
    assert figures["CTR (destination)"] == '"Clicks (destination)" / Impressions * 100'
    assert profile("tiktok_ads_spend").mapping([*reversed(header)]).figures == figures


def test_a_part_of_the_spend_of_pinduoduo_is_not_its_cost() -> None:
    header = ["日期", "商品名称", "成交花费", "交易额", "实际投产比", "曝光量"]
    assert not profile("pinduoduo_spend").fits(header)
    figures = profile("pinduoduo_spend").mapping(["成交花费", "总花费", "交易额", "实际投产比"]).figures
    assert figures["实际投产比"] == "交易额 / 总花费"


def test_a_profile_knows_at_least_what_the_guess_knows(workspace: Workspace, tmp_path: Path) -> None:
    head = "日期,计划名称,消耗,支付ROI,播放数,展示数,成交金额(元)"
    file = tmp_path / "qianchuan.csv"
    file.write_text(f"{head}\n2026-07-01,A,10,2,5,100,20\n2026-07-02,A,12,2,5,100,24\n", "utf-8")
    found = inspect(workspace, file)
    assert (found.profile, found.mapping.column_of("claimed_revenue")) == ("qianchuan_spend", "成交金额(元)")
    assert "成交金额(元)" not in found.mapping.figures
    two = tmp_path / "two.csv"
    two.write_text(f"{head},销售额\n2026-07-01,A,10,2,5,100,20,21\n2026-07-02,A,12,2,5,100,24,25\n", "utf-8")
    assert inspect(workspace, two).mapping.column_of("claimed_revenue") is None


def test_paypal_is_known_in_german(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "paypal.csv"
    file.write_text(
        "Datum;Uhrzeit;Typ;Status;Währung;Brutto;Netto;Absender E-Mail-Adresse;Transaktionscode\n"
        "01.07.2026;10:00:00;Website-Zahlung;Abgeschlossen;CNY;1.020,00;990,12;ann@ex-mail.de;1AB\n"
        "04.07.2026;10:00:00;Allgemeine Abbuchung;Abgeschlossen;CNY;-900,00;-900,00;;1AE\n",
        "utf-8",
    )
    result = import_file(workspace, file)
    assert (result.profile, result.added, result.sums["revenue"]) == ("paypal_activity", 1, "1020")


@PROFILES
def test_an_export_of_a_platform_says_in_both_languages_where_it_is_found(known: Profile) -> None:
    found = (known.found_at_in("en"), known.found_at_in("zh_CN"))
    assert known.platform == HOUSE or all("→" in place for place in found)
    assert known.platform == HOUSE or found[0] != found[1]


@pytest.mark.parametrize(
    ("header", "amount"),
    [("order_id,time,phone,amount,refund,channel", "amount"), ("time,channel,action,phone,value", "value")],
)
def test_a_plain_file_whose_amount_has_another_name_keeps_its_money(header: str, amount: str, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace")
    cells = {
        "order_id": "7",
        "time": "2026-06-01 10:00:00",
        "phone": "13900120001",
        "channel": "meta",
        "action": "purchase",
    }
    row = ",".join(cells.get(name, "120.50" if name == amount else "") for name in header.split(","))
    result = import_file(workspace, write(tmp_path, f"{header}\n{row}\n", "plain.csv"))
    assert result.added == 1
    assert result.sums["revenue"] == "120.5"
