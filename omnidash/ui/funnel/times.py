"""How long converters take, and how conversion moves with the day of entry."""

from math import sqrt

import numpy as np
import polars as pl
import streamlit as st

from omnidash.charts.funnel import rate_trend, time_histogram
from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.funnel_groups import by_first_entry, trend
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.metrics.difference_of_rates import newcombe_interval
from omnidash.ui.cards import chart_card
from omnidash.ui.day_notes import note_button, with_notes
from omnidash.ui.funnel import results
from omnidash.ui.funnel.rows import origin_of
from omnidash.ui.funnel.wording import UNITS
from omnidash.ui.i18n import _, date_format, fmt
from omnidash.ui.screen import Screen

_MAX_BINS = 30
_MAX_DAYS = 45  # beyond that the line has too many points: weeks are drawn
_FEW_A_DAY = 30  # below that most of what a day shows is chance, and its interval hides the line: weeks are drawn


def show_times(screen: Screen, result: FunnelResult) -> None:
    """Both cards side by side."""
    left, right = st.columns(2, gap="medium")
    with left:
        _time_to_convert(screen, result)
    with right:
        _trend(screen, result)


def _time_to_convert(screen: Screen, result: FunnelResult) -> None:
    seconds = result.time_to_convert_seconds
    bins = int(min(_MAX_BINS, max(5, sqrt(seconds.size)))) if seconds.size else 1
    table = result.time_to_convert_histogram(bins=bins)
    chart, title = None, _("Nobody converted, so there is no time to convert")
    if seconds.size and seconds.max() > 0:
        unit = max(u for u in UNITS if u <= max(float(seconds.max()) / 3, 1))
        chart = time_histogram(
            (table["from_seconds"] / unit).to_list(),
            ((table["to_seconds"] - table["from_seconds"]) / unit).to_list(),
            table["persons"].to_list(),
            [
                f"{fmt().duration(a)} – {fmt().duration(b)}"
                for a, b in table.select("from_seconds", "to_seconds").rows()
            ],
            colors=screen.colors,
            unit=_(UNITS[unit]),
        )
    if seconds.size:
        title = _(
            "Half convert within {half}, nine of ten within {most}",
            half=fmt().duration(float(np.median(seconds))),
            most=fmt().duration(float(np.quantile(seconds, 0.9))),
        )
    chart_card(
        title,
        chart,
        table,
        key="funnel_time",
        origin=origin_of(screen, result.query),
        explanation=_("Converters by the time from their entry to the last step."),
        empty=_("All converted at the instant they entered.") if seconds.size else _("Nobody reached the last step."),
    )


def _trend(screen: Screen, result: FunnelResult) -> None:
    result = results.counted(screen.workspace, by_first_entry(result.query), screen.bar.segment)
    days = trend(result)
    by_week = len(days) > _MAX_DAYS or (len(days) >= 2 * 7 and days["entered"].median() < _FEW_A_DAY)  # type: ignore[operator]
    table = (trend(result, days_together=7) if by_week else days).with_columns(
        rate=pl.when(pl.col("entered") > 0).then(pl.col("converted") / pl.col("entered"))
    )
    chart = None
    if table["entered"].sum():
        intervals = [wilson_interval(c, n) for c, n in table.select("converted", "entered").rows()]
        over = table["is_over"].to_list()
        rates = table["rate"].to_list()
        chart = rate_trend(
            table["day"].to_list(),
            [rate if done else None for rate, done in zip(rates, over, strict=True)],
            [i[0] if i and done else None for i, done in zip(intervals, over, strict=True)],
            [i[1] if i and done else None for i, done in zip(intervals, over, strict=True)],
            [None if done else rate for rate, done in zip(rates, over, strict=True)],
            colors=screen.colors,
            names=(_("converted"), _("so far, windows not over")),
            date_format=date_format(),
        )
        with_notes(screen, chart, table["day"].min(), table["day"].max())  # type: ignore[arg-type]
    chart_card(
        _trend_title(table),
        chart,
        table.select("day", "entered", "converted", "still_open", "rate"),
        key="funnel_trend",
        origin=origin_of(screen, result.query),
        explanation=_(
            "Share of those whose first entry was on a day (over 45 days or with few a day: in seven days) that "
            "converted with it, and its 95% interval (Wilson). Hollow points: the window of some of them is not over "
            "yet, so their share can still rise."
        ),
        empty=_("Nobody entered."),
        more=lambda: note_button(screen, key="funnel_trend"),
    )


def _trend_title(table: pl.DataFrame) -> str:
    """The second half of the finished days against the first, where that is more than chance."""
    done = table.filter(pl.col("is_over") & (pl.col("entered") > 0))
    if len(done) < 2:
        return _("Conversion by day of entry: too few finished days to compare")
    halves = [
        part.select(pl.col("converted", "entered").sum()).row(0)
        for part in (done[: len(done) // 2], done[len(done) // 2 :])
    ]
    (before, of_before), (after, of_after) = halves
    if before == after == 0:
        return _("Nobody who entered on the finished days converted")
    interval = newcombe_interval(after, of_after, before, of_before)
    values = {"before": fmt().percent(before / of_before), "after": fmt().percent(after / of_after)}
    if interval and interval[0] > 0:
        return _("Conversion rose from {before} to {after} within the period", **values)
    if interval and interval[1] < 0:
        return _("Conversion fell from {before} to {after} within the period", **values)
    return _("Conversion holds within the period: {before}, then {after}", **values)
