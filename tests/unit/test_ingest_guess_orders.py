"""Lists of orders that nobody described are known by their columns: of shops, tills, invoices and deals."""

from pathlib import Path

import pytest

from omnidash.ingest.meaning.guess import guess
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from tests.unit.ingest_files import ORDERS, meaning_of, write


def test_chinese_orders_are_orders() -> None:
    header, *lines = (line.split(",") for line in ORDERS.splitlines())
    found = guess(header, lines).mapping
    assert (found.kind, found.column_of("paid_time"), found.column_of("revenue")) == ("orders", "付款时间", "实付金额")


def test_lines_of_invoices_are_orders_worth_quantity_times_price() -> None:
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    found = meaning_of(header, "53#", "85123A", "LANTERN", "6", "2010-12-01 08:26:00", "2.55", "17#.0", "UK")
    assert (found.kind, found.missing_fields()) == ("orders", [])
    assert {found.column_of(f) for f in ("quantity", "unit_price", "order_id")} == {
        "Quantity", "UnitPrice", "InvoiceNo",
    }  # fmt: skip


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


def test_a_name_is_an_order_number_only_where_shopify_says_so() -> None:
    rows = [["Ana Miller", "2026-07-01", "10"], ["Bo Li", "2026-07-02", "20"], ["Ana Miller", "2026-07-03", "30"]]
    assert "order_id" not in guess(["Name", "Date", "Total"], rows).mapping.columns.values()


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
