"""The card of one dropped file: what it was recognised as, what an import would change, the button, the progress."""

import re

import polars as pl
import streamlit as st

from omnidash.ingest.run import DryRun
from omnidash.model.errors import OmniDashError
from omnidash.store import Workspace
from omnidash.ui.data import importing
from omnidash.ui.data.columns import show_columns
from omnidash.ui.data.givens import ask_of_account, ask_of_campaigns, ask_of_sales, show_givens
from omnidash.ui.data.outcome import has_news, sentence_of, show_outcome, show_result
from omnidash.ui.data.progress import show_progress
from omnidash.ui.data.rates import missing_rate_of, show_missing_rate
from omnidash.ui.data.recognition import recognised_as, show_warnings
from omnidash.ui.data.uploads import Table, Upload, forget
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.import_labels import FIELD_TITLES, KIND_TITLES
from omnidash.ui.text import plain


def show_upload(workspace: Workspace, upload: Upload) -> None:
    """The card, in whichever state the file is."""
    with st.container(border=True, key=f"upload_{upload.key}", gap="small"):
        _head(upload)
        if upload.problem is not None:
            _problem(upload.problem)
        elif upload.reading is not None:
            show_progress(upload.reading, key=f"reading_{upload.key}")
        elif upload.importing is not None:
            show_progress(upload.importing, key=f"importing_{upload.key}", can_cancel=True)
        elif upload.is_done:
            show_result(workspace, upload)
        elif len(upload.tables) == 1:
            _single(workspace, upload, upload.tables[0])
        else:
            _several(workspace, upload)


def _head(upload: Upload) -> None:
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown(f"## :material/description: {plain(upload.name)}", width="stretch")
        if upload.importing is None and st.button(
            "", icon=":material/close:", type="tertiary", help=_("Take off the list"), key=f"forget_{upload.key}"
        ):
            forget(upload)
            st.rerun()


def _problem(problem: OmniDashError) -> None:
    st.error(plain(words().render(problem.message)), icon=":material/error:")
    st.caption(_("Nothing was imported from this file; the workspace is unchanged."))


def _single(workspace: Workspace, upload: Upload, table: Table) -> None:
    if table.problem is not None:
        _problem(table.problem)
        return
    show_warnings(table.part.warnings)
    _table(workspace, table)
    importing.check(workspace, upload)
    _foot(workspace, upload, [table])


def _several(workspace: Workspace, upload: Upload) -> None:
    """A file of many tables: one line each, and the details of the one that is chosen."""
    recognised = [table for table in upload.tables if table.problem is None]
    st.caption(
        _(
            "{tables}, {readable} of them readable. Tick what to import.",
            tables=n_("{count} table in this file", "{count} tables in this file", len(upload.tables)),
            readable=fmt().integer(len(recognised)),
        )
    )
    show_warnings(warning for table in upload.tables for warning in table.part.warnings)
    lines = st.container()  # filled last: what is chosen below changes what they say
    names = {table.key: _short_name(upload, table) for table in upload.tables}
    if upload.focus not in names:
        upload.focus = upload.tables[0].key
    asked = [table for table in recognised if table.is_included and not table.is_answered]
    if asked and upload.focus not in {table.key for table in asked}:
        st.info(
            _("Some tables need an answer: {tables}", tables=fmt().listing([plain(names[t.key]) for t in asked])),
            icon=":material/help:",
        )
    with st.expander(_("One table in detail: columns, days, currency"), expanded=bool(asked)):
        widget = f"focus_{upload.key}"
        st.session_state[widget] = upload.focus
        st.selectbox(
            _("Table"),
            list(names),
            format_func=lambda key: names[key],
            key=widget,
            on_change=lambda: setattr(upload, "focus", st.session_state[widget]),
        )
        focused = next(table for table in upload.tables if table.key == upload.focus)
        if focused.problem is not None:
            st.error(plain(words().render(focused.problem.message)), icon=":material/error:")
        elif focused.result is None:
            _table(workspace, focused)
    importing.check(workspace, upload)
    with lines:
        _list(workspace, upload)
    _foot(workspace, upload, [table for table in upload.tables if table.is_included and table.result is None])


