"""Lists of payments tell a refund as a row of its own: below zero, under the number of the order, some time after it.

    A1   2026-07-01   sale      100.00
    A1   2026-07-03   refund    -40.00      given back on 3 July: the order stays one of 100.00

Such a row is what was given back at its time, no line of the order. A row below zero at the time of the order is one of
its lines: a discount, or a piece taken off at the till. Where a refund has a column of its own, its row's time is its
time, if that is later than the order's.
"""

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.store.workspace import Staging


def turn_negative_rows(staging: Staging, mapping: Mapping) -> bool:
    """Make refunds of such rows of ``parsed``; whether there were any. Not where paid amounts already have refunds
    taken off (``Mapping.revenue_is_net``), nor where the status of a row decides whether it was paid at all."""
    meanings = set(mapping.columns.values())
    if mapping.is_refunds or mapping.is_deals or mapping.revenue_is_net or not {"revenue", "time"} <= meanings:
        return False
    some = "select 1 from parsed where problem is null and (revenue < 0 or (refund <> 0 and coalesce(revenue, 0) = 0))"
    if not staging.cursor.execute(f"{some} limit 1").fetchall():  # most files: no order is looked up
        return False
    later = """
        problem is null and time > (
            select min(sold.time) from parsed sold
            where sold.order_id = parsed.order_id and sold.revenue > 0 and sold.problem is null)
    """
    staging.cursor.execute(
        f"update parsed set refund_time = time where {later} and refund <> 0 and coalesce(revenue, 0) = 0"  # noqa: S608
        " and refund_time is null"
    )
    turned = staging.cursor.execute(
        f"""
        update parsed set refund = -revenue, refund_time = coalesce(refund_time, time), revenue = null
        where revenue < 0 and coalesce(refund, 0) = 0 and {later}
        """  # noqa: S608  (a condition of ours)
    ).fetchall()[0][0]
    return bool(turned)
