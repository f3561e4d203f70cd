"""Overlap: which channels reach the same persons, whom each reaches alone, and where paid channels collide."""

import numpy as np
import polars as pl
import streamlit as st

from omnidash.charts.journeys import overlap_matrix
from omnidash.charts.overlap import money_bars, reach_split
from omnidash.journeys.collisions import Collisions
from omnidash.journeys.overlap import OverlapResult
from omnidash.metrics.channel_day import knows_spend
from omnidash.ui import compute
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys import addressed, results
from omnidash.ui.journeys.largest import MOST_DRAWN, say_what_is_left_out
from omnidash.ui.screen import Screen
from omnidash.ui.tables import downloads, table
from omnidash.ui.text import chart_labels, plain

_WINDOWS = (1, 7, 14, 30)
_MOST_PAIRS = 10


def overlap_title(screen: Screen) -> str:
    """The finding of the section."""
    found = results.overlap_of(screen.workspace, screen.filters.period, _window())
    kept = _kept(screen, found)
    if len(kept) < 2:
        return _too_few(screen)
    alone = int(found.exclusive[kept].sum())
    met = results.crossing_of(screen.workspace, screen.filters.period)
    everyone = met.multi_persons + met.single_persons
    if screen.filters.channels or not everyone:
        return _matrix_title(*_shares(screen, found, kept))
    return _("{share} of persons are reached by one channel alone", share=fmt().percent(alone / everyone))


def _too_few(screen: Screen) -> str:
    chosen = screen.filters.channels
    if not chosen:
        return _("Fewer than two channels reached anybody in this period")
    if len(chosen) == 1:
        return _("Overlap needs two channels, and {channel} alone is chosen", channel=screen.name(chosen[0]))
    return _("Fewer than two of the chosen channels reached anybody in this period")


def show_overlap(screen: Screen) -> None:
    """Draw the section."""
    window = _window()
    st.segmented_control(
        _("Touched by both within"),
        _WINDOWS,
        required=True,
        key="overlap_window",
        format_func=lambda days: n_("{count} day", "{count} days", days),
    )
    found = results.overlap_of(screen.workspace, screen.filters.period, window)
    kept = _kept(screen, found)
    if len(kept) < 2:
        st.info(plain(_too_few(screen)))
        return
    _matrix(screen, found, kept)
    _alone(screen, found, kept)
    _collisions(screen, window)


def _window() -> int:
    return addressed.number("overlap_window", _WINDOWS, usual=7, kind=_("window of overlap"))


def _kept(screen: Screen, found: OverlapResult) -> list[int]:
    return [i for i, c in enumerate(found.channels) if found.reach[i] > 0 and screen.filters.includes(c)]


def _shares(screen: Screen, found: OverlapResult, kept: list[int]) -> tuple[list[str], np.ndarray]:
    return [screen.name(found.channels[i]) for i in kept], found.both[np.ix_(kept, kept)] / found.reach[kept][:, None]


def _matrix(screen: Screen, found: OverlapResult, kept: list[int]) -> None:
    names, share = _shares(screen, found, kept)
    both = found.both[np.ix_(kept, kept)]
    largest = np.sort(np.argsort(-found.reach[kept], kind="stable")[:MOST_DRAWN])
    drawn = np.ix_(largest, largest)
    labels = chart_labels(names)
    chart_card(
        _matrix_title(names, share),
        overlap_matrix(
            [labels[i] for i in largest], share[drawn], both[drawn], colors=screen.colors, hover=_("persons")
        ),
        _matrix_table(names, found.reach[kept], found.exclusive[kept], both),
        key="journey_overlap",
        origin=Origin(addends=("multi_persons",)),
        explanation=_(
            "Read a row: of the persons this channel reached, the share that the other channel reached too, with "
            "touches no more than the chosen days apart."
        ),
        controls=lambda: say_what_is_left_out(len(names)),
    )


def _matrix_title(names: list[str], share: np.ndarray) -> str:
    apart = share - np.diag(np.diag(share))
    row, column = np.unravel_index(int(np.argmax(apart)), apart.shape)
    return _(
        "{b} also reaches {share} of the persons of {a}",
        a=names[row],
        b=names[column],
        share=fmt().percent(float(apart[row, column])),
    )


def _matrix_table(names: list[str], reach: np.ndarray, exclusive: np.ndarray, both: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            _("Channel"): names,
            _("Persons reached"): reach,
            _("Reached by no other channel"): exclusive,
            **{name: both[:, i] for i, name in enumerate(names)},
        }
    )


def _alone(screen: Screen, found: OverlapResult, kept: list[int]) -> None:
    order = sorted(kept, key=lambda c: (-int(found.reach[c]), found.channels[c]))
    reach, alone = found.reach[order], found.exclusive[order]
    texts = [
        _("{persons}, {share} its own", persons=fmt().compact(int(r)), share=fmt().percent(int(a) / int(r), 0))
        for r, a in zip(reach, alone, strict=True)
    ]
    best = int(np.argmax(alone / reach))
    chart_card(
        _(
            "{channel} has the largest share of persons of its own: {share} of those it reaches",
            channel=screen.name(found.channels[order[best]]),
            share=fmt().percent(int(alone[best]) / int(reach[best]), 0),
        ),
        reach_split(
            [screen.label(found.channels[c]) for c in order],
            alone.tolist(),
            (reach - alone).tolist(),
            texts,
            [screen.colors.of_channel(found.channels[c]) for c in order],
            colors=screen.colors,
            words=(_("by this channel alone"), _("by others too")),
        ),
        pl.DataFrame(
            {
                _("Channel"): [screen.name(found.channels[c]) for c in order],
                _("Persons reached"): reach,
                _("Reached by no other channel"): alone,
                "share": alone / reach,
            }
        ),
        key="journey_exclusive",
        origin=Origin(addends=("persons",)),
        explanation=_(
            "Exclusive reach: persons with touches of this channel and of no other in the whole period, whatever the "
            "window. No other channel met them."
        ),
    )


