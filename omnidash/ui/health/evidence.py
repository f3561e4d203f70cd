"""The evidence below the channel table: shares against their limit, ROI per channel, and what changed most."""

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from omnidash.charts.health import contributions, share_over_time
from omnidash.charts.roi_panels import Panels, roi_multiples
from omnidash.health.concentration import trailing_shares
from omnidash.health.day_windows import COUNTED
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.registry import METRICS
from omnidash.model.period import Period
from omnidash.ui.cards import chart_card, definition
from omnidash.ui.day_notes import note_button, with_notes, with_notes_in_panels
from omnidash.ui.explain.origin import Origin
from omnidash.ui.health.known import SHARED, days_with_shares, judged_days, limits_of
from omnidash.ui.i18n import _, date_format, fmt
from omnidash.ui.labels import BASIS_TITLES
from omnidash.ui.once import once
from omnidash.ui.screen import Screen

_CONTEXT_DAYS = 60  # charts reach back at least this far, so that a short period still shows where it comes from
_Made = tuple[str, go.Figure | None, pl.DataFrame]  # the finding, its chart, its table


def share_card(screen: Screen, days: pl.DataFrame) -> None:
    """Each channel's trailing share, with the limit."""
    thresholds = limits_of(screen)
    window = chart_window(screen)
    basis = _(BASIS_TITLES[thresholds.share_basis])
    title, chart, table = once(screen, "share", lambda: _share(screen, days, window, thresholds))
    chart_card(
        title,
        chart,
        table,
        key="share",
        explanation=_(
            "{basis} of each channel over the trailing {days} days, per day, as the concentration rule sees it. "
            "{definition}",
            basis=basis,
            days=thresholds.share_window_days,
            definition=definition(METRICS["share"]),
        ),
        origin=Origin(addends=(SHARED[thresholds.share_basis],), period=window),
        empty=_("No touches in this period. Upload touchpoints or events to fill this chart."),
        is_filled_by_upload=True,
        more=lambda: note_button(screen, key="share"),
    )


def _share(screen: Screen, days: pl.DataFrame, window: Period, thresholds: Thresholds) -> _Made:
    shares = (
        trailing_shares(days_with_shares(screen, days), closed_through=window.last_day, thresholds=thresholds)
        .filter((pl.col("day") >= window.first_day) & (pl.col("amount").max().over("channel") > 0))
        .drop_nulls("share")
        .select("day", "channel", "share")
    )
    basis = _(BASIS_TITLES[thresholds.share_basis])
    title, chart = basis, None
    if not shares.is_empty():
        last = shares.filter(pl.col("day") == shares["day"].max()).sort("share", descending=True).row(0, named=True)
        title = _(
            "{basis}: {channel} carries {share} over {days} days",
            days=thresholds.share_window_days,
            basis=basis,
            channel=screen.name(last["channel"]),
            share=fmt().percent(last["share"]),
        )
        chart = share_over_time(
            shares,
            limit=thresholds.share_limit,
            limit_label=_("limit {share}", share=fmt().percent(thresholds.share_limit, 0)),
            colors=screen.colors,
            name=screen.label,
            tick_format=",.0%",
            date_format=date_format(),
        )
        with_notes(screen, chart, shares["day"].min(), shares["day"].max())  # type: ignore[arg-type]
    return title, chart, named(screen, shares)


def changes_card(screen: Screen, days: pl.DataFrame) -> None:
    """Which channels made the net revenue rise or fall against the period before."""
    period, before = screen.filters.period, screen.compared
    if before.first_day < screen.span.first_day:
        return
    title, chart, table = once(screen, "changes", lambda: _changes(screen, days, period, before))
    if chart is None:
        return
    chart_card(
        title,
        chart,
        table,
        key="changes",
        explanation=_(
            "Net revenue credited to each channel in this period less that of {period}. "
            "The bars add up to the change of the total.",
            period=fmt().period(before),
        ),
        origin=Origin(metrics=("net_revenue",), period=Period(first_day=before.first_day, last_day=period.last_day)),
    )


