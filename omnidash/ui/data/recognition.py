"""What a table was taken for: the export it comes from, how it is written, and the kind of thing it holds."""

import re
from collections.abc import Iterable

import streamlit as st

from omnidash.ingest.run import profiles
from omnidash.model.messages import Message
from omnidash.store import Workspace
from omnidash.ui.data.intake import reinspect
from omnidash.ui.data.uploads import Table
from omnidash.ui.i18n import _, current_language, words
from omnidash.ui.import_labels import DELIMITER_TITLES, KIND_TITLES, PROFILE_TITLES
from omnidash.ui.text import plain

_WORKBOOK = re.compile(r"\.xls[xmb]?(?![a-z])", re.IGNORECASE)


def recognised_as(table: Table, *, is_detailed: bool = False) -> str:
    """The export's title, and with ``is_detailed`` how the file is written (then as Markdown)."""
    assert table.mapping is not None
    profile = table.mapping.profile
    if profile in PROFILE_TITLES:
        title = _(PROFILE_TITLES[profile])
    else:
        title = profile_title(profile)
    if not is_detailed or table.inspection is None:
        return title
    seen = table.inspection
    parts = [plain(title) if profile in PROFILE_TITLES else _("recognised as **{profile}**", profile=plain(title))]
    if _WORKBOOK.search(table.part.name):  # its sheets are read by way of text, which says nothing of the file
        parts.append(_("Excel workbook"))
    else:
        parts.append(plain(seen.encoding.upper()))
        if seen.delimiter in DELIMITER_TITLES:
            parts.append(_(DELIMITER_TITLES[seen.delimiter]))
    if seen.header_row > 1:
        parts.append(_("header in row {row}", row=seen.header_row))
    return " · ".join(parts)


def profile_title(name: str) -> str:
    """What a person calls an export, in the reader's language where the profile knows it."""
    for profile in profiles():
        if profile.name == name:
            chinese = getattr(profile, "title_zh", "")
            return chinese if chinese and current_language().startswith("zh") else profile.title
    return name


def kind_choice(workspace: Workspace, table: Table) -> None:
    """What the table holds; another choice reads its columns anew."""
    assert table.mapping is not None
    widget = f"kind_{table.key}"
    st.session_state[widget] = table.mapping.kind
    st.selectbox(
        _("This table holds"),
        list(KIND_TITLES),
        key=widget,
        format_func=lambda kind: _(KIND_TITLES[kind]),
        on_change=lambda: reinspect(workspace, table, st.session_state[widget]),
        width=190,
    )


def show_warnings(warnings: Iterable[Message]) -> None:
    """What a careful reader would point out before the import."""
    for text in dict.fromkeys(words().render(warning) for warning in warnings):
        st.caption(f":material/info: {plain(text)}")
