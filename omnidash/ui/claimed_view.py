"""Claimed vs real: what the platforms say they brought, beside what they are credited with."""

import polars as pl
import streamlit as st

from omnidash.metrics.claimed import claimed
from omnidash.metrics.registry import METRICS
from omnidash.ui import compute
from omnidash.ui.cards import definition
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_NOTABLE = 1.1  # claims within a tenth of the credit are no finding


def show_claimed(screen: Screen) -> None:
    """The card; nothing where no platform claims anything in the period."""
    found = claimed(
        compute.spend_days(screen.workspace),
        compute.channel_days(screen.workspace, screen.filters.model),
        screen.filters.period,
    )
    found = found.filter(pl.col("channel").map_elements(screen.filters.includes, return_dtype=pl.Boolean))
    if found.is_empty():
        return
    with st.container(border=True, key="card_claimed"):
        st.markdown(f"#### {plain(_headline(screen, found))}", help=definition(METRICS["claimed"]))
        st.dataframe(
            _table(screen, found),
            hide_index=True,
            key="claimed",
            placeholder="–",
            column_config={
                name: st.column_config.NumberColumn(format="localized")
                for name in (_("Claimed conversions"), _("Credited conversions"))
            },
        )
        st.caption(
            _(
                "Every platform counts a sale that one of its ads was near to, so one order may be claimed several "
                "times. Here each order counts once, credited by the chosen model. Claims are never added to orders."
            )
        )


def _headline(screen: Screen, found: pl.DataFrame) -> str:
    over = found.filter(pl.col("over_claim_conversions") > _NOTABLE).sort(
        "over_claim_conversions", "channel", descending=[True, False]
    )
    if over.is_empty():
        return _("No platform claims more than it is credited with")
    return _(
        "{channel} claims {ratio} conversions for each one it is credited with",
        channel=screen.name(over["channel"][0]),
        ratio=fmt().decimal(over["over_claim_conversions"][0], 1),
    )


def _table(screen: Screen, found: pl.DataFrame) -> pl.DataFrame:
    def ratio(value: float | None) -> str | None:
        return None if value is None else f"{fmt().decimal(value, 2)} : 1"

    def money(value: float | None) -> str | None:
        return None if value is None else fmt().money(value, screen.currency)

    return pl.DataFrame(
        {
            _("Channel"): [screen.name(channel) for channel in found["channel"]],
            _("Claimed conversions"): found["claimed_conversions"],
            _("Credited conversions"): found["conversions"].round(1),
            _("Over-claim"): [ratio(value) for value in found["over_claim_conversions"]],
            _("Claimed revenue"): [money(value) for value in found["claimed_revenue"]],
            _("Credited revenue"): [money(value) for value in found["revenue"]],
            _("Over-claim of revenue"): [ratio(value) for value in found["over_claim_revenue"]],
        },
        strict=False,
    )
