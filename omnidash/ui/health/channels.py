"""The channel table of the morning page: one row per channel, and the way to its own page."""

from datetime import date

import polars as pl
import streamlit as st

from omnidash.health.roi_streak import RULE as ROI
from omnidash.health.roi_streak import streak_below
from omnidash.metrics.cac_to_ltv import cac_to_ltv
from omnidash.metrics.hhi import hhi
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.registry import METRICS
from omnidash.metrics.summary import channel_table, daily, knows_sales
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.ui import compute, state
from omnidash.ui.cards import definition, evidence_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.health.evidence import named
from omnidash.ui.health.known import ChannelFacts, channel_facts, judged_days
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.once import once
from omnidash.ui.screen import Screen
from omnidash.ui.tables import name_column, rows_high

_CHOSEN = "chosen_channel"
_FIRST = ("channel", "share", "spend", "revenue", "roi", "roi_trend", "cac_to_ltv", "verdict", "priority")
_MORE = ("health", "streak_below", "cac", "ltv", "conversion_rate", "touches", "conversions", "new_customers", "roas")
VERDICTS = {"add": N_("add"), "hold": N_("hold"), "fix": N_("fix"), "leave": N_("leave")}


def channels_card(screen: Screen) -> None:
    """The table; a row that is chosen opens the page of its channel."""
    ids, whole, title, concentration = once(screen, "channels", lambda: _made(screen))
    with evidence_card(
        title,
        whole.drop("roi_trend").with_columns(pl.col("share", "roi", "conversion_rate", "cac_to_ltv") / 100),
        key="channels",
        explanation="\n\n".join(f"**{_(METRICS[m].title)}**: {definition(METRICS[m])}" for m in ("roi", "cac_to_ltv")),
        origin=Origin(addends=("touches", "spend", "net_revenue", "conversions", "new_customers")),
    ):
        st.dataframe(
            whole.to_arrow(),  # as frames they would pass through pandas, half a second to load
            hide_index=True,
            placeholder="–",
            column_config=_channel_columns(screen, whole["channel"]),
            column_order=None if st.session_state.get("more_columns") else _FIRST,
            key="channel_table",
            height=rows_high(len(whole), most=13),
            on_select=lambda: _choose(ids),
            selection_mode="single-row",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Choose a row to open the channel's page."))
            st.toggle(_("More columns"), key="more_columns")
            if concentration is not None:
                st.caption(
                    _("Concentration (HHI) {value}", value=fmt().decimal(concentration, 2)),
                    help=definition(METRICS["hhi"]),
                )
    open_chosen(screen)


def _made(screen: Screen) -> tuple[list[str], pl.DataFrame, str, float | None]:
    """The channel of each row, the rows as they are shown, what they say, and the concentration of traffic."""
    days = compute.channel_days(screen.workspace, screen.filters.model)
    table = _measured(
        compute.version_of(screen.workspace),
        screen,
        screen.filters.model,
        screen.filters.period,
        screen.span.closed_through,
    )
    concentration = hhi(table.filter(pl.col("channel") != DIRECT)["share"])
    if screen.filters.channels:
        table = table.filter(pl.col("channel").is_in(list(screen.filters.channels)))
    table = table.filter((pl.col("touches") > 0) | (pl.col("spend") > 0) | (pl.col("conversions") > 0))
    known = channel_facts(screen)
    by_id = table
    ids, ltv = table["channel"], compute.ltv(screen.workspace)
    table = (
        named(screen, table)
        .with_columns(
            pl.col("share", "roi", "conversion_rate") * 100,
            pl.col("spend", "revenue").round(0),
            cac=pl.when(pl.col("spend") > 0).then(pl.col("cac")),
        )
        .with_columns(
            verdict=pl.Series([_verdict(known, c) for c in ids], dtype=pl.String),
            ltv=pl.Series([ltv.get(c) for c in ids], dtype=pl.Float64),
            priority=pl.Series([known.priority.get(c) for c in ids], dtype=pl.Int64),
            cac_to_ltv=pl.Series(
                [
                    cac_to_ltv(cac, ltv.get(c)) if spend else None
                    for c, cac, spend in by_id.select("channel", "cac", "spend").iter_rows()
                ],
                dtype=pl.Float64,
            )
            * 100,
            health=pl.Series([known.scores[c].total if c in known.scores else None for c in ids], dtype=pl.Int64),
        )
    )
    title = _channels_title(table, _losing(screen, ids.to_list()), sales_known=knows_sales(days))
    return ids.to_list(), table.select(*_FIRST, *_MORE), title, concentration


def open_chosen(screen: Screen) -> None:
    """Go to the page of the channel that was chosen in a table, if one was."""
    channel = st.session_state.pop(_CHOSEN, None)
    if channel is not None:
        st.switch_page("pages/channel.py", query_params={**state.address_of(screen.bar), "channel": channel})


def _choose(channels: list[str]) -> None:
    rows = st.session_state["channel_table"]["selection"]["rows"]
    if rows and channels[rows[0]] not in (DIRECT, UNKNOWN):
        st.session_state[_CHOSEN] = channels[rows[0]]


def _verdict(known: ChannelFacts, channel: str) -> str | None:
    judgement = known.judgements.get(channel)
    return None if judgement is None or channel in (DIRECT, UNKNOWN) else _(VERDICTS[judgement.verdict])


def _losing(screen: Screen, channels: list[str]) -> list[str]:
    """Names of those with an open case of the ROI rule, which looks at the last days and not at the period."""
    result = compute.rules(screen.workspace, screen.filters.model)
    cases = result.open_cases if result else ()
    return sorted(screen.name(case.channel) for case in cases if case.rule == ROI and case.channel in channels)


def _channels_title(table: pl.DataFrame, losing: list[str], *, sales_known: bool) -> str:
    """What the ROI of the period says; ``losing``: who is in alarm all the same."""
    paid = table.filter(pl.col("roi").is_not_null())
    below = paid.filter(pl.col("roi") < 0)
    if not sales_known:
        return _("Channels: no order and no conversion is known yet, so there is no ROI to show")
    if paid.is_empty():
        return _("Channels: no spend in this period, so there is no ROI to show")
    if below.is_empty() and losing:
        return _(
            "Above break-even over the whole period, and yet in alarm for its last days with spend: {channels}",
            channels=fmt().listing(losing[:3]),
        )
    if below.is_empty():
        return n_(
            "{count} channel with spend, above break-even",
            "All {count} channels with spend are above break-even",
            len(paid),
        )
    worst = below.sort("roi")["channel"].to_list()[:3]
    return _("Below break-even in this period: {channels}", channels=fmt().listing(worst))


def _channel_columns(screen: Screen, names: pl.Series) -> dict[str, object]:
    unit = fmt().symbol(screen.currency)
    number = st.column_config.NumberColumn
    return {
        "channel": name_column(names, label=_("Channel"), pinned=True),
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
        "roi": number("ROI", format="%,.1f%%", width=82, help=definition(METRICS["roi"])),
        "roi_trend": st.column_config.LineChartColumn(_("ROI by day"), width=85),
        "cac": number(f"CAC ({unit})", format="%,.1f", width=80, help=definition(METRICS["cac"])),
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
        "ltv": number(f"LTV ({unit})", format="%,.0f", help=definition(METRICS["ltv"])),
        "cac_to_ltv": number("CAC / LTV", format="%,.0f%%", width=80, help=definition(METRICS["cac_to_ltv"])),
        "verdict": st.column_config.TextColumn(
            _("Verdict"),
            width=80,
            help=_(
                "Does it earn, does it bring customers of its own, does it build the brand? The reasons stand on the "
                "channel's page."
            ),
        ),
        "priority": number(
            _("Priority"),
            width=75,
            help=_(
                "This week's order by conversion rate, cost per touch and steadiness of the conversion rate over the "
                "last 28 days."
            ),
        ),
        "health": number(
            _("Health, of 100"),
            help=_("Profit 40, steadiness 20, weight 20, calm 20; the parts stand on the channel's page."),
        ),
        "conversions": number(_("Conversions"), format="%,.1f", help=definition(METRICS["conversions"])),
        "new_customers": number(_("New customers"), format="%,.1f", help=definition(METRICS["new_customers"])),
        "roas": number(_("ROAS"), format="1 : %.2f", help=definition(METRICS["roas"])),
    }


@st.cache_resource(show_spinner=False, max_entries=24)
def _measured(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _screen: Screen,
    model: str,
    period: Period,
    closed_through: date,  # noqa: ARG001
) -> pl.DataFrame:
    """``channel_table`` of the period with each channel's streak below its threshold and its ROI day by day."""
    days, margin = compute.channel_days(_screen.workspace, model), margins_of(_screen.workspace)
    reach, _all = compute.reached(_screen.workspace, period)
    streaks = streak_below(judged_days(_screen), days["channel"])
    return (
        channel_table(days, period, margin=margin, reach=reach)
        .join(streaks, on="channel", how="left", maintain_order="left")
        .join(_roi_trend(days, period, margin), on="channel", how="left", maintain_order="left")
    )


def _roi_trend(days: pl.DataFrame, period: Period, margin: dict[str, float]) -> pl.DataFrame:
    per_day = pl.concat(
        [
            daily(days, period, margin=margin, channels=[channel]).select(
                pl.lit(channel).alias("channel"), "day", "roi"
            )
            for channel in days["channel"].unique(maintain_order=True)
        ]
        or [pl.DataFrame(schema={"channel": pl.String, "day": pl.Date, "roi": pl.Float64})]
    )
    return per_day.drop_nulls("roi").sort("channel", "day").group_by("channel").agg(roi_trend=pl.col("roi"))
