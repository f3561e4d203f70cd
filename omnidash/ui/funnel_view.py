"""The funnel tab: steps, window and breakdown on the left; what happened, and to whom, on the right."""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from omnidash.charts.journeys import conversion_by_key, funnel_bars
from omnidash.journeys.funnel import FunnelQuery, FunnelResult, Step, funnel
from omnidash.model.defaults import STAGES
from omnidash.model.messages import N_
from omnidash.ui import compute
from omnidash.ui.cards import chart_card
from omnidash.ui.i18n import _, fmt
from omnidash.ui.labels import ACTION_TITLES, STAGE_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import escaped

_WINDOWS = {
    3_600: N_("1 hour"),
    86_400: N_("1 day"),
    3 * 86_400: N_("3 days"),
    7 * 86_400: N_("7 days"),
    14 * 86_400: N_("14 days"),
    30 * 86_400: N_("30 days"),
    90 * 86_400: N_("90 days"),
}
_MODES = {
    "ordered": N_("In order, other events between allowed"),
    "strict": N_("In order, nothing in between"),
    "any": N_("In any order"),
}
_ENTRIES = {"best": N_("Best attempt of each person"), "first": N_("First attempt of each person")}
_GROUPS = {
    "none": N_("No breakdown"),
    "channel": N_("Channel of the first step"),
    "campaign": N_("Campaign of the first step"),
}
_MAX_GROUPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the builder is set to."""

    steps: tuple[str, ...]
    window_seconds: int
    mode: str
    entry: str
    by: str


def show_funnel(screen: Screen) -> None:
    """Draw the tab."""
    _funnel(screen)


@st.fragment
def _funnel(screen: Screen) -> None:
    left, right = st.columns([0.3, 0.7], gap="medium")
    with left:
        choice = _builder(screen)
    with right:
        if len(choice.steps) < 1:
            st.info(_("Choose at least one step."))
            return
        result = _computed(screen, choice)
        _bars(screen, choice, result)
        if choice.by != "none" and result.breakdown is not None:
            _breakdown(screen, choice, result)


def standard_query(screen: Screen) -> FunnelQuery:
    """The funnel that other pages show, too: the usual steps in order, in the period, within the lookback."""
    return FunnelQuery(
        steps=tuple(_step(name, ()) for name in _standard_steps(screen)),
        window_seconds=screen.workspace.settings.lookback_days * 86_400,
        period=screen.filters.period,
    )


def step_labels(screen: Screen) -> list[str]:
    """The steps of ``standard_query`` in the reader's language."""
    return [_step_title(name) for name in _standard_steps(screen)]


def action_title(action: str) -> str:
    """What somebody did, in the reader's language."""
    return _(ACTION_TITLES[action]) if action in ACTION_TITLES else action


def _builder(screen: Screen) -> Choice:
    options = _options(screen)
    _default("funnel_steps", [s for s in _standard_steps(screen) if s in options])
    steps = st.multiselect(
        _("Steps, in order"),
        options,
        key="funnel_steps",
        format_func=_step_title,
        placeholder=_("Add a step"),
        max_selections=8,
        wrap=True,
    )
    _default("funnel_window", 7 * 86_400)
    window = st.select_slider(
        _("Window from the first step"), list(_WINDOWS), key="funnel_window", format_func=lambda s: _(_WINDOWS[s])
    )
    _default("funnel_by", "channel")
    by = st.selectbox(_("Breakdown"), list(_GROUPS), key="funnel_by", format_func=lambda g: _(_GROUPS[g]))
    with st.expander(_("Order and attempts")):
        _default("funnel_mode", "ordered")
        mode = st.radio(_("Order of the steps"), list(_MODES), key="funnel_mode", format_func=lambda m: _(_MODES[m]))
        _default("funnel_entry", "best")
        entry = st.radio(
            _("Which attempt counts"), list(_ENTRIES), key="funnel_entry", format_func=lambda e: _(_ENTRIES[e])
        )
    return Choice(steps=tuple(steps), window_seconds=window, mode=mode, entry=entry, by=by)


def _computed(screen: Screen, choice: Choice) -> FunnelResult:
    channels = screen.filters.channels
    steps = tuple(_step(name, channels if position == 0 else ()) for position, name in enumerate(choice.steps))
    query = FunnelQuery(
        steps=steps,
        window_seconds=choice.window_seconds,
        mode=choice.mode,  # type: ignore[arg-type]
        entry=choice.entry,  # type: ignore[arg-type]
        period=screen.filters.period,
        by=None if choice.by == "none" else choice.by,  # type: ignore[arg-type]
    )
    return funnel(compute.journeys(screen.workspace), query)


