"""The reader's language on screen. ``_`` translates, ``n_`` chooses the plural, ``fmt`` formats numbers and dates."""

from collections.abc import Callable
from contextvars import ContextVar

import streamlit as st

from omnidash.locale import Formats, Translator, language_named, nearest_language, translator

_KEY = "language"
_ADDRESS = "language_in_address"
_SPOKEN: ContextVar[str | None] = ContextVar("language_of_a_file", default=None)
_OF_RUN: ContextVar[str | None] = ContextVar("language_of_a_run", default=None)


def current_language() -> str:
    """The language of this session: chosen, else named in the address (``?lang=``), else the browser's."""
    return _SPOKEN.get() or _OF_RUN.get() or _of_session()


def settle_language() -> None:
    """Look the language up at the beginning of a run and keep it to its end: a page asks a thousand times, and every
    look into the session takes its locks."""
    _OF_RUN.set(_of_session())


def _of_session() -> str:
    asked = st.query_params.get("lang", "")
    named = language_named(asked)
    if _KEY not in st.session_state:
        st.session_state[_KEY] = named or nearest_language(st.context.locale)
    elif named and asked != st.session_state.get(_ADDRESS, asked):
        st.session_state[_KEY] = named  # Back, Forward, or an edited link
    st.session_state[_ADDRESS] = asked
    return str(st.session_state[_KEY])


def set_language(language: str) -> None:
    """Switch the language of this session."""
    st.session_state[_KEY] = language
    _OF_RUN.set(language)


def in_this_language(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """``make`` for later, in the language of now: a download is written in a thread that knows no session."""
    language = current_language()

    def made() -> bytes:
        before = _SPOKEN.set(language)
        try:
            return make()
        finally:
            _SPOKEN.reset(before)

    return made


def words() -> Translator:
    """The translator of this session."""
    return translator(current_language())


def fmt() -> Formats:
    """The number, money and date formats of this session."""
    return words().formats


def _(template: str, **values: object) -> str:
    """The English template in the reader's language, with its places filled."""
    return words().text(template, **values)


def n_(one: str, many: str, count: int, **values: object) -> str:
    """The form that fits ``count``, which fills ``{count}``."""
    return words().plural(one, many, count, **values)


def sentences(*said: str) -> str:
    """Sentences one after the other, spaced as the reader's language does."""
    return fmt().sentences(said)


def date_format() -> str:
    """How a chart's axis writes days in the reader's language."""
    return "%-m月%-d日" if fmt().is_chinese else "%-d %b"
