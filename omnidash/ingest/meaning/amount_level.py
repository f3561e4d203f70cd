"""Whose is the amount on a line of an order: the line's own, or the whole order's, repeated? What the header says, and
when its owner is asked.

Orders of several lines that bear the same amount on all of their lines look like order totals that are repeated, and
like lines that happen to cost the same. One such order says nothing; ``TELLING_ORDERS`` of them with
``TELLING_AMOUNTS`` different amounts are no chance, but no proof either: taken wrongly, revenue doubles or is lost.
So where no header and no price tells, it is asked once, and the answer is kept for the header.
"""

import re
from collections import defaultdict

from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.questions import Question
from omnidash.ingest.reading.dialect import clean_cell
from omnidash.ingest.reading.reader import Source
from omnidash.model.messages import N_, Message

ORDER, LINE = "order", "line"
TELLING_ORDERS, TELLING_AMOUNTS = 5, 3
_OF_LINE = re.compile(r"小计|子订单|明细|单品|\bline ?items?\b|\bline\b")
_OF_ORDER = re.compile(r"订单|合计|应收|\border\b|\btotal\b|\binvoice\b|\bgrand\b")
_OF_PRODUCT = re.compile(r"商品|宝贝|货品|\bproduct\b|\bitem\b|\bsku\b")


def level_of_header(column: str) -> str | None:
    """'line' for 商品金额小计 and Lineitem total, 'order' for 订单应付金额 and Order total, None for Amount."""
    key = header_key(column)
    if _OF_LINE.search(key):
        return LINE
    if _OF_ORDER.search(key):
        return ORDER
    return LINE if _OF_PRODUCT.search(key) else None


def level_question(column: str, orders: int) -> Question:
    """What to ask where amounts are repeated and nothing tells why."""
    text = N_(
        "'{column}' is the same on all lines of {orders} orders. Is it the whole order's amount, which counts once, or"
        " each line's own, which are added?"
    )
    values = {"column": column, "orders": orders}
    return Question(field="amount_level", text=Message(text, values), options=(ORDER, LINE))


def amount_questions(source: Source, mapping: Mapping) -> list[Question]:
    """The question, where the sample shows the pattern and no header and no price tells. (Further down the import sees
    all lines, and asks there.)"""
    column, order = mapping.column_of("revenue"), mapping.column_of("order_id")
    header = source.dialect.header
    is_priced = {"quantity", "unit_price"} <= {*mapping.columns.values()}
    if mapping.kind != "orders" or mapping.amount_level or is_priced or column not in header or order not in header:
        return []
    if level_of_header(column) is not None:
        return []
    lines: dict[str, list[str]] = defaultdict(list)
    for row in source.dialect.sample:
        if len(row) == len(header) and (number := clean_cell(row[header.index(order)])):
            lines[number].append(clean_cell(row[header.index(column)]))
    several = {number: amounts for number, amounts in lines.items() if len(amounts) > 1 and any(amounts)}
    if any(len({*amounts}) > 1 for amounts in several.values()):
        return []
    told = {amounts[0] for amounts in several.values()}
    if len(several) < TELLING_ORDERS or len(told) < TELLING_AMOUNTS:
        return []
    return [level_question(column, len(several))]
