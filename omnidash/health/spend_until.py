"""Up to which day the spend of a channel is known. Missing is not zero: money spent is compared with what it brought on
these days alone, also where the touches and orders of later days are there already.

A channel that spent nothing any more while the others went on for ``ENDED_AFTER_DAYS`` days has ended rather than being
late: then its zeros count up to the last day with spend of anybody.

Example: spend of Google until 20 June, of others until 28 June, orders until 28 June -> Google is judged until 20 June.
"""

from datetime import date

import polars as pl

from omnidash.health.closed import ENDED_AFTER_DAYS
from omnidash.metrics.summary import costed_through


def spend_until(days_of_channel: pl.DataFrame, *, of_all: date | None) -> date | None:
    """The day; None where nobody's spend was ever delivered. ``days_of_channel``: its rows of the channel-day table;
    ``of_all``: ``costed_through`` of the whole table."""
    own = costed_through(days_of_channel)
    if own is None or of_all is None or (of_all - own).days > ENDED_AFTER_DAYS:
        return of_all
    return own
