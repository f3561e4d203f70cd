"""Parts of a page that are drawn again alone: fragments and dialogs, all of which go through here.

Streamlit catches what is raised in such a part itself, also while the whole page is drawn, and shows a traceback. So a
problem is said within the part, in the reader's language, as the frame does for the page: a damaged block of the
workspace, for example, that nothing but this part reads. What stands around it stays usable.
"""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import streamlit as st

from omnidash.model.errors import OmniDashError
from omnidash.ui.i18n import words
from omnidash.ui.text import plain

P = ParamSpec("P")
R = TypeVar("R")


def fragment(draw: Callable[P, R], *, run_every: float | None = None) -> Callable[P, R | None]:
    """``st.fragment``; ``run_every`` in seconds. It returns None where a problem was said instead."""
    return st.fragment(_saying_problems(draw), run_every=run_every)


def dialog(draw: Callable[P, R], title: str, **options: Any) -> Callable[P, None]:
    """``st.dialog`` with its ``options``: calling what is returned opens it."""
    return st.dialog(title, **options)(_saying_problems(draw))


def say_problem(error: OmniDashError) -> None:
    """What is wrong and what helps, in the reader's language."""
    st.error(plain(words().render(error.message)), icon=":material/error:")


def _saying_problems(draw: Callable[P, R]) -> Callable[P, R | None]:
    @functools.wraps(draw)  # Streamlit tells fragments apart by module and name
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return draw(*args, **kwargs)
        except OmniDashError as error:
            say_problem(error)
            return None

    return drawn
