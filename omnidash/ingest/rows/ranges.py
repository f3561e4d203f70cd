"""Rows over several days (a first and a last day, or the period a file states) made rows of days.

Each figure of the row is spread evenly over its days, exactly: the shares of day 1 … k are the whole part of k/n of it
(in steps of 0.000001 for cost and figures, 0.0001 for claims, 1 for impressions and clicks), so they add up to the
file's figure and what does not divide falls on later days. ``spread_days`` keeps the length of the range,
``range_first`` its first day, ``stated_…`` what the file says of all of it.

That is what the file by itself says. Where others have finer figures of some of the days, the shares are fitted to them
in the workspace (``ingest.fitted``).

>>> 10 impressions over 3 days -> 3, 3, 4; a cost of 100 over 3 days -> 33.333333, 33.333333, 33.333334
"""

from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

# standard measure -> digits kept behind the point
DIGITS = {"cost": 6, "impressions": 0, "clicks": 0, "claimed_conversions": 4, "claimed_revenue": 4}
FIGURE_DIGITS = 6
_TYPES = {6: "decimal(18, 6)", 4: "decimal(18, 4)", 0: "bigint"}


def _share(value: str, digits: int) -> str:
    """SQL: the share of day ``nth`` of ``spread_days``; exact, for it leaves whole numbers in the last step only."""
    units = f"cast(cast({value} as decimal(38, 6)) * {10**digits} as hugeint)"
    share = f"({units} * nth // spread_days - {units} * (nth - 1) // spread_days)"
    return f"cast(cast({share} as decimal(30, 0)) * cast({10**-digits:.6f} as decimal(7, 6)) as decimal(24, {digits}))"


def even_shares() -> dict[str, str]:
    """Measure -> SQL of the even share of day ``nth`` of a row with ``stated_…`` and ``spread_days``."""
    shares = {name: f"cast({_share(f'stated_{name}', d)} as {_TYPES[d]})" for name, d in DIGITS.items()}
    shares["figures"] = (
        "map_from_entries(list_transform(map_entries(stated_figures),"
        f" lambda e: {{'key': e.key, 'value': {_share('e.value', FIGURE_DIGITS)}}}))"
    )
    return shares


def spread(ws: Workspace, staging: Staging) -> list[Message]:
    """Table ``spread``: the rows of ``stated`` by day, with ``day``; ``range_first``, ``spread_days`` and ``stated_…``
    are null for rows of one day. Returns what to say about days that have finer figures."""
    cursor = staging.cursor
    measures = (*DIGITS, "figures")
    figures = "map_from_entries(list_sort(map_entries(figures))) as figures"  # whatever the order of the columns
    shares = ", ".join(
        f"case when spread_days is null then {name} else {share} end as {name}" for name, share in even_shares().items()
    )
    cursor.execute(
        f"""
        create table spread as
        with ranged as (
            select * replace ({figures}), cast(last_day - first_day + 1 as integer) as days from stated),
        told as (
            select * exclude (first_day, last_day, days), case when days > 1 then first_day end as range_first,
                case when days > 1 then days end as spread_days, unnest(generate_series(1, days)) as nth,
                {", ".join(f"case when days > 1 then {name} end as stated_{name}" for name in measures)},
                first_day
            from ranged)
        select * exclude (nth, first_day) replace ({shares}),
            first_day + cast(nth - 1 as integer) as day
        from told
        """  # noqa: S608  (our expressions)
    )
    return _finer_figures(ws, staging)


def _finer_figures(ws: Workspace, staging: Staging) -> list[Message]:
    """What to say of days that the file and the workspace have in ranges of different lengths."""
    first, last = staging.cursor.execute("select min(day), max(day) from spread").fetchall()[0]
    is_range = "select 1 from {} where range_first is not null limit 1"
    has_ranges = ws.rows(is_range.format("spend")) or staging.cursor.execute(is_range.format("spread")).fetchall()
    if first is None or not has_ranges:
        return []
    item = "coalesce(account, '') as account, coalesce(campaign, '') as campaign, coalesce(ad, '') as ad"
    there = ws.frame(
        f"""
        select day, raw_channel, {item}, currency, coalesce(spread_days, 1) as days, sum(cost) as cost
        from spend where day between $first and $last group by all
        """,  # noqa: S608  (our expression)
        {"first": first, "last": last},
    )
    staging.cursor.register("spend_there", there)
    finer_days, too_much, shares = staging.cursor.execute(
        f"""
        with fresh as (
            select range_first, coalesce(spread_days, 1) as days, base, {item}, currency, day, sum(cost) as cost
            from spread group by all),
        there as (select t.*, k.base from spend_there t join label_key k on k.label = t.raw_channel),
        met as (
            select f.range_first, f.days, base, account, campaign, ad, day, f.currency,
                sum(t.cost) filter (t.currency = f.currency and t.days < f.days) as finer,
                bool_or(t.days < f.days and t.cost <> 0) as has_finer,
                bool_or(t.days > f.days and t.cost <> 0) as has_share
            from fresh f join there t using (base, account, campaign, ad, day) group by all),
        whole as (
            select range_first, days, base, account, campaign, ad, f.currency, sum(f.cost) as cost,
                sum(m.finer) as finer
            from fresh f left join met m using (range_first, days, base, account, campaign, ad, day, currency)
            where f.days > 1 group by all)
        select (select count(distinct day) from met where has_finer),
            (select sum(finer - cost) from whole where finer > cost),
            (select count(distinct day) from met where has_share)
        """  # noqa: S608  (our expression)
    ).fetchall()[0]
    staging.cursor.unregister("spend_there")
    notes = []
    if finer_days:
        text = N_(
            "days with finer figures already, which they keep: {days}; the rest of a range goes to its other days"
        )
        notes.append(Message(text, {"days": finer_days}))
    if too_much:
        text = N_("the ranges cost {cost} less than the finer figures of their days; the finer figures stand")
        notes.append(Message(text, {"cost": format(too_much.normalize(), "f")}))
    if shares:
        text = N_(
            "days that had only a share of a longer range: {days}; the figures of this file stand, and the rest of the"
            " range goes to its other days"
        )
        notes.append(Message(text, {"days": shares}))
    return notes
