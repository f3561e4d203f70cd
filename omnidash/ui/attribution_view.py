"""The attribution screen: what each model credits, side by side, and what last touch hides."""

import polars as pl
import streamlit as st

from omnidash.attribution.markov import markov
from omnidash.attribution.path_table import PathTable
from omnidash.attribution.shapley import shapley
from omnidash.charts.attribution import models_side_by_side
from omnidash.journeys.credit import credit_by_day
from omnidash.metrics.metric import divide
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.roi import margin_of
from omnidash.model.filters import RULE_MODELS
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.cards import chart_card
from omnidash.ui.claimed_view import show_claimed
from omnidash.ui.i18n import _, fmt
from omnidash.ui.labels import MODEL_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_DATA_DRIVEN = {"markov": N_("Markov (data-driven)"), "shapley": N_("Shapley (data-driven)")}
_TITLES = {**MODEL_TITLES, **_DATA_DRIVEN}
_SHOWN_FIRST = ("first", "last", "linear", "markov")


def show_attribution(screen: Screen) -> None:
    """Draw the page."""
    version = compute.version_of(screen.workspace)
    credit = _credit_by_model(version, screen.workspace, screen.filters.period)
    credit = credit.filter(pl.col("channel").map_elements(screen.filters.includes, return_dtype=pl.Boolean))
    if credit.is_empty() or not credit["conversions"].sum():
        st.title(_("No conversions in this period"))
        st.info(_("Upload orders, or events with conversions, to see which channels deserve the credit."))
        return
    st.title(plain(_headline(screen, credit)))
    _comparison(screen, credit)
    show_claimed(screen)


def _headline(screen: Screen, credit: pl.DataFrame) -> str:
    """The channel that last touch undervalues most, against the mean of the data-driven models."""
    data_driven = (
        credit.filter(pl.col("model").is_in(list(_DATA_DRIVEN))).group_by("channel").agg(pl.col("conversions").mean())
    )
    last = credit.filter(pl.col("model") == "last").select("channel", last="conversions")
    compared = (
        data_driven.join(last, on="channel", how="left")
        .with_columns(pl.col("last").fill_null(0.0))
        .filter(pl.col("conversions") >= 0.02 * pl.col("conversions").sum())
        .with_columns(lack=1 - pl.col("last") / pl.col("conversions"))
        .sort("lack", "channel", descending=[True, False])
    )
    if compared.is_empty() or compared["lack"][0] < 0.1:
        return _("Last touch and the data-driven models largely agree")
    return _(
        "Last touch undervalues {channel} by {share}",
        channel=screen.name(compared["channel"][0]),
        share=fmt().percent(compared["lack"][0], 0),
    )


def _comparison(screen: Screen, credit: pl.DataFrame) -> None:
    if "attribution_models" not in st.session_state:
        st.session_state.attribution_models = list(_SHOWN_FIRST)
    st.session_state.attribution_models = list(st.session_state.attribution_models)
    chosen = st.pills(
        _("Models"),
        list(_TITLES),
        selection_mode="multi",
        key="attribution_models",
        format_func=lambda model: _(_TITLES[model]),
    )
    shown = [model for model in _TITLES if model in chosen] or ["last"]
    _dots(screen, credit, shown)
    _economics(screen, credit, shown)


def _dots(screen: Screen, credit: pl.DataFrame, shown: list[str]) -> None:
    shares = {
        model: dict(credit.filter(pl.col("model") == model).select("channel", "share").iter_rows()) for model in shown
    }
    channels = (
        credit.filter(pl.col("model").is_in(shown))
        .group_by("channel")
        .agg(pl.col("share").max())
        .sort("share", "channel", descending=[True, False])["channel"]
        .to_list()
    )
    chart_card(
        _("Share of conversions credited to each channel, by model"),
        models_side_by_side(
            channels,
            shares,
            titles={model: _(_TITLES[model]) for model in shown},
            chosen=screen.filters.model,
            colors=screen.colors,
            name=screen.label,
            tick_format=".0%",
        ),
        _table(screen, credit),
        key="models",
        explanation=_(
            "All models share out the same conversions of the period, with a lookback of {days} days. First, last and "
            "position-based go by the order of touches; Markov by how many conversions would be missing without the "
            "channel; Shapley by an even split over the distinct channels of a path.",
            days=screen.workspace.settings.lookback_days,
        ),
    )


def _economics(screen: Screen, credit: pl.DataFrame, shown: list[str]) -> None:
    days = compute.channel_days(screen.workspace, screen.filters.model)
    period = screen.filters.period
    spend = dict(
        days.filter(pl.col("day").is_between(period.first_day, period.last_day))
        .group_by("channel")
        .agg(pl.col("spend").sum())
        .iter_rows()
    )
    margins = margins_of(screen.workspace)
    rows = []
    for channel in dict.fromkeys(credit.sort("conversions", descending=True)["channel"].to_list()):
        row: dict[str, object] = {_("Channel"): screen.name(channel), _("Spend"): spend.get(channel, 0.0)}
        share = margin_of(channel, margins)
        for model in shown:
            value = credit.filter((pl.col("model") == model) & (pl.col("channel") == channel))["value"].sum()
            row[_(_TITLES[model])] = divide(float(value) * share - spend.get(channel, 0.0), spend.get(channel, 0.0))
        if spend.get(channel):
            rows.append(row)
    if not rows:
        return
    with st.container(border=True):
        st.markdown(f"#### {_('ROI of each channel under each model')}")
        st.dataframe(
            pl.DataFrame(rows),
            hide_index=True,
            key="roi_by_model",
            column_config={
                _("Spend"): st.column_config.NumberColumn(format="localized", step=1),
                **{_(title): st.column_config.NumberColumn(format="percent") for title in _TITLES.values()},
            },
        )


def _table(screen: Screen, credit: pl.DataFrame) -> pl.DataFrame:
    wide = credit.with_columns(
        pl.col("model").replace_strict({m: _(t) for m, t in _TITLES.items()}),
        pl.Series("channel", [screen.name(channel) for channel in credit["channel"]], dtype=pl.String),
        pl.col("conversions").round(4),
    ).pivot(on="model", index="channel", values="conversions")
    return wide.rename({"channel": _("Channel")})


@st.cache_resource(show_spinner=False, max_entries=24)
def _credit_by_model(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    period: Period,
) -> pl.DataFrame:
    """[model, channel, conversions, value, share] of all models over the conversions of the period."""
    settings = _workspace.settings
    parts = []
    for model in RULE_MODELS:
        days = credit_by_day(
            compute.journeys(_workspace),
            model=model,
            goal=settings.goal,
            lookback_days=settings.lookback_days,
            period=period,
        ).frame()
        parts.append(_of_model(model, days, value="revenue"))
    paths = PathTable.from_frame(compute.path_table(_workspace, period, collapse=False).frame)
    parts.append(_of_model("markov", markov(paths).frame, value="value"))
    parts.append(_of_model("shapley", shapley(paths).frame, value="value"))
    return pl.concat(parts)


def _of_model(model: str, frame: pl.DataFrame, *, value: str) -> pl.DataFrame:
    total = float(frame["conversions"].sum())
    return (
        frame.group_by("channel")
        .agg(pl.col("conversions").sum(), pl.col(value).sum().alias("value"))
        .select(
            pl.lit(model).alias("model"),
            "channel",
            pl.col("conversions").cast(pl.Float64),
            pl.col("value").cast(pl.Float64),
            share=(pl.col("conversions") / total if total else pl.lit(0.0)).cast(pl.Float64),
        )
        .sort("conversions", "channel", descending=[True, False])
    )
