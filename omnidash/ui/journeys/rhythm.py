"""Rhythm: at which hours of which weekdays each channel is met, and bought through."""

import numpy as np
import polars as pl
import streamlit as st

from omnidash.charts.grids import hour_grid
from omnidash.journeys.rhythm import Rhythm, weekdays_in
from omnidash.model.messages import N_
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.journeys import addressed, results
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_MEASURES = {"touches": N_("Touches"), "conversions": N_("Conversions")}
_ALL = "*"
_MUCH_AT_MIDNIGHT = 0.3


def rhythm_title(screen: Screen) -> str:
    """The finding of the section: the busiest hour of the week."""
    found = results.rhythm_of(screen.workspace, screen.filters.period)
    shown = _shown(screen, found)
    touches = found.touches[shown].sum(axis=0)
    if not touches.any():
        return _("No touches in this period")
    return _("Persons are met most on {weekday}, {hour}", **_peak(_per_day(screen, touches)))


def show_rhythm(screen: Screen) -> None:
    """Draw the section."""
    found = results.rhythm_of(screen.workspace, screen.filters.period)
    shown = _shown(screen, found)
    if not shown:
        st.info(_("No touches in this period."))
        return
    measure, channel = _choices(screen, [found.channels[c] for c in shown])
    chosen = [c for c in shown if channel in (_ALL, found.channels[c])]
    _week(screen, found, chosen, measure, channel)
    _by_channel(screen, found, shown, measure)
    _midnight(screen, found, shown, measure)


def _shown(screen: Screen, found: Rhythm) -> list[int]:
    shown = [c for c, name in enumerate(found.channels) if screen.filters.includes(name)]
    return sorted(shown, key=lambda c: (-int(found.touches[c].sum()), found.channels[c]))


