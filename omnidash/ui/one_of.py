"""A choice of one among a few, as buttons side by side."""

from collections.abc import Callable, Mapping

import streamlit as st

from omnidash.ui.i18n import _


def one_of(
    label: str,
    titles: Mapping[str, str],
    *,
    key: str,
    shows_label: bool = True,
    help: str | None = None,  # noqa: A002  (as in Streamlit)
    on_change: Callable[[], None] | None = None,
) -> str:
    """The one of ``titles`` (name → text in English) that is chosen under ``key``; one always is. Without its label
    shown, ``label`` is for screen readers."""
    return str(
        st.segmented_control(
            label,
            list(titles),
            key=key,
            required=True,
            format_func=lambda name: _(titles[name]),
            label_visibility="visible" if shows_label else "collapsed",
            help=help,
            on_change=on_change,
        )
    )
