"""Does a file tell sales that another source has told already, as a payment provider does of a shop's orders?

A payment is booked within minutes of its order, with the same amount. Where half of a file's new purchases, and several
amounts, meet purchases of other keys in the same ten minutes, that is no chance. Which of the two sources is the order
book only their owner knows: such a file is not imported before somebody has said that both count. A file of fewer
purchases, all of which meet others, is imported with a warning.
"""

from typing import Any

from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.messages import N_, Message

_BUCKET_MS = 600_000
_FEWEST = 3  # purchases, and different amounts among them
_SHARE = 0.5

_MET = """
    with fresh as (
        select day, epoch_ms(ts) // $bucket as bucket, revenue, currency, count(*) as purchases
        from {staged}.event
        where action = $goal and revenue > 0 and event_id not in (select event_id from event where action = $goal)
        group by all),
    others as (
        select batch_id, day, epoch_ms(ts) // $bucket as bucket, revenue, currency, count(*) as purchases
        from event
        where action = $goal and day between (select min(day) from fresh) and (select max(day) from fresh)
        group by all),
    met as (
        select o.batch_id, sum(least(f.purchases, o.purchases)) as purchases, count(distinct f.revenue) as amounts
        from fresh f join others o using (day, bucket, revenue, currency)
        group by o.batch_id)
    select cast(m.purchases as bigint), cast((select sum(purchases) from fresh) as bigint), b.batch_id, b.file_name,
        m.purchases >= $fewest and m.amounts >= $fewest
    from met m join batch b using (batch_id)
    where m.purchases >= $share * (select sum(purchases) from fresh)
        and (m.purchases >= $fewest and m.amounts >= $fewest or m.purchases = (select sum(purchases) from fresh))
    order by b.batch_id
"""


def same_sales(cursor: Any, staged: str) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What to tell of purchases in ``staged.event`` that look like those of earlier imports: what is asked before they
    are imported, and what is only warned of, for the few purchases of the file may be alike by chance."""
    rows = cursor.execute(
        _MET.format(staged=staged),
        {"bucket": _BUCKET_MS, "goal": GOAL_ACTION, "fewest": _FEWEST, "share": _SHARE},
    ).fetchall()
    text = N_(
        "{count} of {total} purchases have the time and the amount of purchases from '{file}' (batch {batch}). If both"
        " tell the same sales, as a shop and its payment provider do, leave this file out: its revenue would count"
        " twice."
    )
    told = [
        (is_telling, Message(text, {"count": met, "total": total, "file": file, "batch": batch_id}))
        for met, total, batch_id, file, is_telling in rows
    ]
    return tuple(m for is_telling, m in told if is_telling), tuple(m for is_telling, m in told if not is_telling)
