"""Which channel may a file be about? Its name often says it: ``聚光_投放数据_6月.csv``, ``google-ads-june.xlsx``.

Only ever a suggestion: it stands in the choice of the card, where the reader sees it and can change it.
"""

import re
from dataclasses import replace

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.model.defaults import CHANNELS, folded
from omnidash.store import Workspace

_SHORTEST_LATIN = 3  # 'jd' or 'b' between blanks may be anything


def with_suggested_channel(workspace: Workspace, mapping: Mapping, file_name: str) -> Mapping:
    """The mapping with the channel its file's name speaks of, where rows of spend name none."""
    if mapping.kind != "spend" or "channel" not in mapping.missing_fields():
        return mapping
    known = workspace.rows("select channel, name_en, name_zh from channel order by sort, channel")
    channel = channel_in_name(file_name, {row[0]: row for row in known})
    return replace(mapping, constants={**mapping.constants, "channel": channel}) if channel else mapping


def channel_in_name(file_name: str, names: dict[str, tuple[str, ...]]) -> str | None:
    """The channel whose name (or an alias the house knows) stands in a file name; the longest one found counts.

    >>> channel_in_name("google-ads_2026.csv", {"google_ads": ("Google Ads",), "email": ("E-mail",)})
    'google_ads'
    >>> channel_in_name("redesign.csv", {"xiaohongshu": ("Xiaohongshu",)}) is None
    True
    """
    text = _words(file_name)
    aliases = {default.channel: default.aliases for default in CHANNELS}
    found = [
        (len(word), channel)
        for channel, known in names.items()
        for name in (*known, *aliases.get(channel, ()))
        if _stands_in(word := _words(name), text)
    ]
    return max(found)[1] if found else None


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", folded(text)).strip()


def _stands_in(word: str, text: str) -> bool:
    """Latin words stand between blanks or beside Chinese ones, Chinese words anywhere."""
    if not word.isascii():
        return word in text
    around = r"(?<![a-z0-9]){}(?![a-z])"
    return len(word) >= _SHORTEST_LATIN and re.search(around.format(re.escape(word)), text) is not None
