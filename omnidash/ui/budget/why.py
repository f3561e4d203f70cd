"""Why this plan: its proof, the limits that stop it with their price, and why nothing moved where nothing did."""

import polars as pl
import streamlit as st

from omnidash.budget.limits import measured_anew
from omnidash.budget.nothing_moved import moved_share, why_unspent
from omnidash.budget.planner import BestPlan
from omnidash.budget.task import PricedLimit
from omnidash.model.messages import N_
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.cards import evidence_card
from omnidash.ui.i18n import _, fmt, sentences
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_LISTED = 6  # limits with their price; all stand in the card's table
_WOULD_ADD = {  # aim -> what another unit would add to it, and what one less would
    "target_cac": (
        N_("{unit} more would add {count} new customers"),
        N_("{unit} less would add {count} new customers"),
    ),
    "conversions": (
        N_("{unit} more would add {count} conversions"),
        N_("{unit} less would add {count} conversions"),
    ),
    "profit": (N_("{unit} more would add {value} of profit"), N_("{unit} less would add {value} of profit")),
    "revenue": (N_("{unit} more would add {value} of revenue"), N_("{unit} less would add {value} of revenue")),
}
_WOULD_ADD["target_marginal_roi"] = _WOULD_ADD["profit"]


def why_this_plan(screen: Screen, state: PlanState, days: int) -> None:
    """The card below the plan; before a best plan was asked for it says what pressing the button does."""
    plan = state.best
    if plan is None:
        st.caption(
            _(
                "Best plan finds the split that is expected to bring most under your rules, proves it, and says what "
                "each limit costs."
            )
        )
        return
    priced = _dearest_of_each(plan)
    table = pl.DataFrame(
        {
            _("Limit that stops the plan"): [screen.say(one.limit.label) for one in plan.binding],
            _("One unit wider would add"): [one.price for one in plan.binding],
        },
        schema={_("Limit that stops the plan"): pl.String, _("One unit wider would add"): pl.Float64},
    )
    with evidence_card(
        _title(len(priced)),
        table,
        key="why",
        explanation=_(
            "No other split that keeps the limits can beat the plan by more than the proven gap: for concave curves by "
            "the tangent plane at the plan, for S-shaped ones by branch and bound. The price of a limit is what the "
            "aim would gain, per unit of money, if the limit were one unit wider; of the total, with all that follows "
            "it."
        ),
    ):
        for reason in state.still:
            st.markdown(f":material/pause_circle: {plain(screen.say(reason))}")
        for one in priced[:_LISTED]:
            st.markdown(f"- {plain(screen.say(one.limit.label))} · {_price(screen, plan, one)}")
        if len(priced) > _LISTED:
            st.caption(_("The rest is behind the three dots."))
        for said in (why_unspent(plan, days), measured_anew(plan.brief, state.curves)):
            if said is not None:
                st.markdown(f"- {plain(screen.say(said))}")
        proof = _("Proven: no other split within your rules is expected to bring more (gap 0%).")
        if plan.gap >= 5e-6:
            gap = fmt().percent(plan.gap, 3)
            proof = _("Proven: no other split within your rules is expected to bring over {gap} more.", gap=gap)
        moved = fmt().percent(moved_share(plan, state.today), 0)
        st.caption(sentences(proof, _("{moved} of the budget changes place.", moved=moved)))


def _dearest_of_each(plan: BestPlan) -> list[PricedLimit]:
    """Limits that cost something, one per channel: where two stop a channel at the same spend, one is said."""
    found: dict[str | None, PricedLimit] = {}
    for one in plan.binding:
        if one.price > 1e-6:
            found.setdefault(one.limit.channel or one.limit.kind, one)
    return list(found.values())


def _title(stops: int) -> str:
    if stops == 0:
        return _("The best plan, and no limit costs anything")
    if stops == 1:
        return _("The best plan under your rules; one limit costs something")
    return _("The best plan under your rules; {count} limits cost something", count=stops)


def _price(screen: Screen, plan: BestPlan, one: PricedLimit) -> str:
    aim = plan.brief.objective
    more, less = _WOULD_ADD.get(aim, _WOULD_ADD["revenue"])
    is_count = aim in ("target_cac", "conversions")
    added = fmt().decimal(one.price * 1000, 1) if is_count else fmt().money(one.price * 1000, screen.currency)
    unit = fmt().money(1000.0, screen.currency)
    return _(less if one.is_lower else more, unit=unit, count=added, value=added)
