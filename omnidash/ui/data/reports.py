"""Imported platform reports: what the platforms themselves count, rolled up by the rule of each figure."""

import re
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from omnidash.metrics.report_figures import Group, report_figures, report_sections
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.data.recognition import profile_title
from omnidash.ui.data.wording import channel_choices, days_text
from omnidash.ui.i18n import _, n_
from omnidash.ui.import_labels import FIELD_TITLES
from omnidash.ui.report import collected
from omnidash.ui.tables import downloads, to_cents

_BY = {"channel": N_("In all"), "item": N_("By item"), "day": N_("By day")}
_SHARE = re.compile(r"率|占比|%|\brate\b|\bctr\b|\bcvr\b|\bshare\b", re.IGNORECASE)
_MOST_ROWS = 1000


def reports_title(workspace: Workspace) -> str:
    """How many reports there are."""
    found = _sections(compute.version_of(workspace), workspace)
    return n_("{count} platform report", "{count} platform reports", len(found)) if len(found) else _("No reports yet")


def show_reports(workspace: Workspace) -> None:
    """Choose a report, its days and what a row shall be; the figures below."""
    found = _sections(compute.version_of(workspace), workspace)
    st.caption(_("The platforms' own figures. They are kept apart: never added to your orders, touchpoints or spend."))
    if found.is_empty():
        st.info(
            _("Reports such as tables of Google Analytics or Sycm stand here once they are imported."),
            icon=":material/info:",
        )
        return
    names = channel_choices(workspace)
    with st.container(border=True, key="card_reports", gap="small"):
        chosen = _choice(found)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            period = _period(chosen)
            by = _by()
        if period is None:
            st.caption(_("Choose the first and the last day."))
            return
        figures = _figures(compute.version_of(workspace), workspace, chosen["section"], period, by)
        _table(_titled(figures, by, names), chosen["section"])


def _choice(found: pl.DataFrame) -> dict[str, Any]:
    rows = found.to_dicts()
    return rows[
        st.selectbox(
            _("Report"),
            range(len(rows)),
            format_func=lambda place: _label(rows[place]),
            key="report_choice",
        )
    ]


def _label(row: dict[str, Any]) -> str:
    return f"{profile_title(row['section'])} · {days_text(row['first_day'], row['last_day'])}"


def _period(chosen: dict[str, Any]) -> Period | None:
    days = st.date_input(
        _("From – to"),
        value=(chosen["first_day"], chosen["last_day"]),
        min_value=chosen["first_day"],
        max_value=chosen["last_day"],
        key=f"report_days_{chosen['section']}",
        format="YYYY-MM-DD",
        width=260,
    )
    is_whole = isinstance(days, tuple) and len(days) == 2 and all(isinstance(day, date) for day in days)
    return Period(first_day=days[0], last_day=days[1]) if is_whole else None


def _by() -> Group:
    key = "report_by"
    st.session_state[key] = st.session_state.get(key) or "item"
    by = st.segmented_control(
        _("One row for"), list(_BY), key=key, required=True, format_func=lambda name: _(_BY[name])
    )
    return by or "item"


def _table(shown: pl.DataFrame, section: str) -> None:
    if shown.is_empty():
        st.info(_("Nothing within these days: the report covers longer ones only."), icon=":material/info:")
        return
    collected.add_table("report_figures", profile_title(section), shown)
    st.dataframe(
        to_cents(shown.head(_MOST_ROWS), keep=[name for name in shown.columns if _SHARE.search(name)]),
        hide_index=True,
        key="report_figures",
        placeholder="–",
        column_config={
            name: st.column_config.NumberColumn(format="percent" if _SHARE.search(name) else "localized")
            for name, kind in shown.schema.items()
            if kind == pl.Float64
        },
    )
    if len(shown) > _MOST_ROWS:
        st.caption(_("The first {count} rows; the download has all {all}.", count=str(_MOST_ROWS), all=str(len(shown))))
    st.caption(
        _(
            "Sums are added, ratios are recomputed from sums. Heads such as visitors are counted once per day and "
            "item: who came on two days is in their sum twice. A dash: running totals over several days and averages, "
            "which cannot be added."
        )
    )
    downloads(shown, name="report", key=f"report_{section}")


def _titled(figures: pl.DataFrame, by: Group, names: dict[str, str]) -> pl.DataFrame:
    """The frame as it is shown: the group first, standard figures in the reader's language, empty columns left out."""
    groups = {"item": _("Item"), "day": _("Day"), "channel": _("Channel"), "currency": _("Currency")}
    measures = [name for name in figures.columns if name not in (*groups, "periods")]
    filled = [name for name in measures if figures[name].null_count() < len(figures)]
    telling = [name for name in groups if name in figures.columns and (name == by or figures[name].n_unique() > 1)]
    titles = {name: _(FIELD_TITLES[name]) for name in filled if name in FIELD_TITLES}
    named = figures.with_columns(
        pl.Series("channel", [names.get(channel, channel) for channel in figures["channel"]], dtype=pl.String)
    )
    return named.select([*telling, *filled]).rename({**{name: groups[name] for name in telling}, **titles})


@st.cache_resource(show_spinner=False, max_entries=4)
def _sections(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
) -> pl.DataFrame:
    """[section, rows, first_day, last_day], newest first; a section may hold figures of several channels."""
    return (
        report_sections(_workspace)
        .group_by("section", maintain_order=True)
        .agg(pl.col("rows").sum(), pl.col("first_day").min(), pl.col("last_day").max())
    )


@st.cache_resource(show_spinner=False, max_entries=16)
def _figures(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    section: str,
    period: Period,
    by: Group,
) -> pl.DataFrame:
    return report_figures(_workspace, section, period, by=by)
