"""Text that came from outside, shown as text: a channel or a file may be called anything, and is never markup.

Streamlit reads titles, labels and captions as Markdown, and Plotly reads some HTML in labels.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

_MARKDOWN = frozenset("\\`*_[]<>$:~|")
_ADDRESS = re.compile(r"(?<=[\w.+-])@(?=[\w-])|www(?=\.)|https?(?=://)", re.IGNORECASE)
_WIDEST = 36  # of a name beside a chart, in Latin letters; a Chinese character is two wide
_TAIL = 12


def plain(text: str) -> str:
    """Text for a place that reads Markdown: no emphasis, link, image, formula or icon can come of it. Addresses of
    mail and pages become links even without any mark, unless a joint without width stands in them."""
    one_line = _ADDRESS.sub("\\g<0>\u2060", " ".join(text.split()))
    return "".join(f"\\{letter}" if letter in _MARKDOWN else letter for letter in one_line)


def escaped(text: str) -> str:
    """Text for a place that reads HTML between tags: ``st.html`` and Plotly labels. Quotes stay as they are, for Plotly
    would print their entity."""
    return html.escape(text, quote=False)


def chart_labels(names: Sequence[str]) -> list[str]:
    """Names as labels beside a chart: escaped, and long ones without their middle, so that they leave room for the
    chart. Names that differ in their middle only stay whole: two rows of one label would become one."""
    short = [_without_middle(" ".join(name.split())) for name in names]
    names_of = Counter(one for one, _name in set(zip(short, names, strict=True)))
    return [escaped(one if names_of[one] == 1 else name) for one, name in zip(short, names, strict=True)]


def _without_middle(name: str) -> str:
    if sum(map(_width, name)) <= _WIDEST:
        return name
    return f"{_start(name, _WIDEST - _TAIL - 1).rstrip()}…{_start(name[::-1], _TAIL)[::-1].lstrip()}"


def _start(text: str, room: int) -> str:
    """As much of a text as fits."""
    for place, letter in enumerate(text):
        room -= _width(letter)
        if room < 0:
            return text[:place]
    return text


def _width(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
