"""Paths: the sequences of channels that persons really went, as a flow, as a table, and as what comes next."""

from typing import Literal

import numpy as np
import polars as pl
import streamlit as st

from omnidash.charts.grids import next_grid
from omnidash.charts.journeys import path_sankey
from omnidash.journeys.paths import CONVERSION, NULL, OTHER, START, PathTable, sankey_links
from omnidash.journeys.top_paths import TopPaths
from omnidash.model.defaults import DIRECT
from omnidash.model.messages import N_
from omnidash.ui.cards import chart_card, evidence_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.fragment import fragment
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys import addressed, results
from omnidash.ui.journeys.around import node_name, show_around
from omnidash.ui.journeys.largest import MOST_DRAWN, say_what_is_left_out
from omnidash.ui.journeys.without_time import say_of_paths
from omnidash.ui.needed import empty_state
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table

_ANCHORS = {"end": N_("Up to the conversion"), "start": N_("From the first touch")}
_TOP, _STEPS = (10, 20, 50, 100), (2, 3, 4, 5, 6)
_SPELLED = 500  # paths in the table and the download


def paths_title(screen: Screen) -> str:
    """The finding of the section: the most frequent path that converts."""
    found = _found(screen, collapse=True, rank_by="conversions")
    won = found.frame.filter(pl.col("conversions") > 0)
    if won.is_empty():
        return _("No conversions in this period")
    best = won.row(0, named=True)
    values = {
        "path": path_text(screen, best["path"]),
        "share": fmt().percent(best["conversions"] / found.conversions),
    }
    if screen.filters.channels:
        return _("The most frequent path through the chosen channels is {path}: {share} of their conversions", **values)
    return _("The most frequent path is {path}: {share} of conversions", **values)


def show_paths(screen: Screen) -> None:
    """Draw the section."""
    st.caption(
        _(
            "A path shows what persons did, whatever it was: use it to find out. A funnel counts who goes through the "
            "steps you choose, in time: use it to measure. Here a path is the channels touched within {days} "
            "before one conversion; after it a new path begins.",
            days=n_("{count} day", "{count} days", screen.workspace.settings.lookback_days),
        )
    )
    say_of_paths(screen)
    _paths(screen)
    show_around(screen)


