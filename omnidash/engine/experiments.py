"""Exposures of experiments and what followed them, out of the event table.

An exposure is an event that names an experiment and a variant (properties ``experiment`` and ``variant``), whatever its
action. A person's first one counts: it says in which variant the person is, and from when on outcomes are the test's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from omnidash.model.defaults import EXPOSED_ACTION, REFUND_ACTION
from omnidash.model.period import Period
from omnidash.store import Workspace

# A cheap look for the word first: most rows have no properties, and of those that have, few are exposures.
_EXPOSURES = """
    select json_extract_string(e.properties, '$.experiment') as experiment,
        json_extract_string(e.properties, '$.variant') as variant,
        cast(epoch_us(e.ts) as bigint) as ts, cast(e.day as date) as day, e.event_id, e.identifier_id
    from event e
    where e.properties is not null and contains(cast(e.properties as varchar), '"variant"')
"""
_ALL = f"""
    select experiment, cast(count(distinct variant) as bigint) as variants, cast(count(*) as bigint) as exposures,
        min(day) as first_day, max(day) as last_day
    from ({_EXPOSURES}) where experiment is not null and variant is not null
    group by experiment order by last_day desc, experiment
"""  # noqa: S608  (our own texts)
_FIRST = """
    with exposed as (
        select cast(p.person_id as bigint) as person, x.* from ({exposures}) x
        left join {persons} p on p.identifier_id = x.identifier_id
        where x.experiment = $experiment and x.variant is not null and x.day <= $through)
    select person, arg_min(variant, (ts, event_id)) as variant, min(ts) as ts, arg_min(day, (ts, event_id)) as day,
        cast(arg_min(event_id, (ts, event_id)) as ubigint) as event_id,
        cast(count(distinct variant) as bigint) as variants, cast(count(*) as bigint) as exposures
    from exposed group by person order by ts, event_id
"""
# What is given back belongs to the time of its order: an order from before the test takes its refund with it.
_OF_PERSONS = """
    with named as (
        select t.person, t.ts as seen_at, e.day, e.ts, e.event_id, e.action, e.order_id, {value} as value
        from seen t join {persons} p on p.person_id = t.person join event e on e.identifier_id = p.identifier_id
        where {wanted} and e.event_id <> t.event_id),
    bought as (
        select order_id, any_value(person) as person, any_value(seen_at) as seen_at, min(ts) as bought_at
        from named where action = $goal and order_id is not null
        group by order_id having count(distinct person) = 1),
    own as (
        select * from named
        union all  -- lists of refunds name the order alone
        select b.person, b.seen_at, e.day, e.ts, e.event_id, e.action, e.order_id, {value} as value
        from event e join bought b on b.order_id = e.order_id
        where {wanted} and e.action = $refund and e.identifier_id is null),
    dated as (
        select own.*, case when action = $refund then coalesce(bought_at, ts) else ts end as counts_at
        from own left join bought on bought.order_id = own.order_id and bought.person = own.person)
"""
_AFTER = """
    {of_persons} select person, cast(day as date) as day, cast(value as double) as value
    from dated where epoch_us(counts_at) >= seen_at and epoch_us(counts_at) < seen_at + $within
    order by ts, event_id
"""
_BEFORE = """
    {of_persons} select person, cast(sum(value) as double) as before
    from dated where epoch_us(counts_at) < seen_at and epoch_us(counts_at) >= seen_at - $before
    group by person
"""
_BESIDE = """
    select e.action from event e
    where e.batch_id in (
        select distinct x.batch_id from event x
        where x.properties is not null and contains(cast(x.properties as varchar), '"variant"')
            and json_extract_string(x.properties, '$.experiment') = $experiment)
        and e.action <> $exposed and e.action <> $refund
    group by e.action order by count(*) desc, e.action
"""
_USUAL = """
    with each as (
        select p.person_id, bool_or(e.action = $goal) as did,
            sum(case when e.action in ($goal, $refund) then coalesce(e.revenue_base, 0) else 0 end) as amount
        from event e join {persons} p on p.identifier_id = e.identifier_id
        where e.day between $first and $last group by p.person_id)
    select cast(count(*) as bigint), avg(cast(did as double)), cast(avg(amount) as double),
        cast(stddev_samp(amount) as double) from each
