"""Text that came from outside, shown as text: a channel or a file may be called anything, and is never markup.

Streamlit reads titles, labels and captions as Markdown, and Plotly reads some HTML in labels.
"""

import html

_MARKDOWN = frozenset("\\`*_[]<>$:~|")


def plain(text: str) -> str:
    """Text for a place that reads Markdown: no emphasis, link, image, formula or icon can come of it."""
    one_line = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in one_line)


def escaped(text: str) -> str:
    """Text for a place that reads HTML: ``st.html`` and Plotly labels."""
    return html.escape(text, quote=True)
