"""What came in: every import with its counts, its set-aside rows, and undo."""

from typing import Any

import polars as pl
import streamlit as st

from omnidash.ingest.run import history, rejects, rollback
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.ui.export import csv_bytes
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.import_labels import KIND_TITLES
from omnidash.ui.text import plain


def show_history(workspace: Workspace) -> None:
    """The list of imports, newest first."""
    batches = history(workspace)
    active = [b for b in batches if b["state"] == "active"]
    with st.container(border=True, key="card_history"):
        st.markdown(f"#### {n_('{count} import', '{count} imports', len(active))}")
        st.dataframe(_table(batches), hide_index=True, key="history", height=min(420, 40 + 36 * len(batches)))
        if workspace.settings.is_sample:
            return
        chosen = st.selectbox(
            _("Import"),
            [b["batch_id"] for b in active],
            format_func={b["batch_id"]: f"{b['batch_id']} · {b['file']}" for b in active}.__getitem__,
            key="history_choice",
            index=None,
            placeholder=_("Choose an import to see its set-aside rows or to undo it"),
        )
        if chosen is not None:
            _batch(workspace, next(b for b in active if b["batch_id"] == chosen))


def _table(batches: list[dict[str, Any]]) -> pl.DataFrame:
    states = {"active": _("in use"), "rolled_back": _("undone")}
    return pl.DataFrame(
        [
            {
                _("No."): b["batch_id"],
                _("File"): b["file"],
                _("Holds"): _(KIND_TITLES[b["kind"]]),
                _("Days"): f"{fmt().day(b['first_day'])} – {fmt().day(b['last_day'])}",
                _("Rows read"): b["rows_read"],
                _("Added"): b["added"],
                _("Restated"): b["restated"],
                _("Already there"): b["duplicates"],
                _("Set aside"): b["rejected"],
                _("Totals skipped"): b["skipped_totals"],
                _("State"): states[b["state"]],
            }
            for b in batches
        ]
    )


def _batch(workspace: Workspace, batch: dict[str, Any]) -> None:
    rows = rejects(workspace, batch["batch_id"])
    if rows:
        table = pl.DataFrame(
            [
                {
                    _("Row"): row["row_number"],
                    _("Column"): row["column"] or "",
                    _("Reason"): words().render(row["reason"]),
                    _("Text of the row (identifiers masked)"): row["raw"],
                }
                for row in rows
            ]
        )
        st.dataframe(table.head(200), hide_index=True, key="reject_rows")
        st.download_button(
            _("Download set-aside rows"),
            data=lambda: csv_bytes(table),
            file_name=f"set-aside-{batch['batch_id']}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="reject_download",
        )
    with st.popover(_("Undo this import"), icon=":material/undo:", key="undo_ask"):
        st.write(_("Its rows are removed, and what it had replaced comes back."))
        if st.button(_("Undo"), type="primary", key="undo_confirm"):
            try:
                rollback(workspace, batch["batch_id"])
            except OmniDashError as error:
                st.error(plain(words().render(error.message)))
                return
            st.rerun()
