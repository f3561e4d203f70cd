"""The budget what-if: one slider per channel, and at once what it would change, with its uncertainty."""

import polars as pl
import streamlit as st

from omnidash.budget.bases import top_converting
from omnidash.budget.curve import ChannelCurve
from omnidash.budget.what_if import WhatIf, what_if
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.roi import margin_of
from omnidash.model.messages import N_
from omnidash.ui import compute
from omnidash.ui.budget.answer import headline, totals
from omnidash.ui.budget.by_channel import by_channel
from omnidash.ui.budget.controls import controls
from omnidash.ui.budget.curves import attributed, chosen_basis, media_mix, reference_of, say_failure, wait_for
from omnidash.ui.budget.limits_table import take_limits
from omnidash.ui.budget.linked_move import said_of_linked_move, take_linked_move
from omnidash.ui.budget.moves import look_at_moves, robust_moves, wait_for_moves
from omnidash.ui.budget.pace import pace_of_month
from omnidash.ui.budget.pictures import curve_of_channel, spend_before_after
from omnidash.ui.budget.plan_in_address import keep_plan, take_kept_plan
from omnidash.ui.budget.plan_state import PlanState, plan_of_session
from omnidash.ui.budget.scenarios import scenario_section
from omnidash.ui.budget.week import flexible_pool, reallocation_at_alert
from omnidash.ui.budget.weeks import weekly_phasing
from omnidash.ui.budget.why import why_this_plan
from omnidash.ui.cards import finding
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _, sentences
from omnidash.ui.needed import empty_state
from omnidash.ui.one_of import one_of
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.sections import choice, chosen
from omnidash.ui.text import plain

SECTIONS = {
    "scenarios": (N_("Scenarios"), ":material/bookmarks:"),
    "channels": (N_("By channel"), ":material/table_rows:"),
    "moves": (N_("Robust moves"), ":material/verified:"),
    "pool": (N_("Weekly pool"), ":material/savings:"),
    "weeks": (N_("Week by week"), ":material/calendar_view_week:"),
    "pace": (N_("Pace"), ":material/speed:"),
}
_BASIS_TITLES = {"attributed": N_("Attributed revenue"), "total": N_("Total revenue (media mix)")}


def show_budget(screen: Screen) -> None:
    """Draw the page."""
    curves = _curves(screen)
    if curves is None:
        return
    shown = (curve for curve in curves if screen.filters.includes(curve.channel))
    curves = tuple(sorted(shown, key=lambda curve: (-curve.spend_today, curve.channel)))
    if not curves:
        finding(_("No spend in this period"))
        empty_state(_("Upload a spend export, or choose a period with spend, to plan a budget."))
        return
    _what_if(screen, curves)


def _curves(screen: Screen) -> tuple[ChannelCurve, ...] | None:
    """The curves on the chosen basis; None while they are being fitted (the page then says how far that is)."""
    if chosen_basis() == "attributed":
        return attributed(screen, screen.filters.model)
    job = media_mix(screen)
    if not job.is_done:
        finding(_("How much do all channels together add to sales?"))
        _basis_choice()
        wait_for(job)
        return None
    if job.error is not None:
        finding(_("The media mix could not be fitted"))
        _basis_choice()  # the other basis is there all the same
        say_failure(screen, job.error)
        return None
    return job.curves


def _basis_choice() -> None:
    key = "choice_basis"
    st.session_state[key] = chosen_basis()
    one_of(
        _("Basis of the curves"),
        _BASIS_TITLES,
        key=key,
        shows_label=False,
        on_change=lambda: st.query_params.update(basis=st.session_state[key]),
        help=_(
            "Attributed: the revenue that the chosen model credits to a channel, as a curve that flattens throughout. "
            "Total: what each channel adds to all sales, found by one model of all channels, trend, weekday and "
            "season; only there may a curve rise faster before it flattens (S-shaped)."
        ),
    )


@fragment
@collected.part
def _what_if(screen: Screen, curves: tuple[ChannelCurve, ...]) -> None:
    reference = reference_of(screen)
    margin = {c.channel: margin_of(c.channel, margins_of(screen.workspace)) for c in curves}
    table = compute.channel_days(screen.workspace, screen.filters.model)
    state = plan_of_session(
        (compute.version_of(screen.workspace), screen.filters, chosen_basis()),
        (compute.version_of(screen.workspace)[:2], screen.filters, chosen_basis()),
        curves,
        margin,
        lambda: top_converting(table, reference, [c.channel for c in curves]),
        reference,
        Thresholds.from_mapping(screen.workspace.settings.thresholds).reserve_share,
    )
    about = screen.filters.model, chosen_basis()
    is_from_link = take_kept_plan(state, *about)
    days = state.horizon_days or reference.days
    take_linked_move(state, reference.days, is_in_plan=is_from_link)
    take_limits(state, days)
    answer = what_if(curves, state.allocation, margin=margin, days=days)
    if state.best is not None or chosen("budget", SECTIONS) == "moves":
        look_at_moves(screen, state)
    top = st.container()
    left, right = st.columns([0.46, 0.54], gap="large")
    with right:  # drawn first: the eye is on it while the slider moves
        spend_before_after(screen, answer)
    with top:
        finding(headline(screen, answer))
        if state.notice is not None:
            st.warning(plain(screen.say(state.notice)), icon=":material/link_off:")
        _basis_choice()
        totals(screen, answer)
        said_of_linked_move(screen, state)
        reallocation_at_alert(screen, state, answer.days)
    with left:
        controls(screen, state, answer, table)
    with right:
        why_this_plan(screen, state, answer.days)
        if state.best is not None:
            wait_for_moves(screen, state)
        curve_of_channel(screen, curves, answer, answer.days)
    keep_plan(state, *about)  # once the picture is on its way
    _sections(screen, state, table, answer)
    st.caption(
        ":material/info: "
        + sentences(
            plain(screen.say(curves[0].caveat)),
            _("The plan is about channels with spend; revenue of other channels and (direct) is not part of it."),
        )
    )


def _sections(screen: Screen, state: PlanState, table: pl.DataFrame, answer: WhatIf) -> None:
    """What else belongs to a plan; only the open section is computed."""
    section = chosen("budget", SECTIONS)
    choice("budget", SECTIONS, section)
    if section == "channels":
        by_channel(screen, answer)
    elif section == "moves":
        robust_moves(screen, state)
    elif section == "pool":
        flexible_pool(screen, state, table)
    elif section == "weeks":
        weekly_phasing(screen, state, table, answer.days)
    elif section == "pace":
        pace_of_month(screen, state, table)
    else:
        scenario_section(screen, state, table, answer)
