"""Columns are recognised by what they are called and by what stands in them."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.ingest.meaning.fields import KINDS, field_of, header_currency, header_key, is_ratio
from omnidash.ingest.meaning.file_name import suggested_channels
from omnidash.ingest.meaning.formula import names_in, renamed, tokens
from omnidash.ingest.meaning.guess import guess
from omnidash.ingest.meaning.mapping import Mapping, signature
from omnidash.ingest.meaning.profiles import recognised
from omnidash.ingest.run import commit, corrected, history, import_file, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import EVENTS, ORDERS, SPEND, write


def test_english_touches_are_events() -> None:
    header = ["customer_id", "time", "interaction", "conversion", "conversion_value", "channel"]
    row = ["A1", "2026-07-22T20:40:41Z", "impression", "0", "0", "Online Display"]
    found = guess(header, [row]).mapping
    assert found.kind == "events"
    assert dict(found.columns) == {
        "customer_id": "customer_id",
        "time": "time",
        "interaction": "action",
        "conversion": "conversion_flag",
        "conversion_value": "revenue",
        "channel": "channel",
    }
    assert found.conversion_is_touch


def test_chinese_orders_are_orders() -> None:
    header, *lines = (line.split(",") for line in ORDERS.splitlines())
    found = guess(header, lines).mapping
    assert (found.kind, found.column_of("paid_time"), found.column_of("revenue")) == ("orders", "付款时间", "实付金额")


@pytest.mark.parametrize(
    ("header", "row", "cost"),
    [
        ("day,channel,impressions,cost", "2026-07-01,Facebook,7576,26.5", "cost"),
        ("统计日期,渠道,计划名称,花费,展现量,点击量", "2026-07-01,抖音,夏季,1,2,3", "花费"),
        ("日期,媒体,总花费(元),曝光次数", "20260701,抖音,1,2", "总花费(元)"),
        ("Day,Platform,Amount spent (USD),Impressions", "2026-07-01,Meta,1.5,2", "Amount spent (USD)"),
    ],
)
def test_spend_in_two_languages(header: str, row: str, cost: str) -> None:
    found = guess(header.split(","), [row.split(",")]).mapping
    assert (found.kind, found.column_of("cost"), found.missing_fields()) == ("spend", cost, [])


@pytest.mark.parametrize(
    ("kind", "header", "row"),
    [
        (
            "events",
            "时间,渠道,行为,会员号,手机号,邮箱,计划名称,金额",
            "2026-07-01 10:00:00,抖音,点击,M1,13812345678,a@b.cn,夏季,1",
        ),
        (
            "orders",
            "订单编号,订单创建时间,订单付款时间,手机号,实付金额,退款金额,订单状态",
            "1,2026-07-01,2026-07-01,13812345678,5,0,已完成",
        ),
        (
            "spend",
            "日期,渠道,计划名称,创意名称,花费,展现量,点击量,转化数,成交金额",
            "2026-07-01,抖音,夏季,甲,5,6,7,1,9",
        ),
    ],
)
def test_our_own_format_with_chinese_headers_needs_no_question(kind: str, header: str, row: str) -> None:
    names = header.split(",")
    found = guess(names, [row.split(",")]).mapping
    assert (found.kind, found.missing_fields(), set(found.columns)) == (kind, [], set(names))


def test_phones_and_emails_are_known_by_their_looks() -> None:
    header = ["time", "source", "contact a", "contact b"]
    found = guess(header, [["2026-07-01", "x", "13812345678", "a@b.cn"]] * 5, "events")
    assert found.mapping.columns["contact a"] == "phone"
    assert found.mapping.columns["contact b"] == "email"
    assert found.confidence["contact b"] < found.confidence["time"]


@pytest.mark.parametrize(
    ("header", "row", "kind", "meant"),
    [
        (
            "event_timestamp,event_name,user_pseudo_id,user_id,ga_session_id,traffic_source.source,"
            "traffic_source.medium,traffic_source.name",
            "1780000000000000,page_view,12.17,u1,1780000000,google,cpc,brand",
            "events",
            {
                "traffic_source.source": "utm_source",
                "user_pseudo_id": "cookie",
                "user_id": "customer_id",
                "traffic_source.medium": "utm_medium",
                "traffic_source.name": "campaign",
            },
        ),
        ("ts_ms,uid,event,utm_source", "1780000000000,u1,click,google", "events", {"ts_ms": "time"}),
        (
            "Order no.;Ordered on;Gross total;E-mail",
            "1001;13/06/2026 14:30;50.5;a@b.de",
            "orders",
            {"Order no.": "order_id", "Ordered on": "time", "Gross total": "revenue"},
        ),
        (
            "Bestell-Nr.;Bestellt am;Brutto;E-Mail",
            "1001;13.06.2026 14:30;50,50;a@b.de",
            "orders",
            {"Bestell-Nr.": "order_id", "Bestellt am": "time", "Brutto": "revenue"},
        ),
        ("Day;Medium/Channel;Net cost €;Clicks", "2026-06-13;Podcast;100;3", "spend", {"Net cost €": "cost"}),
    ],
    ids=["GA4 in BigQuery", "log of an app", "till", "German shop", "planner"],
)
def test_headers_of_houses_and_exports_nobody_wrote_a_profile_for(
    header: str, row: str, kind: str, meant: dict[str, str]
) -> None:
    sign = ";" if ";" in header else ","
    found = guess(header.split(sign), [row.split(sign)] * 2).mapping
    assert (found.kind, found.missing_fields()) == (kind, [])
    assert meant.items() <= found.columns.items()


def test_a_visitor_is_a_customer_where_nothing_else_names_one() -> None:
    header = ["event_timestamp", "event_name", "user_pseudo_id"]
    rows = [["1780000000000000", "page_view", f"12.{n}"] for n in (17, 18)]
    assert guess(header, rows).mapping.column_of("customer_id") == "user_pseudo_id"


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


def test_mappings_survive_json() -> None:
    mapping = Mapping(kind="spend", columns={"日": "date", "费": "cost"}, constants={"channel": "x"}, date_order="dmy")
    assert Mapping.from_json({**mapping.to_json(), "of a later version": 1}) == mapping


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": "gossip"}, "kind 'gossip'"),
        ({"columns": {"a": "colour"}}, "'colour' is no field of spend"),
        ({"columns": {"a": "cost", "b": "cost"}}, "both mapped to 'cost'"),
        ({"currency": "EU"}, "currency 'EU' is unknown"),
        ({"timezone": "Mars/Olympus"}, "timezone 'Mars/Olympus'"),
        ({"date_order": "ydm"}, "date order 'ydm'"),
    ],
)
def test_impossible_mappings_are_refused(changed: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Mapping(**{"kind": "spend", "columns": {}, **changed})  # type: ignore[arg-type]


def test_a_confirmed_mapping_is_remembered_for_its_header(workspace: Workspace, tmp_path: Path) -> None:
    file = "wann,wo,wieviel\n2026-07-01,douyin,5\n"
    path = write(tmp_path, file)
    mapping = corrected(
        inspect(workspace, path, kind="spend").mapping,
        columns={"wann": "date", "wo": "channel", "wieviel": "cost"},
    )
    commit(workspace, path, mapping)
    later = write(tmp_path, file.replace("2026-07-01", "2026-07-02").replace("wann", " WANN "), "later.csv")
    result = import_file(workspace, later)
    assert (result.added, result.sums) == (1, {"cost": "5"})
    assert signature(["Wann", "wo"]) == signature([" wann ", "WO"]) != signature(["wo", "wann"])


def test_an_ambiguous_date_is_asked_about_and_never_guessed(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n03/04/2026,douyin,5\n05/06/2026,douyin,6\n")
    questions = inspect(workspace, path).questions
    assert [(q.field, q.options) for q in questions] == [("date_order", ("dmy", "mdy"))]
    with pytest.raises(BadInput, match="03/04/2026"):
        import_file(workspace, path)
    with pytest.raises(BadInput, match="03/04/2026"):
        commit(workspace, path, inspect(workspace, path).mapping)


def test_one_telling_row_anywhere_decides_the_dates_of_its_column(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n" + "03/04/2026,douyin,5\n" * 300 + "25/04/2026,douyin,6\n")
    assert inspect(workspace, path).mapping.date_order == "dmy"
    import_file(workspace, path)
    assert workspace.rows("select min(day)::varchar, max(day)::varchar from spend") == [("2026-04-03", "2026-04-25")]


def test_what_nothing_provides_is_a_question(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "day,campaign,cost\n2026-07-01,Brand,5\n")
    assert [q.field for q in inspect(workspace, path).questions] == ["channel"]
    with pytest.raises(BadInput, match="which channel"):
        import_file(workspace, path)
    import_file(workspace, path, channel="Bilibili")
    assert workspace.rows("select channel from spend") == [("bilibili",)]


def test_inspection_shows_how_the_file_is_written(workspace: Workspace, tmp_path: Path) -> None:
    seen = inspect(workspace, write(tmp_path, "Report\n" + SPEND.replace(",", "\t"), encoding="utf-16"))
    assert (seen.encoding, seen.delimiter, seen.header_row, seen.preamble) == ("utf-16-le", "\t", 2, ("Report",))
    assert (seen.profile, seen.kind, seen.questions) == ("plain_spend", "spend", ())
    assert inspect(workspace, write(tmp_path, EVENTS)).profile == "plain_events"


def test_a_profile_that_does_not_fit_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not look like 'taobao_orders'"):
        inspect(workspace, write(tmp_path, SPEND), profile="taobao_orders")
    with pytest.raises(BadInput, match="profile 'nope' is unknown"):
        inspect(workspace, write(tmp_path, SPEND), profile="nope")


def rows_of(*row: str, many: int = 20) -> list[list[str]]:
    """Rows that are all alike but for '#', which counts up."""
    return [[cell.replace("#", str(1000 + i)) for cell in row] for i in range(many)]


def meaning_of(header: str, *row: str, kind: str | None = None, has_period: bool = False) -> Mapping:
    return guess(header.split(","), rows_of(*row), kind, has_period=has_period).mapping


@pytest.mark.parametrize(
    ("header", "row", "action", "columns"),
    [
        (
            "mql_id,first_contact_date,landing_page_id,origin",
            ("a1b2c3d4e5f6a7b8c9d0#", "2018-02-01", "88740e65d5d6", "social"),
            "lead",
            {"mql_id": "customer_id", "first_contact_date": "time", "landing_page_id": "page", "origin": "channel"},
        ),
        (
            "mql_id,sdr_id,won_date,lead_behaviour_profile,declared_monthly_revenue",
            ("a1b2c3d4e5f6a7b8c9d0#", "9d12ef1a7eca", "2018-02-26 19:58:54", "cat", "0.0"),
            "deal_won",
            {"mql_id": "customer_id", "won_date": "time"},
        ),
        (
            "线索编号,手机号,线索来源,创建时间",
            ("XS#", "1381234#", "抖音", "2026-06-01 10:00"),
            "lead",
            {"线索编号": "customer_id", "手机号": "phone", "线索来源": "channel", "创建时间": "time"},
        ),
        (
            "email,signup_date,acquisition channel",
            ("a#@b.com", "2026-06-01", "newsletter"),
            "registered",
            {"email": "email", "signup_date": "time", "acquisition channel": "channel"},
        ),
        (
            "respondent_id,submitted_at,nps_score",
            ("R#", "2026-06-01", "9"),
            "survey",
            {"respondent_id": "customer_id", "submitted_at": "time", "nps_score": "score"},
        ),
        ("添加时间,来源,手机号", ("2026-06-01 10:00", "扫码", "1381234#"), "add_wecom", None),
    ],
)
def test_files_of_a_crm_say_by_the_header_of_their_time_what_happened(
    header: str, row: tuple[str, ...], action: str, columns: dict[str, str] | None
) -> None:
    found = meaning_of(header, *row)
    assert (found.kind, found.constants) == ("events", {"action": action})
    assert columns is None or dict(found.columns) == columns


def test_an_action_column_says_it_better_than_the_header_of_the_time() -> None:
    found = meaning_of("Close Date,Stage,Email,Amount", "2026-06-01", "Closed Won", "a#@b.com", "12.50")
    assert (found.column_of("action"), found.constants) == ("Stage", {})


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("product_id", "a1b2c3d4#"),  # a thing, not a person
        ("sales_rep_id", "a1b2c3d4#"),
        ("owner_id", "a1b2c3d4"),  # repeats
        ("客户", "张三"),  # a name: two of them would become one person
        ("customer", "John Smith"),
        ("customer_id", "123-456-7890"),  # an account: the same on every row
    ],
)
def test_what_tells_no_person_apart_is_no_identifier(header: str, cell: str) -> None:
    found = meaning_of(f"created_date,{header},source", "2026-06-01", cell, "web", kind="events")
    assert "customer_id" not in found.columns.values()


def test_lines_of_invoices_are_orders_worth_quantity_times_price() -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    found = meaning_of(header, "53#", "85123A", "LANTERN", "6", "2010-12-01 08:26:00", "2.55", "17#.0", "UK")
    assert (found.kind, found.missing_fields()) == ("orders", [])
    assert {found.column_of(f) for f in ("quantity", "unit_price", "order_id")} == {
        "Quantity", "UnitPrice", "InvoiceNo",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "row", "figures"),
    [
        (
            "营业日期,门店,营业额,客流量,交易笔数",
            ("2026-06-01", "上海店", "12,345.00", "300", "88"),
            {"交易笔数": "sum"},
        ),
        (
            "Date,Clicks,Impressions,CTR,Position",
            ("2026-06-01", "12", "345", "3.4%", "5.1"),
            {"CTR": "average", "Position": "average"},
        ),
        (
            "日期,页面,浏览量,访客数,累计访客数,触达人数",
            ("2026-06-01", "/home", "12", "10", "999", "8"),
            {"累计访客数": "cumulative", "触达人数": "average"},
        ),
        ("date,store_id,visitors,year", ("2026-06-01", "17", "300", "2026"), {}),
    ],
)
def test_figures_of_a_day_that_are_no_spend_are_a_report(
    header: str, row: tuple[str, ...], figures: dict[str, str]
) -> None:
    found = meaning_of(header, *row)
    assert (found.kind, dict(found.figures), found.missing_fields()) == ("reports", figures, [])
    assert found.constants["section"] == header.replace(",", ", ")


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        (
            "订单号,订单状态,商品总价(元),店铺优惠折扣(元),用户实付金额(元),手机,订单成交时间,支付时间",
            ("2301-#", "已发货", "99.00", "0", "89.00", "138****1234", "2026-06-01 10:00:00", "2026-06-01 10:01:00"),
            {"order_id": "订单号", "revenue": "用户实付金额(元)", "time": "订单成交时间", "paid_time": "支付时间"},
        ),
        (
            "amazon-order-id,purchase-date,order-status,sku,quantity,currency,item-price",
            ("111-#", "2026-06-01T10:00:00+00:00", "Shipped", "S1", "1", "USD", "9.90"),
            {"order_id": "amazon-order-id", "time": "purchase-date", "unit_price": "item-price"},
        ),
        (
            "Date,Name,Status,Currency,Gross,Fee,Net,From Email Address,Transaction ID",
            ("01/25/2026", "Ana", "Completed", "USD", "9.90", "-0.50", "9.40", "a#@b.com", "T#"),
            {"order_id": "Transaction ID", "revenue": "Gross", "email": "From Email Address"},
        ),
    ],
)
def test_orders_of_shops_that_nobody_described(header: str, row: tuple[str, ...], columns: dict[str, str]) -> None:
    found = meaning_of(header, *row)
    assert (found.kind, found.missing_fields()) == ("orders", [])
    assert {field: found.column_of(field) for field in columns} == columns
    assert found.column_of("store_id") is None


def test_a_period_is_as_good_as_a_column_of_days() -> None:
    row = ("running shoes", "12", "345", "3.4%")
    assert meaning_of("Top queries,Clicks,Impressions,CTR", *row, has_period=True).kind == "reports"


def test_a_letter_before_digits_makes_no_number() -> None:
    found = meaning_of("date,store,rent,currency", "2026-06-01", "S1", "5000", "CNY")
    assert (found.kind, found.column_of("cost"), dict(found.figures)) == ("spend", "rent", {})


@pytest.mark.parametrize(
    ("file_name", "channels"),
    [
        ("google_ads_july.csv", ("google_ads",)),
        ("小红书_7月.csv", ("xiaohongshu",)),
        ("腾讯广告0601.csv", ("wechat_ads",)),
        ("FB 202607.xlsx › Sheet 1", ("meta",)),
        ("redcross.csv", ()),
        ("costs.csv", ()),
    ],
)
def test_the_name_of_a_file_suggests_its_channel(file_name: str, channels: tuple[str, ...]) -> None:
    assert suggested_channels(file_name) == channels


def test_a_channel_of_the_workspace_is_suggested_by_its_own_name() -> None:
    assert suggested_channels("Messe Köln 2026.csv", {"Messe Köln": "fair"}) == ("fair",)


def test_a_channel_is_suggested_and_never_taken_silently(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "day,campaign,cost\n2026-07-01,Brand,5\n", "bilibili_july.csv")
    seen = inspect(workspace, path)
    assert [(q.field, q.options) for q in seen.questions] == [("channel", ("bilibili",))]
    assert "channel" not in seen.mapping.constants


# -- formulas


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


# -- periods and dates


def test_the_days_a_file_states_are_those_of_its_rows(workspace: Workspace, tmp_path: Path) -> None:
    text = "Report\n2026年6月1日至6月10日\ncampaign,cost,clicks\nBrand,5,1\n"
    seen = inspect(workspace, write(tmp_path, text, "抖音.csv"))
    assert seen.mapping.constants == {"date": "2026-06-01", "end_date": "2026-06-10"}
    assert [q.field for q in seen.questions] == ["channel"]
    assert [w.template for w in seen.warnings] == ["rows cover several days; their cost is spread evenly over them"]


def test_a_file_that_states_no_days_is_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "channel,cost,clicks\n抖音,5,1\n")
    seen = inspect(workspace, path)
    assert [(q.field, q.text.english()) for q in seen.questions] == [("date", "which days does this file cover?")]
    with pytest.raises(BadInput, match="which days"):
        import_file(workspace, path)


def test_the_days_of_one_file_are_not_remembered_for_its_header(workspace: Workspace, tmp_path: Path) -> None:
    july = write(tmp_path, "channel,cost,clicks\n抖音,5,1\n", "costs_2026-07-01_2026-07-02.csv")
    commit(workspace, july, inspect(workspace, july).mapping)
    august = write(tmp_path, "Channel,Cost,Clicks\n抖音,6,1\n", "costs_2026-08-01_2026-08-02.csv")
    assert inspect(workspace, august).mapping.constants == {"date": "2026-08-01", "end_date": "2026-08-02"}
    nameless = write(tmp_path, "channel,cost,clicks\n抖音,7,1\n", "costs.csv")
    assert [q.field for q in inspect(workspace, nameless).questions] == ["date"]


def test_a_remembered_mapping_keeps_its_figures_under_the_new_spelling(workspace: Workspace, tmp_path: Path) -> None:
    first = write(tmp_path, "日期,渠道,花费(元),互动量,互动成本\n2026-07-01,抖音,5,3,1.67\n")
    commit(workspace, first, inspect(workspace, first).mapping)
    later = write(tmp_path, "日期,渠道,花费,互动量 ,互动成本\n2026-07-02,抖音,6,3,2\n", "b.csv")
    assert inspect(workspace, later).mapping.figures == {"互动量": "sum", "互动成本": "average"}


def test_a_list_without_any_time_is_asked_for_one_and_its_name_suggests_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, "email,phone\na@b.com,13812345678\n", "members-2026-06-30.csv")
    seen = inspect(workspace, path, kind="events")
    assert [(q.field, q.options) for q in seen.questions] == [("time", ("2026-06-30",))]


def test_the_lines_above_a_table_decide_the_order_of_its_dates(workspace: Workspace, tmp_path: Path) -> None:
    table = "date,channel,cost\n3/4/2026,抖音,5\n5/4/2026,抖音,6\n"
    for above, order in (
        ("Report Start: 1/4/2026 Report End: 30/4/2026\n\n", "dmy"),
        ("April 1, 2026 - April 30, 2026\n\n", "dmy"),
        ("1 March 2026 - 30 June 2026\n\n", None),  # both readings lie within
    ):
        seen = inspect(workspace, write(tmp_path, above + table))
        assert seen.mapping.date_order == order
        assert [q.field for q in seen.questions] == ([] if order else ["date_order"])


LINKEDIN = "Start Date (in UTC),Account Name,Campaign Name,Campaign ID,Currency,Total Spent,Impressions,Clicks\n"


def test_a_platform_that_always_writes_one_order_is_not_asked_but_its_dates_have_the_last_word(
    workspace: Workspace, tmp_path: Path
) -> None:
    plain = write(tmp_path, LINKEDIN + "3/4/2026,A,B,1,CNY,5,1,1\n")
    assert inspect(workspace, plain).mapping.date_order == "mdy"
    other = write(tmp_path, LINKEDIN + "3/4/2026,A,B,1,CNY,5,1,1\n25/4/2026,A,B,1,CNY,5,1,1\n")
    assert inspect(workspace, other).mapping.date_order == "dmy"


def test_all_times_of_an_order_are_asked_about_together(workspace: Workspace, tmp_path: Path) -> None:
    text = "order_id,time,paid_time,refund_time,revenue\n1,03/04/2026,03/04/2026,05/04/2026,9\n"
    assert [q.field for q in inspect(workspace, write(tmp_path, text)).questions] == ["date_order"]
    told = text + "2,03/04/2026,03/04/2026,25/04/2026,9\n"
    assert inspect(workspace, write(tmp_path, told)).mapping.date_order == "dmy"


def test_cells_tell_a_card_of_weekdays_from_a_table_of_days() -> None:
    header = ["Day", "Impressions"]
    assert recognised(header, [["2026-07-01", "5"]]) is None
    card = recognised(header, [["Monday", "5"], ["Tuesday", "6"]])
    assert card is not None
    assert card.name == "google_ads_card_hours"


def test_a_mapping_of_another_export_with_the_same_header_is_not_remembered(
    workspace: Workspace, tmp_path: Path
) -> None:
    card = write(tmp_path, "Day,Impressions\nMonday,5\nTuesday,6\n", "Day(2026.06.01-2026.06.10).csv")
    commit(workspace, card, inspect(workspace, card).mapping)
    days = write(tmp_path, "Day,Impressions\n2026-07-01,5\n2026-07-02,6\n", "days.csv")
    assert inspect(workspace, days).mapping.column_of("date") == "Day"


def test_an_export_that_names_no_currency_says_how_it_is_taken(workspace: Workspace, tmp_path: Path) -> None:
    text = "{},Impressions,Clicks (destination),By Day\n5,10,1,2026-07-01\n"
    unnamed = inspect(workspace, write(tmp_path, text.format("Cost")))
    assert [w.english() for w in unnamed.warnings] == ["the file names no currency; its amounts are taken as CNY"]
    assert inspect(workspace, write(tmp_path, text.format("Cost (USD)"))).warnings == ()


# -- day columns that name more than a day


@pytest.mark.parametrize(
    ("header", "cells", "days"),
    [
        ("时间", ("2026-06-01 - 2026-06-07", "2026-06-08 至 2026-06-14"), ("2026-06-01", "2026-06-14", 14)),
        ("Date", ("6/1/2026 - 6/7/2026", "6/8/2026 - 6/14/2026"), ("2026-06-01", "2026-06-14", 14)),
        ("月份", ("2026-05", "2026-06"), ("2026-05-01", "2026-06-30", 61)),
        ("统计日期", ("2026年2月", "2026年3月"), ("2026-02-01", "2026-03-31", 59)),
        ("Month", ("Dec 2026", "January 2027"), ("2026-12-01", "2027-01-31", 62)),
        ("month", ("202605", "202606"), ("2026-05-01", "2026-06-30", 61)),
        ("Month", ("2026-06-01", "2026-07-01"), ("2026-06-01", "2026-07-31", 61)),
        ("week", ("2026-06-01", "2026/06/08"), ("2026-06-01", "2026-06-14", 14)),
        ("Day", ("2026-06-01", "2026-07-01"), ("2026-06-01", "2026-07-01", 2)),
    ],
)
def test_a_cell_may_name_a_range_a_month_or_a_week(
    workspace: Workspace, tmp_path: Path, header: str, cells: tuple[str, str], days: tuple[str, str, int]
) -> None:
    path = write(tmp_path, f"{header},channel,cost\n{cells[0]},douyin,60\n{cells[1]},douyin,70\n")
    seen = inspect(workspace, path)
    assert (seen.kind, seen.questions) == ("spend", ())
    assert any("spread" in w.template for w in seen.warnings) == (seen.mapping.span is not None)
    result = commit(workspace, path, seen.mapping)
    assert (result.added, result.rejected, result.sums) == (2, 0, {"cost": "130"})
    found = workspace.rows(
        "select min(day)::varchar, max(day)::varchar, count(distinct day), sum(cost)::integer from spend"
    )
    assert found == [(*days, 130)]


def test_hours_of_a_day_are_no_days(workspace: Workspace, tmp_path: Path) -> None:
    hours = [f"2026-06-01 {h:02}:00 - 2026-06-01 {h:02}:59,meta,{h}.50" for h in range(23)]
    last = "2026-06-01 23:00 ~ 2026-06-02 00:00,meta,40.00"
    path = write(tmp_path, "\n".join(["时间,渠道,消耗", *hours, last, "合计,,304.50"]))
    seen = inspect(workspace, path)
    assert seen.mapping is not None
    assert not any("spread" in w.template for w in seen.warnings)
    import_file(workspace, path)
    assert workspace.rows("select day, sum(cost) from spend group by day") == [(date(2026, 6, 1), Decimal("304.50"))]


def test_a_range_that_ends_at_midnight_is_not_counted_a_day_too_long(workspace: Workspace, tmp_path: Path) -> None:
    weeks = [f"2026-06-{d:02} - 2026-06-{d + 6:02},meta,70" for d in (1, 8)]
    until_midnight = "2026-06-15 00:00 - 2026-06-22 00:00,meta,70"
    path = write(tmp_path, "\n".join(["Date,channel,cost", *weeks, until_midnight]))
    result = import_file(workspace, path)
    assert (result.added, result.rejected) == (2, 1)


def test_a_single_day_among_ranges_is_that_day(workspace: Workspace, tmp_path: Path) -> None:
    path = write(
        tmp_path, "日期,渠道,花费\n2026-06-01~2026-06-02,抖音,4\n2026-06-03~2026-06-04,抖音,4\n2026-06-09,抖音,1\n"
    )
    commit(workspace, path, inspect(workspace, path).mapping)
    assert workspace.rows("select day::varchar, cost::integer from spend order by day") == [
        ("2026-06-01", 2), ("2026-06-02", 2), ("2026-06-03", 2), ("2026-06-04", 2), ("2026-06-09", 1),
    ]  # fmt: skip


def test_a_span_needs_a_day_column() -> None:
    with pytest.raises(BadInput, match="span 'month'"):
        Mapping(kind="spend", columns={"a": "cost"}, span="month")


# -- a law

_WORDS = ("date", "time", "日期", "order id", "email", "手机号", "cost", "花费", "clicks", "CTR", "channel", "来源", "mql_id",
          "won date", "revenue", "金额", "quantity", "unit price", "month", "item", "访客数", "Notes", "")  # fmt: skip
_CELLS = (
    "2026-06-01",
    "03/04/2026",
    "1,234.50",
    "12%",
    "a@b.cn",
    "13812345678",
    "",
    "--",
    "Brand",
    "CNY",
    "1",
    "x" * 40,
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    header=st.lists(st.sampled_from(_WORDS) | st.text(max_size=6), min_size=1, max_size=12, unique=True),
    rows=st.lists(st.lists(st.sampled_from(_CELLS), max_size=12), min_size=1, max_size=4),
    kind=st.sampled_from((None, *KINDS)),
    has_period=st.booleans(),
)
def test_whatever_the_table_is_the_guess_is_a_possible_mapping(
    header: list[str], rows: list[list[str]], kind: str | None, has_period: bool
) -> None:
    found = guess(header, rows, kind, has_period=has_period)
    mapping = found.mapping
    assert kind in (None, mapping.kind)
    assert set(mapping.columns) <= set(header)
    assert set(mapping.figures) <= set(header) - set(mapping.columns)
    assert set(found.confidence) == set(mapping.columns)
    assert all(0 < confidence < 1 for confidence in found.confidence.values())
    assert Mapping.from_json(mapping.to_json()) == mapping
    added = [c for c, m in mapping.columns.items() if field_of(mapping.kind, m).value in ("amount", "count")]  # type: ignore[union-attr]
    assert not [c for c in added if is_ratio(c) and mapping.columns[c] not in ("quantity", "unit_price")]


def test_an_import_says_what_the_first_look_pointed_out(workspace: Workspace, tmp_path: Path) -> None:
    header = "Cost,Impressions,Clicks (destination),Campaign name,Primary status"
    path = write(tmp_path, f"{header}\n5,10,1,A,Active\n", "TikTok_2026-07-01_2026-07-05.csv")
    seen = inspect(workspace, path)
    result = import_file(workspace, path)
    told = [w.english() for w in result.warnings]
    assert told == [w.english() for w in seen.warnings]
    assert "column Primary status is not used" in told
    assert "rows cover several days; their cost is spread evenly over them" in told
    assert "the file names no currency; its amounts are taken as CNY" in told
    assert [w.english() for w in history(workspace)[0]["warnings"]] == told


@pytest.mark.parametrize(
    "other",
    [
        "discount amount",
        "优惠金额",
        "Tax amount",
        "运费金额",
        "Shipping amount",
        "coupon value",
        "税额",
        "refund value",
    ],
)
def test_money_beside_what_was_bought_is_no_revenue(other: str) -> None:
    header = ["order_id", "order date", "sku", "quantity", "unit price", other]
    meanings = guess(header, [["1", "2026-07-01", "a", "2", "10", "1"]]).mapping.columns
    assert meanings.get(other) in (None, "refund")
    assert {"quantity", "unit_price"} <= set(meanings.values())


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


def test_a_name_is_an_order_number_only_where_shopify_says_so() -> None:
    rows = [["Ana Miller", "2026-07-01", "10"], ["Bo Li", "2026-07-02", "20"], ["Ana Miller", "2026-07-03", "30"]]
    assert "order_id" not in guess(["Name", "Date", "Total"], rows).mapping.columns.values()


@pytest.mark.parametrize(
    ("header", "cell"),
    [("日期", "46204"), ("Date", "46205.0"), ("时间-小时", "2026-07-01 00:00-00:59"), ("By hour", "2026-07-01 01:00 ~ 01:59"),
     ("Datum", "1. Juli 2026"), ("Date", "14 août 2026")],
)  # fmt: skip
def test_days_are_known_however_they_are_written(header: str, cell: str) -> None:
    found = guess(
        [header, "channel", "cost", "clicks"], [[cell, "meta", "10", "1"], [cell, "meta", "12", "2"]], "spend"
    )
    assert found.mapping.column_of("date") == header


def test_numbers_under_another_header_are_no_days() -> None:
    found = guess(["amount of day", "channel", "cost"], [["46204", "meta", "10"]], "spend")
    assert found.mapping.column_of("date") is None


def test_blanks_nobody_sees_do_not_count_in_a_header() -> None:
    assert header_key("Cli\u00adcks\u200b") == "clicks"


def test_a_list_with_short_deal_numbers_is_one_of_deals() -> None:
    header = ["deal_id", "created_at", "closed_at", "stage", "amount"]
    found = guess(
        header,
        [
            ["D1", "2026-06-01", "2026-07-05", "Closed Won", "1000"],
            ["D2", "2026-06-02", "2026-07-06", "Closed Lost", "500"],
        ],
    )
    assert found.mapping.is_deals
    assert (found.mapping.column_of("order_id"), found.mapping.column_of("paid_time")) == ("deal_id", "closed_at")


def test_a_log_in_which_few_rows_have_an_order_is_a_log_of_events() -> None:
    header = ["event_id", "ts", "identifier", "channel", "campaign", "action", "order_id", "revenue", "currency"]
    visits = [f"e{i},2025-01-06 10:00:00,u100{i},meta,,click,,,".split(",") for i in range(9)]
    sale = ["s1", "2025-01-06 10:01:00", "u1001", "", "", "purchase", "o1", "20.5", "EUR"]
    found = guess(header, [*visits, sale]).mapping
    assert (found.kind, found.column_of("customer_id"), found.column_of("order_id")) == (
        "events", "identifier", "order_id",
    )  # fmt: skip


def test_what_an_ad_brought_directly_is_a_part_of_all_it_brought() -> None:
    header = ["日期", "推广计划", "花费", "直接订单金额", "间接订单金额", "总订单金额"]
    assert guess(header, [["2026-07-01", "甲", "9.5", "10.5", "5.5", "16"]]).mapping.column_of("claimed_revenue") == (
        "总订单金额"
    )


def test_a_bracket_that_adds_nothing_does_not_hide_a_word() -> None:
    header = ["Date", "Media Source (pid)", "Campaign (c)", "Total Cost (Account Currency)", "Installs (Total)"]
    found = guess(header, [["2026-07-01", "Facebook Ads", "Sale", "9.5", "3"]]).mapping
    assert found.kind == "spend"
    assert [*found.columns.values()] == ["date", "channel", "campaign", "cost", "claimed_conversions"]


@pytest.mark.parametrize("other", ["Cost (previous period)", "Cost (goal)", "Cost (change)", "Cost (yoy)"])
def test_a_bracket_that_says_another_thing_is_heard(other: str) -> None:
    found = guess(["Date", "Channel", other, "Clicks"], [["2026-07-01", "Bing", "9.5", "3"]]).mapping
    assert found.column_of("cost") is None


def test_the_total_of_an_order_is_more_than_its_subtotal() -> None:
    header = ["Order Number", "Order Date", "Order Subtotal Amount", "Order Total Amount", "Order Status"]
    found = guess(header, [["501", "2026-07-01 09:12", "120", "125", "completed"]]).mapping
    assert found.column_of("revenue") == "Order Total Amount"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Bon-Nr;Datum;Uhrzeit;Artikel;Menge;Einzelpreis;Betrag", "1001;01.07.2026;10:11;Schuh;2;24,95;49,90"),
        ("N° de commande;Date de commande;Article;Quantité;Prix unitaire;Montant", "1001;01.07.2026;x;2;24,95;49,90"),
        (
            "Número de pedido;Fecha de pedido;Artículo;Cantidad;Precio unitario;Importe",
            "1001;01.07.2026;x;2;24,95;49,90",
        ),
    ],
)
def test_a_till_speaks_german_french_and_spanish(workspace: Workspace, tmp_path: Path, header: str, row: str) -> None:
    more = row.replace("1001", "1002").replace("01.07", "02.07")
    result = import_file(workspace, write(tmp_path, f"{header}\n{row}\n{more}\n"))
    assert (result.kind, result.added, result.sums["revenue"]) == ("orders", 2, "99.8")


def test_figures_by_day_of_which_nobody_did_anything_are_no_touches() -> None:
    found = guess(["日期", "渠道", "进店次数"], [["2026-07-01", "抖音", "10"], ["2026-07-02", "抖音", "12"]]).mapping
    assert (found.kind, dict(found.figures)) == ("reports", {"进店次数": "sum"})
    clocked = guess(["时间", "渠道", "停留秒数"], [["2026-07-01 10:01:02", "抖音", "10"]]).mapping
    assert clocked.kind == "events"


def test_names_that_programs_write_as_one_word_are_read_as_words() -> None:
    header = ["ContactName", "EmailAddress", "InvoiceNumber", "InvoiceDate", "Total", "Currency", "Status"]
    found = guess(header, [["ACME", "a@x.example", "INV-001", "13/07/2026", "120.00", "GBP", "Paid"]]).mapping
    assert (found.kind, found.column_of("order_id"), found.column_of("email")) == (
        "orders",
        "InvoiceNumber",
        "EmailAddress",
    )
    assert found.column_of("time") == "InvoiceDate"


@pytest.mark.parametrize("paid", ["用户应付金额(元)", "商家应收金额(支付金额)(元)", "用户支付金额"])
def test_what_was_paid_is_less_than_the_price_of_the_goods(paid: str) -> None:
    header = ["订单号", "订单状态", "订单创建时间", "商品总价(元)", paid]
    found = guess(header, [["P7001", "已完成", "2026-07-01 10:00:00", "50.00", "45.00"]]).mapping
    assert found.column_of("revenue") == paid


@pytest.mark.parametrize(
    "header",
    [
        "流水号,门店,销售时间,会员号,手机号,金额",
        "交易流水,交易时间,门店名称,会员ID,金额,支付方式",
        "POS流水号,营业日期,门店,收银员,会员卡号,会员手机号,实收金额",
    ],
)
def test_a_till_s_list_of_sales_is_orders_however_many_ways_it_names_the_customer(header: str) -> None:
    cells = {"门店": "人民路店", "门店名称": "人民路店", "收银员": "李", "支付方式": "微信"}
    rows = [
        [
            cells.get(name)
            or (f"2026-07-{day:02} 10:00:00" if "时间" in name or "日期" in name else "")
            or (f"13812341{day:03}" if "手机" in name else "20.00" if "金额" in name else f"A{1000 + day}")
            for name in header.split(",")
        ]
        for day in range(1, 20)
    ]
    found = guess(header.split(","), rows).mapping
    assert (found.kind, found.column_of("order_id")) == ("orders", header.split(",", maxsplit=1)[0])


def test_a_log_that_says_what_was_done_stays_a_log_whatever_it_sold() -> None:
    header = ["order_id", "time", "email", "action", "amount"]
    rows = [[f"o{n}", f"2026-07-{n:02} 10:00", f"a{n}@x.de", "purchase", "10"] for n in range(1, 20)]
    assert guess(header, rows).mapping.kind == "events"


def test_a_column_of_days_alone_is_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    seen = inspect(workspace, write(tmp_path, "date\n2026-07-01\n2026-07-02\n"))
    assert [q.field for q in seen.questions] == ["action"]


def test_days_under_a_bare_label_are_days(workspace: Workspace, tmp_path: Path) -> None:
    text = "label,nb_uniq_visitors,nb_visits\n2026-07-01,5,6\n2026-07-02,7,8\n"
    found = inspect(workspace, write(tmp_path, text, "visits_2026-07-01_2026-07-02.csv")).mapping
    assert (found.kind, found.column_of("date"), found.column_of("visitors")) == (
        "reports",
        "label",
        "nb_uniq_visitors",
    )
