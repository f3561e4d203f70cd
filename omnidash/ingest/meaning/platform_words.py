"""Whose export is a file of spend that no profile knows? Platforms head their columns in words of their own.

    known(c) = headers of the file that some profile of channel c names

The columns alone decide where one channel knows at least five of them, most of the header, and twice as many as any
other channel; together with a file name that speaks of the same channel, half of the header and more than any other
are enough, or, of five headers and more, as many as any other. Everything else is asked: plain tables (date, campaign,
cost, clicks) are known to many channels alike.

>>> channel_by_words(["按天", "点击量(目标页面)", "消耗"], "x.csv") is None
True
"""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from functools import cache

from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.meaning.file_name import suggested_channels
from omnidash.ingest.meaning.profiles import profiles
from omnidash.model.defaults import channel_of_label

_FEWEST, _MOST, _HALF, _TIMES = 5, 0.6, 0.5, 2


def channel_by_words(header: Sequence[str], file_name: str) -> str | None:
    """The channel whose exports are headed like this one; None where that is open, so that it is asked."""
    keys = {header_key(name) for name in header}
    known = {channel: len(keys & words) for channel, words in _words().items()}
    ranked = sorted(known, key=lambda channel: (-known[channel], channel))
    if len(ranked) < 2:
        return None
    first, count, next_count = ranked[0], known[ranked[0]], known[ranked[1]]
    if count >= max(_FEWEST, _MOST * len(keys), _TIMES * next_count):
        return first
    said = suggested_channels(file_name)[:1]
    named = next((channel for channel in ranked if (channel_of_label(channel) or channel) in said), None)
    if named is None or known[named] < _HALF * len(keys):
        return None
    others = max(count for channel, count in known.items() if channel != named)
    is_most = known[named] > others or known[named] == others >= _FEWEST
    return named if is_most else None


@cache
def _words() -> AnyMapping[str, frozenset[str]]:
    """Channel -> header keys that its profiles name."""
    found: dict[str, set[str]] = {}
    for profile in profiles():
        channel = profile.constants.get("channel")
        if channel is not None and profile.kind in ("spend", "reports"):
            found.setdefault(channel, set()).update(profile.spellings)
    return {channel: frozenset(words) for channel, words in found.items()}
