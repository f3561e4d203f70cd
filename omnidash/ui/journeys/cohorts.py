"""Cohorts: how many customers of each week or month come back and buy again, by the channel that brought them."""

import streamlit as st

from omnidash.journeys.cohorts import Cohorts
from omnidash.model.messages import N_
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys import addressed, results
from omnidash.ui.journeys.cohort_cells import pooled
from omnidash.ui.journeys.cohort_channels import show_channels
from omnidash.ui.journeys.cohort_triangle import show_triangle
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen

_UNITS = {"week": N_("Weeks"), "month": N_("Months")}
_MEASURES = {"repurchased": N_("Bought again by then"), "active": N_("Came back in it")}
_ACQUIRED = {"first": N_("First touch"), "last": N_("Last touch")}


def cohorts_title(screen: Screen) -> str:
    """The finding of the section: how many have bought again one cell later."""
    found = _found(screen)
    shown = [] if found is None else _shown(screen, found)
    if found is None or not found.customers[shown].any():
        if screen.filters.channels:
            return _("No first purchases through the chosen channels in this period")
        return _("No first purchases in this period")
    rate = pooled(found, "repurchased", shown, 1)
    if rate is None:
        customers = int(found.customers[shown].sum())
        return n_("{count} new customer; no later month or week is over yet",
                  "{count} new customers; no later month or week is over yet", customers)  # fmt: skip
    if found.unit == "week":
        return _("{rate} of new customers buy again by the end of the next week", rate=fmt().percent(rate))
    return _("{rate} of new customers buy again by the end of the next month", rate=fmt().percent(rate))


def show_cohorts(screen: Screen) -> None:
    """Draw the section."""
    found = _found(screen)
    _settings()
    if found is None or not found.customers.any():
        st.info(_("Nobody bought for the first time in this period. Choose a longer period."))
        return
    shown = _shown(screen, found)
    measure = _measure()
    show_triangle(screen, found, shown, measure)
    show_channels(screen, found, shown, measure, _acquired_by())


def _shown(screen: Screen, found: Cohorts) -> list[int]:
    """Positions of the channels that the filter takes in."""
    return [c for c, name in enumerate(found.channels) if screen.filters.includes(name)]


def _unit() -> str:
    return addressed.one("cohort_unit", _UNITS, kind=_("unit of cohorts"))


def _measure() -> str:
    return addressed.one("cohort_measure", _MEASURES, kind=_("measure"))


def _acquired_by() -> str:
    return addressed.one("cohort_acquired", _ACQUIRED, kind=_("channel of acquisition"))


def _found(screen: Screen) -> Cohorts | None:
    closed = screen.facts.closed_through
    if closed is None:
        return None
    return results.cohorts_of(screen.workspace, screen.filters.period, closed, _unit(), _acquired_by())


def _settings() -> None:
    _unit(), _measure(), _acquired_by()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for name, label, choices in (
            ("unit", _("Cohorts by"), _UNITS),
            ("measure", _("Show who"), _MEASURES),
            ("acquired", _("Channel of acquisition"), _ACQUIRED),
        ):
            one_of(label, choices, key=f"cohort_{name}")
