"""The health screen: what is wrong, the numbers of the period, and how each channel does."""

from datetime import timedelta

import polars as pl
import streamlit as st

from omnidash.charts.health import contributions, roi_multiples, share_over_time
from omnidash.health.cases import Case
from omnidash.health.concentration import trailing_shares
from omnidash.health.roi_streak import roi_days, streak_below
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.hhi import hhi
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.registry import METRICS
from omnidash.metrics.summary import channel_table, daily, totals
from omnidash.model.defaults import DIRECT
from omnidash.model.period import Period
from omnidash.ui import compute
from omnidash.ui.alerts import open_cases
from omnidash.ui.cards import Card, chart_card, definition, kpi_cards
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.labels import BASIS_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_CARDS = ("revenue", "spend", "roi", "conversions", "new_customers", "cac")
_METRIC_OF = {"revenue": "net_revenue"}
_CONTEXT_DAYS = 60  # charts reach back at least this far, so that a short period still shows where it comes from


def show_health(screen: Screen) -> None:
    """Draw the page."""
    days = compute.channel_days(screen.workspace, screen.filters.model)
    result = compute.rules(screen.workspace, screen.filters.model)
    current = (
        [c for c in (*result.open_cases, *result.warnings) if not c.channel or screen.filters.includes(c.channel)]
        if result
        else []
    )
    st.title(plain(_headline(screen, current)))
    open_cases(screen, current)
    if result:
        for note in result.notes:
            st.caption(f":material/info: {plain(screen.say(note))}")
    chosen = days.filter(pl.col("channel").is_in(list(screen.filters.channels))) if screen.filters.channels else days
    _cards(screen, chosen)
    _channels(screen, days)
    left, right = st.columns(2)
    with left:
        _share(screen, days)
        _changes(screen, chosen)
    with right:
        _roi(screen, chosen)
    _crossing(screen)


def _headline(screen: Screen, cases: list[Case]) -> str:
    alarms = [case for case in cases if case.is_open]
    if alarms:
        return n_("{count} thing needs you today", "{count} things need you today", len(alarms))
    if cases:
        return n_(
            "No alarm; {count} channel is close to a limit",
            "No alarm; {count} channels are close to a limit",
            len(cases),
        )
    paid = _paid(compute.channel_days(screen.workspace, screen.filters.model), screen.filters.period)
    return n_(
        "No alarm: {count} paid channel within its limits",
        "No alarm: {count} paid channels within their limits",
        len(paid),
    )


def _cards(screen: Screen, days: pl.DataFrame) -> None:
    period, before = screen.filters.period, screen.filters.period.previous()
    margin = margins_of(screen.workspace)
    now = totals(days, period, margin=margin)
    has_before = before.first_day >= screen.span.first_day
    earlier = totals(days, before, margin=margin) if has_before else None
    series = daily(days, period, margin=margin)
    kpi_cards(
        [
            Card(
                metric=_METRIC_OF.get(name, name),
                value=now[name],
                before=earlier[name] if earlier else None,
                series=series[name].to_list(),
            )
            for name in _CARDS
        ],
        currency=screen.currency,
        compared_with=n_("vs the day before", "vs the {count} days before", screen.filters.period.days),
    )
    if not has_before:
        st.caption(_("No earlier period of the same length to compare with."))


