"""Rows of a dry run as examples: added, restated (old → new), already there, set aside with their reason, totals."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from omnidash.ingest.result import Restatement, Sample
from omnidash.ingest.run import DryRun
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui.data.uploads import Table
from omnidash.ui.data.wording import channel_choices
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.import_labels import FIELD_TITLES
from omnidash.ui.labels import ACTION_TITLES

# columns of the workspace's tables that are no field of a file
_TITLES = {"day": "date", "ts": "time", "last_day": "end_date", "raw_channel": "channel"}
_IDENTIFIER = N_("Identifier (masked)")


def show_samples(workspace: Workspace, table: Table, outcome: DryRun) -> None:
    """An expander for each part of the forecast that is not empty."""
    names = channel_choices(workspace)
    if outcome.added_samples:
        with st.expander(n_("{count} row added: examples", "{count} rows added: examples", outcome.added)):
            _rows(_values(outcome.added_samples, names), key=f"added_{table.key}")
    if outcome.restated_samples:
        with st.expander(n_("{count} row restated: old → new", "{count} rows restated: old → new", outcome.restated)):
            _change_by_channel(outcome.restatement, names, workspace.settings.currency, table.key)
            _rows(_changes(outcome.restated_samples, names), key=f"restated_{table.key}")
    if outcome.duplicate_samples:
        with st.expander(n_("{count} row already there", "{count} rows already there", outcome.duplicates)):
            _rows(_values(outcome.duplicate_samples, names), key=f"same_{table.key}")
    if outcome.reject_samples:
        with st.expander(n_("{count} row set aside: why", "{count} rows set aside: why", outcome.rejected)):
            st.caption(
                _(
                    "The others can be imported. Set-aside rows wait in the history: download them, correct them, "
                    "drop the corrected file here."
                )
            )
            _rows(rejects_frame(outcome.reject_samples), key=f"rejects_{table.key}")
    if outcome.skipped_samples:
        with st.expander(n_("{count} total line skipped", "{count} total lines skipped", outcome.skipped_totals)):
            _rows(
                pl.DataFrame(
                    [{_("Row"): row["row_number"], _("Text of the row"): row["raw"]} for row in outcome.skipped_samples]
                ),
                key=f"totals_{table.key}",
            )


def rejects_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Set-aside rows as a table in the reader's language."""
    return pl.DataFrame(
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


def _rows(frame: pl.DataFrame, *, key: str) -> None:
    st.dataframe(frame, hide_index=True, key=key, placeholder="")


def _values(samples: Iterable[Sample], names: Mapping[str, str]) -> pl.DataFrame:
    return _frame([{_("Row"): sample.row_number, **_shown_all(sample.values, names)} for sample in samples])


def _changes(samples: Iterable[Sample], names: Mapping[str, str]) -> pl.DataFrame:
    rows = []
    for sample in samples:
        after = _shown_all(sample.values, names)
        before = _shown_all({name: sample.before[name] for name in sample.before}, names)
        changed = {title: f"{old or '–'} → {after.get(title) or '–'}" for title, old in before.items()}
        row = fmt().integer(sample.row_number) if sample.row_number else _("no longer there")
        rows.append({_("Row"): row, **{**after, **changed}})
    return _frame(rows)


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Text cells, columns in the order they are first met, those empty everywhere left out."""
    columns = list(dict.fromkeys(title for row in rows for title in row))
    filled = [title for title in columns if any(row.get(title) not in (None, "") for row in rows)]
    return pl.DataFrame({title: [row.get(title) for row in rows] for title in filled}, strict=False)


def _shown_all(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for name, value in values.items():
        if name == "figures" and isinstance(value, Mapping):
            for figure, number in value.items():
                shown[_title(figure)] = _shown(figure, number, names)
        elif name != "raw_channel" or not values.get("channel"):
            shown[_title(name)] = _shown(name, value, names)
    return shown


def _title(name: str) -> str:
    known = _IDENTIFIER if name == "identifier" else FIELD_TITLES.get(_TITLES.get(name, name))
    return _(known) if known else name


def _shown(name: str, value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if name == "channel":
        return names.get(str(value), str(value))
    if name == "action" and str(value) in ACTION_TITLES:
        return _(ACTION_TITLES[str(value)])
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return format(Decimal(str(value)).normalize(), "f")
    return str(value)


def _change_by_channel(change: Restatement | None, names: Mapping[str, str], currency: str, key: str) -> None:
    """Money before and after, per channel, for the days this file says anew."""
    if change is None or change.measure is None or not change.by_channel:
        return
    measure = _(FIELD_TITLES[change.measure])
    rows = [
        {
            _("Channel"): names.get(one.channel or "", one.channel or ""),
            _("{measure} before", measure=measure): fmt().money(float(one.before), currency),
            _("{measure} after", measure=measure): fmt().money(float(one.after), currency),
            _("Change"): fmt().signed_percent(one.ratio),
            _("Number of days"): one.days,
        }
        for one in change.by_channel
    ]
    _rows(pl.DataFrame(rows), key=f"change_{key}")
