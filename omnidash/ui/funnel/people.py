"""The persons behind a bar: who they are, their timelines, a file of them, and the segment they make."""

import numpy as np
import polars as pl
import streamlit as st

from omnidash.engine.segments import save_segment
from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.segments import FunnelSegment, members_in
from omnidash.journeys.touches import columns_of
from omnidash.model.errors import OmniDashError
from omnidash.ui import compute, sections
from omnidash.ui import state as frame_state
from omnidash.ui.customers.person import look_at
from omnidash.ui.customers.wording import identifier_text
from omnidash.ui.funnel import choice as state
from omnidash.ui.funnel import results
from omnidash.ui.funnel.choice import Choice
from omnidash.ui.funnel.wording import reached_title, who
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.journeys.around import open_around
from omnidash.ui.persons import segments
from omnidash.ui.screen import Screen
from omnidash.ui.tables import downloads, rows_high
from omnidash.ui.text import plain

_SHOWN = 200
_SAVED, _FAILED = "funnel_segment_saved", "funnel_segment_failed"


def show_people(screen: Screen, chosen: Choice, result: FunnelResult) -> None:
    """Draw the card: a choice of whom to look at and, once somebody is chosen, the persons."""
    parts = _parts(result)
    if not parts:
        return
    part = _within(chosen, result)
    with st.container(border=True, key="card_funnel_people"):
        members = None if part is None else _segment(screen, result, part)
        if members is None or part is None:
            st.markdown(f"## {_('Who are they?')}")
        else:
            people = np.flatnonzero(members_in(result, members))
            st.markdown(f"## {plain(_title(screen, result, part, people.size))}")
        _choice(screen, result, parts, part)
        if members is not None and part is not None:
            _people(screen, result, part, people, members)


def _parts(result: FunnelResult) -> list[tuple[str, int]]:
    """The pieces of the bars that hold somebody, by step."""
    still_open, lost = result.left_at()
    counts = {"reached": result.steps["persons"].to_list(), "lost": lost, "open": still_open}
    return [(kind, k) for k in range(1, len(lost) + 1) for kind in counts if counts[kind][k - 1]]


def _within(chosen: Choice, result: FunnelResult) -> tuple[str, int, str | None] | None:
    part = chosen.part
    if part is None or part[1] > len(result.query.steps) or (part[2] is not None and result.query.by is None):
        return None
    return part


def _segment(screen: Screen, result: FunnelResult, part: tuple[str, int, str | None]) -> FunnelSegment:
    kind, step, key = part
    return FunnelSegment(
        query=result.query,
        from_step=step,
        to_step=len(result.query.steps) if kind == "reached" else step,
        outcome="any" if kind == "reached" else kind,  # type: ignore[arg-type]
        key=key,
        within=segments(screen.workspace)[screen.bar.segment] if screen.bar.segment else None,
    )


def _title(screen: Screen, result: FunnelResult, part: tuple[str, int, str | None], count: int) -> str:
    persons = n_("{count} person", "{count} persons", count)
    about = who(screen, result.query, part[0], part[1])
    if part[2] is None:
        return _("{persons} {about}", persons=persons, about=about)
    group = screen.name(part[2]) if result.query.by == "channel" else part[2]
    return _("{persons} of {group} {about}", persons=persons, group=group, about=about)


def _choice(
    screen: Screen,
    result: FunnelResult,
    parts: list[tuple[str, int]],
    part: tuple[str, int, str | None] | None,
) -> None:
    key = "funnel_part"
    st.session_state[key] = part[:2] if part is not None and part[:2] in parts else None
    st.selectbox(
        _("Persons who"),
        parts,
        key=key,
        index=None,
        format_func=lambda p: who(screen, result.query, *p),
        placeholder=_("Choose here, or click a piece of a bar"),
        on_change=lambda: state.change(part=(*st.session_state[key], None) if st.session_state[key] else None),
    )


