"""This week: how to use the flexible pool, and what to do about ROI alerts."""

import polars as pl
import streamlit as st

from omnidash.budget.planner import BestPlan
from omnidash.budget.pool import PoolProposal, PoolShare, pool_proposal, reallocation, weekly_priority
from omnidash.budget.what_if import ADVISED, Outcome, what_if
from omnidash.health.roi_streak import RULE as ROI_RULE
from omnidash.ui import compute
from omnidash.ui.budget.curves import chosen_basis, media_mix, wait_for
from omnidash.ui.budget.plan_state import NOTHING, PlanState
from omnidash.ui.budget.said import signed_money
from omnidash.ui.cards import evidence_card
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.tables import small_table
from omnidash.ui.text import plain


def reallocation_at_alert(screen: Screen, state: PlanState, days: int) -> None:
    """While a channel's ROI alert is open: the plan that takes half of its money to others, ready to be taken."""
    alerts = _roi_alerts(screen) & set(state.today)
    if not alerts or any(state.allocation[c] < state.today[c] - NOTHING for c in alerts):
        return  # nothing to propose, or money is being moved away already
    proposed = _proposal(state, frozenset(alerts), days)
    if proposed is None:
        return
    moved, expected = proposed
    with st.container(border=True, key="reallocation", horizontal=True, vertical_alignment="center"):
        names = fmt().listing([screen.name(c) for c in sorted(alerts)])
        title = _("{channels} does not earn its spend: halve it and move the money", channels=names)
        parts = [
            f"{screen.name(c)} {fmt().signed_percent(float(x) / state.today[c] - 1, 0)}"
            for c, x in zip(moved.channels, moved.spend, strict=True)
            if abs(float(x) - state.today[c]) > NOTHING
        ]
        parts.append(
            _(
                "changes profit by {expected} in {days} days (80%: {low} … {high})",
                expected=signed_money(screen, expected.profit_new - expected.profit_today),
                low=signed_money(screen, expected.profit_change.low),
                high=signed_money(screen, expected.profit_change.high),
                days=days,
            )
        )
        st.markdown(f":material/notifications: **{plain(title)}** · {plain(' · '.join(parts))}", width="stretch")
        st.button(_("Take this plan"), key="take_reallocation", on_click=state.move, args=(moved.allocation,))
    said = _beside_all_sales(screen, state, moved, expected, days)
    if said:
        st.caption(f":material/balance: {plain(said)}")


def _beside_all_sales(screen: Screen, state: PlanState, moved: BestPlan, expected: Outcome, days: int) -> str:
    """What all sales say of a move that an alert asks for: the alert counts credited revenue, the media mix may see it
    otherwise. '' where there is nothing to say (yet)."""
    if chosen_basis() == "total":
        if (expected.p_better or 0.0) >= ADVISED:
            return ""
        if (expected.p_better or 0.0) <= 1 - ADVISED:
            return _("The alert counts credited revenue, the media mix all sales, and there the move costs profit: "
                     "try it on a part of the spend first.")  # fmt: skip
        return _("The alert counts credited revenue; the media mix, of all sales, cannot tell whether the move pays.")
    job = media_mix(screen)
    if not job.is_done:
        wait_for(job, _("Asking the media mix, which explains all sales, about this move …"))
        return ""
    known = {curve.channel: curve for curve in job.curves or () if curve.channel in state.today}
    if not known.keys() & {c for c, x in moved.allocation.items() if x < state.today[c] - NOTHING}:
        return ""  # it has no curve of the channel, or could not be fitted
    allocation = {c: x for c, x in moved.allocation.items() if c in known}
    judged = what_if(list(known.values()), allocation, margin=state.margin, days=days).total
    figures = {
        "expected": signed_money(screen, judged.profit_new - judged.profit_today),
        "low": signed_money(screen, judged.profit_change.low),
        "high": signed_money(screen, judged.profit_change.high),
    }
    if (judged.p_better or 0.0) >= ADVISED:
        return _("The media mix, which explains all sales, bears the alert out and expects {expected} of this move "
            "(80%: {low} … {high}).", **figures)  # fmt: skip
    if (judged.p_better or 0.0) <= 1 - ADVISED:
        return _("The alert counts credited revenue; the media mix, which explains all sales, expects a loss of this "
                 "move: {expected} (80%: {low} … {high}). Try it on a part of the spend first.", **figures)  # fmt: skip
    return _("The alert counts credited revenue; the media mix, which explains all sales, cannot tell whether this "
             "move pays: {expected} (80%: {low} … {high}).", **figures)  # fmt: skip


