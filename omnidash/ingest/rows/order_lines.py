"""The lines of orders: which of them count, what they are worth, and whose amount stands on them.

Where the file has no revenue column, an order is worth the sum of quantity x unit price of its lines. Every line of a
file that lists lines counts: two identical lines are two pieces scanned one after the other. The same block of lines
again further down, after other orders, comes of files put together and counts once; so do lines that all stand there
equally often, in every one of several orders, which comes of sorting such a file. In a file of orders without lines, a
row that repeats another one in every cell counts once.

An amount on several lines of an order is either the line's own (they are added) or the whole order's, repeated (it
counts once). ``amount_level`` decides for the whole file, by what is known best first:

    1 the mapping says so
    2 the lines of some order bear different amounts: the line's own
    3 quantity x unit price of the lines come closer to the sum, or to the amount taken once
    4 the header speaks of lines (商品金额小计, Lineitem total) or of the order (订单应付金额, Order total)
    5 at least 5 orders of at least 3 different amounts, each with the same amount on all of its lines: asked, where it
      is revenue (``meaning.amount_level``); of refunds the order's
    6 the line's own; where all amounts are repeated, that is pointed out

Example: 1001|89.00 and 1001|89.00 of different products are an order of 89.00 under 订单金额, of 178.00 under 商品金额.
"""

from omnidash.ingest.meaning.amount_level import (
    LINE,
    ORDER,
    TELLING_AMOUNTS,
    TELLING_ORDERS,
    level_of_header,
    level_question,
)
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.parse import hash_64
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging

WORTH = "quantity * unit_price"


def number_of(order_id: str) -> str:
    """SQL: the number of an order, without the shop that tells it apart while it is staged (``shops``)."""
    return f"split_part({order_id}, chr(30), 1)"


def has_lines(mapping: Mapping) -> bool:
    """Whether the file says what was bought, line by line."""
    return not mapping.is_refunds and bool({"sku", "item", "quantity", "unit_price"} & set(mapping.columns.values()))


def is_priced(mapping: Mapping) -> bool:
    """Whether orders are worth what their lines are: there is no revenue column, but quantity and unit price."""
    given = {*mapping.columns.values(), *mapping.constants}
    return "revenue" not in given and {"quantity", "unit_price"} <= given


def number_lines(staging: Staging, mapping: Mapping, *, each_counts: bool = False) -> None:
    """View ``line``: the rows that are taken, with ``copy``: 1 for a line that counts, more for one said before.

    ``each_counts``: a line that says what another one said counts, too, unless the file was put together with itself.
    Only orders in which a line repeats are sorted, which are few.
    """
    staging.cursor.execute(
        """
        create temp table many as
        select order_id, key, count(*) as times from numbered where problem is null
        group by order_id, key having count(*) > 1
        """
    )
    # a block: consecutive rows of one order, those set aside among them
    apart = "n - row_number() over (partition by order_id order by n)"
    is_piece = has_lines(mapping) or is_priced(mapping)
    block = apart if (each_counts or is_piece) and not _is_doubled(staging) else "n"
    if each_counts and block == apart:
        block = "0"
    staging.cursor.execute(
        f"""
        create table copies as
        with placed as (
            select n, order_id, key, problem, {block} as block
            from numbered where order_id in (select order_id from many)),
        counted as (
            select *, row_number() over (partition by order_id, key, block order by n) as nth_in_block
            from placed join many using (order_id, key) where problem is null),
        numbered_copies as (
            select n, row_number() over (partition by order_id, key, nth_in_block order by n) as copy from counted)
        select * from numbered_copies where copy > 1
        """  # noqa: S608  (one of two expressions)
    )
    staging.cursor.execute(
        "create view line as select with_ids.*, coalesce(copy, 1) as copy from with_ids left join copies using (n)"
        " where problem is null"
    )


def _is_doubled(staging: Staging) -> bool:
    """Whether every line of at least ``TELLING_ORDERS`` orders stands in the file equally often, more than once."""
    orders, rows, least, most = staging.cursor.execute(
        "select count(distinct order_id), sum(times), min(times), max(times) from many"
    ).fetchall()[0]
    if orders < TELLING_ORDERS or least != most:
        return False
    taken = staging.cursor.execute("select count(*) from parsed where problem is null").fetchall()[0][0]
    return bool(rows == taken)


def repeated_lines(staging: Staging) -> int:
    """How many rows say what another row of the file has said."""
    return int(staging.cursor.execute("select count(*) from copies").fetchall()[0][0])