def _bars(screen: Screen, choice: Choice, result: FunnelResult) -> None:
    persons = result.steps["persons"].to_list()
    labels = [_step_title(name) for name in choice.steps]
    texts = [
        f"{fmt().integer(count)}" + (f" · {fmt().percent(rate)}" if index and rate is not None else "")
        for index, (count, rate) in enumerate(zip(persons, result.steps["from_previous"].to_list(), strict=True))
    ]
    chart = (
        funnel_bars([escaped(label) for label in labels], persons, texts, colors=screen.colors, hover=_("persons"))
        if persons and persons[0]
        else None
    )
    table = result.steps.with_columns(step=pl.Series(labels))
    chart_card(
        _funnel_title(labels, persons),
        chart,
        table,
        key="funnel",
        explanation=_(
            "Persons whose first step lies in the period and who went on within the window; the share beside each "
            "bar is of the step before. The window's end counts in; steps may share a timestamp. Chosen channels apply "
            "to the first step."
        ),
        empty=_("Nobody entered this funnel in the period. Choose another first step or a longer period."),
    )
    if persons and persons[0]:
        with st.container(horizontal=True, gap="large"):
            _figure(_("Converted"), fmt().integer(persons[-1]))
            _figure(
                _("Still open"),
                fmt().integer(result.still_open),
                _("Their window is not over yet; they are not counted as lost."),
            )
            _figure(_("Lost"), fmt().integer(result.lost))
            _figure(_("Median time to convert"), fmt().duration(result.steps["median_seconds"].to_list()[-1]))


def _figure(label: str, value: str, explanation: str | None = None) -> None:
    st.metric(label, value, help=explanation, width="content")


def _funnel_title(labels: list[str], persons: list[int]) -> str:
    if not persons or not persons[0]:
        return _("Nobody entered this funnel")
    return _(
        "{rate} of {entered} persons go from {first} to {last}",
        rate=fmt().percent(persons[-1] / persons[0]),
        entered=fmt().integer(persons[0]),
        first=labels[0],
        last=labels[-1],
    )


def _breakdown(screen: Screen, choice: Choice, result: FunnelResult) -> None:
    assert result.breakdown is not None
    last = result.breakdown["step"].max()
    entered = result.breakdown.filter(pl.col("step") == result.breakdown["step"].min()).select("key", entered="persons")
    converted = result.breakdown.filter(pl.col("step") == last).select("key", converted="persons")
    table = (
        entered.join(converted, on="key", how="left")
        .with_columns(pl.col("converted").fill_null(0))
        .filter(pl.col("entered") > 0)
        .with_columns(rate=pl.col("converted") / pl.col("entered"))
        .sort("rate", "key", descending=[True, False])
    )
    shown = (
        table.sort("entered", "key", descending=[True, False])
        .head(_MAX_GROUPS)
        .sort("rate", "key", descending=[True, False])
    )
    is_channel = choice.by == "channel"
    names = [(screen.name(key) if is_channel else key) or _("(none)") for key in shown["key"]]
    chart = conversion_by_key(
        [escaped(name) for name in names],
        shown["rate"].to_list(),
        [
            f"{fmt().percent(rate)} · {fmt().integer(done)} / {fmt().integer(all_)}"
            for _key, all_, done, rate in shown.select("key", "entered", "converted", "rate").rows()
        ],
        [screen.colors.of_channel(key) if is_channel else screen.colors.accent for key in shown["key"]],
        colors=screen.colors,
    )
    chart_card(
        _("{name} converts best", name=names[0]) if names else _("No groups"),
        chart if names else None,
        table,
        key="funnel_groups",
        explanation=_("Conversion from the first to the last step, by the group of each person's entry."),
        empty=_("No groups to show."),
    )


def _options(screen: Screen) -> list[str]:
    actions = [f"action:{a}" for a in screen.facts.actions["action"] if a != "refund"]
    present = set(screen.facts.actions["stage"])
    return actions + [f"stage:{s}" for s in STAGES if s in present]


def _standard_steps(screen: Screen) -> list[str]:
    """The most frequent action of each stage up to the goal: a funnel that fits most data at first sight."""
    goal = screen.workspace.settings.goal
    steps = []
    for stage in ("awareness", "interest", "consideration"):
        of_stage = screen.facts.actions.filter(pl.col("stage") == stage)["action"].to_list()
        steps += [f"action:{a}" for a in of_stage[:1] if a != goal]
    return [*steps, f"action:{goal}"]


def _step(name: str, channels: tuple[str, ...]) -> Step:
    kind, _sep, value = name.partition(":")
    return Step(stage=value, channels=channels) if kind == "stage" else Step(action=value, channels=channels)


def _step_title(name: str) -> str:
    kind, _sep, value = name.partition(":")
    if kind == "stage":
        return _("Stage: {stage}", stage=_(STAGE_TITLES[value]))
    return action_title(value)


def _default(key: str, value: object) -> None:
    """Keep a choice over pages and language switches: widgets forget what is not re-assigned."""
    kept = st.session_state.get(f"kept_{key}", value)
    if key in st.session_state:
        kept = st.session_state[key]
    st.session_state[key] = kept
    st.session_state[f"kept_{key}"] = kept
