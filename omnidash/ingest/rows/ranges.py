"""Rows over several days (a first and a last day, or the period a file states) made rows of days.

Each figure of the row is spread evenly over its days, exactly: the shares of day 1 … k are the whole part of k/n of it
(in steps of 0.000001 for cost and figures, 0.0001 for claims, 1 for impressions and clicks), so they add up to the
file's figure and what does not divide falls on later days. ``spread_days`` keeps the length of the range.

Figures of a day are never flattened by a range. Where the workspace has figures of shorter ranges, or of single days,
for the same channel, campaign and ad, these stand; what the range states beyond them is spread over its other days. So
an export of 1-10 June followed by one of 1-20 June gives the first ten days what the first says and the other ten the
rest. A range of the same length, or longer, is replaced, and so are the shares of days for which daily figures come
later (the other days of the range keep their shares).

>>> 10 impressions over 3 days -> 3, 3, 4; a cost of 100 over 3 days -> 33.333333, 33.333333, 33.333334
"""

from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

# standard measure -> digits kept behind the point
_MEASURES = {"cost": 6, "impressions": 0, "clicks": 0, "claimed_conversions": 4, "claimed_revenue": 4}
_FIGURE_DIGITS = 6
_SAME_ITEM = "channel, coalesce(account, '') as account, coalesce(campaign, '') as campaign, coalesce(ad, '') as ad"


def _units(name: str, value: str, digits: int) -> str:
    return f"{{'name': {name}, 'units': cast(cast({value} as decimal(38, 6)) * {10**digits} as hugeint)}}"


_OF_MEASURES = ", ".join(_units(f"'{name}'", name, digits) for name, digits in _MEASURES.items())
_OF_FIGURES = _units("'figure ' || e.key", "e.value", _FIGURE_DIGITS)
# all measures of a row as a list of {name, units}, in whole units
_MEASURED = (
    f"list_concat([{_OF_MEASURES}], list_transform(coalesce(map_entries(figures), []), lambda e: {_OF_FIGURES}))"
)


def spread(ws: Workspace, staging: Staging) -> list[Message]:
    """Table ``spread``: the rows of ``stated`` by day, with ``day`` and ``spread_days`` (null for rows of one day).

    Returns what to say about days that keep finer figures. Rows all of whose days do are in ``stated`` only.
    """
    cursor = staging.cursor
    figures = "map_from_entries(list_sort(map_entries(figures))) as figures"  # whatever the order of the columns
    cursor.execute(
        f"""
        create table spread as
        select * exclude (first_day, last_day) replace ({figures}), first_day as day,
            cast(null as integer) as spread_days
        from stated where first_day = last_day
        """  # noqa: S608  (our expression)
    )
    ranges = cursor.execute(
        "select min(first_day), max(last_day), list(distinct channel), max(last_day - first_day + 1)"
        " from stated where first_day < last_day"
    ).fetchall()[0]
    if ranges[0] is None:
        return []
    _stage_finer(ws, staging, ranges)
    cursor.execute(_OPEN_DAYS)
    cursor.execute(_UNITS)
    cursor.execute(_SHARES)
    return _kept_days(staging)


def _stage_finer(ws: Workspace, staging: Staging, ranges: tuple[object, ...]) -> None:
    """Table ``known``: what the workspace says of these days and channels by shorter ranges than the longest of these,
    one row per measure, in whole units."""
    finer = ws.frame(
        f"""
        select day, {_SAME_ITEM}, currency, coalesce(spread_days, 1) as days, {", ".join(_MEASURES)},
            map_entries(figures) as figures
        from spend
        where day between $first and $last and list_contains($channels, channel)
            and coalesce(spread_days, 1) < $longest
        """,  # noqa: S608  (our measures)
        dict(zip(("first", "last", "channels", "longest"), ranges, strict=True)),
    )
    staging.cursor.register("finer_spend", finer)
    staging.cursor.execute(
        f"""
        create table known as
        with typed as (select * replace (map_from_entries(figures) as figures) from finer_spend),
        measured as (select day, channel, account, campaign, ad, currency, days, unnest({_MEASURED}) as said from typed)
        select day, channel, account, campaign, ad, currency, cast(min(days) as bigint) as days, said.name as name,
            cast(sum(said.units) as hugeint) as units
        from measured where said.units is not null group by all
        """  # noqa: S608  (our measures)
    )
    staging.cursor.unregister("finer_spend")