def _choices(screen: Screen, channels: list[str]) -> tuple[str, str]:
    measure = addressed.one("rhythm_measure", _MEASURES, kind=_("measure"))
    offered = {name: name for name in (_ALL, *channels)}
    channel = addressed.chosen("rhythm_channel", offered, usual=_ALL, kind=_("channel"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        one_of(_("Count"), _MEASURES, key="rhythm_measure")
        st.selectbox(
            _("Channel"),
            list(offered),
            key="rhythm_channel",
            format_func=lambda name: _("All channels") if name == _ALL else screen.name(name),
            width=260,
        )
    return measure, channel


def _counts(found: Rhythm, measure: str) -> np.ndarray:
    return found.touches if measure == "touches" else found.conversions


def _per_day(screen: Screen, counts: np.ndarray) -> np.ndarray:
    """Counts [7, 24] per day of its weekday, so that a weekday that occurs once more is not busier for that."""
    days = weekdays_in(screen.filters.period)
    return counts / np.maximum(days, 1)[:, None]


def _peak(per_day: np.ndarray) -> dict[str, str]:
    weekday, hour = np.unravel_index(int(np.argmax(per_day)), per_day.shape)
    return {"weekday": fmt().weekday(int(weekday)), "hour": _span(int(hour))}


def _span(hour: int) -> str:
    return f"{hour:02d}:00–{(hour + 1) % 24:02d}:00"


def _week(screen: Screen, found: Rhythm, chosen: list[int], measure: str, channel: str) -> None:
    counts = _counts(found, measure)[chosen].sum(axis=0)
    per_day = _per_day(screen, counts)
    word = _(_MEASURES[measure])
    details = [
        [
            f"<b>{fmt().weekday(w)} {_span(h)}</b><br>{word}: {fmt().integer(int(counts[w, h]))}"
            f"<br>{_('Per day')}: {fmt().decimal(float(per_day[w, h]), 1)}"
            for h in range(24)
        ]
        for w in range(7)
    ]
    tint = screen.colors.accent if channel == _ALL else screen.colors.of_channel(channel)
    chart = None
    if counts.any():
        chart = hour_grid([fmt().weekday(w) for w in range(7)], per_day, details, colors=screen.colors, tint=tint)
    chart_card(
        _week_title(per_day, measure),
        chart,
        _table(screen, found, chosen),
        key="journey_rhythm",
        origin=Origin(addends=(measure,), model="last", channels=() if channel == _ALL else (channel,)),
        explanation=_(
            "Average per day of each weekday and hour, on the clock of {timezone}. Touches of known persons count at "
            "their channel; a conversion counts at its own time and at the channel of the last touch before it within "
            "{days} days.",
            timezone=plain(screen.workspace.settings.timezone),
            days=screen.workspace.settings.lookback_days,
        ),
        empty=_("Nothing to count in this period."),
    )


def _week_title(per_day: np.ndarray, measure: str) -> str:
    average = float(per_day.mean())
    if not average:
        return _(_MEASURES[measure])
    times = fmt().decimal(float(per_day.max()) / average, 1)
    if measure == "touches":
        return _("Most touches on {weekday} {hour}: {times} times an average hour", times=times, **_peak(per_day))
    return _("Most conversions on {weekday} {hour}: {times} times an average hour", times=times, **_peak(per_day))


def _by_channel(screen: Screen, found: Rhythm, shown: list[int], measure: str) -> None:
    counts = _counts(found, measure)
    rows = [c for c in shown if counts[c].any()]
    if not rows:
        return
    by_hour = np.array([counts[c].sum(axis=0) for c in rows], np.float64)
    share = by_hour / by_hour.sum(axis=1, keepdims=True)
    details = [
        [
            f"<b>{screen.label(found.channels[c])} {_span(h)}</b><br>{_(_MEASURES[measure])}: "
            f"{fmt().integer(int(by_hour[r, h]))}<br>{_('Share of the channel')}: {fmt().percent(float(share[r, h]))}"
            for h in range(24)
        ]
        for r, c in enumerate(rows)
    ]
    chart_card(
        _hours_title(screen, [found.channels[c] for c in rows], share),
        hour_grid(
            [screen.label(found.channels[c]) for c in rows],
            share,
            details,
            colors=screen.colors,
            tint=screen.colors.accent,
        ),
        _peaks(screen, found, shown),
        key="journey_hours",
        origin=Origin(addends=(measure,), model="last"),
        explanation=_(
            "Each row is one channel over all weekdays: the darker, the larger the share of its own touches or "
            "conversions that falls into the hour. Rows can be compared in shape, not in size."
        ),
    )


def _hours_title(screen: Screen, channels: list[str], share: np.ndarray) -> str:
    """The hour at which most channels are busiest, and the channel whose busiest hour lies furthest from it."""
    busiest = share.argmax(axis=1)
    usual = int(np.bincount(busiest, minlength=24).argmax())
    apart = np.minimum((busiest - usual) % 24, (usual - busiest) % 24)
    other = int(apart.argmax())
    if not apart[other]:
        return _("Every channel is busiest at {hour}", hour=_span(usual))
    return _(
        "Most channels are busiest at {hour}, {channel} at {other}",
        hour=_span(usual),
        channel=screen.name(channels[other]),
        other=_span(int(busiest[other])),
    )


def _peaks(screen: Screen, found: Rhythm, shown: list[int]) -> pl.DataFrame:
    """Per channel its busiest hour of the week, for touches and for conversions."""

    def peak(counts: np.ndarray) -> str:
        found_peak = _peak(_per_day(screen, counts))
        return f"{found_peak['weekday']} {found_peak['hour']}" if counts.any() else ""

    return pl.DataFrame(
        {
            _("Channel"): [screen.name(found.channels[c]) for c in shown],
            _("Touches"): [int(found.touches[c].sum()) for c in shown],
            _("Most touches"): [peak(found.touches[c]) for c in shown],
            _("Conversions"): [int(found.conversions[c].sum()) for c in shown],
            _("Most conversions"): [peak(found.conversions[c]) for c in shown],
        }
    )


def _table(screen: Screen, found: Rhythm, chosen: list[int]) -> pl.DataFrame:
    names = {found.channels[c] for c in chosen}
    frame = found.frame().filter(pl.col("channel").is_in(list(names)))
    return frame.select(
        pl.Series(_("Channel"), [screen.name(channel) for channel in frame["channel"]], dtype=pl.String),
        pl.Series(_("Weekday"), [fmt().weekday(day - 1) for day in frame["weekday"]], dtype=pl.String),
        pl.Series(_("Hour"), [_span(hour) for hour in frame["hour"]], dtype=pl.String),
        pl.col("touches").alias(_("Touches")),
        pl.col("conversions").alias(_("Conversions")),
    )


def _midnight(screen: Screen, found: Rhythm, shown: list[int], measure: str) -> None:
    at_midnight = found.touches_at_midnight if measure == "touches" else found.conversions_at_midnight
    totals = _counts(found, measure).sum(axis=(1, 2))
    dated = [c for c in shown if totals[c] and at_midnight[c] > _MUCH_AT_MIDNIGHT * totals[c]]
    if dated:
        st.warning(
            _(
                "Rows of {channels} stand at midnight sharp: the export seems to carry dates without a time, so their "
                "hours say nothing.",
                channels=plain(fmt().listing([screen.name(found.channels[c]) for c in dated])),
            ),
            icon=":material/schedule:",
        )
