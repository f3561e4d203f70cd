"""What the house rules for spend would have cost or gained on this history: one table, and what it rests on."""

from datetime import date

import polars as pl
import streamlit as st

from omnidash.health.house_rules import Backtest, backtest
from omnidash.health.roi_streak import NOTHING_MISSING
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.of_workspace import margins_of
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.cards import evidence_card
from omnidash.ui.fragment import fragment
from omnidash.ui.health.known import limits_of
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.tables import to_cents

NAMES = {
    "share": N_("{share} share"),
    "roi_days": N_("{days}-day ROI"),
    "reserve": N_("{reserve} reserve"),
    "top_channels": N_("70/30"),
    "cac": N_("CAC below {cac} of LTV"),
}
DOES = {
    "share": N_("spend above the limit goes elsewhere"),
    "roi_days": N_("no spend while the case is open"),
    "reserve": N_("held back from all, placed where the most was earned"),
    "top_channels": N_("most to the three that convert best"),
    "cac": N_("dearer channels get nothing"),
}
SAYS = {
    "gain": N_("would have gained"),
    "cost": N_("would have cost"),
    "unclear": N_("cannot be told"),
    "idle": N_("never applied"),
}


@fragment
@collected.part
def show_house_rules(screen: Screen) -> None:
    """The table, computed when it is asked for."""
    if not st.toggle(_("What would the house rules have cost or gained?"), key="house_rules_shown"):
        return
    closed = screen.span.closed_through
    found = _tested(compute.version_of(screen.workspace), screen.workspace, screen.filters.model, closed)
    unit = fmt().symbol(screen.currency)
    names = _names(limits_of(screen))
    table = pl.DataFrame(
        {
            _("House rule"): [_("{rule}: {does}", rule=names[rule.rule], does=_(DOES[rule.rule])) for rule in found],
            _("On this history"): [_(SAYS[rule.says]) for rule in found],
            _("Days applied"): [rule.days for rule in found],
            f"{_('Moved')} ({unit})": [round(rule.moved) for rule in found],
            f"{_('Profit, as average')} ({unit})": [round(rule.average) for rule in found],
            f"{_('Profit, cautious')} ({unit})": [round(rule.cautious) for rule in found],
            f"{_('90 % from')} ({unit})": [None if rule.low is None else round(rule.low) for rule in found],
            f"{_('90 % to')} ({unit})": [None if rule.high is None else round(rule.high) for rule in found],
        }
    )
    with evidence_card(
        _headline(found, names),
        table,
        key="house_rules",
        explanation=_(
            "Every morning each rule, by the limits of this workspace, splits the day's true spend anew, from what was "
            "known the day before; what it moves earns what the channels truly earned that day (as average), or half "
            "of it where it is given (cautious). No channel gets more than it has spent on a day before; what of the "
            "reserve nobody earns back is saved. Days without the spend of a regular channel, or whose conversions are "
            "missing or not complete, are left out. Limits: nothing reacts, credit is that of the chosen model, and "
            "LTV is today's. The interval draws whole weeks anew."
        ),
    ):
        left_out = found[0].left_out
        if left_out:
            st.caption(
                n_(
                    "{count} day is left out: spend of a channel is missing, or its conversions are not complete.",
                    "{count} days are left out: spend of a channel is missing, or their conversions are not complete.",
                    left_out,
                )
            )
        number = st.column_config.NumberColumn(format="localized")
        st.dataframe(
            to_cents(table),
            hide_index=True,
            placeholder="–",
            key="house_rules_table",
            column_config={name: number for name, kind in table.schema.items() if kind.is_numeric()},
        )


def _names(limits: Thresholds) -> dict[str, str]:
    """The rules by the limits of this workspace; those of single channels are applied but not named."""
    shown = {"share": fmt().percent(limits.share_limit, 0), "days": limits.roi_days}
    shown |= {"cac": fmt().percent(limits.cac_to_ltv_limit, 0), "reserve": fmt().percent(limits.reserve_share, 0)}
    return {rule: _(name, **shown) for rule, name in NAMES.items()}


def _headline(found: tuple[Backtest, ...], names: dict[str, str]) -> str:
    gained = [names[rule.rule] for rule in found if rule.says == "gain"]
    cost = [names[rule.rule] for rule in found if rule.says == "cost"]
    if gained and cost:
        return _("Gained: {gained}; cost: {cost}", gained=fmt().listing(gained), cost=fmt().listing(cost))
    if gained:
        return _("Would have gained: {rules}", rules=fmt().listing(gained))
    if cost:
        return _("Would have cost: {rules}", rules=fmt().listing(cost))
    return _("No house rule would clearly have gained or cost anything")


@st.cache_resource(show_spinner=False, max_entries=6)
def _tested(version: compute.Version, _workspace: Workspace, model: str, closed: date) -> tuple[Backtest, ...]:  # noqa: ARG001
    result = compute.rules(_workspace, model)
    return backtest(
        compute.channel_days(_workspace, model),
        closed_through=closed,
        thresholds=Thresholds.from_mapping(_workspace.settings.thresholds),
        ltv=compute.ltv(_workspace),
        margin=margins_of(_workspace),
        missing=result.missing if result else NOTHING_MISSING,
        completeness=result.completeness if result else None,
    )