def _collisions(screen: Screen, window: int) -> None:
    paid = tuple(screen.facts.channels.filter(pl.col("kind") == "paid")["channel"].sort().to_list())
    chosen = tuple(channel for channel in paid if screen.filters.includes(channel))
    if len(chosen) < 2:
        st.caption(_("Collisions need at least two paid channels among those shown."))
        return
    found = results.collisions_of(screen.workspace, screen.filters.period, window, chosen)
    cost, spend = _cost_per_touch(screen, chosen)
    pairs, channels = found.of_pairs(cost), found.of_channels(cost)
    priced = pairs.filter(pl.col("spend").is_not_null()).head(_MOST_PAIRS)
    chart = None
    if not priced.is_empty():
        chart = money_bars(
            [f"{screen.label(a)} ×<br>{screen.label(b)}" for a, b in priced.select("a", "b").rows()],
            priced["spend"].to_list(),
            [
                _(
                    "{money} · {touches} touches",
                    money=fmt().money_compact(s, screen.currency),
                    touches=fmt().compact(a + b),
                )
                for a, b, s in priced.select("touches_of_a", "touches_of_b", "spend").rows()
            ],
            colors=screen.colors,
        )
    chart_card(
        _collision_title(screen, found, channels, spend),
        chart,
        _pair_table(screen, pairs),
        key="journey_collisions",
        origin=Origin(addends=("touches", "spend"), channels=chosen),
        explanation=_(
            "A touch collides when another paid channel touched the same person at most {days} before or after. "
            "Its money: spend of the channel / all its touches in the period (also of persons nobody knows) × its "
            "touches in collision; for a pair both sides together. A touch may meet two channels, so pairs do not add "
            "up. It is the most that better coordination could save, not what is wasted. Channels are paid or not as "
            "Data → Channels says.",
            days=n_("{count} day", "{count} days", window),
        ),
        empty=_("No paid channels with spend met at the same persons in this period."),
        controls=lambda: _method(screen, channels, window),
    )


def _cost_per_touch(screen: Screen, channels: tuple[str, ...]) -> tuple[dict[str, float], float]:
    """Spend per touch of each channel with both, and the spend of all of them in the period."""
    period = screen.filters.period
    sums = (
        compute.channel_days(screen.workspace, screen.filters.model)
        .filter(
            pl.col("day").is_between(period.first_day, period.last_day),
            pl.col("channel").is_in(channels),
            knows_spend(),
        )
        .group_by("channel")
        .agg(pl.col("spend").sum(), pl.col("touches").sum(), pl.col("has_spend").any())
        .filter(pl.col("has_spend"))
    )
    priced = sums.filter(pl.col("touches") > 0)
    return dict(priced.select("channel", pl.col("spend") / pl.col("touches")).rows()), float(sums["spend"].sum())


def _collision_title(screen: Screen, found: Collisions, channels: pl.DataFrame, spend: float) -> str:
    money = float(channels["spend_in_collision"].sum())
    if not found.persons:
        return _("No paid channels met at the same persons")
    if not spend or not money:
        return n_("Paid channels met at {count} person", "Paid channels met at {count} persons", found.persons)
    return _(
        "{money}, {share} of paid spend, met persons another paid channel addressed as well",
        money=fmt().money_compact(money, screen.currency),
        share=fmt().percent(money / spend, 0),
    )


def _method(screen: Screen, channels: pl.DataFrame, window: int) -> None:
    st.caption(
        _(
            "Spend per touch × touches that met another paid channel within {days}. The most that better "
            "coordination could save, not what is wasted.",
            days=n_("{count} day", "{count} days", window),
        )
    )
    rows = channels.filter(pl.col("collided") > 0)
    if rows.is_empty():
        return
    titled = rows.select(
        pl.Series(_("Channel"), [screen.name(channel) for channel in rows["channel"]], dtype=pl.String),
        pl.col("touches").alias(_("Touches of known persons")),
        pl.col("collided").alias(_("In collision")),
        "share",
        pl.col("cost_per_touch").round(2).alias(_("Spend per touch")),
        pl.col("spend_in_collision").round(2).alias(_("Spend in collision")),
    )
    table(titled, key="collision_channels")
    downloads(titled, name="collision_channels", key="collision_channels")


def _pair_table(screen: Screen, pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select(
        pl.Series(_("Channel"), [screen.name(a) for a in pairs["a"]], dtype=pl.String),
        pl.Series(_("Other channel"), [screen.name(b) for b in pairs["b"]], dtype=pl.String),
        pl.col("touches_of_a").alias(_("Its touches in collision")),
        pl.col("touches_of_b").alias(_("Touches of the other")),
        pl.col("spend").round(2),
    )
