"""Channels together: which pairs meet on the paths that convert, and whether they convert better together."""

from functools import partial

import polars as pl
import streamlit as st

from omnidash.attribution.channel_sets import MOST_CHANNELS
from omnidash.charts.attribution import pair_matrix
from omnidash.model.defaults import DIRECT
from omnidash.ui.attribution import cached
from omnidash.ui.attribution.choices import asked, includes, name_of
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.tables import small_table
from omnidash.ui.text import chart_labels, escaped, plain

_MOST_CHANNELS_DRAWN = 14
_EXPLAINED = 5


def pairs_title(screen: Screen) -> str:
    """The strongest pair."""
    rows = _rows(screen)
    if rows is None:
        return _("More than {most} channels or campaigns are too many to look at in pairs", most=MOST_CHANNELS)
    if rows.is_empty():
        return _nothing(screen)
    a, b = _names(screen, rows.row(0, named=True))
    return _(
        "{a} and {b} meet most on paths that convert: {share} of all conversions fall to this pair",
        a=a, b=b, share=fmt().percent(rows["share"][0], 0),
    )  # fmt: skip


def show_pairs(screen: Screen) -> None:
    """The section below the title."""
    rows = _rows(screen)
    if rows is None:
        st.info(
            _("Pairs can be looked at among {most} channels at most; group some of them.", most=MOST_CHANNELS),
            icon=":material/link_off:",
        )
        return
    if rows.is_empty():
        st.info(_nothing_to_do(screen), icon=":material/link_off:")
        return
    _matrix(screen, rows)
    with st.container(border=True, key="card_pairs_explained"):
        st.markdown(f"## {_('The strongest pairs, explained')}")
        small_table(_explained(screen, rows.head(_EXPLAINED)), key="pairs")
        st.caption(
            _(
                "Longer paths convert more often whatever is on them, so a pair that does well is a hint where to "
                "test, no proof."
            )
        )


def _nothing(screen: Screen) -> str:
    if _is_filtered(screen):
        return _("No path that converted in this period has two of the chosen channels")
    return _("No path that converted in this period has two channels")


def _nothing_to_do(screen: Screen) -> str:
    if _is_filtered(screen):
        return _("The filter bar leaves no pair: choose more channels there, or all of them.")
    return _("Every path that converted has one channel at most.")


def _is_filtered(screen: Screen) -> bool:
    """Whether the filter bar leaves channels out; campaigns it never does."""
    return bool(screen.filters.channels) and asked(screen).by == "channel"


def _rows(screen: Screen) -> pl.DataFrame | None:
    rows = cached.pairs(screen.workspace, screen.filters.period, asked(screen))
    if rows is None:
        return None
    included = pl.all_horizontal(
        pl.col(side).map_elements(partial(includes, screen), return_dtype=pl.Boolean) for side in ("a", "b")
    )
    return rows.filter(included & (pl.col("a") != DIRECT) & (pl.col("b") != DIRECT))


def _matrix(screen: Screen, rows: pl.DataFrame) -> None:
    weight = pl.concat([rows.select(channel=side, weight="conversions") for side in ("a", "b")])
    channels = (
        weight.group_by("channel")
        .agg(pl.col("weight").sum())
        .sort("weight", "channel", descending=[True, False])["channel"]
        .head(_MOST_CHANNELS_DRAWN)
        .to_list()
    )
    values = {(row["a"], row["b"]): row["conversions"] for row in rows.iter_rows(named=True)}
    hover = {(row["a"], row["b"]): escaped(_in_short(screen, row)) for row in rows.iter_rows(named=True)}
    by = asked(screen).by
    labels = dict(zip(channels, chart_labels([name_of(screen, by, label) for label in channels]), strict=True))
    table = rows.with_columns(
        pl.Series(side, [name_of(screen, by, label) for label in rows[side]], dtype=pl.String) for side in ("a", "b")
    ).rename(
        {
            "a": _("Channel"),
            "b": _("with"),
            "conversions": _("Conversions of the pair"),
            "both": _("Journeys with both"),
            "rate_both": _("Conversion rate with both"),
            "rate_a": _("with the first alone"),
            "rate_b": _("with the second alone"),
            "expected": _("if independent"),
            "lift": _("Together / independent"),
        }
    )
    chart_card(
        _pair_title(screen, rows),
        pair_matrix(
            channels,
            values,
            hover,
            colors=screen.colors,
            name=labels.__getitem__,
            text=lambda value: fmt().compact(round(value)),
        ),
        table,
        origin=Origin(addends=("conversions",), lookback_days=asked(screen).lookback_days),
        key="pairs",
        explanation=_(
            "The Shapley interaction index with v(S) = conversions of the paths whose channels all lie in S: a path "
            "over t channels adds its conversions / (t − 1) to each of its pairs. It says where channels meet on paths "
            "that convert, not that either was needed; whether they convert better together is told by the rates."
        ),
    )


def _pair_title(screen: Screen, rows: pl.DataFrame) -> str:
    a, b = _names(screen, rows.row(0, named=True))
    shared = {"a": a, "b": b, "conversions": fmt().decimal(rows["conversions"][0], 0)}
    if rows.height == 1:
        return _("{a} + {b} share {conversions} conversions", **shared)
    return _(
        "{a} + {b} share {conversions} conversions, the most of {count} pairs",
        count=fmt().integer(rows.height),
        **shared,
    )


def _names(screen: Screen, row: dict[str, str]) -> tuple[str, str]:
    by = asked(screen).by
    return name_of(screen, by, row["a"]), name_of(screen, by, row["b"])


def _in_short(screen: Screen, row: dict) -> str:  # type: ignore[type-arg]
    a, b = _names(screen, row)
    return _(
        "{a} + {b}: {conversions} conversions ({low} … {high}); with both {rate} convert",
        a=a,
        b=b,
        conversions=fmt().decimal(row["conversions"], 0),
        low=fmt().decimal(row["conversions_low"], 0),
        high=fmt().decimal(row["conversions_high"], 0),
        rate=fmt().percent(row["rate_both"]),
    )


def _explained(screen: Screen, rows: pl.DataFrame) -> pl.DataFrame:
    """Each pair in one row: what falls to it, how journeys with it convert, and how that reads."""
    pairs = list(rows.iter_rows(named=True))
    return pl.DataFrame(
        {
            _("Pair"): [" + ".join(plain(name) for name in _names(screen, row)) for row in pairs],
            _("Conversions (90%)"): [_with_ends(row) for row in pairs],
            _("Convert with both"): [fmt().percent(row["rate_both"]) for row in pairs],
            _("with the first alone"): [fmt().percent(row["rate_a"]) for row in pairs],
            _("with the second alone"): [fmt().percent(row["rate_b"]) for row in pairs],
            _("if independent"): [fmt().percent(row["expected"]) for row in pairs],
            _("Together"): [_verdict(row) for row in pairs],
        }
    )


def _with_ends(row: dict) -> str:  # type: ignore[type-arg]
    value, low, high = (fmt().decimal(row[f"conversions{end}"], 0) for end in ("", "_low", "_high"))
    return f"**{value}** ({low} … {high})"


def _verdict(row: dict) -> str:  # type: ignore[type-arg]
    if row["rate_a"] is None or row["rate_b"] is None or row["lift"] is None:
        return ""
    low, high = row["lift_low"], row["lift_high"]
    if low is not None and low > 1:
        return _("more than the sum of its parts")
    if high is not None and high < 1:
        return _("in part one stands in for the other")
    return _("about what two independent channels would reach")
