"""A case: one finding of one rule about one channel, with its evidence and what can be done.

Values in the sentences of cases and notes follow one convention, so that the screen can format them:

* ``channel`` is a channel id; the screen shows its display name;
* keys ending in ``_money`` are amounts in workspace currency (float);
* keys ending in ``_percent`` are fractions (0.46 is shown as 46 %), of ROI and of shares alike;
* days are ``date`` objects; whole numbers are plain ints; a Message inside a Message is rendered first.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import polars as pl

from omnidash.model.messages import Message

State = Literal["open", "warning", "recovered"]
Severity = Literal["high", "medium", "low"]

_STATE_ORDER: dict[str, int] = {"open": 0, "warning": 1, "recovered": 2}
_SEVERITY_ORDER: dict[str, int] = {"high": 0, "medium": 1, "low": 2}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """One finding. Days are local.

    ``first_day``: first day of the condition; ``fired_on``: day the rule fired (once); ``last_day``: latest day the
    condition held; ``recovered_on``: day it was seen to be over, None while it is not. ``value`` against ``limit``
    in the rule's own unit (a share or an ROI, as a fraction). ``evidence``: the rows it rests on, one per day.
    ``actions`` carry this workspace's numbers; a recovered case has none. ``source``: of a silent source, which may
    feed several channels (``channel`` is then '').
    """

    rule: str
    channel: str
    state: State
    severity: Severity
    first_day: date
    fired_on: date
    last_day: date
    recovered_on: date | None
    value: float
    limit: float
    evidence: pl.DataFrame = field(repr=False)
    sentence: Message
    actions: tuple[Message, ...]
    source: str = ""

    @property
    def is_open(self) -> bool:
        """True while somebody should act: state ``open``, neither a warning nor recovered."""
        return self.state == "open"


def most_urgent_first(cases: list[Case]) -> tuple[Case, ...]:
    """Open before warning before recovered; then by severity; then the newest; then rule and channel."""
    return tuple(
        sorted(
            cases,
            key=lambda case: (
                _STATE_ORDER[case.state],
                _SEVERITY_ORDER[case.severity],
                -case.fired_on.toordinal(),
                case.rule,
                case.channel,
            ),
        )
    )
