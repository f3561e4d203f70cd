"""The days a share may be taken on, and what a channel that fell silent counts for on them. Missing is not zero.

Where one channel was not counted, the shares of all others rise though nothing happened to them. So

* days noted as broken tracking are left out, whichever channel they are about;
* a channel whose touches did not arrive (``silence``) counts with what it usually brings, the median of the 28 days
  before it fell silent, for up to ``ENDED_AFTER_DAYS`` days. After that it has ended rather than being late, like a
  source that is no longer waited for: what the others carry then, they carry.

Example: 50, 40 and 30 touches a day; the 40 stop. The first still has 42 % of 120, not 62 % of 80; a month later 62 %.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import polars as pl

from omnidash.engine.day_notes import TRACKING_BROKEN, DayNote, noted_days
from omnidash.health.closed import ENDED_AFTER_DAYS
from omnidash.metrics.share import basis_column

_USUAL_DAYS = 28


def with_shares(
    channel_day: pl.DataFrame,
    noted: Sequence[DayNote],
    *,
    basis: str = "traffic",
    undelivered: Collection[tuple[date, str]] = (),
) -> pl.DataFrame:
    """The channel-day table for shares of ``basis`` (traffic, revenue, spend). ``undelivered``: (day, channel) without
    touches that should be there (``silence.Silences``). Only the column of the basis is filled in."""
    broken = noted_days(noted, TRACKING_BROKEN, channel_day["channel"].unique().to_list())
    counted = channel_day.filter(~pl.col("day").is_in({day for day, _channel in broken})) if broken else channel_day
    silent = sorted(set(undelivered) - broken, key=lambda pair: (pair[1], pair[0]))
    rows = _usual_of(counted, silent, basis_column(basis)) if silent else []
    return counted if not rows else _filled(counted, rows, basis_column(basis))


def _usual_of(
    channel_day: pl.DataFrame, silent: Sequence[tuple[date, str]], column: str
) -> list[tuple[date, str, float]]:
    """What each silent day counts for: (day, channel, amount)."""
    of_channel = {
        str(channel): rows.sort("day") for (channel,), rows in channel_day.group_by("channel") if channel is not None
    }
    found: list[tuple[date, str, float]] = []
    since: date | None = None
    usual = 0.0
    previous: tuple[date, str] | None = None
    for day, channel in silent:
        if channel not in of_channel:
            continue
        is_same_silence = previous is not None and previous == (day - timedelta(days=1), channel)
        if not is_same_silence or since is None:
            since = day
            before = of_channel[channel].filter(pl.col("day") < day).tail(_USUAL_DAYS)[column]
            usual = float(before.median() or 0.0)  # type: ignore[arg-type]
        previous = (day, channel)
        if usual > 0 and (day - since).days < ENDED_AFTER_DAYS:
            found.append((day, channel, usual))
    return found


def _filled(channel_day: pl.DataFrame, rows: Sequence[tuple[date, str, float]], column: str) -> pl.DataFrame:
    """Only where nothing stands: another source of the channel, or its spend, may have arrived."""
    usual = pl.DataFrame(rows, schema={"day": pl.Date, "channel": pl.String, "_usual": pl.Float64}, orient="row")
    is_empty = (pl.col(column) == 0) & pl.col("_usual").is_not_null()
    if column == "spend":
        is_empty &= ~pl.col("has_spend")
    amount = pl.when(is_empty).then(pl.col("_usual").cast(channel_day.schema[column])).otherwise(pl.col(column))
    joined = channel_day.join(usual, on=["day", "channel"], how="left", maintain_order="left")
    return joined.with_columns(amount.alias(column)).drop("_usual")
