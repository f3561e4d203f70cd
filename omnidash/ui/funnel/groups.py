"""The breakdown: conversion of each channel, campaign or segment, with the interval its size allows."""

from typing import Any

import polars as pl
import streamlit as st

from omnidash.charts.funnel import group_rates
from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.funnel_groups import groups, segment_groups
from omnidash.metrics.funnel_comparison import with_interval
from omnidash.ui.cards import draw, evidence_card
from omnidash.ui.funnel import choice as state
from omnidash.ui.funnel import results
from omnidash.ui.funnel.choice import Choice
from omnidash.ui.funnel.final import finally_counted, say_what_is_left_out
from omnidash.ui.funnel.rows import origin_of
from omnidash.ui.i18n import _, fmt
from omnidash.ui.persons import segments
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels

_MAX_GROUPS = 12
_CHART = "chart_funnel_groups"


def show_groups(screen: Screen, chosen: Choice, result: FunnelResult) -> None:
    """Draw the card."""
    by = chosen.by.partition(":")[0]
    over = finally_counted(screen, result)
    final = over or result
    if by == "segment":
        names = segments(screen.workspace)
        found = segment_groups(final, {name: results.members(screen.workspace, name) for name in names})
    else:
        found = groups(final)
    table = with_interval(found.filter(pl.col("entered") > 0) if over else found.head(0))
    shown = table.head(_MAX_GROUPS).sort("rate", "key", descending=[True, False])
    labels = [_label(screen, by, key) for key in shown["key"]]
    named = table.with_columns(pl.Series("key", [_label(screen, by, key) for key in table["key"]], dtype=pl.String))
    with evidence_card(
        _title(shown, labels),
        named.rename({"low": "low_95", "high": "high_95"}),
        key="funnel_groups",
        origin=origin_of(screen, result.query),
        explanation=_explanation(by, chosen),
        has_picture=bool(labels),
    ):
        if not labels:
            st.info(_("No groups to show.") if over else _("Nobody's window is over yet."))
            return
        draw(
            group_rates(
                chart_labels(labels),
                shown["rate"].to_list(),
                shown.select("low", "high").rows(),
                [
                    f"{fmt().percent(rate)} · {fmt().integer(done)} / {fmt().integer(entered)}"
                    for rate, done, entered in shown.select("rate", "converted", "entered").rows()
                ],
                [screen.colors.of_channel(k) if by == "channel" else screen.colors.accent for k in shown["key"]],
                colors=screen.colors,
                data=shown["key"].to_list() if by != "segment" else (),
            ),
            card="funnel_groups",
            words=_title(shown, labels),
            on_select=_take_click,
            selection_mode="points",
        )
        if len(table) > _MAX_GROUPS:
            st.caption(
                _(
                    "The {shown} largest of {all} groups; all of them in the table.",
                    shown=fmt().integer(_MAX_GROUPS),
                    all=fmt().integer(len(table)),
                )
            )
        say_what_is_left_out(result, final)


def _take_click() -> None:
    points: list[Any] = st.session_state[_CHART]["selection"]["points"]
    clicked = points[0].get("customdata") if points else None
    if isinstance(clicked, list | dict):
        clicked = clicked[0] if isinstance(clicked, list) else clicked["0"]
    if clicked is not None:
        state.change(part=("reached", 1, str(clicked)))


def _label(screen: Screen, by: str, key: str) -> str:
    if by == "channel":
        return screen.name(key)
    return key if by == "segment" else key.replace("(unknown)", _("(none)"))


def _title(shown: pl.DataFrame, labels: list[str]) -> str:
    """Who converts best, where that is more than chance."""
    if not labels:
        return _("No groups")
    if len(labels) == 1:
        return _("{name}: {rate} convert", name=labels[0], rate=fmt().percent(shown["rate"][0]))
    if not (shown["rate"] > 0).any():
        return _("Nobody converted in any of the groups")
    if shown["rate"].n_unique() == 1:
        return _("All groups convert alike: {rate}", rate=fmt().percent(shown["rate"][0]))
    if shown["low"][0] > shown["high"][1:].max():  # type: ignore[operator]
        return _("{name} converts best: {rate}", name=labels[0], rate=fmt().percent(shown["rate"][0]))
    return _(
        "{name} converts best with {rate}, but not clearly: the intervals overlap",
        name=labels[0],
        rate=fmt().percent(shown["rate"][0]),
    )


def _explanation(by: str, chosen: Choice) -> str:
    if by == "segment":
        what = _("Conversion from the first to the last step of each saved segment; segments may overlap.")
    elif chosen.by.endswith(":last"):
        what = _("Conversion from the first to the last step, by the event with which each person got furthest.")
    else:
        what = _("Conversion from the first to the last step, by the group of each person's entry.")
    return (
        f"{what} "
        + _("Only days whose windows are over are counted: of later entries only the quick converters are known.")
        + " "
        + _("The line at a bar's end is the 95% interval (Wilson): the fewer persons, the longer.")
    )
