"""What came in: every import with when, who, file, rows and sums; its set-aside rows; and undo."""

from typing import Any

import polars as pl
import streamlit as st

from omnidash.ingest.rows.rejects import reject_file
from omnidash.ingest.run import Removed, history, rejects, rollback
from omnidash.ingest.undo import would_undo
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.ui.data import jobs
from omnidash.ui.data.recognition import profile_title
from omnidash.ui.data.samples import rejects_frame
from omnidash.ui.data.wording import days_text, local_time, sums_text
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.import_labels import KIND_TITLES, PROFILE_TITLES
from omnidash.ui.report import collected
from omnidash.ui.text import plain

_LOOK, _JOB = "look_at_undo", "undo_import"
_MOST_REJECTS_IN_SIGHT = 200
_WAIT_SECONDS = 30.0
_MOST_SUMS = 3
_ROW_HEIGHT = 62  # three lines: file names and sums are wrapped instead of cut


def history_title(workspace: Workspace) -> str:
    """How many imports the numbers rest on."""
    active = sum(1 for batch in history(workspace) if batch["state"] == "active")
    return n_("{count} import", "{count} imports", active) if active else _("Nothing was imported yet")


def show_history(workspace: Workspace) -> None:
    """The list of imports, newest first, and what can be done with one of them."""
    batches = history(workspace)
    if not batches:
        st.info(_("Drop a file in the section Import."), icon=":material/info:")
        return
    with st.container(border=True, key="card_history", gap="small"):
        if jobs.show(_JOB):
            return
        shown = _filtered(batches)
        table = _table(workspace, shown)
        collected.add_table("history", _("Imports"), table)
        st.dataframe(
            table,
            hide_index=True,
            key="history",
            row_height=_ROW_HEIGHT,
            column_config={
                _("No."): st.column_config.NumberColumn(width=45),
                _("When"): st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", width=130),
                _("File"): st.column_config.TextColumn(width=185),
                _("Rows read"): st.column_config.NumberColumn(format="localized", width=80),
                _("Set aside"): st.column_config.Column(width=80),
                _("Sums"): st.column_config.TextColumn(width=180),
                _("Days"): st.column_config.TextColumn(width=115),
                _("Holds"): st.column_config.TextColumn(width=95),
            },
        )
        names = {b["batch_id"]: f"{b['batch_id']} · {b['file']}" for b in shown if b["state"] == "active"}
        chosen = st.selectbox(
            _("One import in detail"),
            list(names),
            format_func=lambda batch: names.get(batch, str(batch)),
            key="history_choice",
            index=None,
            placeholder=_("Choose an import to see its set-aside rows or to undo it"),
        )
        if chosen is not None:
            _batch(workspace, next(b for b in shown if b["batch_id"] == chosen))


