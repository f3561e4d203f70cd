"""What stands in a header: its words, its currency and unit, whether it is a rate or a running total; and formulas of headers."""

import re

import pytest

from omnidash.ingest.meaning.fields import header_currency, header_key, is_ratio
from omnidash.ingest.meaning.formula import names_in, renamed, tokens
from omnidash.ingest.meaning.guess import guess
from omnidash.model.errors import BadInput


@pytest.mark.parametrize(
    "name",
    ["CTR", "Avg. CPC", "Cost / conv.", "点击率(%)", "平均点击单价(元)", "转化成本", "投产比", "ROI", "Cost per result",
     "Conv. rate", "千次展现费用", "客单价", "CPM (cost per 1,000 impressions) (USD)"],
)  # fmt: skip
def test_rates_and_averages_are_never_added_up(name: str) -> None:
    assert is_ratio(name)
    found = guess(["日期", "渠道", "花费", name], [["2026-07-01", "抖音", "10", "2"]]).mapping
    assert name not in found.columns


@pytest.mark.parametrize(
    "name", ["Cost", "Clicks", "展现量", "总花费(元)", "Conversions", "成交金额", "Amount spent (USD)"]
)
def test_what_is_added_up_is_no_ratio(name: str) -> None:
    assert not is_ratio(name)


def test_the_currency_of_a_header_is_taken() -> None:
    assert header_key("总花费（元）") == "总花费" == header_key(" 总花费 ")
    assert header_key("訂單編號") == "订单编号"
    assert (header_currency("总花费(元)"), header_currency("Amount spent (USD)"), header_currency("Clicks (all)")) == (
        "CNY",
        "USD",
        None,
    )


@pytest.mark.parametrize(
    ("header", "currency"),
    [
        ("14 Day Total Sales (₹)", "INR"),
        ("Spend (A$)", "AUD"),
        ("消耗（元）", "CNY"),
        ("Kosten (€)", "EUR"),
        ("Cost ($)", None),
    ],
)
def test_a_sign_in_a_header_is_a_currency_where_it_can_be_only_one(header: str, currency: str | None) -> None:
    assert header_currency(header) == currency
    assert header_key(header) == header_key(re.sub(r"[(（].*", "", header))


def test_a_formula_is_made_of_names_numbers_and_operators() -> None:
    assert tokens("(花费 + Cost / conv) * 1000") == ["(", "花费", "+", "Cost", "/", "conv", ")", "*", 1000.0]
    assert names_in('"Clicks (all)" / 7 Day Total Sales * 100 - "Clicks (all)"') == [
        "Clicks (all)",
        "7 Day Total Sales",
    ]


def test_a_renamed_formula_quotes_what_would_be_read_otherwise() -> None:
    own = {"Cost": "总花费(元)", "Clicks": "点击量"}
    assert renamed("Cost / Clicks * 1000", own.__getitem__) == '"总花费(元)" / 点击量 * 1000'
    assert names_in(renamed("Cost / Clicks", own.__getitem__)) == ["总花费(元)", "点击量"]


def test_a_quote_that_does_not_close_is_refused() -> None:
    with pytest.raises(BadInput, match="does not close"):
        tokens('Cost / "Clicks')


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("Lifetime spend", "cumulative"), ("至今花费", "cumulative"), ("本月花费", "cumulative"), ("Spend to date", "cumulative"),
        ("Planned spend", "average"), ("转化出价", "average"), ("日预算", "average"), ("互动比例", "average"),
        ("累计消耗", "cumulative"), ("MTD spend", "cumulative"),
    ],
)  # fmt: skip
def test_running_totals_plans_and_bids_are_neither_cost_nor_added(header: str, rule: str) -> None:
    guessed = guess(["date", "channel", header, "clicks"], [["2026-07-01", "meta", "100", "3"]], "spend").mapping
    assert header not in guessed.columns
    assert guessed.figures[header] == rule


def test_blanks_nobody_sees_do_not_count_in_a_header() -> None:
    assert header_key("Cli\u00adcks\u200b") == "clicks"


def test_a_bracket_that_adds_nothing_does_not_hide_a_word() -> None:
    header = ["Date", "Media Source (pid)", "Campaign (c)", "Total Cost (Account Currency)", "Installs (Total)"]
    found = guess(header, [["2026-07-01", "Facebook Ads", "Sale", "9.5", "3"]]).mapping
    assert found.kind == "spend"
    assert [*found.columns.values()] == ["date", "channel", "campaign", "cost", "claimed_conversions"]


@pytest.mark.parametrize("other", ["Cost (previous period)", "Cost (goal)", "Cost (change)", "Cost (yoy)"])
def test_a_bracket_that_says_another_thing_is_heard(other: str) -> None:
    found = guess(["Date", "Channel", other, "Clicks"], [["2026-07-01", "Bing", "9.5", "3"]]).mapping
    assert found.column_of("cost") is None


def test_names_that_programs_write_as_one_word_are_read_as_words() -> None:
    header = ["ContactName", "EmailAddress", "InvoiceNumber", "InvoiceDate", "Total", "Currency", "Status"]
    found = guess(header, [["ACME", "a@x.example", "INV-001", "13/07/2026", "120.00", "GBP", "Paid"]]).mapping
    assert (found.kind, found.column_of("order_id"), found.column_of("email")) == (
        "orders",
        "InvoiceNumber",
        "EmailAddress",
    )
    assert found.column_of("time") == "InvoiceDate"
