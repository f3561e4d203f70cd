"""Before and after a drop-off: which channels lead to the step where persons leave a funnel, and what they do next.

Any screen can open it for a part of any funnel: ``open_around(FunnelSegment(query=…, from_step=2, to_step=2,
outcome="lost"))`` writes the segment into the address (``?around=``) and opens the paths; a link does the same.
"""

import json
import textwrap
from dataclasses import replace

import polars as pl
import streamlit as st

from omnidash.charts.journeys import path_sankey
from omnidash.journeys.around import MOMENT, NOTHING, links_around, moments_of
from omnidash.journeys.funnel import Step
from omnidash.journeys.paths import CONVERSION, NULL, OTHER, START
from omnidash.journeys.segments import FunnelSegment, segment_of
from omnidash.model.defaults import DIRECT
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.ui import compute, not_found, sections
from omnidash.ui.cards import chart_card
from omnidash.ui.compute import Version, version_of
from omnidash.ui.funnel import results as funnel_results
from omnidash.ui.funnel.choice import Choice, standard_query
from omnidash.ui.funnel.rows import origin_of
from omnidash.ui.funnel.wording import action_title
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys import addressed
from omnidash.ui.labels import STAGE_TITLES
from omnidash.ui.screen import Screen

_ADDRESS = "around"
_OTHERS = "(others)"
_STEPS = 2
_LONGEST = 80  # of a mangled link as it is told of, in characters
_MOST_CHANNELS = 6  # more bands than that cannot be followed by eye


def open_around(segment: FunnelSegment) -> None:
    """Show what was before and after the drop-off of these persons (a callback; the paths open on the next run)."""
    st.query_params[_ADDRESS] = as_address(segment)
    st.query_params["section"] = "paths"
    sections.open_section("journeys", "paths")


def as_address(segment: FunnelSegment) -> str:
    """The segment as the value of ``?around=``."""
    return json.dumps(segment.as_json(), separators=(",", ":"))


def show_around(screen: Screen) -> None:
    """The card: of the segment in the address, else of a step of the standard funnel that is chosen here."""
    asked = _asked(screen)
    segment = asked or _chosen(screen)
    if segment is None:
        return
    settings = screen.workspace.settings
    links = _readable(_links(version_of(screen.workspace), screen.workspace, segment))
    step = segment.query.steps[segment.to_step - 1]
    chart_card(
        _title(screen, step, links),
        None
        if links.is_empty()
        else path_sankey(
            links,
            colors=screen.colors,
            name=lambda node: node_name(screen, node),
            hover=_("persons"),
        ),
        links.select(
            pl.col("step"),
            pl.Series(
                _("From"), [node_name(screen, node, is_label=False) for node in links["source"]], dtype=pl.String
            ),
            pl.Series(_("To"), [node_name(screen, node, is_label=False) for node in links["target"]], dtype=pl.String),
            pl.col("moments").alias(_("Persons")),
        ),
        key="journey_around",
        origin=origin_of(screen, segment.query),
        explanation=_(
            "The moment is the last step of the funnel each of these persons reached. Left: the channels of their last "
            "touches up to it; right: what they touched after it, within {days} on either side, repeats "
            "collapsed. A conversion ends what follows: it came too late for the funnel, or by another way.",
            days=n_("{count} day", "{count} days", settings.lookback_days),
        ),
        empty=_("Nobody was lost after this step."),
        controls=lambda: _controls(screen, asked is not None),
    )


@st.cache_resource(show_spinner=False, max_entries=12)
def _links(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: FunnelSegment,
) -> pl.DataFrame:
    settings = _workspace.settings
    person, at_us = moments_of(funnel_results.counted(_workspace, segment.query), segment)
    chosen = funnel_results.members_by(_workspace, segment)[person]
    return links_around(
        compute.journeys(_workspace),
        person=person[chosen],
        at_us=at_us[chosen],
        before=_STEPS,
        after=_STEPS,
        window_days=settings.lookback_days,
        collapse=True,
        goal=settings.goal,
    )


