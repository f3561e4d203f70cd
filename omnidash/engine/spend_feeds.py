"""Which source delivered spend for which days, and how far each of its imports went: missing spend is told from it."""

import polars as pl

from omnidash.store import Workspace

_SPEND_SOURCE_DAYS = """
    select
        b.source, cast(s.day as date) as day, list_sort(list(distinct s.channel)) as channels,
        cast(max(coalesce(s.spread_days, 1)) as bigint) as spread_days
    from spend s join batch b on b.batch_id = s.batch_id
    group by b.source, s.day
    order by b.source, s.day
"""
_SPEND_IMPORTS = """
    select source, cast(last_day as date) as last_day
    from batch
    where state = 'active' and kind = 'spend' and last_day is not null
    order by batch_id
"""


def spend_source_days(workspace: Workspace) -> pl.DataFrame:
    """Days on which each source of spend delivered: ``source String, day Date, channels List(String)``, ``spread_days
    Int64`` (the longest range that a row of the day is a share of), in order of source and day."""
    return workspace.frame(_SPEND_SOURCE_DAYS)


def spend_imports(workspace: Workspace) -> pl.DataFrame:
    """The last day of each import of spend, in order: ``source String, last_day Date``."""
    return workspace.frame(_SPEND_IMPORTS)