def _channels(screen: Screen, days: pl.DataFrame) -> None:
    period, margin = screen.filters.period, margins_of(screen.workspace)
    reach, _all = compute.reached(screen.workspace, period)
    thresholds = Thresholds.from_mapping(screen.workspace.settings.thresholds)
    streaks = streak_below(
        days,
        closed_through=screen.span.closed_through,
        thresholds=thresholds,
        closed_through_by_channel=screen.facts.closed_spend,
        margin=margin,
    )
    table = channel_table(days, period, margin=margin, reach=reach).join(streaks, on="channel", how="left")
    concentration = hhi(table.filter(pl.col("channel") != DIRECT)["share"])
    if screen.filters.channels:
        table = table.filter(pl.col("channel").is_in(list(screen.filters.channels)))
    table = table.filter((pl.col("touches") > 0) | (pl.col("spend") > 0) | (pl.col("conversions") > 0))
    trend = _roi_trend(days, period, margin)
    table = _named(screen, table.join(trend, on="channel", how="left")).with_columns(
        pl.col("share", "roi", "conversion_rate") * 100,
        pl.col("spend", "revenue").round(0),
        cac=pl.when(pl.col("spend") > 0).then(pl.col("cac")),
    )
    with st.container(border=True, key="card_channels"):
        st.markdown(f"#### {plain(_channels_title(table))}")
        st.dataframe(
            table.select(
                "channel",
                "share",
                "touches",
                "spend",
                "revenue",
                "roi",
                "roi_trend",
                "cac",
                "conversion_rate",
                "streak_below",
                "conversions",
                "new_customers",
                "roas",
            ),
            hide_index=True,
            placeholder="–",
            column_config=_channel_columns(screen),
            column_order=(
                "channel",
                "share",
                "spend",
                "revenue",
                "roi",
                "roi_trend",
                "cac",
                "conversion_rate",
                "streak_below",
            )
            if not st.session_state.get("more_columns")
            else None,
            key="channel_table",
            height=min(460, 38 + 35 * len(table)),
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.toggle(_("More columns"), key="more_columns")
            if concentration is not None:
                st.caption(
                    _("Concentration (HHI) {value}", value=fmt().decimal(concentration, 2)),
                    help=definition(METRICS["hhi"]),
                )


def _channels_title(table: pl.DataFrame) -> str:
    paid = table.filter(pl.col("roi").is_not_null())
    below = paid.filter(pl.col("roi") < 0)
    if paid.is_empty():
        return _("Channels: no spend in this period, so there is no ROI to show")
    if below.is_empty():
        return n_(
            "{count} channel with spend, above break-even",
            "All {count} channels with spend are above break-even",
            len(paid),
        )
    worst = below.sort("roi")["channel"].to_list()[:3]
    return _("Below break-even in this period: {channels}", channels=fmt().listing(worst))


def _channel_columns(screen: Screen) -> dict[str, object]:
    unit = fmt().symbol(screen.currency)
    number = st.column_config.NumberColumn
    return {
        "channel": st.column_config.TextColumn(_("Channel"), pinned=True, width=120),
        "share": st.column_config.ProgressColumn(
            _("Share of traffic"),
            format="%.1f%%",
            min_value=0.0,
            max_value=100.0,
            width=115,
            help=definition(METRICS["share"]),
        ),
        "touches": number(_("Touches"), format="localized", help=definition(METRICS["touches"])),
        "spend": number(f"{_('Spend')} ({unit})", format="localized", width=85, help=definition(METRICS["spend"])),
        "revenue": number(
            f"{_('Net revenue')} ({unit})",
            format="localized",
            step=1,
            width=118,
            help=definition(METRICS["net_revenue"]),
        ),
        "roi": number("ROI", format="%.1f%%", width=80, help=definition(METRICS["roi"])),
        "roi_trend": st.column_config.LineChartColumn(_("ROI by day"), width=85),
        "cac": number(f"CAC ({unit})", format="%.1f", width=80, help=definition(METRICS["cac"])),
        "conversion_rate": number(
            _("Conversion rate"), format="%.1f%%", width=118, help=definition(METRICS["conversion_rate"])
        ),
        "streak_below": number(
            _("Days below"),
            width=80,
            help=_(
                "Consecutive closed days with spend and ROI below the threshold. Days without spend, or with only the "
                "share of a longer range, are passed over."
            ),
        ),
        "conversions": number(_("Conversions"), format="%.1f", help=definition(METRICS["conversions"])),
        "new_customers": number(_("New customers"), format="%.1f", help=definition(METRICS["new_customers"])),
        "roas": number(_("ROAS"), format="1 : %.2f", help=definition(METRICS["roas"])),
    }


def _share(screen: Screen, days: pl.DataFrame) -> None:
    thresholds = Thresholds.from_mapping(screen.workspace.settings.thresholds)
    window = _chart_window(screen)
    shares = (
        trailing_shares(days, closed_through=window.last_day, thresholds=thresholds)
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
            tick_format=".0%",
            date_format=_date_format(),
        )
    chart_card(
        title,
        chart,
        _named(screen, shares),
        key="share",
        explanation=_(
            "{basis} of each channel over the trailing {days} days, per day, as the concentration rule sees it. "
            "{definition}",
            basis=basis,
            days=thresholds.share_window_days,
            definition=definition(METRICS["share"]),
        ),
        empty=_("No touches in this period. Upload touchpoints or events to fill this chart."),
    )


def _changes(screen: Screen, days: pl.DataFrame) -> None:
    """Which channels made the net revenue rise or fall against the period before."""
    period, before = screen.filters.period, screen.filters.period.previous()
    if before.first_day < screen.span.first_day:
        return
    revenue = (
        days.filter(pl.col("day").is_between(before.first_day, period.last_day))
        .group_by("channel")
        .agg(
            now=pl.col("revenue").filter(pl.col("day") >= period.first_day).sum(),
            before=pl.col("revenue").filter(pl.col("day") < period.first_day).sum(),
        )
        .with_columns(change=pl.col("now") - pl.col("before"))
        .filter(pl.col("change").abs() > 0)
        .sort("change", "channel", descending=[True, False])
    )
    if revenue.is_empty():
        return
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
    chart_card(
        title.format(amount=fmt().money_compact(abs(total), screen.currency)),
        chart,
        _named(screen, revenue),
        key="changes",
        explanation=_(
            "Net revenue credited to each channel in this period less that of the {days} days before. "
            "The bars add up to the change of the total.",
            days=period.days,
        ),
    )


def _roi(screen: Screen, days: pl.DataFrame) -> None:
    thresholds = Thresholds.from_mapping(screen.workspace.settings.thresholds)
    window = _chart_window(screen)
    closed = roi_days(
        days,
        closed_through=screen.span.closed_through,
        thresholds=thresholds,
        closed_through_by_channel=screen.facts.closed_spend,
        margin=margins_of(screen.workspace),
    ).filter(pl.col("day").is_between(window.first_day, window.last_day) & pl.col("status").is_in(["below", "above"]))
    by_spend = closed.group_by("channel").agg(pl.col("spend").sum()).sort("spend", "channel", descending=[True, False])
    shown = by_spend["channel"].to_list()[:10]
    chart = None
    if shown:
        chart = roi_multiples(
            pl.concat([closed.filter(pl.col("channel") == c).select("day", "channel", "roi") for c in shown]),
            thresholds={c: thresholds.roi_threshold_of(c) for c in shown},
            colors=screen.colors,
            name=screen.label,
            tick_format=".0%",
            date_format=_date_format(),
        )
    chart_card(
        _("ROI by channel and day, against its threshold"),
        chart,
        _named(screen, closed.select("day", "channel", "spend", "gross_profit", "roi", "status")),
        key="roi",
        explanation=_(
            "Closed days with spend; red below the threshold. {definition}", definition=definition(METRICS["roi"])
        ),
        empty=_("No spend in this period. Upload a spend export to see ROI."),
    )


def _crossing(screen: Screen) -> None:
    result = compute.crossing(screen.workspace, screen.filters.period)
    if not result.multi_persons:
        return
    st.caption(
        _(
            "Persons touched by two or more channels: {many}, of whom {many_rate} converted; by one channel: {one}, "
            "of whom {one_rate} converted.",
            many=fmt().integer(result.multi_persons),
            many_rate=fmt().percent(result.multi_converters / result.multi_persons),
            one=fmt().integer(result.single_persons),
            one_rate=fmt().percent(result.single_converters / result.single_persons if result.single_persons else None),
        ),
        help=definition(METRICS["cross_channel_conversion_rate"]),
    )


def _roi_trend(days: pl.DataFrame, period: Period, margin: dict[str, float]) -> pl.DataFrame:
    per_day = pl.concat(
        [
            daily(of_channel, period, margin=margin).select(pl.lit(str(channel)).alias("channel"), "day", "roi")
            for (channel,), of_channel in days.partition_by("channel", as_dict=True).items()
        ]
        or [pl.DataFrame(schema={"channel": pl.String, "day": pl.Date, "roi": pl.Float64})]
    )
    return per_day.drop_nulls("roi").sort("channel", "day").group_by("channel").agg(roi_trend=pl.col("roi"))


def _paid(days: pl.DataFrame, period: Period) -> list[str]:
    spent = days.filter(pl.col("day").is_between(period.first_day, period.last_day) & (pl.col("spend") > 0))
    return spent["channel"].unique().to_list()


def _chart_window(screen: Screen) -> Period:
    period = screen.filters.period
    earliest = min(period.first_day, period.last_day - timedelta(days=_CONTEXT_DAYS - 1))
    return (
        Period(
            first_day=max(earliest, screen.span.first_day), last_day=min(period.last_day, screen.span.closed_through)
        )
        if max(earliest, screen.span.first_day) <= min(period.last_day, screen.span.closed_through)
        else period
    )


def _named(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(channel=pl.Series([screen.name(c) for c in frame["channel"]], dtype=pl.String))


def _date_format() -> str:
    return "%-m月%-d日" if fmt().is_chinese else "%-d %b"