def _people(
    screen: Screen,
    result: FunnelResult,
    part: tuple[str, int, str | None],
    people: np.ndarray,
    members: FunnelSegment,
) -> None:
    attempts = _attempts(screen, result, people)
    shown = _named(screen, attempts.head(_SHOWN))
    event = st.dataframe(
        shown.drop("person", "identifier_id", "type"),
        key="funnel_people",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=rows_high(len(shown), most=10),
        placeholder="–",
    )
    if len(attempts) > _SHOWN:
        st.caption(
            _(
                "The {shown} who entered last of {all}; the file holds all of them.",
                shown=fmt().integer(_SHOWN),
                all=fmt().integer(len(attempts)),
            )
        )
    rows = event["selection"]["rows"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = shown.row(rows[0], named=True) if rows and rows[0] < len(shown) else None
        if st.button(
            _("Open the timeline"),
            icon=":material/timeline:",
            key="funnel_timeline",
            disabled=picked is None or picked["identifier_id"] is None,
            help=_("Select a person in the list first."),
        ):
            assert picked is not None  # the button is off otherwise
            look_at(screen.workspace, picked["type"], picked["identifier_id"])
            sections.open_section("customers", "person")
            st.switch_page(
                "pages/customers.py", query_params={**frame_state.address_of(screen.bar), "section": "person"}
            )
        downloads(
            lambda: _named(screen, attempts).drop("identifier_id", "type"),
            name=f"funnel-{part[0]}-{part[1]}",
            key="funnel_people_file",
        )
        if part[0] == "lost" and st.button(
            _("Before and after this drop-off"), icon=":material/route:", key="funnel_around"
        ):
            open_around(members)
            st.rerun()
        _save(screen, members)


def _save(screen: Screen, members: FunnelSegment) -> None:
    with st.popover(_("Save as segment"), icon=":material/group_add:", key="funnel_save"):
        st.caption(
            _(
                "The definition is kept, not the list: on new data the segment is computed anew. It can then be chosen "
                "under Persons, Breakdown and Compare with."
            )
        )
        st.text_input(_("Name of the segment"), key="funnel_segment_name", max_chars=60)
        if st.button(
            _("Save"), key="funnel_segment_save", type="primary", on_click=_save_named, args=(screen, members)
        ):
            st.rerun(scope="app")  # the filter bar, outside this fragment, offers the segment from now on
    if saved := st.session_state.pop(_SAVED, None):
        st.success(plain(_("Saved: {name}", name=saved)), icon=":material/check_circle:")
    if failed := st.session_state.pop(_FAILED, None):
        st.error(plain(words().render(failed)), icon=":material/error:")


def _save_named(screen: Screen, members: FunnelSegment) -> None:
    try:
        st.session_state[_SAVED] = save_segment(
            screen.workspace, str(st.session_state.get("funnel_segment_name") or ""), members
        )
    except OmniDashError as error:
        st.session_state[_FAILED] = error.message
        return
    st.session_state["funnel_segment_name"] = ""


def _attempts(screen: Screen, result: FunnelResult, people: np.ndarray) -> pl.DataFrame:
    """Each person's deepest attempt (the latest of those), the last to enter first."""
    found, table = result.attempts, result.table
    is_among = np.zeros(result.reached.size, np.bool_)
    is_among[people] = True
    chosen = found.only(is_among[found.person])
    zone = screen.workspace.settings.zone
    labels, column = columns_of(table.channels)
    frame = pl.DataFrame(
        {
            "place": chosen.person,
            "entered": table.ts[chosen.entry],
            "channel": column[table.channel[chosen.entry]],
            "campaign": table.campaign[chosen.entry].astype(np.int64),
            "reached": chosen.reached.astype(np.int64),
        }
    )
    titles = {k: reached_title(screen, result.query, k) for k in result.steps["step"]}
    deepest = (
        frame.sort("place", "reached", "entered", descending=[False, True, True])
        .unique("place", keep="first", maintain_order=True)
        .sort("entered", "place", descending=[True, False])
    )
    person_ids = compute.journeys(screen.workspace).person_ids[deepest["place"].to_numpy()]
    local = pl.from_epoch("entered", time_unit="us").dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
    names = {c: screen.name(name) for c, name in enumerate(labels)}
    return deepest.select(
        pl.Series("person", person_ids),
        local.dt.replace_time_zone(None).alias("entered"),
        pl.col("channel").replace_strict(names, return_dtype=pl.String),
        pl.col("campaign").replace_strict(dict(enumerate(table.campaigns)), return_dtype=pl.String),
        pl.col("reached").replace_strict(titles, return_dtype=pl.String),
    )


def _named(screen: Screen, attempts: pl.DataFrame) -> pl.DataFrame:
    """The same with the masked identifier each person is known by, and titles in the reader's language."""
    known = results.identifiers(screen.workspace, attempts["person"].to_numpy())
    hints = [
        identifier_text(f"{kind} {hint}") if kind else _("purchase without an identifier")
        for kind, hint in known.select("type", "hint").rows()
    ]
    return attempts.select(
        "person",
        known["identifier_id"],
        known["type"],
        pl.Series(_("Person"), hints, dtype=pl.String),
        pl.col("entered").alias(_("Entered at")),
        pl.col("channel").alias(_("Channel of the first step")),
        pl.col("campaign").alias(_("Campaign of the first step")),
        pl.col("reached").alias(_("Got as far as")),
    )