def amount_level(staging: Staging, mapping: Mapping, field: str, name: str) -> tuple[str, Message | None]:
    """'order' or 'line' for ``field`` (revenue or refund), and what to tell people where amounts count once.

    Raises BadInput with the question of ``meaning.amount_level`` where only the file's owner knows.
    """
    column = mapping.column_of(field)
    if column is None:
        return LINE, None
    orders, differing, amounts, off_as_lines, off_as_order = staging.cursor.execute(
        f"""
        with counted as (select order_id, {field} as amount, {WORTH} as worth from line where copy = 1),
        several as (
            select count(amount) < count(*) or min(amount) <> max(amount) as is_differing, max(amount) as once,
                sum(amount) as added, case when count(worth) = count(*) then sum(worth) end as worth
            from counted group by order_id
            having count(amount) > 1 and max(abs(amount)) > 0)
        select count(*), count(*) filter (is_differing), count(distinct once), sum(abs(added - worth)),
            sum(abs(once - worth))
        from several
        """  # noqa: S608  (one of two field names)
    ).fetchall()[0]
    level = _level(mapping.amount_level, column, orders, differing, amounts, off_as_lines, off_as_order)
    if level is None and field == "revenue":
        raise BadInput(N_("{file}: {question}"), file=name, question=level_question(column, orders).text)
    level = level or ORDER
    if (
        level == LINE
        and field == "revenue"
        and _is_untold(mapping, column, orders, differing, off_as_lines, off_as_order)
    ):
        one = N_(
            "'{column}' is the same on all lines of an order and is added line by line; if it is the whole order's"
            " amount, say so: else revenue is too high"
        )
        text = N_(
            "'{column}' is the same on all lines of {orders} orders and is added line by line; if it is the whole"
            " order's amount, say so: else revenue is too high"
        )
        return level, Message(text if orders > 1 else one, {"column": column, "orders": orders})
    if level == LINE or orders == 0:
        return level, None
    text = N_("'{column}' stands on every line of {orders} orders and counts once for each")
    text = text if orders > 1 else N_("'{column}' stands on every line of an order and counts once for it")
    return level, Message(text, {"column": column, "orders": orders})


def _is_untold(
    mapping: Mapping,
    column: str,
    orders: int,
    differing: int,
    off_as_lines: object | None,
    off_as_order: object | None,
) -> bool:
    """Whether all orders of several lines repeat their amount and neither people, prices nor the header say why: too
    few of them to ask, and yet no proof."""
    by_price = off_as_lines is not None and off_as_lines != off_as_order
    is_said = mapping.amount_level is not None or by_price or level_of_header(column) is not None
    return orders > 0 and differing == 0 and not is_said


def _level(
    said: str | None,
    column: str,
    orders: int,
    differing: int,
    amounts: int,
    off_as_lines: object | None,
    off_as_order: object | None,
) -> str | None:
    """None where rule 5 holds."""
    if said is not None:
        return said
    if orders == 0 or differing > 0:
        return LINE
    if off_as_lines is not None and off_as_lines != off_as_order:
        return LINE if off_as_lines < off_as_order else ORDER  # type: ignore[operator]  # decimals of one query
    by_header = level_of_header(column)
    if by_header is not None:
        return by_header
    return None if orders >= TELLING_ORDERS and amounts >= TELLING_AMOUNTS else LINE


def stage_lines(staging: Staging, purchase_id: str, params: dict[str, object], level: str) -> None:
    """Table ``order_line`` of the lines that count. ``purchase_id``: SQL of the id of the order's event.

    A line's place is its place among what the order's lines say, so the order of rows in the file does not matter.
    Its amount is quantity x unit price, else its own revenue where every line of the order has one.
    """
    line_id = hash_64("cast(event_id as varchar) || '#' || cast(place as varchar)")
    said = ", ".join(f"coalesce(cast({c} as varchar), '')" for c in ("sku", "item", "quantity", "unit_price", "amount"))
    own_amount = "case when o.filled = o.lines then l.revenue end" if level == LINE else "null"
    statement = f"""
        create table order_line as
        with said as (
            select {purchase_id} as event_id, n as row_number, {number_of("order_id")} as order_id, sku, item,
                cast(quantity as decimal(18, 4)) as quantity, cast(unit_price as decimal(18, 6)) as unit_price,
                cast(coalesce({WORTH}, {own_amount}) as decimal(18, 4)) as amount,
                coalesce(l.currency, o.currency, $file_currency) as currency
            from line l join bought o using (order_id)
            where copy = 1),
        placed as (
            select *, row_number() over (
                partition by event_id order by {hash_64(f"concat_ws(chr(31), {said})")}, row_number) as place
            from said)
        select {line_id} as order_line_id, * exclude (place) from placed
        """  # noqa: S608  (our expressions)
    staging.cursor.execute(statement, {k: v for k, v in params.items() if f"${k}" in statement})
