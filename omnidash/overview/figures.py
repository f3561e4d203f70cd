"""The figures of the first screen that are counted over all events, each kept on the disk (``store.kept``).

A fresh server shows millions of events from these small files. The screens and what fills the files ahead of them
(``overview.fill``) both come here, so that the one finds what the other kept.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import polars as pl

from omnidash.customers.orders import customers_of, repurchase
from omnidash.engine import rollup
from omnidash.health.ranked import OVERLAP_DAYS, evidence_of
from omnidash.health.verdict import Evidence
from omnidash.journeys.overlap import overlap
from omnidash.journeys.paths import paths
from omnidash.journeys.reach import CrossChannel, cross_channel, reach
from omnidash.journeys.table import Journeys
from omnidash.metrics.of_workspace import channel_days_of, weights_for
from omnidash.metrics.promoters import Promoters
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.store.kept import Version, kept_frame, kept_values

_METHOD = 2  # goes up where what is kept is computed otherwise of the same data
_EVERYWHERE = ""
_BY_CHANNEL = ("effect_share", "sole_share", "onward_share", "persons", "removal_effect")


def _own_persons() -> None:
    """The workspace's own persons need no table of who is who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A state of a workspace at an identity level, and where its events are read where nothing is kept yet.

    ``persons``: [identifier_id, person_id] at another level than the workspace's, None at its own; ``weights``: those
    of a model, see ``metrics.of_workspace.weights_for``, worked out from the journeys where left out."""

    workspace: Workspace
    version: Version
    level: str
    journeys: Callable[[], Journeys]
    persons: Callable[[], pl.DataFrame | None] = _own_persons
    weights: Callable[[str], dict[str, float] | None] | None = None

    def values(
        self, name: str, made_of: tuple[str | int, ...], compute: Callable[[], dict[str, float]]
    ) -> dict[str, float]:
        """``kept_values`` of this look."""
        asked = (_METHOD, self.version[2], self.level, *made_of)
        return kept_values(self.workspace, name, asked, compute, version=self.version)


def actions(workspace: Workspace, version: Version) -> pl.DataFrame:
    """The actions of the events, see ``engine.rollup.actions``; the same at every level."""
    return kept_frame(workspace, "actions", (_METHOD, version[2]), lambda: rollup.actions(workspace), version=version)


def channel_days(look: Look, model: str) -> pl.DataFrame:
    """The channel-day table under an attribution model."""

    def compute() -> pl.DataFrame:
        table = look.journeys()
        weights = look.weights(model) if look.weights else weights_for(look.workspace, table, model=model)
        return channel_days_of(look.workspace, table, model=model, weights=weights, persons=look.persons())

    made_of = (_METHOD, look.version[2], look.level, model)
    return kept_frame(look.workspace, "channel-days", made_of, compute, version=look.version)


def reached(look: Look, period: Period) -> tuple[dict[str, int], int]:
    """Persons reached per channel, and in all, in a period."""

    def count() -> dict[str, float]:
        result = reach(look.journeys(), period=period)
        return {_EVERYWHERE: result.total_persons, **dict(zip(result.channels, result.persons.tolist(), strict=True))}

    persons = {channel: int(number) for channel, number in look.values("reached", _days(period), count).items()}
    everybody = persons.pop(_EVERYWHERE)
    return persons, everybody


def crossing(look: Look, period: Period) -> CrossChannel:
    """Persons on one and on several channels, and how many of them converted."""
    settings = look.workspace.settings

    def count() -> dict[str, float]:
        return asdict(
            cross_channel(look.journeys(), period=period, goal=settings.goal, lookback_days=settings.lookback_days)
        )

    counts = look.values("crossing", _days(period), count)
    return CrossChannel(**{name: int(value) for name, value in counts.items()})


def repurchased(look: Look, period: Period) -> tuple[int, int]:
    """Customers of the period with two orders or more, and all of them."""

    def count() -> dict[str, float]:
        returned, everybody = repurchase(customers_of(look.journeys(), look.workspace.settings.goal, period))
        return {"returned": returned, "everybody": everybody}

    counts = look.values("repurchased", _days(period), count)
    return int(counts["returned"]), int(counts["everybody"])


def evidence(look: Look, period: Period, asked: Promoters) -> Evidence:
    """What the verdict rests on; it takes all paths and overlaps of a quarter, and is one number per field and
    channel. ``asked``: what surveys say, which is not kept."""
    settings = look.workspace.settings
    kinds = dict(look.workspace.rows("select channel, kind from channel order by channel"))

    def read() -> dict[str, float]:
        table = look.journeys()
        found = evidence_of(
            paths(table, goal=settings.goal, lookback_days=settings.lookback_days, period=period, collapse=True).frame,
            overlap(table, window_days=OVERLAP_DAYS, period=period),
            kinds,
            asked,
        )
        by_channel = {
            f"{name}|{channel}": value for name in _BY_CHANNEL for channel, value in getattr(found, name).items()
        }
        return {"sole_share_of_all": found.sole_share_of_all, **by_channel}

    known = look.values("evidence", (f"{period.first_day} {period.last_day} {kinds}",), read)
    of_all = known.pop("sole_share_of_all")
    fields: dict[str, dict[str, float]] = {name: {} for name in _BY_CHANNEL}
    for key, value in known.items():
        name, _bar, channel = key.partition("|")
        fields[name][channel] = value
    persons = {channel: int(count) for channel, count in fields.pop("persons").items()}
    return Evidence(persons=persons, sole_share_of_all=of_all, **fields, promoters=asked)


def _days(period: Period) -> tuple[str, str]:
    return period.first_day.isoformat(), period.last_day.isoformat()
