"""Write a small journey table by hand, one line per person: for examples, tests, and for compiling kernels early.

A journey is words separated by blanks. ``channel@time`` is a touch (action ``visit``); ``channel:action@time`` a touch
with its own action; ``channel/campaign@time`` names a campaign; ``action@time`` for one of ``plain_actions`` is an
event that is no touch and names no channel; ``=9.5`` after the time is revenue. Times count units since the epoch
(1 Jan 1970, UTC; local days are UTC days).

>>> table = journeys({"ana": "search@1 email@3 purchase@4=20", "bo": "email:click@2 email:purchase@2=5"})
>>> table.persons, table.channels, table.actions
(2, ('', 'email', 'search'), ('click', 'purchase', 'visit'))
"""

from collections.abc import Mapping

import polars as pl

from omnidash.journeys.table import Journeys

DAY_SECONDS = 86_400.0


def journeys(
    people: Mapping[str, str],
    *,
    unit_seconds: float = DAY_SECONDS,
    plain_actions: tuple[str, ...] = ("purchase",),
    stage_of_action: Mapping[str, str] | None = None,
) -> Journeys:
    """The table of these people, numbered 0, 1, … in the order given. Raises ValueError on a word it cannot read."""
    rows = [
        (person, *_event(word, unit_seconds, plain_actions))
        for person, line in enumerate(people.values())
        for word in line.split()
    ]
    schema = {
        "person": pl.Int64,
        "ts": pl.Int64,
        "channel": pl.String,
        "campaign": pl.String,
        "action": pl.String,
        "touch": pl.Boolean,
        "revenue": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("event_id")
    frame = frame.with_columns(
        pl.col("event_id").cast(pl.UInt64), day=(pl.col("ts") // int(DAY_SECONDS * 1e6)).cast(pl.Int32)
    )
    return Journeys.from_frame(frame, stage_of_action=stage_of_action or {})


def _event(
    word: str, unit_seconds: float, plain_actions: tuple[str, ...]
) -> tuple[int, str | None, str | None, str, bool, float | None]:
    what, at, when = word.partition("@")
    time, paid, revenue = when.partition("=")
    if not what or not at:
        raise ValueError(f"{word!r} is not what@time")
    ts = round(float(time) * unit_seconds * 1e6)
    amount = float(revenue) if paid else None
    if what in plain_actions:
        return ts, None, None, what, False, amount
    place, _, action = what.partition(":")
    channel, _, campaign = place.partition("/")
    return ts, channel or None, campaign or None, action or "visit", True, amount
