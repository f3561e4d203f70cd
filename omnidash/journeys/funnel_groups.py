"""A funnel's attempts looked at in groups: by channel, campaign or segment, by entry day, and where the lost went.

All read the attempts of one ``FunnelResult``; where it counts entries, "persons" are entries. Attempts that are still
open are counted apart everywhere. A rate is final only of attempts that are *finished*: their window was over when the
data ended, converted or not; of the younger ones only the quick converters are known. A funnel of
``FunnelQuery.of_entries_over`` has no others.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from omnidash.journeys.arrays import Bools, Int64s
from omnidash.journeys.funnel_attempt_kernels import later_event
from omnidash.journeys.funnel_attempts import Attempts
from omnidash.journeys.funnel_query import FunnelQuery
from omnidash.journeys.medians import grouped_medians
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of
from omnidash.model.period import day_of_number

if TYPE_CHECKING:
    from omnidash.journeys.funnel import FunnelResult

_GROUP = {
    "key": pl.String,
    "entered": pl.Int64,
    "converted": pl.Int64,
    "still_open": pl.Int64,
    "lost": pl.Int64,
    "median_seconds": pl.Float64,
}


def steps_by_key(table: Journeys, found: Attempts, query: FunnelQuery) -> pl.DataFrame:
    """Persons per step by the channel or campaign of the entry or the deepest step: frame [key, step, persons].

    Largest key first; keys without an entry are left out.
    """
    labels, key = key_of_attempts(table, found, query)
    steps = len(query.steps)
    by_depth = np.bincount(key * (steps + 1) + found.reached, minlength=len(labels) * (steps + 1))
    persons = by_depth.reshape(len(labels), steps + 1)[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]  # reached at least k
    seen = np.flatnonzero(persons[:, 0])
    seen = seen[np.argsort(-persons[seen, 0], kind="stable")]
    return pl.DataFrame(
        {
            "key": [labels[c] for c in seen for _ in range(steps)],
            "step": [k + 1 for _ in seen for k in range(steps)],
            "persons": persons[seen].ravel(),
        },
        schema={"key": pl.String, "step": pl.Int64, "persons": pl.Int64},
    )


def groups(result: "FunnelResult") -> pl.DataFrame:
    """What became of each group of ``query.by``: [key, entered, converted, still_open, lost, median_seconds]."""
    found = result.attempts
    labels, key = key_of_attempts(result.table, found, result.query)
    is_converted = found.reached == len(result.query.steps)
    entered, converted, still_open = (
        np.bincount(keys, minlength=len(labels)) for keys in (key, key[is_converted], key[found.is_open == 1])
    )
    times_us = found.elapsed_us[-1] if len(result.query.steps) > 1 else np.zeros(int(converted.sum()), np.int64)
    medians = grouped_medians(key[is_converted], times_us, len(labels)) / 1e6
    return _sorted_groups(
        [
            (
                labels[c],
                int(entered[c]),
                int(converted[c]),
                int(still_open[c]),
                float(medians[c]) if converted[c] else None,
            )
            for c in np.flatnonzero(entered)
        ]
    )


def finished(result: "FunnelResult") -> Bools:
    """Whose window was over when the data ended: bool, one per attempt."""
    is_over: Bools = result.table.ts[result.attempts.entry] + result.query.window_us <= result.last_seen_us
    return is_over


def segment_groups(result: "FunnelResult", segments: Mapping[str, Bools]) -> pl.DataFrame:
    """The same by segment (bool[P] each); segments may overlap, so rows need not add up."""
    person = result.attempts.person
    return _sorted_groups([_members_row(result, name, members[person]) for name, members in segments.items()])


def trend(result: "FunnelResult", *, days_together: int = 1) -> pl.DataFrame:
    """By day of the entry: [day Date, entered, converted, still_open Int64, is_over Boolean], every day of the span.

    ``is_over``: the window of every entry of that day was over when the data ended; before that a day's conversion
    can still rise. With ``days_together`` so many days make one row, named by its first; the last may be shorter. For
    days that can be compared give it the funnel ``by_first_entry``.
    """
    found, steps = result.attempts, len(result.query.steps)
    schema = {"day": pl.Date, "entered": pl.Int64, "converted": pl.Int64, "still_open": pl.Int64, "is_over": pl.Boolean}
    if not found.entry.size:
        return pl.DataFrame(schema=schema)
    day = result.table.day[found.entry].astype(np.int64)
    first = int(day.min())
    place = (day - first) // days_together
    days = int(place.max()) + 1
    counted = [
        np.bincount(place[chosen], minlength=days)
        for chosen in (slice(None), found.reached == steps, found.is_open == 1, ~finished(result))
    ]
    return pl.DataFrame(
        {
            "day": [day_of_number(first + n * days_together) for n in range(days)],
            "entered": counted[0],
            "converted": counted[1],
            "still_open": counted[2],
            "is_over": counted[3] == 0,
        },
        schema=schema,
    )


def by_first_entry(query: FunnelQuery) -> FunnelQuery:
    """The funnel whose persons count with their first entry (entries as they are): what its days are compared by. Of a
    person's equal attempts the best is the latest, so days late in the period would hold those who did not convert."""
    return replace(query, entry="first") if query.count == "persons" else query


