"""Moves that hold under every attribution model and both bases, and those that flip."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import streamlit as st

from omnidash.budget.moves import Move, moves
from omnidash.charts.budget import moves_by_view
from omnidash.model.filters import DAILY_MODELS
from omnidash.model.messages import N_
from omnidash.ui.budget.curves import every_view, say_failure, wait_for
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.labels import MODEL_TITLES
from omnidash.ui.screen import Screen

_TOTAL = "total"
_VERDICTS = {
    "robust": N_("robust"),
    "contested": N_("contested"),
    "unsure": N_("unsure"),
    "still": N_("stays"),
}
_ORDER = ("robust", "contested", "unsure", "still")  # what to act on first
_ICONS = {"robust": ":material/verified:", "contested": ":material/swap_vert:", "unsure": ":material/help:"}


def look_at_moves(screen: Screen, state: PlanState) -> None:
    """Note in ``state`` what all views say of the moves, once they are there; until then they are worked out beside the
    page. A view that failed says nothing, and leaves the rest of the page alone."""
    job = every_view(screen)
    if not job.is_done or job.failure is not None or state.judged is not None:
        return
    brief = state.asked
    views = job.by_model | ({_TOTAL: job.mix.curves} if job.mix.curves else {})
    shown = {
        name: [c for c in curves if screen.filters.includes(c.channel)] for name, curves in views.items() if curves
    }
    today = sum(curve.spend_today for curve in state.curves)
    state.moves = moves(shown, replace(brief, total=max(brief.total, today * 1e-6)))
    state.moves_for = brief


def wait_for_moves(screen: Screen, state: PlanState) -> None:
    """A progress line while views are missing; a line that they failed, if they did. Views that came since the page
    looked at them have it drawn anew."""
    if state.judged is not None:
        return
    job = every_view(screen)
    if job.failure is None:
        wait_for(job, _("Planning anew under every attribution model and the media mix …"))
    else:
        st.caption(
            ":material/error: "
            + _("Whether all models agree with the plan could not be worked out; why stands under Robust moves.")
        )


def mark(move: Move | None) -> str:
    """What the views say of a channel's move, with its icon; '' where there is nothing to say."""
    if move is None or move.verdict == "still":
        return ""
    return f"{_ICONS[move.verdict]} {_(_VERDICTS[move.verdict])}"


def robust_moves(screen: Screen, state: PlanState) -> None:
    """The best plan under each model and basis, side by side."""
    job = every_view(screen)
    if job.failure is not None:
        say_failure(screen, job.failure)
        return
    found = state.judged
    if found is None:
        if state.best is None:  # else the line stands beside the plan already
            wait_for_moves(screen, state)
        return
    found = tuple(sorted(found, key=lambda move: _ORDER.index(move.verdict)))
    titles = {**{name: _(MODEL_TITLES[name]) for name in DAILY_MODELS}, _TOTAL: _("Total revenue (media mix)")}
    views = _views_of(found)
    table = pl.DataFrame(
        [
            {_("Channel"): screen.name(move.channel), _("Verdict"): _(_VERDICTS[move.verdict])}
            | {titles[name]: _percent(move.change.get(name)) for name in views}
            for move in found
        ]
    )
    chart = moves_by_view(
        [f"{screen.label(move.channel)} · {_(_VERDICTS[move.verdict])}" for move in found],
        [(titles[name], [move.change.get(name) for move in found], name == _TOTAL) for name in views],
        [screen.colors.of_channel(move.channel) for move in found],
        colors=screen.colors,
    )
    chart_card(
        moves_title(screen, found),
        chart if views else None,
        table,
        origin=Origin(addends=("spend", "net_revenue")),
        key="moves",
        empty=_("Under no model can your rules be kept, so there is no plan to compare."),
        explanation=_(
            "The best plan under your rules, made anew with the revenue every attribution model credits and with the "
            "media mix. Robust: the same direction everywhere. Contested: up under one view, down under another. "
            "Unsure: some views leave it where it is."
        ),
        controls=lambda: st.caption(
            _("Every dot is the best plan under one attribution model, the diamond the one under the media mix.")
        ),
    )


def _views_of(found: tuple[Move, ...]) -> list[str]:
    """The views that judge at least one channel, in their order."""
    return [name for name in (*DAILY_MODELS, _TOTAL) if any(name in move.change for move in found)]


def moves_title(screen: Screen, found: Sequence[Move]) -> str:
    """The finding of the section: which moves all views agree on, and how many they contest."""
    agreed = [move for move in found if move.verdict == "robust"]
    split = [move for move in found if move.verdict == "contested"]
    names = fmt().listing([screen.name(move.channel) for move in agreed])
    if agreed and not split:
        return _("Every model agrees on {channels}", channels=names)
    if agreed:
        return n_(
            "Every model agrees on {channels}; {count} move is contested",
            "Every model agrees on {channels}; {count} moves are contested",
            len(split),
            channels=names,
        )
    if split:
        return n_("No move is agreed on by all models; {count} is contested",
                  "No move is agreed on by all models; {count} are contested", len(split))  # fmt: skip
    return _("No model moves a channel clearly")


def _percent(share: float | None) -> str:
    return "–" if share is None else fmt().signed_percent(share, 0)
