"""Controls of a section whose value stands in the address, so that a link reproduces the screen.

The name of a control is the key of its widget and its name in the address; only what is not as usual is written. An
address that says something else than was written there (first sight, Back, an edited link) is followed; a value nobody
knows is told of, and the usual one taken. Ask for the value before the widget is drawn.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import streamlit as st

from omnidash.ui import not_found

T = TypeVar("T")


def chosen(name: str, values: Mapping[str, T], *, usual: T, kind: str) -> T:
    """The value of a control. ``values``: by how the address writes them; ``kind``: what it is, in the reader's words,
    for where the address names another."""
    written = f"{name}_in_address"
    asked = st.query_params.get(name, "")
    is_new = st.session_state.get(written, asked) != asked
    if is_new or st.session_state.get(name) not in values.values():
        st.session_state[name] = values.get(asked, usual)
        if asked and asked not in values:
            not_found.note_and_say("journeys", kind, asked)
    value: T = st.session_state[name]
    text = next(text for text, known in values.items() if known == value)
    if value != usual and asked != text:
        st.query_params[name] = text
    elif value == usual and asked:
        del st.query_params[name]
    st.session_state[written] = st.query_params.get(name, "")
    return value


def one(name: str, known: Mapping[str, str], *, kind: str) -> str:
    """The same of named choices, the first of which is usual."""
    return chosen(name, {value: value for value in known}, usual=next(iter(known)), kind=kind)


def number(name: str, known: Sequence[int], *, usual: int, kind: str) -> int:
    """The same of a few numbers."""
    return chosen(name, {str(value): value for value in known}, usual=usual, kind=kind)


def switch(name: str, *, usual: bool, kind: str) -> bool:
    """The same of a switch."""
    return chosen(name, {"1": True, "0": False}, usual=usual, kind=kind)