def _proposal(state: PlanState, alerts: frozenset[str], days: int) -> tuple[BestPlan, Outcome] | None:
    """The plan and what it is expected to bring in all. Worked out once per data, filters, alerts and horizon: it
    stands on the page while sliders move."""
    about, kept = (state.key, alerts, days), st.session_state.get("reallocation_proposed")
    if kept is None or kept[0] != about:
        plan = reallocation(state.curves, alerts, margin=state.margin)
        found = plan and (plan, what_if(state.curves, plan.allocation, margin=state.margin, days=days).total)
        kept = (about, found)
        st.session_state["reallocation_proposed"] = kept
    proposed: tuple[BestPlan, Outcome] | None = kept[1]
    return proposed


def flexible_pool(screen: Screen, state: PlanState, table: pl.DataFrame) -> None:
    """The weekly proposal for the pool."""
    alerts = _roi_alerts(screen)
    last = screen.facts.closed_through or screen.span.closed_through
    ranking = weekly_priority(table, state.curves, last, alerts)
    found = pool_proposal(
        state.curves, ranking, total=state.allocation.total, margin=state.margin, share=state.reserve_share
    )
    rows = pl.DataFrame(
        [
            {
                _("Priority"): share.priority.place,
                _("Channel"): screen.name(share.priority.channel),
                _("Out of the pool a week"): share.from_pool * 7,
                _("Conversion rate"): share.priority.conversion_rate,
                _("Cost per touch"): share.priority.touch_cost,
                _("Unsteadiness"): share.priority.volatility,
                _("Marginal ROI"): share.marginal_roi,
            }
            for share in found.shares
        ]
    )
    with evidence_card(
        _pool_title(screen, found),
        rows,
        key="pool",
        explanation=_(
            "The pool is {share} of the total. Channels are ranked by conversion rate, cost per touch and how unsteady "
            "the conversion rate is (average of the three ranks). The leading half shares the pool where the next unit "
            "earns most, as long as it earns more than it costs.",
            share=fmt().chosen_percent(state.reserve_share),
        ),
    ):
        small_table(_pool_table(screen, found), key="pool")


def _pool_table(screen: Screen, found: PoolProposal) -> pl.DataFrame:
    """In the order of the ranking: what each channel gets, what it is ranked by, and why it gets nothing."""
    unit, known = fmt().symbol(screen.currency), [share.priority for share in found.shares]
    return pl.DataFrame(
        {
            _("Channel"): [f"{p.place} · {plain(screen.name(p.channel))}" for p in known],
            _("Out of the pool a week"): [
                f"**+{fmt().money(share.from_pool * 7, screen.currency)}**" if _gets_any(share) else "–"
                for share in found.shares
            ],
            _("Conversion rate"): [fmt().percent(p.conversion_rate, 2) for p in known],
            f"{_('Cost per touch')} ({unit})": [fmt().decimal(p.touch_cost) for p in known],
            _("Unsteadiness"): [fmt().percent(p.volatility, 0) for p in known],
            _("Marginal ROI"): [fmt().signed_percent(share.marginal_roi, 0) for share in found.shares],
            _("Why nothing"): [_why_nothing(share) for share in found.shares],
        },
        schema_overrides=dict.fromkeys((_("Out of the pool a week"), _("Why nothing")), pl.String),
    )


def _pool_title(screen: Screen, found: PoolProposal) -> str:
    week = fmt().money_compact(found.pool * 7, screen.currency)
    taking = [share for share in found.shares if _gets_any(share)]
    if not taking:
        return _("Keep this week's pool of {pool}: no leading channel would earn it back", pool=week)
    names = fmt().listing([screen.name(share.priority.channel) for share in taking])
    return _("This week's pool of {pool} goes to {channels}", pool=week, channels=names)


def _why_nothing(share: PoolShare) -> str:
    if _gets_any(share):
        return ""
    if share.priority.has_alert:
        return _("an ROI alert is open, so it takes no part")
    if share.priority.conversion_rate is None:
        return _("no touches this week, so it cannot be ranked")
    if not share.is_leading:
        return _("not in the leading half of the ranking")
    return _("the money earns more elsewhere")


def _gets_any(share: PoolShare) -> bool:
    """Whether the pool has something for the channel that is worth a line."""
    return share.from_pool * 7 > 0.5


def _roi_alerts(screen: Screen) -> set[str]:
    """Channels whose ROI alert is open now."""
    result = compute.rules(screen.workspace, screen.filters.model)
    if result is None:
        return set()
    return {case.channel for case in result.cases if case.rule == ROI_RULE and case.is_open}