def _list(workspace: Workspace, upload: Upload) -> None:
    rows = [
        {
            "take": table.is_included,
            "table": _short_name(upload, table),
            "about": _about(table),
            "holds": _(KIND_TITLES[table.mapping.kind]) if table.mapping else "–",
            "recognised": recognised_as(table) if table.mapping else "–",
            "rows": outcome.rows_read if isinstance(outcome := table.outcome(workspace), DryRun) else None,
            "state": _state(workspace, table),
        }
        for table in upload.tables
    ]
    edited = st.data_editor(
        pl.DataFrame(rows, schema_overrides={"rows": pl.Int64}),
        hide_index=True,
        disabled=["table", "about", "holds", "recognised", "rows", "state"],
        key=f"tables_{upload.key}",
        placeholder="",
        column_config={
            "take": st.column_config.CheckboxColumn(_("Take"), width="small"),
            "table": st.column_config.TextColumn(_("Table")),
            "about": st.column_config.TextColumn(_("Columns"), width="medium"),
            "holds": st.column_config.TextColumn(_("Holds")),
            "recognised": st.column_config.TextColumn(_("Recognised as"), width="medium"),
            "rows": st.column_config.NumberColumn(_("Rows"), format="localized", width="small"),
            "state": st.column_config.TextColumn(_("What it would do")),
        },
    )
    chosen = edited["take"].to_list()
    if chosen != [table.is_included for table in upload.tables]:
        for table, is_included in zip(upload.tables, chosen, strict=True):
            table.is_included = bool(is_included)
        st.rerun()


def _short_name(upload: Upload, table: Table) -> str:
    """ "ga4.csv › table 3" inside the card of ga4.csv is table 3."""
    name = table.part.name.removeprefix(upload.name).strip(" ›") or table.part.name
    numbered = re.fullmatch(r"table (\d+)", name)
    return _("table {number}", number=numbered[1]) if numbered else name


def _about(table: Table) -> str:
    """What tells one table of a file from the next: the columns it has."""
    return ", ".join(table.inspection.header) if table.inspection is not None else ""


def _state(workspace: Workspace, table: Table) -> str:
    if table.result is not None:
        return _("imported")
    if table.problem is not None:
        return words().render(table.problem.message)
    if not table.is_answered:
        return _("needs an answer")
    outcome = table.outcome(workspace)
    if outcome is None:
        return _("being checked …") if table.is_included else ""
    if isinstance(outcome, OmniDashError):
        return words().render(outcome.message)
    return sentence_of([outcome], workspace.settings.currency)


def _table(workspace: Workspace, table: Table) -> None:
    """What one table was understood as, and what is to be asked."""
    st.caption(recognised_as(table, is_detailed=True))
    assert table.inspection is not None
    show_warnings(table.notes(workspace))
    show_givens(workspace, table)
    show_columns(table)
    _what_is_missing(table)


def _what_is_missing(table: Table) -> None:
    assert table.mapping is not None
    missing = table.mapping.missing_fields()
    if missing == ["channel"]:
        st.warning(_("Choose the channel this file belongs to, or tell which column holds it."), icon=":material/help:")
    elif missing == ["time"]:
        st.warning(_("Choose the day of all rows, or tell which column holds the time."), icon=":material/help:")
    elif missing == ["date"]:
        st.warning(
            _("Choose the days this table is about, or tell which column holds the day."), icon=":material/help:"
        )
    elif missing:
        st.warning(
            _("Tell which column holds: {fields}", fields=fmt().listing([_(FIELD_TITLES[name]) for name in missing])),
            icon=":material/help:",
        )


def _foot(workspace: Workspace, upload: Upload, tables: list[Table]) -> None:
    """What the import would change, and the button."""
    if upload.was_cancelled:
        st.info(_("The import was cancelled. Nothing was changed."), icon=":material/do_not_disturb_on:")
    if upload.busy is not None:
        st.warning(plain(words().render(upload.busy.message)), icon=":material/hourglass_top:")
    outcomes = {table: table.outcome(workspace) for table in tables}
    for table, outcome in outcomes.items():
        if isinstance(outcome, OmniDashError) and table.is_wanted:
            missing = missing_rate_of(outcome)
            if missing is not None:
                show_missing_rate(workspace, missing, key=table.key)
                return
            st.error(plain(words().render(outcome.message)), icon=":material/error:")
    checked = {t: o for t, o in outcomes.items() if isinstance(o, DryRun) and t.is_wanted}
    if upload.checking is not None:
        show_progress(upload.checking, key=f"checking_{upload.key}")
    if checked:
        for table, outcome in checked.items():
            ask_of_account(table, outcome)
            ask_of_campaigns(workspace, table, outcome)
            ask_of_sales(table, outcome)
        show_outcome(workspace, upload, checked)
    wanted = [t for t in upload.wanted if isinstance(outcomes.get(t), DryRun)]
    if all(t.is_known(workspace) for t in wanted):
        return
    is_worth_it = has_news(list(checked.values()))
    if st.button(
        _("Import") if len(upload.tables) == 1 else n_("Import {count} table", "Import {count} tables", len(wanted)),
        type="primary" if is_worth_it else "secondary",
        icon=":material/download_done:",
        key=f"import_{upload.key}",
        disabled=upload.checking is not None or any(t.asks_of_others(o) for t, o in checked.items()),
    ):
        importing.start_import(workspace, upload)
        st.rerun()
