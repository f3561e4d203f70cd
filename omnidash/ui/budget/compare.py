"""Saved plans side by side, up to four: profit in 30 days, and spend per channel."""

from dataclasses import replace

import polars as pl
import streamlit as st

from omnidash.budget.scenario import Scenario, compared
from omnidash.charts.budget import scenario_bars
from omnidash.ui.budget.said import delta_of, names_apart
from omnidash.ui.cards import chart_card, figure
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels, plain

_MOST = 4


def compare(screen: Screen, saved: tuple[Scenario, ...]) -> None:
    names = names_apart(saved)
    by_id = {s.scenario_id: replace(s, name=names[s.scenario_id]) for s in saved}
    kept = [number for number in st.session_state.get("compared_scenarios", list(by_id)[:2]) if number in by_id]
    new = [number for number in by_id if number not in st.session_state.get("scenarios_seen", by_id)]
    with st.container(key="scenario_compared"):
        chosen = st.multiselect(
            _("Compare up to four"),
            list(by_id),
            default=[*kept, *new][:_MOST],  # what was saved just now is what one wants to see
            key="scenario_compared_of_" + "_".join(map(str, by_id)),  # another list is another choice
            max_selections=_MOST,
            format_func=lambda number: by_id[number].name,
        )
    st.session_state["compared_scenarios"], st.session_state["scenarios_seen"] = chosen, list(by_id)
    shown = [by_id[number] for number in chosen]
    if not shown:
        return
    with st.grid(min(len(shown), _MOST), min_column_width=170):
        for one in shown:
            figure(
                plain(one.name),
                fmt().money_compact(one.profit_expected / one.days * 30, screen.currency),
                delta=delta_of(one.profit_expected, one.profit_today),
                delta_description=_("profit in 30 days"),
                help=plain(one.note) or None,
                border=True,
            )
    rows = compared(_no_channel(shown))
    labels = [screen.label(channel) for channel in rows["channel"]]
    chart_card(
        _compared_title(screen, shown),
        scenario_bars(
            labels,
            [
                (label, (rows[name].fill_null(0.0) * 30).to_list())
                for label, name in zip(chart_labels(rows.columns[1:]), rows.columns[1:], strict=True)
            ],
            unit=fmt().symbol(screen.currency),
            written=screen.money_tick,
            colors=screen.colors,
        ),
        rows.with_columns(pl.Series("channel", [screen.name(c) for c in rows["channel"]])),
        origin=Origin(addends=("spend", "net_revenue")),
        key="compared",
        explanation=_("Spend per channel in 30 days under each scenario, whatever horizon it was saved for."),
    )


def _no_channel(shown: list[Scenario]) -> list[Scenario]:
    """One called as the column of channels is gets its number after its name."""
    return [replace(one, name=f"{one.name} ({one.scenario_id})") if one.name == "channel" else one for one in shown]


def _compared_title(screen: Screen, shown: list[Scenario]) -> str:
    best = max(shown, key=lambda one: one.profit_expected / one.days)
    if len(shown) == 1:
        return _("{name}: expected profit {money} in 30 days", name=best.name, money=_monthly(screen, best))
    return _("{name} is expected to earn most: {money} in 30 days", name=best.name, money=_monthly(screen, best))


def _monthly(screen: Screen, one: Scenario) -> str:
    return fmt().money_compact(one.profit_expected / one.days * 30, screen.currency)