def went_next(result: "FunnelResult", after_step: int) -> pl.DataFrame:
    """What those lost after a step did next: [action String or null, channel String or null, persons, median_seconds].

    Next is the person's first event at a later instant than the deepest step was made, whatever it is and however
    late; both null: nothing more in the data. Largest first.
    """
    found = result.attempts
    lost = np.flatnonzero((found.reached == after_step) & (found.is_open == 0))
    if after_step >= len(result.query.steps):
        lost = lost[:0]
    table = result.table
    stood = found.stood[lost]
    person = found.person[lost]
    if result.query.hold is not None:  # the table's journeys are parts of persons
        person = np.searchsorted(table.offsets, stood, side="right") - 1
    after = later_event(person, stood, table.offsets, table.ts)
    some = after >= 0
    labels, column = columns_of(table.channels)
    following = pl.DataFrame(
        {
            "action": table.action[after[some]].astype(np.int64),
            "channel": column[table.channel[after[some]]],
            "seconds": (table.ts[after[some]] - table.ts[stood[some]]) / 1e6,
        },
        schema={"action": pl.Int64, "channel": pl.Int64, "seconds": pl.Float64},
    )
    counted = (
        following.group_by("action", "channel")
        .agg(persons=pl.len().cast(pl.Int64), median_seconds=pl.col("seconds").median())
        .with_columns(
            pl.col("action").replace_strict(dict(enumerate(table.actions)), return_dtype=pl.String),
            pl.col("channel").replace_strict(dict(enumerate(labels)), return_dtype=pl.String),
        )
    )
    if nothing := int((~some).sum()):
        none = {"action": [None], "channel": [None], "persons": [nothing], "median_seconds": [None]}
        counted = pl.concat([counted, pl.DataFrame(none, schema=counted.schema)])
    return counted.sort("persons", "action", "channel", descending=[True, False, False], nulls_last=True)


def key_of_attempts(table: Journeys, found: Attempts, query: FunnelQuery) -> tuple[tuple[str, ...], Int64s]:
    """Labels, and which of them each attempt belongs to."""
    by_channel = query.by == "channel"
    labels, column = columns_of(table.channels if by_channel else table.campaigns)
    event = found.entry if query.of == "first" else found.stood
    return labels, column[(table.channel if by_channel else table.campaign)[event]]


_GroupRow = tuple[str, int, int, int, float | None]


def _members_row(result: "FunnelResult", name: str, members: Bools) -> _GroupRow:
    """``(name, entered, converted, still open, median seconds)`` of those marked in ``members``."""
    found = result.attempts
    is_converted = found.reached == len(result.query.steps)
    seconds = result.time_to_convert_seconds[members[is_converted]]
    return (
        name,
        int(np.count_nonzero(members)),
        int(np.count_nonzero(members & is_converted)),
        int(np.count_nonzero(members & (found.is_open == 1))),
        float(np.median(seconds)) if seconds.size else None,
    )


def _sorted_groups(rows: list[_GroupRow]) -> pl.DataFrame:
    """The rows as the frame of ``groups``, with the lost, largest group first."""
    frame = pl.DataFrame(
        [
            (name, n, converted, is_open, n - converted - is_open, median)
            for name, n, converted, is_open, median in rows
        ],
        schema=_GROUP,
        orient="row",
    )
    return frame.sort("entered", "key", descending=[True, False])
