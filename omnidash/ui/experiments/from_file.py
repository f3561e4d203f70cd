"""A test in a file of one row per person: upload, choose the columns, read."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from omnidash.experiments.person_file import PersonTable, person_rows, read_person_table, usual_outcome
from omnidash.experiments.reading import read_experiment, usual_control
from omnidash.model.errors import OmniDashError
from omnidash.ui.experiments.reading import asked_for, show_reading
from omnidash.ui.experiments.wording import Unit, verdict
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.screen import Screen
from omnidash.ui.style import translate_uploader
from omnidash.ui.text import plain

_KEY = "test_file_read"


def show_file(screen: Screen) -> str:
    """Draw the section; returns its finding."""
    st.caption(
        _(
            "A CSV with one row per person: the variant, and a column with what came of it (0 and 1, yes and no, an "
            "amount or a count); perhaps a figure from before the test. It is read and forgotten, nothing is imported."
        )
    )
    translate_uploader()
    file = st.file_uploader(
        _("Test, one row per person"), type=["csv", "tsv", "txt", "gz"], key="test_file", label_visibility="collapsed"
    )
    if file is None:
        st.session_state.pop(_KEY, None)
        return _("Read a test from a file")
    try:
        return _read(screen, _table(file))
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return _("This file cannot be read as a test")


def _table(file: UploadedFile) -> PersonTable:
    """Read once per upload, and kept in this session only, as long as the file lies there."""
    kept = st.session_state.get(_KEY)
    if kept is None or kept[0] != file.file_id:
        kept = st.session_state[_KEY] = (file.file_id, read_person_table(file.getvalue(), file.name))
    table: PersonTable = kept[1]
    return table


def _read(screen: Screen, table: PersonTable) -> str:
    if not table.variants or not table.figures:
        st.error(
            _(
                "The file needs a column of variants (2 to 20 different values) and one of numbers or yes and no, one "
                "row per person."
            )
        )
        return _("This file cannot be read as a test")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        variant = st.selectbox(_("Column of the variant"), table.variants, key="file_variant", width=220)
        figures = [column for column in table.figures if column != variant]
        usual = usual_outcome(table, variant=variant)
        outcome = st.selectbox(
            _("Column of the outcome"), figures, index=figures.index(usual) if usual in figures else 0,
            key="file_outcome", width=220,
        )  # fmt: skip
        before = st.selectbox(
            _("Figure from before the test"),
            [column for column in figures if column != outcome],
            index=None,
            placeholder=_("none"),
            key="file_before",
            width=220,
        )
    if variant is None or outcome is None:
        return _("This file cannot be read as a test")
    rows = person_rows(table, variant=variant, outcome=outcome, before=before)
    variants = rows["variant"].unique().sort().to_list()
    unit = Unit(is_share=bool(rows["value"].is_in([0.0, 1.0]).all()))
    asked = asked_for(
        "file", variants, usual_control(variants), can_use_before=before is not None, is_amount=not unit.is_share
    )
    reading = read_experiment(rows, asked)
    unnamed = table.cells.height - rows.height
    parts = [_("{file}: {rows} rows", file=table.name, rows=fmt().integer(table.cells.height))]
    if unnamed:
        parts.append(_("{rows} rows name no variant and are left out", rows=fmt().integer(unnamed)))
    st.caption(plain(" · ".join(parts)))
    show_reading(screen, reading, unit, key="file_reading")
    return verdict(reading, unit)
