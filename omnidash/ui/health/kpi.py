"""The numbers of the period in two rows of four, each against the period before and the same days a year ago."""

from datetime import date

import polars as pl
import streamlit as st

from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.repurchase_rate import repurchase_rate
from omnidash.metrics.summary import costed_through, daily, totals
from omnidash.model.period import Period
from omnidash.model.presets import a_year_before
from omnidash.ui import compute, state
from omnidash.ui.cards import Card, kpi_cards
from omnidash.ui.i18n import _, fmt
from omnidash.ui.once import once
from omnidash.ui.screen import Screen

_SUMS = ("revenue", "spend", "roi", "cac", "conversions", "new_customers")
_PERSON_CARDS = 2
_METRIC_OF = {"revenue": "net_revenue"}


def kpi_rows(screen: Screen, days: pl.DataFrame) -> None:
    """Net revenue, spend, ROI, CAC; conversions, new customers, cross-channel conversion, repurchase, and
    NPS where surveys were answered. ``days``: of all channels; those of the filter are shown."""
    cards, costed = once(screen, "cards", lambda: _cards(screen, days))
    kpi_cards(cards, currency=screen.currency, compared_with="", columns=4, costed_through=costed)
    has_before = screen.compared.first_day >= screen.span.first_day
    st.caption(
        changes_against(screen) if has_before else _("Nothing to compare with: the data does not go back so far.")
    )


def _cards(screen: Screen, days: pl.DataFrame) -> tuple[list[Card], date | None]:
    """The cards, and the last day with spend."""
    period, before = screen.filters.period, screen.compared
    year_ago = a_year_before(period)
    margin, channels = margins_of(screen.workspace), screen.filters.channels or None
    now = totals(days, period, margin=margin, channels=channels)
    series = daily(days, period, margin=margin, channels=channels)
    has_before, has_year = (p.first_day >= screen.span.first_day for p in (before, year_ago))
    earlier = totals(days, before, margin=margin, channels=channels) if has_before else None
    last_year = totals(days, year_ago, margin=margin, channels=channels) if has_year else None
    cards = [
        Card(
            metric=_METRIC_OF.get(name, name),
            value=now[name],
            before=earlier[name] if earlier else None,
            year_ago=last_year[name] if last_year else None,
            series=series[name].to_list(),
        )
        for name in _SUMS
    ]
    of_persons = _of_persons(screen, period, before if has_before else None, year_ago if has_year else None)
    if len(of_persons) > _PERSON_CARDS:  # with surveys the second row is theirs; conversions stand in the table as well
        cards = [card for card in cards if card.metric != "conversions"]
    return [*cards, *of_persons], costed_through(days, channels)


def changes_against(screen: Screen) -> str:
    """What the changes beside the numbers are against."""
    period = fmt().period(screen.compared)
    if screen.bar.compare == state.YEAR:
        return _("Changes against the same weekdays a year ago, {period}.", period=period)
    return _("Changes against the period before, {period}.", period=period)


def _of_persons(screen: Screen, period: Period, before: Period | None, year_ago: Period | None) -> list[Card]:
    """Rates over persons: they do not add up over days, so they have no sparkline."""

    def crossed(chosen: Period | None) -> float | None:
        return compute.crossing(screen.workspace, chosen).multi_rate if chosen else None

    def repeat(chosen: Period | None) -> float | None:
        return repurchase_rate(*compute.repurchased(screen.workspace, chosen)) if chosen else None

    def promoted(chosen: Period | None) -> float | None:
        score = compute.promoters_in(screen.workspace, chosen).everybody if chosen else None
        return score.score if score else None

    rates = [("cross_channel_conversion_rate", crossed), ("repurchase_rate", repeat)]
    if promoted(period) is not None:
        rates.append(("nps", promoted))
    return [
        Card(metric=name, value=of(period), before=of(before), year_ago=of(year_ago), series=()) for name, of in rates
    ]
