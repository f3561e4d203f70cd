"""Which channels may a file's name speak of? A suggestion for a file whose rows name none, to be confirmed."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from omnidash.model.defaults import CHANNELS, folded

_OF_FILE_NAMES = {  # how people call files, beside the names that channels have
    "fb": "meta", "facebook": "meta", "instagram": "meta", "ig": "meta", "gads": "google_ads", "adwords": "google_ads",
    "qianchuan": "douyin", "juliang": "douyin", "oceanengine": "douyin", "ocean engine": "douyin", "xhs": "xiaohongshu",
    "juguang": "xiaohongshu", "tencent": "wechat_ads", "gdt": "wechat_ads", "alimama": "tmall", "wanxiangtai": "tmall",
    "sycm": "tmall", "pdd": "pinduoduo", "bing": "microsoft_ads", "微信投放": "wechat_ads",
    "蒲公英": "xiaohongshu", "sponsored products": "amazon_ads", "sponsored display": "amazon_ads",
    "sponsored brands": "amazon_ads", "gesponserte produkte": "amazon_ads", "yahoo": "yahoo_japan",
    "磁力": "kuaishou", "花火": "bilibili", "快车": "jd", "京准通": "jd",
}  # fmt: skip


def suggested_channels(file_name: str, own: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Channels that a file's name speaks of (``google_ads_july.csv``, ``小红书_7月.csv``), the longest name first.

    ``own``: names of the workspace's channels -> channel. A suggestion to be confirmed, never more.
    """
    text = f" {_spelled(file_name)} "
    words = _house_words()
    if own:
        words = {**words, **dict(_words(own))}
    found: dict[str, int] = {}
    for channel, word, weight in words.values():
        if word in text:
            found[channel] = max(found.get(channel, 0), weight)
    return tuple(sorted(found, key=lambda channel: (-found[channel], channel)))[:5]


@cache  # the names of all channels, some hundred
def _house_words() -> Mapping[str, tuple[str, str, int]]:
    house = {name: c.channel for c in CHANNELS for name in (c.channel, c.name_en, c.name_zh, *c.aliases)}
    return dict(_words({**house, **_OF_FILE_NAMES}))


def _words(names: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str, int]]]:
    """Name -> its channel, the text to look for, and how much that says; without names that say too little."""
    for name, channel in names.items():
        word = _spelled(name)
        is_latin = re.fullmatch(r"[ -~]+", word) is not None
        if len(word) > 2 or name in _OF_FILE_NAMES or (not is_latin and len(word) > 1):
            yield name, (channel, f" {word} " if is_latin else word, len(word) * (1 if is_latin else 3))


def _spelled(name: str) -> str:
    """Letters and digits, with a blank between runs of Chinese, Latin and digits."""
    runs = re.findall(r"[a-z]+|[0-9]+|[一-鿿]+", folded(name))
    return " ".join(runs)