@fragment
@collected.part
def _paths(screen: Screen) -> None:
    anchor = addressed.one("paths_anchor", _ANCHORS, kind=_("way to read paths"))
    top = addressed.number("paths_top", _TOP, usual=20, kind=_("number of paths"))
    max_steps = addressed.number("paths_steps", _STEPS, usual=4, kind=_("number of steps"))
    collapse = addressed.switch("paths_collapse", usual=True, kind=_("switch"))
    rest = addressed.switch("paths_rest", usual=True, kind=_("switch"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            _("Read paths"),
            list(_ANCHORS),
            required=True,
            key="paths_anchor",
            format_func=lambda name: _(_ANCHORS[name]),
        )
        st.select_slider(_("Top paths"), _TOP, key="paths_top", width=170)
        st.select_slider(_("Steps shown"), _STEPS, key="paths_steps", width=150)
        st.toggle(_("Collapse repeats"), key="paths_collapse")
        st.toggle(_("Show the rest"), key="paths_rest")
    from_start = anchor == "start"
    found = _found(screen, collapse=collapse, rank_by="all" if from_start else "conversions")
    shown = found.frame if from_start else found.frame.filter(pl.col("conversions") > 0)
    if shown.is_empty():
        empty_state(_("No conversions in this period. Upload orders, or events with conversions, to see paths."))
        return
    _flow(screen, found, "start" if from_start else "end", top, max_steps, rest)
    _table(screen, found, shown)
    _next(screen, collapse)


def _found(screen: Screen, *, collapse: bool, rank_by: str) -> TopPaths:
    return results.top_paths_of(
        screen.workspace,
        screen.filters.period,
        top=_SPELLED,
        collapse=collapse,
        through=tuple(screen.filters.channels),
        rank_by=rank_by,
    )


def _flow(
    screen: Screen, found: TopPaths, anchor: Literal["start", "end"], top: int, max_steps: int, rest: bool
) -> None:
    paths = found.with_rest() if anchor == "start" else found.with_rest().converting()
    frame = paths.frame.with_columns(all=pl.col("conversions") + pl.col("nulls"))
    whole = int(frame["all"].sum())
    covered = int(frame.filter(pl.col("path").list.first() != OTHER).head(top)["all"].sum())
    links = sankey_links(PathTable(frame=paths.frame), top=top, max_steps=max_steps, anchor=anchor)
    if not rest:
        grouped = max_steps if anchor == "end" else 1
        links = links.filter(
            ~((pl.col("step") == grouped) & (pl.col("source") == OTHER) & pl.col("target").is_in([CONVERSION, NULL]))
        )
    chart_card(
        _flow_title(screen, found, anchor, top, covered, whole),
        path_sankey(
            links,
            colors=screen.colors,
            name=lambda node: node_name(screen, node),
            hover=_("paths"),
            align="right" if anchor == "end" else "justify",
        ),
        links.select(
            "step",
            pl.Series(_("From"), [_plain_name(screen, node) for node in links["source"]], dtype=pl.String),
            pl.Series(_("To"), [_plain_name(screen, node) for node in links["target"]], dtype=pl.String),
            pl.col("paths").alias(_("Paths")),
        ),
        key="journey_paths",
        origin=Origin(addends=("conversions", "touches") if anchor == "end" else ("touches",), model="last"),
        explanation=_(
            "Each band is the paths that go from one channel to the next. Up to the conversion: paths that converted, "
            "with their last touch before it on the right. From the first touch: all paths, also those that led to no "
            "conversion (a person's touches after the last conversion, or ever). Beyond the steps shown, and beyond "
            "the top paths, paths are grouped as other. With repeats collapsed, consecutive touches of one channel "
            "are one step."
        ),
    )


def _flow_title(screen: Screen, found: TopPaths, anchor: str, top: int, covered: int, whole: int) -> str:
    """What share the drawn paths are of the whole: of all paths, or of those that touch a chosen channel."""
    values = {
        "top": fmt().integer(min(top, found.paths)),
        "all": fmt().integer(found.paths),
        "share": fmt().percent(covered / whole if whole else 0.0),
    }
    if screen.filters.channels:
        if anchor == "end":
            return _(
                "The {top} most frequent of {all} paths through the chosen channels: {share} of the conversions on "
                "such paths",
                **values,
            )
        return _("The {top} most frequent of {all} paths through the chosen channels: {share} of such paths", **values)
    if anchor == "end":
        return _("The {top} most frequent of {all} paths: {share} of all conversions", **values)
    return _("The {top} most frequent of {all} paths: {share} of all paths", **values)


def _table(screen: Screen, found: TopPaths, shown: pl.DataFrame) -> None:
    rows = pl.DataFrame(
        {
            "path": pl.Series([path_text(screen, path) for path in shown["path"].to_list()], dtype=pl.String),
            "conversions": shown["conversions"],
            "share": shown["conversions"] / max(found.conversions, 1),
            "value": shown["value"].round(2),
            _("Revenue per conversion"): (
                shown["value"] / pl.Series(np.where(shown["conversions"] > 0, shown["conversions"], np.nan))
            )
            .fill_nan(None)
            .round(2),
            "rate": shown["conversions"] / (shown["conversions"] + shown["nulls"]),
            _("Touches"): shown.select(
                pl.when(pl.col("path").list.first() == DIRECT).then(0).otherwise(pl.col("path").list.len())
            ).to_series(),
            _("Median time to convert"): pl.Series(
                [fmt().duration(seconds) if seconds is not None else "" for seconds in shown["median_seconds"]],
                dtype=pl.String,
            ),
        }
    )
    title = n_("{count} distinct path", "{count} distinct paths", found.paths)
    with evidence_card(
        title,
        rows,
        key="paths_table",
        origin=Origin(addends=("conversions", "net_revenue"), model="last"),
        explanation=_(
            "Rate: conversions / (conversions + persons who went the same path and did not convert). Touches: steps of "
            "the path. Time: median from the first touch of the path to the conversion. The {top} most frequent are "
            "listed; the sums above take in all. Where channels are chosen, paths are those that touch one of them, "
            "and shares are of the conversions on such paths.",
            top=_SPELLED,
        ),
    ):
        table(rows, key="paths_rows", rows=_SPELLED, most=10)


def _next(screen: Screen, collapse: bool) -> None:
    counts = results.transitions_of(screen.workspace, screen.filters.period, collapse)
    leaving = counts.group_by("source").agg(pl.col("paths").sum()).sort("paths", "source", descending=[True, False])
    sources = [s for s in leaving["source"] if s not in (START, DIRECT) and screen.filters.includes(s)]
    rows = ([START] if START in leaving["source"].to_list() else []) + sources
    present = set(counts["target"].to_list())
    targets = [s for s in leaving["source"] if s in present] + [end for end in (CONVERSION, NULL) if end in present]
    if not sources:
        return
    at = {(s, t): n for s, t, n in counts.rows()}
    matrix = np.array([[at.get((s, t), 0) for t in targets] for s in rows], np.float64)
    share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    drawn_rows = range(len(rows) - len(sources) + min(len(sources), MOST_DRAWN))
    ends = [c for c, target in enumerate(targets) if target in (CONVERSION, NULL)]
    drawn_targets = [*range(min(len(targets) - len(ends), MOST_DRAWN)), *ends]
    details = [
        [
            f"<b>{node_name(screen, rows[r])} → {node_name(screen, targets[c])}</b><br>"
            f"{fmt().integer(int(matrix[r, c]))} · {fmt().percent(float(share[r, c]))}"
            for c in drawn_targets
        ]
        for r in drawn_rows
    ]
    chart_card(
        _next_title(screen, rows, targets, share),
        next_grid(
            [node_name(screen, rows[r]) for r in drawn_rows],
            [node_name(screen, targets[c]) for c in drawn_targets],
            share[np.ix_(drawn_rows, drawn_targets)],
            details,
            colors=screen.colors,
        ),
        pl.DataFrame(
            {
                _("From"): pl.Series([_plain_name(screen, s) for s, _t, _n in counts.rows()], dtype=pl.String),
                _("To"): pl.Series([_plain_name(screen, t) for _s, t, _n in counts.rows()], dtype=pl.String),
                _("Paths"): counts["paths"],
            }
        ),
        key="journey_next",
        origin=Origin(addends=("touches",)),
        explanation=_(
            "Read a row: of all touches of this channel on a path, the share after which the named channel came next, "
            "or the path ended: in a conversion, or in none."
        ),
        controls=lambda: say_what_is_left_out(max(len(sources), len(targets) - len(ends))),
    )


def _next_title(screen: Screen, rows: list[str], targets: list[str], share: np.ndarray) -> str:
    if CONVERSION not in targets:
        return _("What comes next")
    column = share[:, targets.index(CONVERSION)].copy()
    if rows[0] == START:
        column[0] = -1.0
    best = int(np.argmax(column))
    return _(
        "{channel} is most often followed by the conversion: after {share} of its touches",
        channel=screen.name(rows[best]),
        share=fmt().percent(float(column[best])),
    )


def path_text(screen: Screen, path: list[str]) -> str:
    """A path in words."""
    return " → ".join(screen.name(channel) for channel in path)


def _plain_name(screen: Screen, node: str) -> str:
    return node_name(screen, node, is_label=False)