def _readable(links: pl.DataFrame) -> pl.DataFrame:
    """The links with all but the most frequent channels as one."""
    ends = [MOMENT, NOTHING, CONVERSION]
    met = pl.concat([links.select(pl.col(end).alias("node"), "moments") for end in ("source", "target")])
    ranked = met.filter(~pl.col("node").is_in(ends)).group_by("node").agg(pl.col("moments").sum())
    kept = ranked.sort(["moments", "node"], descending=[True, False])["node"].head(_MOST_CHANNELS).to_list() + ends
    grouped = links.with_columns(
        pl.when(pl.col(end).is_in(kept)).then(pl.col(end)).otherwise(pl.lit(_OTHERS)).alias(end)
        for end in ("source", "target")
    )
    key = ["step", "source", "target"]
    return grouped.group_by(key).agg(pl.col("moments").sum()).sort(key)


def node_name(screen: Screen, node: str, *, is_label: bool = True) -> str:
    """What a node of a flow is called."""
    ends = {
        START: _("Start"),
        CONVERSION: _("Conversion"),
        NULL: _("No conversion"),
        OTHER: _("Other paths"),
        _OTHERS: _("Other channels"),
        MOMENT: _("Drop-off"),
        NOTHING: _("Nothing more"),
        DIRECT: _("(direct)"),
    }
    return ends.get(node) or (screen.label(node) if is_label else screen.name(node))


def _asked(screen: Screen) -> FunnelSegment | None:
    """The segment in the address. One that is none, or of things that are not here, is told of and taken out of the
    address; the card then offers the standard funnel."""
    text = st.query_params.get(_ADDRESS, "")
    if not text:
        return None
    try:
        segment = segment_of(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, OmniDashError):
        missing = [(_("drop-off"), textwrap.shorten(text, _LONGEST))]
    else:
        missing = _unknown(screen, segment)
        if not missing:
            return segment
    for kind, name in missing:
        not_found.note_and_say("journeys", kind, name)
    del st.query_params[_ADDRESS]
    return None


def _unknown(screen: Screen, segment: FunnelSegment) -> list[tuple[str, str]]:
    """What its funnels name and this workspace has not, as (what it would be, its name)."""
    actions, stages = set(screen.facts.actions["action"]), set(screen.facts.actions["stage"])
    missing = []
    part: FunnelSegment | None = segment
    while part is not None:
        for step in (*part.query.steps, *(exclusion.event for exclusion in part.query.exclusions)):
            if step.action is not None and step.action not in actions:
                missing.append((_("step of a funnel"), action_title(step.action)))
            if step.stage is not None and step.stage not in stages:
                missing.append((_("step of a funnel"), step.stage))
            missing += [(_("channel"), channel) for channel in step.channels if channel not in screen.names]
        part = part.within
    return list(dict.fromkeys(missing))


def _controls(screen: Screen, is_asked: bool) -> None:
    if is_asked:
        st.button(
            _("Back to the standard funnel"),
            icon=":material/close:",
            key="around_close",
            on_click=lambda: st.query_params.pop(_ADDRESS, None),
        )
        return
    query = standard_query(screen)
    steps = list(range(1, len(query.steps)))
    st.selectbox(
        _("Lost after"),
        steps,
        key="around_step",
        format_func=lambda step: step_name(screen, query.steps[step - 1]),
        width=260,
    )


def _chosen(screen: Screen) -> FunnelSegment | None:
    # within the window the funnel begins with: in a lookback as long as the period nobody is lost yet
    query = replace(standard_query(screen), window_seconds=Choice(rows=()).window_seconds)
    if len(query.steps) < 2:
        return None
    step = addressed.number("around_step", range(1, len(query.steps)), usual=1, kind=_("step of a funnel"))
    return FunnelSegment(query=query, from_step=step, to_step=step, outcome="lost")


def step_name(screen: Screen, step: Step) -> str:
    """A step of a funnel in the reader's words."""
    parts = [action_title(step.action)] if step.action else []
    parts += [_(STAGE_TITLES[step.stage])] if step.stage in STAGE_TITLES else []
    parts += [f"@ {fmt().listing([screen.name(channel) for channel in step.channels])}"] if step.channels else []
    return " ".join(parts)


def _title(screen: Screen, step: Step, links: pl.DataFrame) -> str:
    after = links.filter(pl.col("step") == 0)
    persons = int(after["moments"].sum())
    if not persons:
        return _("Before and after the drop-off after {step}", step=step_name(screen, step))
    silent = int(after.filter(pl.col("target") == NOTHING)["moments"].sum())
    return n_(
        "{count} person lost after {step}: {share} were not met again",
        "{count} persons lost after {step}: {share} were not met again",
        persons,
        step=step_name(screen, step),
        share=fmt().percent(silent / persons, 0),
    )
