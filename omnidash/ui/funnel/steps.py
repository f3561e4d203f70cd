"""The bars: who reached which step, who is lost, who is still open; a click on a piece looks at its persons."""

from typing import Any

import polars as pl
import streamlit as st

from omnidash.charts.funnel import funnel_steps
from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.funnel_fast_kernel import step_of_event
from omnidash.journeys.funnel_query import masks
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.ui.cards import draw, evidence_card, figure
from omnidash.ui.funnel import choice as state
from omnidash.ui.funnel.choice import Choice
from omnidash.ui.funnel.rows import origin_of
from omnidash.ui.funnel.wording import HELD, MODES, reached_title, step_title
from omnidash.ui.i18n import _, fmt, sentences
from omnidash.ui.journeys.without_time import say_of_steps
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels

_CHART = "chart_funnel"
_FEW = 400  # below that the interval is wide enough to be worth saying


def show_steps(screen: Screen, chosen: Choice, result: FunnelResult) -> None:
    """Draw the card and the figures below it."""
    persons = result.steps["persons"].to_list()
    labels = [reached_title(screen, result.query, step) for step in result.steps["step"]]
    still_open, lost = result.left_at()
    table = result.steps.select(
        "step",
        pl.Series("label", labels),
        "persons",
        "from_previous",
        "from_first",
        pl.Series("still_open", still_open),
        pl.Series("lost", lost),
        "median_seconds",
    )
    with evidence_card(
        _title(labels, result, chosen),
        table,
        key="funnel",
        origin=origin_of(screen, result.query),
        explanation=_explanation(chosen),
        has_picture=True,
    ):
        if not persons[0]:
            st.info(_("Nobody entered this funnel in the period. Choose another first step or a longer period."))
            return
        draw(
            funnel_steps(
                chart_labels(labels),
                persons,
                still_open,
                _texts(result),
                colors=screen.colors,
                names=(_("reached"), _("still open"), _("lost")),
                chosen=chosen.part[:2] if chosen.part else None,
            ),
            card="funnel",
            words=_title(labels, result, chosen),
            on_select=_take_click,
            selection_mode="points",
        )
        _figures(screen, result, chosen)


def _take_click() -> None:
    points: list[Any] = st.session_state[_CHART]["selection"]["points"]
    clicked = points[0].get("customdata") if points else None
    if isinstance(clicked, dict):  # the browser sends lists as {"0": …, "1": …}
        clicked = [clicked["0"], clicked["1"]]
    if clicked and int(clicked[1]) >= 1:
        state.change(part=(str(clicked[0]), int(clicked[1]), None))


def _has_common_events(result: FunnelResult) -> bool:
    """Whether an event could make several steps."""
    return step_of_event(masks(result.table, result.query)[0], len(result.query.steps)) is None


def _figures(screen: Screen, result: FunnelResult, chosen: Choice) -> None:
    persons = result.steps["persons"].to_list()
    with st.container(horizontal=True, gap="large"):
        _figure(_("Converted"), fmt().integer(persons[-1]), _interval(result))
        _figure(
            _("Still open"),
            fmt().integer(result.still_open),
            _("Their window is not over yet; they are not counted as lost."),
        )
        _figure(_("Lost"), fmt().integer(result.lost))
        _figure(_("Median time to convert"), fmt().duration(result.steps["median_seconds"].to_list()[-1]))
    rate = wilson_interval(persons[-1], persons[0])
    if persons[0] < _FEW and rate and len(persons) > 1:
        st.caption(
            _(
                "Few persons: with {count} the true conversion may lie anywhere from {low} to {high} (95%).",
                count=fmt().integer(persons[0]),
                low=fmt().percent(rate[0]),
                high=fmt().percent(rate[1]),
            )
        )
    if _has_common_events(result):
        st.caption(
            _("Some events fit several steps: each may make all the steps it fits.")
            if chosen.shares
            else _("Some events fit several steps: each makes one step, so every step takes an event of its own.")
        )
    say_of_steps(screen, result)
    st.caption(_("Click a piece of a bar to see its persons."))


def _figure(label: str, value: str, explanation: str | None = None) -> None:
    figure(label, value, help=explanation, width="content")


def _interval(result: FunnelResult) -> str | None:
    interval = wilson_interval(result.converted, result.entered)
    if interval is None:
        return None
    return _(
        "95% interval of the rate: {low} – {high}", low=fmt().percent(interval[0]), high=fmt().percent(interval[1])
    )


def _texts(result: FunnelResult) -> list[str]:
    rows = zip(result.steps["persons"].to_list(), result.steps["from_previous"].to_list(), strict=True)
    return [fmt().integer(n) + (f" · {fmt().percent(rate)}" if rate is not None else "") for n, rate in rows]


def _title(labels: list[str], result: FunnelResult, chosen: Choice) -> str:
    """How many get through, of all who entered; where some still have time it says so, for the share can rise."""
    if not result.entered:
        return _("Nobody entered this funnel")
    is_entries = chosen.count == "entries"
    values = {"entered": fmt().integer(result.entered), "first": labels[0], "last": labels[-1]}
    if len(labels) == 1:
        return _("{entered} entries: {first}", **values) if is_entries else _("{entered} persons: {first}", **values)
    values["rate"] = fmt().percent(result.converted / result.entered)
    if not result.still_open:
        if is_entries:
            return _("{rate} of {entered} entries go from {first} to {last}", **values)
        return _("{rate} of {entered} persons go from {first} to {last}", **values)
    values["open"] = fmt().integer(result.still_open)
    if is_entries:
        return _("So far {rate} of {entered} entries go from {first} to {last}; {open} still have time", **values)
    return _("So far {rate} of {entered} persons go from {first} to {last}; {open} still have time", **values)


def _explanation(chosen: Choice) -> str:
    said = [
        _(
            "Persons whose first step lies in the period and who went on within the window; the share beside each "
            "bar is of the step before. The window's end counts in; steps may share a timestamp. Chosen channels apply "
            "to the first step, where it names none itself."
        ),
        _("Order: {mode}.", mode=_(MODES[chosen.mode])),
    ]
    if chosen.count == "entries":
        said.append(_("Every first step is counted on its own; several may lead to one conversion."))
    elif chosen.count == "first":
        said.append(_("Each person counts once, with the attempt of the first entry."))
    else:
        said.append(_("Each person counts once, with the attempt that went furthest, the latest of those."))
    if chosen.hold != "none":
        said.append(
            _("All steps carry the same value of: {held}. Events without one take no part.", held=_(HELD[chosen.hold]))
        )
    if chosen.excluded:
        listed = fmt().listing([step_title(name) for name in chosen.excluded])
        said.append(_("An attempt ends where this comes strictly between its steps: {excluded}.", excluded=listed))
    return sentences(*said)