def _filtered(batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The imports whose file has the words looked for; undone ones only when asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input(
            _("File name contains"), key="history_file", placeholder=_("all files"), width=260
        ).casefold()
        has_undone = any(b["state"] != "active" for b in batches)
        with_undone = st.toggle(_("Show undone imports too"), key="history_undone") if has_undone else False
    return [b for b in batches if wanted.strip() in b["file"].casefold() and (with_undone or b["state"] == "active")]


def _table(workspace: Workspace, batches: list[dict[str, Any]]) -> pl.DataFrame:
    has_undone = any(b["state"] != "active" for b in batches)
    has_names = any(b["imported_by"] for b in batches)
    has_mended = any(b["mended"] for b in batches)
    states = {"active": _("in use"), "rolled_back": _("undone")}
    return pl.DataFrame(
        [
            {
                _("No."): b["batch_id"],
                _("When"): local_time(b["imported_at"], workspace),
                **({_("Who"): b["imported_by"] or ""} if has_names else {}),
                _("File"): b["file"],
                _("Rows read"): b["rows_read"],
                _("Set aside"): _set_aside(b) if has_mended else b["rejected"],
                **({_("State"): states[b["state"]]} if has_undone else {}),
                _("Sums"): _first_sums(_sums_of(workspace, b)),
                _("Days"): days_text(b["first_day"], b["last_day"]),
                _("Holds"): _(KIND_TITLES[b["kind"]]),
            }
            for b in batches
        ],
        schema_overrides={_("When"): pl.Datetime},
    )


def _sums_of(workspace: Workspace, batch: dict[str, Any]) -> str:
    return sums_text(batch["sums"], batch["sums_by_currency"], workspace.settings.currency)


def _first_sums(text: str) -> str:
    """As many of the sums as a cell holds; all are said of the one import looked at."""
    parts = text.split(" · ")
    return " · ".join(parts[:_MOST_SUMS]) + (" …" if len(parts) > _MOST_SUMS else "")


def _set_aside(batch: dict[str, Any]) -> str:
    """ "12", or "12 (3 mended)" where corrected rows came in later."""
    rejected = fmt().integer(batch["rejected"])
    return _("{count} ({mended} mended)", count=rejected, mended=batch["mended"]) if batch["mended"] else rejected


def _batch(workspace: Workspace, batch: dict[str, Any]) -> None:
    """One import: its counts, warnings and set-aside rows, and the undo."""
    profile = batch["profile"]
    title = _(PROFILE_TITLES[profile]) if profile in PROFILE_TITLES else profile_title(profile)
    counts = [
        n_("{count} row added", "{count} rows added", batch["added"]),
        n_("{count} row restated", "{count} rows restated", batch["restated"]),
        _("{count} already there", count=fmt().integer(batch["duplicates"])),
        _("{count} set aside", count=fmt().integer(batch["rejected"])),
        n_("{count} total line skipped", "{count} total lines skipped", batch["skipped_totals"]),
    ]
    st.markdown(f"**{plain(batch['file'])}** · {plain(title)}")
    st.caption(" · ".join(counts))
    if sums := _sums_of(workspace, batch):
        st.caption(plain(_("Sums: {sums}", sums=sums)))
    if batch["answers"]:
        said = " · ".join(words().render(answer) for answer in batch["answers"])
        st.caption(f":material/question_answer: {plain(_('As answered: {answers}', answers=said))}")
    for warning in batch["warnings"]:
        st.caption(f":material/warning: {plain(words().render(warning, currency=workspace.settings.currency))}")
    if batch["rejected"] and batch["state"] == "active":
        _rejected(workspace, batch)
    if not workspace.settings.is_read_only:
        _undo(workspace, batch)


def _rejected(workspace: Workspace, batch: dict[str, Any]) -> None:
    """Rows that were set aside: why, and as a file to be corrected."""
    number = batch["batch_id"]
    rows = rejects(workspace, number)
    open_ones = [row for row in rows if row["settled_by"] is None]
    if not open_ones:
        st.caption(_("All rows that were set aside came in with a later file."))
        return
    st.dataframe(rejects_frame(open_ones[:_MOST_REJECTS_IN_SIGHT]), hide_index=True, key="reject_rows")
    say = words().render
    st.download_button(
        n_("Download {count} set-aside row", "Download {count} set-aside rows", len(open_ones)),
        data=lambda: reject_file(workspace, number, say).encode("utf-8-sig"),
        file_name=f"set-aside-{number}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="reject_download",
    )
    st.caption(
        _("Correct the rows in that file and drop it in the section Import; leave its first columns as they are.")
    )


def _undo(workspace: Workspace, batch: dict[str, Any]) -> None:
    """What an undo would change, and then the undo."""
    number = batch["batch_id"]
    would = jobs.result_of(_LOOK)
    if not isinstance(would, Removed) or would.batch_id != number:
        if not jobs.show(_LOOK) and st.button(_("Undo this import"), icon=":material/undo:", key="undo_ask"):
            jobs.start(
                _LOOK,
                lambda: would_undo(workspace, number, wait_seconds=_WAIT_SECONDS),
                opening=Message(N_("looking at what an undo would change")),
                done=lambda _found: "",
            )
        return
    removed = n_("removes {count} row", "removes {count} rows", would.removed)
    back = n_("brings {count} row back that it had replaced", "brings {count} rows back that it had replaced",
              would.brought_back)  # fmt: skip
    st.markdown(f"**{_('Undoing this import {removed} and {back}.', removed=removed, back=back)}**")
    with st.container(horizontal=True):
        if st.button(_("Undo"), type="primary", icon=":material/undo:", key="undo_confirm"):
            jobs.forget(_LOOK)
            jobs.start(
                _JOB,
                lambda: rollback(workspace, number, wait_seconds=_WAIT_SECONDS),
                opening=Message(N_("undoing the import")),
                done=_undone,
            )
        if st.button(_("Keep it"), key="undo_keep"):
            jobs.forget(_LOOK)
            st.rerun()


def _undone(done: Removed) -> str:
    return _(
        "Import {batch} is undone: {removed} rows removed, {back} brought back.",
        batch=done.batch_id,
        removed=fmt().integer(done.removed),
        back=fmt().integer(done.brought_back),
    )