def _changes(screen: Screen, days: pl.DataFrame, period: Period, before: Period) -> _Made:
    revenue = (
        days.filter(pl.col("day").is_between(before.first_day, period.last_day))
        .group_by("channel")
        .agg(
            now=pl.col("revenue").filter(pl.col("day").is_between(period.first_day, period.last_day)).sum(),
            before=pl.col("revenue").filter(pl.col("day").is_between(before.first_day, before.last_day)).sum(),
        )
        .with_columns(change=pl.col("now") - pl.col("before"))
        .filter(pl.col("change").abs() > 0)
        .sort("change", "channel", descending=[True, False])
    )
    if revenue.is_empty():
        return "", None, revenue
    total = float(revenue["change"].sum())
    chart = contributions(
        [screen.label(channel) for channel in revenue["channel"]],
        revenue["change"].to_list(),
        [fmt().money_compact(change, screen.currency) for change in revenue["change"]],
        colors=screen.colors,
        unit=fmt().symbol(screen.currency),
    )
    title = (
        _("Net revenue rose by {amount}; by channel") if total >= 0 else _("Net revenue fell by {amount}; by channel")
    )
    amount = fmt().money_compact(abs(total), screen.currency)
    return title.format(amount=amount), chart, named(screen, revenue)


def roi_card(screen: Screen, days: pl.DataFrame) -> None:
    """ROI per channel and day, against its threshold."""
    window = chart_window(screen)
    chart, table = once(screen, "roi", lambda: _roi(screen, days, window))
    chart_card(
        _("ROI by channel and day, against its threshold"),
        chart,
        table,
        key="roi",
        explanation=_(
            "Closed days with spend; red below the threshold, lighter where orders of the day may still arrive. "
            "{definition}",
            definition=definition(METRICS["roi"]),
        ),
        origin=Origin(metrics=("roi",), period=window),
        empty=_("No spend in this period. Upload a spend export to see ROI."),
        is_filled_by_upload=True,
        more=lambda: note_button(screen, key="roi"),
    )


def _roi(screen: Screen, days: pl.DataFrame, window: Period) -> tuple[go.Figure | None, pl.DataFrame]:
    thresholds = limits_of(screen)
    closed = judged_days(screen).filter(
        pl.col("channel").is_in(days["channel"].unique().implode()),
        pl.col("day").is_between(window.first_day, window.last_day)
        & pl.col("status").is_in([*COUNTED, "immature", "too_few"]),
    )
    by_spend = closed.group_by("channel").agg(pl.col("spend").sum()).sort("spend", "channel", descending=[True, False])
    shown = by_spend["channel"].to_list()[:10]
    chart = None
    if shown:
        panels = Panels(channels=tuple(shown), first_day=closed["day"].min(), last_day=closed["day"].max())  # type: ignore[arg-type]
        chart = roi_multiples(
            closed.filter(pl.col("channel").is_in(shown)).sort("channel", "day"),
            panels,
            thresholds={c: thresholds.roi_threshold_of(c) for c in shown},
            colors=screen.colors,
            names={c: screen.label(c) for c in shown},
            dates=(_narrow_day(panels.first_day), _narrow_day(panels.last_day)),
            percent_format=",.0%",
            date_format=date_format(),
        )
        with_notes_in_panels(screen, chart, panels)
    columns = ("day", "channel", "spend", "gross_profit", "roi", "status", "over_days", "window_roi")
    return chart, named(screen, closed.select(columns))


def chart_window(screen: Screen) -> Period:
    """The days charts show: the chosen period, or longer where that is short."""
    period = screen.filters.period
    earliest = min(period.first_day, period.last_day - timedelta(days=_CONTEXT_DAYS - 1))
    return (
        Period(
            first_day=max(earliest, screen.span.first_day), last_day=min(period.last_day, screen.span.closed_through)
        )
        if max(earliest, screen.span.first_day) <= min(period.last_day, screen.span.closed_through)
        else period
    )


def named(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with display names for channel ids."""
    return frame.with_columns(channel=pl.Series([screen.name(c) for c in frame["channel"]], dtype=pl.String))


def _narrow_day(day: date) -> str:
    """A day as it fits twice below a small panel on a phone."""
    return f"{day.month}/{day.day}" if fmt().is_chinese else fmt().day(day)
