"""Sentences, numbers, money and dates in the reader's language. No Streamlit here: charts, pages and cli share it.

Catalogues are gettext ``.po`` files read through Babel at start (a few hundred messages, ~20 ms), so that a
translation can be corrected without a build step.
"""

from omnidash.locale.formats import Formats
from omnidash.locale.translator import LANGUAGES, Translator, language_named, nearest_language, translator

__all__ = ["LANGUAGES", "Formats", "Translator", "language_named", "nearest_language", "translator"]
