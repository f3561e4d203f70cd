"""The journeys screen: map, funnel, paths, overlap, rhythm, cohorts. Only the section that is open is computed."""

from collections.abc import Callable

import polars as pl
import streamlit as st

from omnidash.charts.journeys import path_sankey
from omnidash.journeys.paths import OTHER, PathTable, sankey_links
from omnidash.model.defaults import DIRECT
from omnidash.model.messages import N_
from omnidash.ui import compute, sections
from omnidash.ui.cards import chart_card
from omnidash.ui.funnel_view import show_funnel
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys import results
from omnidash.ui.journeys.cohorts import cohorts_title, show_cohorts
from omnidash.ui.journeys.level import choose_level
from omnidash.ui.journeys.map import map_title, show_map
from omnidash.ui.journeys.overlap import overlap_title, show_overlap
from omnidash.ui.journeys.rhythm import rhythm_title, show_rhythm
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table
from omnidash.ui.text import plain

SECTIONS = {
    "map": (N_("Map"), ":material/map:"),
    "funnel": (N_("Funnel"), ":material/filter_alt:"),
    "paths": (N_("Paths"), ":material/route:"),
    "overlap": (N_("Overlap"), ":material/join_inner:"),
    "rhythm": (N_("Rhythm"), ":material/schedule:"),
    "cohorts": (N_("Cohorts"), ":material/groups:"),
}


def show_journeys(screen: Screen) -> None:
    """Draw the page."""
    section = sections.chosen("journeys", SECTIONS)
    title, view = _VIEWS[section]
    st.title(plain(title(screen)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        sections.choice("journeys", SECTIONS, section)
        choose_level(screen.workspace)
    view(screen)


def _headline(screen: Screen) -> str:
    result = results.crossing_of(screen.workspace, screen.filters.period)
    everyone = result.multi_persons + result.single_persons
    if not everyone:
        return _("No journeys in this period")
    return _(
        "{share} of persons travel through two or more channels",
        share=fmt().percent(result.multi_persons / everyone),
    )


@st.fragment
def _paths(screen: Screen) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        collapse = st.toggle(_("Collapse repeats"), value=True, key="paths_collapse")
        top = st.select_slider(_("Top paths"), [10, 20, 50, 100], value=50, key="paths_top")
        max_steps = st.select_slider(_("Longest path shown"), [2, 3, 4, 5, 6], value=4, key="paths_steps")
    found = compute.path_table(screen.workspace, screen.filters.period, collapse)
    frame = _of_channels(screen, found.frame)
    converting = frame.filter(pl.col("conversions") > 0)
    if converting.is_empty():
        st.info(_("No conversions in this period. Upload orders, or events with conversions, to see paths."))
        return
    links = sankey_links(PathTable(frame=frame).converting(), top=top, max_steps=max_steps)
    drawn = links.filter(~((pl.col("step") == 1) & (pl.col("source") == OTHER)))
    best = converting.row(0, named=True)
    chart_card(
        _("The most frequent path is {path}", path=_path_text(screen, best["path"])),
        path_sankey(drawn, colors=screen.colors, name=lambda c: _node_name(screen, c), hover=_("conversions")),
        _shown_paths(screen, converting),
        key="paths",
        explanation=_(
            "Channels a person touched within {days} days before a purchase, in order; after a purchase a new path "
            "begins. Unlike a funnel, a path shows what happened, whatever the order.",
            days=screen.workspace.settings.lookback_days,
        ),
        controls=lambda: st.caption(_coverage(converting, top)),
    )
    with st.container(border=True):
        st.markdown(f"#### {n_('{count} distinct path', '{count} distinct paths', len(converting))}")
        table(_shown_paths(screen, converting), key="paths_table", rows=top, height=360)


def _coverage(converting: pl.DataFrame, top: int) -> str:
    shown = float(converting.head(top)["conversions"].sum()) / float(converting["conversions"].sum())
    return _(
        "The {top} most frequent of {all} paths: {share} of all conversions",
        top=fmt().integer(min(top, len(converting))),
        all=fmt().integer(len(converting)),
        share=fmt().percent(shown),
    )


def _of_channels(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    chosen = list(screen.filters.channels)
    if not chosen:
        return frame
    return frame.filter(pl.col("path").list.eval(pl.element().is_in(chosen)).list.any())


def _shown_paths(screen: Screen, frame: pl.DataFrame) -> pl.DataFrame:
    total = frame["conversions"].sum()
    return frame.select(
        pl.Series("path", [_path_text(screen, path) for path in frame["path"].to_list()], dtype=pl.String),
        "conversions",
        (pl.col("conversions") / total).round(4).alias("share"),
        pl.col("value").round(2),
        (pl.col("conversions") / (pl.col("conversions") + pl.col("nulls"))).round(4).alias("rate"),
    )


def _path_text(screen: Screen, path: list[str]) -> str:
    return " → ".join(screen.name(channel) for channel in path)


def _node_name(screen: Screen, node: str) -> str:
    ends = {
        "(conversion)": _("Conversion"),
        "(null)": _("No conversion"),
        "(other)": _("Other paths"),
        DIRECT: _("(direct)"),
    }
    return ends.get(node) or screen.label(node)


_VIEWS: dict[str, tuple[Callable[[Screen], str], Callable[[Screen], None]]] = {
    "map": (map_title, show_map),
    "funnel": (_headline, show_funnel),
    "paths": (_headline, _paths),
    "overlap": (overlap_title, show_overlap),
    "rhythm": (rhythm_title, show_rhythm),
    "cohorts": (cohorts_title, show_cohorts),
}