"""
_DAY_US = 86_400_000_000
_FOR_EVER_DAYS = 36_500


def experiments(workspace: Workspace) -> pl.DataFrame:
    """[experiment String, variants, exposures Int64, first_day, last_day Date], the latest first."""
    with workspace.reading() as cursor:
        return cursor.sql(_ALL).pl()


def actions_beside(workspace: Workspace, experiment: str) -> list[str]:
    """Actions in the files that name the experiment, beside the exposures, the most frequent first."""
    params = {"experiment": experiment, "exposed": EXPOSED_ACTION, "refund": REFUND_ACTION}
    return [action for (action,) in workspace.rows(_BESIDE, params)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What persons do in a period without a test: how many there are, the share that reached the goal, and net revenue
    per person with its standard deviation (workspace currency)."""

    persons: int
    share: float
    mean: float
    deviation: float


def usual(workspace: Workspace, period: Period, persons: pl.DataFrame | None = None) -> Usual | None:
    """The persons with any event in a period; None where there is nobody. ``persons`` as in ``first_seen``."""
    params = {
        "goal": workspace.settings.goal, "refund": REFUND_ACTION, "first": period.first_day, "last": period.last_day,
    }  # fmt: skip
    with _tables(workspace, persons) as (cursor, of_persons):
        count, share, mean, deviation = cursor.sql(_USUAL.format(persons=of_persons), params=params).fetchall()[0]
    if not count:
        return None
    return Usual(persons=count, share=share, mean=mean, deviation=deviation or 0.0)


def first_seen(
    workspace: Workspace, experiment: str, *, through: date, persons: pl.DataFrame | None = None
) -> pl.DataFrame:
    """[person Int64 (null: exposures that name nobody), variant String, ts Int64 microseconds UTC, day Date, event_id
    UInt64, variants, exposures Int64], one row per person, in order of time: the first exposure, and how many variants
    and exposures there were, until the end of day ``through``. ``persons``: [identifier_id, person_id] of another
    identity level; the workspace's where left out."""
    with _tables(workspace, persons) as (cursor, of_persons):
        sql = _FIRST.format(exposures=_EXPOSURES, persons=of_persons)
        return cursor.sql(sql, params={"experiment": experiment, "through": through}).pl()


def outcomes_after(
    workspace: Workspace,
    seen: pl.DataFrame,
    *,
    action: str | None,
    within_days: int | None = None,
    persons: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """[person Int64, day Date, value Float64], in order of time: events of ``action`` (value 1 each), or purchases less
    refunds (value: money in the workspace's currency) where it is None, from the person's first exposure on.
    ``seen``: ``first_seen`` without nobody; ``within_days``: of the exposure, all that followed where None."""
    value, wanted, params = _measured(workspace, action)
    with _tables(workspace, persons, seen) as (cursor, of_persons):
        sql = _AFTER.format(of_persons=_OF_PERSONS.format(value=value, wanted=wanted, persons=of_persons))
        return cursor.sql(sql, params={**params, "within": (within_days or _FOR_EVER_DAYS) * _DAY_US}).pl()


def amounts_before(
    workspace: Workspace,
    seen: pl.DataFrame,
    *,
    action: str | None,
    days: int,
    persons: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """[person Int64, before Float64]: the same measure in the days before the exposure, of those who had any."""
    value, wanted, params = _measured(workspace, action)
    with _tables(workspace, persons, seen) as (cursor, of_persons):
        sql = _BEFORE.format(of_persons=_OF_PERSONS.format(value=value, wanted=wanted, persons=of_persons))
        return cursor.sql(sql, params={**params, "before": days * _DAY_US}).pl()


def _measured(workspace: Workspace, action: str | None) -> tuple[str, str, dict[str, Any]]:
    """SQL of an event's value, SQL of which events count, and its parameters."""
    params = {"goal": workspace.settings.goal, "refund": REFUND_ACTION}
    if action is None:
        return "coalesce(e.revenue_base, 0)", "e.action in ($goal, $refund)", params
    return "1", "e.action = $action", {**params, "action": action}


@contextmanager
def _tables(
    workspace: Workspace, persons: pl.DataFrame | None, seen: pl.DataFrame | None = None
) -> Iterator[tuple[Any, str]]:
    """A cursor that knows the persons of the level asked for, and their name in SQL."""
    with workspace.reading() as cursor:
        if persons is not None:
            cursor.register("other_person", persons)
        if seen is not None:
            cursor.register("seen", seen.to_arrow())
        yield cursor, "person" if persons is None else "other_person"
