"""The columns of a table and what each of them means, to be corrected in place."""

from collections.abc import Mapping as AnyMapping

import polars as pl
import streamlit as st

from omnidash.ingest.meaning.fields import FIELDS
from omnidash.ingest.meaning.mapping import GUESSED, MAPPED, Mapping
from omnidash.model.messages import N_
from omnidash.ui.data.uploads import Table
from omnidash.ui.i18n import _, current_language, n_, words
from omnidash.ui.import_labels import FIELD_TITLES
from omnidash.ui.text import plain

_LEFT_OUT = "–"
_SAMPLES = 3
_ALL_IN_SIGHT = 8  # so few columns are shown without a click
_SURE = 0.75  # headers that are words we know; what only contains one, or values alone say, is less
_RULES = {
    "sum": N_("figure: adds up"),
    "cumulative": N_("figure: cumulative, not added over days"),
    "average": N_("figure: an average or rate, left out"),
}
_WITH_FIGURES = ("spend", "reports")


def show_columns(table: Table) -> None:
    """The editor. What is chosen in it becomes the table's mapping at once."""
    assert table.inspection is not None
    assert table.mapping is not None
    mapping, inspection = table.mapping, table.inspection
    start = table.shown.setdefault(f"{current_language()}/{mapping.kind}", mapping)
    titles = meanings_of(mapping)
    _doubts(table)
    with st.expander(
        n_("{count} column: what it means", "{count} columns: what they mean", len(inspection.header)),
        expanded=bool(mapping.missing_fields())
        or (mapping.profile == GUESSED and len(inspection.header) <= _ALL_IN_SIGHT),
    ):
        edited = st.data_editor(
            _frame(table, start, titles),
            hide_index=True,
            disabled=["column", "values"],
            key=f"columns_{table.key}_{mapping.kind}_{table.looks}_{current_language()}",
            column_config={
                "column": st.column_config.TextColumn(_("Column in the file"), pinned=True),
                "values": st.column_config.TextColumn(_("First values")),
                "meaning": st.column_config.SelectboxColumn(
                    _("Means"), options=[_LEFT_OUT, *titles.values()], required=True
                ),
            },
        )
    by_title = {title: name for name, title in titles.items()}
    chosen = {
        column: by_title[meaning]
        for column, meaning in zip(edited["column"], edited["meaning"], strict=True)
        if meaning in by_title
    }
    _take(table, chosen)


def meanings_of(mapping: Mapping) -> dict[str, str]:
    """What a column of this kind of table can mean: field or rule of a figure -> title in the reader's language."""
    titles = {field.name: _(FIELD_TITLES[field.name]) for field in FIELDS[mapping.kind]}
    if mapping.kind in _WITH_FIGURES:
        titles |= {f"figure:{rule}": _(title) for rule, title in _RULES.items()}
        formulas = [rule for rule in dict.fromkeys(mapping.figures.values()) if rule not in _RULES]
        titles |= {f"figure:{rule}": _("figure: {formula}", formula=rule) for rule in formulas}
    return titles


def _frame(table: Table, start: Mapping, titles: AnyMapping[str, str]) -> pl.DataFrame:
    assert table.inspection is not None
    meanings = {**{c: f"figure:{rule}" for c, rule in start.figures.items()}, **start.columns}
    return pl.DataFrame(
        [
            {
                "column": name,
                "meaning": titles.get(meanings.get(name, ""), _LEFT_OUT),
                "values": " · ".join(row[i] for row in table.inspection.sample[:_SAMPLES] if i < len(row) and row[i]),
            }
            for i, name in enumerate(table.inspection.header)
        ],
        schema={"column": pl.String, "meaning": pl.String, "values": pl.String},
    )


def _doubts(table: Table) -> None:
    """Columns whose meaning was concluded from little: the reader's eye is wanted there."""
    assert table.inspection is not None
    assert table.mapping is not None
    if table.mapping.profile != GUESSED:
        return
    confidence = table.inspection.confidence
    doubtful = [
        _("{column} = {meaning}", column=plain(column), meaning=_(FIELD_TITLES[meaning]))
        for column, meaning in table.mapping.columns.items()
        if confidence.get(column, 1.0) < _SURE
    ]
    if doubtful:
        st.info(_("Please check: {columns}", columns=" · ".join(doubtful)), icon=":material/help:")


def _take(table: Table, chosen: dict[str, str]) -> None:
    """Make the mapping what the editor says; a given for every row yields to a column of the same meaning."""
    assert table.mapping is not None
    mapping = table.mapping
    figures = {c: m.removeprefix("figure:") for c, m in chosen.items() if m.startswith("figure:")}
    columns = {c: m for c, m in chosen.items() if not m.startswith("figure:")}
    if columns == dict(mapping.columns) and figures == dict(mapping.figures):
        return
    constants = {name: value for name, value in mapping.constants.items() if name not in columns.values()}
    problem = table.change(columns=columns, figures=figures, constants=constants, profile=MAPPED)
    if problem is not None:
        st.error(plain(words().render(problem.message)))
