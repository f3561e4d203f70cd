"""A page's choices, kept as one value in the session, in the address of the page: read at first sight, and written
where they are not as usual, so that a link reproduces the numbers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from omnidash.ui import not_found
from omnidash.ui.i18n import _

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    T = TypeVar("T", bound=DataclassInstance)

Known = Mapping[str, tuple[str, Mapping[str, Any], str]]
"""Name in the address → field of the choices, its values by how the address writes them, and what it is in the reader's
words (marked for translation)."""


def read(page: str, usual: "T", known: Known) -> "T":
    """The usual choices with what a link says otherwise; what makes no sense in it is told of on ``page``."""
    said: dict[str, Any] = {}
    for name, (field, values, title) in known.items():
        asked = st.query_params.get(name)
        if asked in values:
            said[field] = values[asked]
        elif asked is not None:
            not_found.note_and_say(page, _(title), asked)
    return replace(usual, **said) if said else usual


def mirror(now: "T", usual: "T", known: Known) -> None:
    """Write what is not as usual, and take away what is."""
    for name, (field, _values, _title) in known.items():
        value, other = getattr(now, field), getattr(usual, field)
        if value != other and st.query_params.get(name) != str(value):
            st.query_params[name] = str(value)
        elif value == other and name in st.query_params:
            del st.query_params[name]