# Days of a range without finer figures, numbered. Rows over the same days of the same item are one range.
_OPEN_DAYS = f"""
    create table range_day as
    with ranged as (
        select distinct first_day, last_day, {_SAME_ITEM},
            cast(last_day - first_day + 1 as integer) as days
        from stated where first_day < last_day),
    every as (
        select *, cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day from ranged),
    finer as (select day, channel, account, campaign, ad, min(days) as finest from known group by all)
    select every.*, coalesce(finest < days, false) as is_finer,
        case when not is_finer then row_number() over of_range end as nth,
        count(*) filter (not is_finer) over (
            partition by first_day, last_day, channel, account, campaign, ad) as open_days
    from every left join finer using (day, channel, account, campaign, ad)
    window of_range as (partition by first_day, last_day, channel, account, campaign, ad, is_finer order by day)
"""  # noqa: S608  (our expression)

# Every measure of every row in whole units, less its part of what the finer figures of its days already say.
_UNITS = f"""
    create table range_units as
    with ranged as (
        select row_number, first_day, last_day, {_SAME_ITEM}, currency, unnest({_MEASURED}) as said
        from stated where first_day < last_day),
    said as (
        select * exclude (said), said.name as name, said.units as units,
            sum(said.units) over of_range as whole,
            sum(said.units) over (of_range order by row_number rows unbounded preceding) as so_far
        from ranged where said.units is not null
        window of_range as (partition by first_day, last_day, channel, account, campaign, ad, currency, said.name)),
    finer as (
        select r.first_day, r.last_day, channel, account, campaign, ad, k.currency, k.name, sum(k.units) as units
        from range_day r join known k using (day, channel, account, campaign, ad)
        where r.is_finer group by all)
    select row_number, first_day, last_day, channel, account, campaign, ad, s.currency, s.name, s.units as stated,
        whole, coalesce(f.units, 0) as finer,
        case when f.units is null or whole <= 0 or f.units <= 0 then s.units
             else s.units - (cast(least(f.units, whole) * so_far as hugeint) // cast(whole as hugeint)
                - cast(least(f.units, whole) * (so_far - s.units) as hugeint) // cast(whole as hugeint)) end as units
    from said s left join finer f using (first_day, last_day, channel, account, campaign, ad, currency, name)
"""  # noqa: S608  (our measures)


def _share(digits: int) -> str:
    """One day's share as a decimal; exact, for it never leaves whole numbers before the last step."""
    units = "units * nth // open_days - units * (nth - 1) // open_days"
    return f"cast(cast({units} as decimal(30, 0)) * cast({10**-digits:.6f} as decimal(7, 6)) as decimal(24, {digits}))"


def _standard_shares() -> str:
    types = {6: "decimal(18, 6)", 4: "decimal(18, 4)", 0: "bigint"}
    return ", ".join(
        f"cast(max(case when name = '{name}' then {_share(digits)} end) as {types[digits]}) as {name}"
        for name, digits in _MEASURES.items()
    )


_SHARES = f"""
    insert into spread by name
    with shares as (
        select row_number, day, days, {_standard_shares()},
            list({{'key': name[8:], 'value': {_share(_FIGURE_DIGITS)}}} order by name)
                filter (starts_with(name, 'figure ')) as entries
        from range_units join range_day using (first_day, last_day, channel, account, campaign, ad)
        where not is_finer
        group by row_number, day, days)
    select s.* exclude (first_day, last_day) replace (h.cost as cost, h.impressions as impressions, h.clicks as clicks,
            h.claimed_conversions as claimed_conversions, h.claimed_revenue as claimed_revenue,
            map_from_entries(h.entries) as figures),
        h.day, h.days as spread_days
    from stated s join shares h using (row_number)
"""  # noqa: S608  (our expressions)


def _kept_days(staging: Staging) -> list[Message]:
    days, too_much = staging.cursor.execute(
        """
        select (select count(distinct day) from range_day where is_finer),
            (select cast(sum(finer - whole) as decimal(38, 0)) * cast(0.000001 as decimal(7, 6)) from (
                select distinct first_day, last_day, channel, account, campaign, ad, currency, whole, finer
                from range_units
                where name = 'cost' and finer > whole))
        """
    ).fetchall()[0]
    notes = []
    if days:
        text = N_("{days} days have finer figures already and keep them; the rest of a range goes to its other days")
        notes.append(Message(text, {"days": days}))
    if too_much:
        text = N_("the ranges cost {cost} less than the finer figures of their days; the finer figures stand")
        notes.append(Message(text, {"cost": format(too_much.normalize(), "f")}))
    return notes
