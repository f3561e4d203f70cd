"""Which rows need no closer look: no cell of theirs is padded, protected, or a word for nothing."""

import itertools
import sys
from collections.abc import Sequence


def _all_but(left_out: str, first: str, *, soonest: str) -> tuple[tuple[int, int], ...]:
    """The ranges of characters from ``first`` on without those left out; those with one of ``soonest`` come first."""
    marks = sorted({ord(c) for c in left_out if c >= first})
    ends = [ord(first) - 1, *marks, sys.maxunicode + 1]
    ranges = [(low + 1, high - 1) for low, high in itertools.pairwise(ends) if low + 1 < high]
    return tuple(sorted(ranges, key=lambda r: not any(r[0] <= ord(c) <= r[1] for c in soonest)))


_BLANKS = "\xa0\u3000\ufeff"
_BEGINNINGS = _all_but("nN<=>[\\—–≤≥" + _BLANKS, ".", soonest="0ax中")
_ENDS = _all_but(_BLANKS, "!", soonest="0中")


def is_plain(cells: Sequence[str]) -> str:
    """SQL: whether no cell of a row needs a closer look: ``told(trimmed(x))`` is x for each of its texts.

    Nine in ten import rows are plain, and this question costs a fifth of asking every cell: only the first and the last
    character of each are looked at, as numbers. It may say no where yes would do, never the other way round: a text
    that begins with a blank, a dash, a bracket, a bound, or as null and N/A do, is looked at closely.
    """
    begins = [_is_one_of(f"ord({cell})", _BEGINNINGS) for cell in cells]
    ends = [_is_one_of(f"ord({cell}[-1])", _ENDS) for cell in cells]
    plain = [f"(({b}) and ({e}) or {cell} is null)" for b, e, cell in zip(begins, ends, cells, strict=True)]
    # asked within a CASE, DuckDB looks at no row again that is decided
    return f"case when {' and '.join(plain) or 'true'} then true else false end"


def _is_one_of(number: str, ranges: Sequence[tuple[int, int]]) -> str:
    return " or ".join(f"{number} between {first} and {last}" for first, last in ranges)
