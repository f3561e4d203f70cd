"""The same funnel in the period before, or of a saved segment, with the interval of the difference."""

import polars as pl

from omnidash.charts.funnel import two_rates
from omnidash.journeys.funnel import FunnelResult
from omnidash.metrics.funnel_comparison import compared
from omnidash.ui.cards import chart_card
from omnidash.ui.funnel import results
from omnidash.ui.funnel.choice import Choice, query_of
from omnidash.ui.funnel.final import finally_counted, say_what_is_left_out
from omnidash.ui.funnel.rows import origin_of
from omnidash.ui.funnel.wording import reached_title
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels


def show_comparison(screen: Screen, chosen: Choice, result: FunnelResult) -> None:
    """Draw the card, where something to compare with is chosen. On both sides as many days count, of those whose
    windows are over."""
    kind, _sep, name = chosen.compare.partition(":")
    final = finally_counted(screen, result) or result
    if kind == "segment":
        other = results.counted(screen.workspace, final.query, name)
        names = (screen.bar.segment or _("Everybody"), name)
    elif kind == "previous":
        before = screen.compared
        assert final.query.period is not None  # the screen's
        compared_days = query_of(screen, chosen, before.first(final.query.period.days))
        other = results.counted(screen.workspace, compared_days, screen.bar.segment)
        names = (fmt().period(screen.filters.period), fmt().period(before))
    else:
        return
    table = compared(final, other).with_columns(
        label=pl.Series([reached_title(screen, result.query, step) for step in result.steps["step"]])
    )
    later = table.filter(pl.col("step") > 1)
    is_comparable = bool(table["persons"][0] and table["other_persons"][0])
    chart = None
    here, there = chart_labels(names)
    if is_comparable and not later.is_empty():
        chart = two_rates(
            chart_labels(later["label"].to_list()),
            later["rate"].to_list(),
            later["other_rate"].to_list(),
            [_points(*row) for row in later.select("difference", "low", "high").rows()],
            colors=screen.colors,
            names=(here, there),
        )
    chart_card(
        _title(table, names),
        chart,
        table.rename({"low": "low_95", "high": "high_95"}),
        key="funnel_compared",
        origin=origin_of(screen, result.query),
        explanation=_(
            "Share of the first step that reached each later one, on both sides, of entries on as many days whose "
            "windows are over; the difference with its 95% interval (Newcombe). Where the interval holds 0, it may be "
            "chance."
        ),
        empty=_("On one of the two sides there is nobody whose window is over."),
        controls=lambda: say_what_is_left_out(result, final),
    )


def _title(table: pl.DataFrame, names: tuple[str, str]) -> str:
    difference, low, high = table.select("difference", "low", "high").row(-1)
    if difference is None:
        return _("Nothing to compare: {other}", other=names[1])
    values = {"points": fmt().decimal(abs(difference) * 100, 1), "here": names[0], "other": names[1]}
    if low > 0:
        return _("Conversion of {here} is {points} points above {other}", **values)
    if high < 0:
        return _("Conversion of {here} is {points} points below {other}", **values)
    return _("No clear difference in conversion between {here} and {other}", **values)


def _points(difference: float, low: float, high: float) -> str:
    return _(
        "{difference} points ({low} … {high})",
        difference=_signed(difference),
        low=_signed(low),
        high=_signed(high),
    )


def _signed(share: float) -> str:
    points = round(share * 100, 1) + 0.0
    return f"{'+' if points > 0 else '−' if points < 0 else ''}{fmt().decimal(abs(points), 1)}"
