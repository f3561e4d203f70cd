"""How do a file's lines end, and do some of them say nothing? Gathered block by block while a file is scanned.

DuckDB reads a file straight only where its lines end alike; blank lines would shift the row numbers. Counting with
arrays costs a tenth of a second per 100 MB.
"""

import re

import numpy as np

_LF, _CR, _QUOTE = 10, 13, 34
_SILENT_STARTS = np.zeros(256, dtype=bool)
_SILENT_STARTS[list(b",;\t| \r\n")] = True
_SILENT_LINE = re.compile(rb'\n[,;\t| "]*\r?\n')
_LONGEST_SEAM = 1 << 12


class Lines:
    """``feed`` it the text as UTF-8 (or any encoding that keeps ASCII), then ``end`` it.

    ``has_blank``: a line holds nothing but delimiters, blanks and quotes; empty lines at the very end, which every
    reader passes over, are none. ``is_uneven``: lines end in different ways,
    or by a carriage return alone (line breaks within quotes count as ends).
    """

    def __init__(self) -> None:
        self.has_blank = False
        self._may_be_the_end = False
        self._feeds = self._returns = self._pairs = 0
        self._seam = b"\n"  # a file that begins with a blank line begins with a line break

    def feed(self, text: bytes) -> None:
        """Look at the next piece of text."""
        seam = self._seam + text
        characters = np.frombuffer(seam, dtype=np.uint8)
        ends = np.flatnonzero(characters == _LF)
        fresh = ends[np.searchsorted(ends, len(self._seam)) :]
        self._feeds += len(fresh)
        self._pairs += int(np.count_nonzero(characters[fresh - 1] == _CR))
        self._returns += int(np.count_nonzero(characters[len(self._seam) :] == _CR))
        if self._may_be_the_end and text.strip(b"\r\n"):
            self.has_blank = True
        if not self.has_blank and _may_be_silent(characters, ends):
            self._look_for_silent_line(seam)
        start = int(ends[-1]) if len(ends) else 0
        if start == len(seam) - 1 and len(ends) > 1:
            start = int(ends[-2])  # the last line as a whole: the next piece may begin with the end of a pair
        self._seam = seam[max(start, len(seam) - _LONGEST_SEAM) :]

    def end(self) -> None:
        """The text is over; its last line need not have ended."""
        if not self.has_blank:
            self.has_blank = re.search(rb'\n[,;\t| "]+\r?\n?$', self._seam) is not None

    def _look_for_silent_line(self, seam: bytes) -> None:
        found = _SILENT_LINE.search(seam)
        if found is not None:
            is_empty, rest = not found.group().strip(b"\r\n"), seam[found.end() :]
            self._may_be_the_end = is_empty and not rest.strip(b"\r\n")
            self.has_blank = not self._may_be_the_end

    @property
    def has_pairs(self) -> bool:
        """Whether lines end with carriage return and line feed."""
        return self._pairs > 0

    @property
    def is_uneven(self) -> bool:
        """Whether neither all lines end with a line feed alone nor all with a pair."""
        return self._returns != self._pairs or self._pairs not in (0, self._feeds)


def _may_be_silent(characters: np.ndarray, ends: np.ndarray) -> bool:
    """Whether some line begins as a silent one would; only then is it worth a regular expression."""
    first = characters[ends[ends < len(characters) - 1] + 1]
    if _SILENT_STARTS[first].any():
        return True
    second = ends[ends < len(characters) - 2]
    return bool(((characters[second + 1] == _QUOTE) & (characters[second + 2] == _QUOTE)).any())
