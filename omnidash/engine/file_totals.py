"""What each file said its money adds up to, beside what of it is in the numbers now.

A row of a file is in the numbers under its own import, or it was there already (another import had said the same), or a
later import has replaced it, or the one it was there by. So: stated = own + there already + replaced, to the cent;
anything else is a difference to be looked into. Amounts are compared in the currency of the file, before any
conversion.
"""

import json
from typing import Any

import polars as pl

from omnidash.model.defaults import REFUND_ACTION
from omnidash.store import Workspace

COST, REVENUE, REFUND, UNPAID = "cost", "revenue", "refund", "unpaid"
SCHEMA: dict[str, type[pl.DataType]] = {
    "batch_id": pl.Int64,
    "file": pl.String,
    "measure": pl.String,
    "currency": pl.String,
    "stated": pl.Float64,
    "own": pl.Float64,
    "there_already": pl.Float64,
    "replaced": pl.Float64,
    "difference": pl.Float64,
}
_BATCHES = """
    select cast(batch_id as bigint) as batch_id, file_name as file, kind, sums, sums_by_currency,
        coalesce(cast(json_extract_string(mapping, '$.revenue_is_net') as boolean), false) as is_net
    from batch where state = 'active' and kind <> 'reports' order by batch_id desc
"""
# Of orders what was paid counts; refunds are rows of their own, taken off only where a file's amounts have them taken
# off already. Of events a file states the sum of its column, whatever the rows are.
_HELD = """
    with version as (
        select batch_id, null as until, spend_id as key, 'spend' as subject, 'cost' as measure, currency, cost as amount
        from spend
        union all
        select batch_id, by_batch_id, spend_id, 'spend', 'cost', currency, cost from spend_restated
        union all
        select batch_id, null, event_id, 'event',
            case action when $refund then 'refund' when 'order_created' then 'unpaid' else 'revenue' end, currency,
            revenue
        from event where revenue is not null
        union all
        select batch_id, by_batch_id, event_id, 'event',
            case action when $refund then 'refund' when 'order_created' then 'unpaid' else 'revenue' end, currency,
            revenue
        from event_restated where revenue is not null
    ),
    -- An import of the same file once more notes nothing of its rows: it repeats its twin's, and what that repeats.
    repeated as (select batch_id, twin_of from batch where twin_of is not null and state = 'active'),
    noted as (
        select subject, key, batch_id from duplicate
        union all
        select d.subject, d.key, t.batch_id from duplicate d join repeated t on t.twin_of = d.batch_id
    ),
    -- A row that was there already repeats the version that was in force when its file came.
    part as (
        select batch_id, measure, currency, amount, case when until is null then 'own' else 'replaced' end as place
        from version
        union all
        select d.batch_id, v.measure, v.currency, v.amount,
            case when v.until is null then 'there_already' else 'replaced' end
        from noted d
        join version v on v.subject = d.subject and v.key = d.key
            and v.batch_id < d.batch_id and (v.until is null or d.batch_id < v.until)
        union all
        select repeated.batch_id, v.measure, v.currency, v.amount,
            case when v.until is null then 'there_already' else 'replaced' end
        from repeated
        join version v on v.batch_id = repeated.twin_of and (v.until is null or repeated.batch_id < v.until)
    )
    select cast(batch_id as bigint) as batch_id, measure, currency, place, cast(sum(amount) as double) as amount
    from part group by all order by all
"""


def file_totals(workspace: Workspace) -> pl.DataFrame:
    """One row per import in use, measure of money (``cost``, ``revenue``) and currency: ``SCHEMA``, newest first.
    ``difference`` is stated - own - there already - replaced, 0 where they agree to the cent."""
    own_currency = workspace.settings.currency
    held: dict[tuple[int, str, str], dict[str, float]] = {}
    for batch, measure, currency, place, amount in workspace.rows(_HELD, {"refund": REFUND_ACTION}):
        held.setdefault((batch, measure, currency or own_currency), {})[place] = float(amount)
    rows: list[dict[str, Any]] = []
    for batch, file, kind, sums, by_currency, is_net in workspace.rows(_BATCHES):
        measure = COST if kind == "spend" else REVENUE
        stated = json.loads(by_currency or "{}").get(measure) or {own_currency: json.loads(sums).get(measure)}
        for currency, amount in stated.items():
            if amount is None:
                continue
            counted = [held.get((batch, name, currency), {}) for name in _parts(kind, measure, is_net=is_net)]
            places = {
                place: sum(parts.get(place, 0.0) for parts in counted) for place in ("own", "there_already", "replaced")
            }
            difference = round(float(amount) - sum(places.values()), 2) + 0.0
            rows.append({"batch_id": batch, "file": file, "measure": measure, "currency": currency,
                         "stated": float(amount), **places, "difference": difference})  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA)


def _parts(kind: str, measure: str, *, is_net: bool) -> tuple[str, ...]:
    """What is held of a file that makes up what it states."""
    if kind == "events":
        return (REVENUE, REFUND, UNPAID)
    return (measure, REFUND) if is_net else (measure,)
