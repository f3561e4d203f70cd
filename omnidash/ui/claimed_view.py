"""Claimed vs real: what the platforms say they brought, beside what they are credited with."""

import polars as pl
import streamlit as st

from omnidash.metrics.claimed import claimed
from omnidash.metrics.registry import METRICS
from omnidash.ui import compute
from omnidash.ui.attribution.choices import asked
from omnidash.ui.cards import definition, evidence_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_, sentences
from omnidash.ui.labels import MODEL_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_NOTABLE = 1.1  # claims within a tenth of the credit are no finding


def claimed_title(screen: Screen) -> str:
    """The platform that claims most beyond its credit."""
    found = _found(screen)
    is_filtered = bool(screen.filters.channels)
    if found.is_empty():
        if is_filtered:
            return _("None of the chosen platforms claims any conversion in this period")
        return _("No platform claims any conversion in this period")
    over = found.filter(pl.col("over_claim_conversions") > _NOTABLE).sort(
        "over_claim_conversions", "channel", descending=[True, False]
    )
    if over.is_empty():
        if is_filtered:
            return _("None of the chosen platforms claims more than it is credited with")
        return _("No platform claims more than it is credited with")
    return _(
        "{channel} claims {ratio} conversions for each one it is credited with",
        channel=screen.name(over["channel"][0]),
        ratio=fmt().decimal(over["over_claim_conversions"][0], 1),
    )


def show_claimed(screen: Screen) -> None:
    """The ledger; an explanation where no platform claims anything in the period."""
    found = _found(screen)
    if found.is_empty():
        st.info(
            _(
                "Spend exports with a column of conversions or revenue fill this ledger: what each platform says it "
                "brought, beside the orders there really were."
            ),
            icon=":material/fact_check:",
        )
        return
    table = _table(screen, found)
    with evidence_card(
        _sentence(screen, found),
        table,
        origin=Origin(metrics=("claimed",), is_of_everybody=True),
        key="claimed",
        explanation=definition(METRICS["claimed"]),
    ):
        st.dataframe(
            table,
            hide_index=True,
            key="claimed",
            placeholder="–",
            column_config={
                name: st.column_config.NumberColumn(format="%,.0f")
                if kind.is_numeric()
                else st.column_config.TextColumn(alignment="right")
                for name, kind in list(table.schema.items())[1:]
            },
        )
        st.caption(
            _(
                "Every platform counts a sale that one of its ads was near to, so one order may be claimed several "
                "times. Here each order counts once, credited by the chosen model, {model}. “Orders it touched” counts "
                "every order with a touch of the channel in the lookback of {days}, whoever closed it: a platform "
                "that claims more than that counts what nobody can see. Claims are never added to orders.",
                model=_(MODEL_TITLES[screen.filters.model]),
                days=n_("{count} day", "{count} days", screen.workspace.settings.lookback_days),
            )
        )
        _say_of_whom(screen)


def _say_of_whom(screen: Screen) -> None:
    """What is chosen elsewhere on the page and cannot be applied to claims."""
    said = []
    if screen.bar.segment:
        said.append(
            _(
                "Everybody is counted here, not only {segment}: platforms do not say whose sales they claim.",
                segment=screen.bar.segment,
            )
        )
    if asked(screen).lookback_days != screen.workspace.settings.lookback_days:
        said.append(
            _("The lookback is that of the settings; the one chosen for the models is not applied to the ledger.")
        )
    if said:
        st.caption(plain(sentences(*said)))


def _found(screen: Screen) -> pl.DataFrame:
    """What is claimed and credited, and the orders each channel touched on the same days."""
    found = claimed(
        compute.spend_days(screen.workspace),
        compute.channel_days(screen.workspace, screen.filters.model),
        screen.filters.period,
        touched_day=compute.channel_days(screen.workspace, "participation"),
    )
    return found.filter(pl.col("channel").map_elements(screen.filters.includes, return_dtype=pl.Boolean))


def _sentence(screen: Screen, found: pl.DataFrame) -> str:
    """All claims beside all orders; those of chosen channels beside the credit of the same."""
    claims = fmt().decimal(float(found["claimed_conversions"].sum()), 0)
    if screen.filters.channels:
        return _(
            "The chosen platforms claim {claims} conversions together and are credited with {credited}",
            claims=claims,
            credited=fmt().decimal(float(found["conversions"].sum()), 0),
        )
    period = screen.filters.period
    orders = compute.channel_days(screen.workspace, screen.filters.model).filter(
        pl.col("day").is_between(period.first_day, period.last_day)
    )["conversions"]
    return _(
        "Platforms together claim {claims} conversions; there were {orders} in all",
        claims=claims,
        orders=fmt().decimal(float(orders.sum()), 0),
    )


def _table(screen: Screen, found: pl.DataFrame) -> pl.DataFrame:
    def ratio(value: float | None) -> str | None:
        return None if value is None else f"{fmt().decimal(value, 2)} : 1"

    def money(value: float | None) -> str | None:
        return None if value is None else fmt().money(value, screen.currency)

    return pl.DataFrame(
        {
            _("Channel"): [screen.name(channel) for channel in found["channel"]],
            _("Claimed"): found["claimed_conversions"],
            _("Orders it touched"): found["touched"],
            _("Credited"): found["conversions"].round(1),
            _("Over-claim"): [ratio(value) for value in found["over_claim_conversions"]],
            _("Claimed revenue"): [money(value) for value in found["claimed_revenue"]],
            _("Credited revenue"): [money(value) for value in found["revenue"]],
            _("Over-claim of revenue"): [ratio(value) for value in found["over_claim_revenue"]],
        },
        strict=False,
    )
