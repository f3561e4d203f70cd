"""Which channel may a label mean that nobody knows? Similar spellings, as a suggestion for people and nothing else.

A label and the names of a channel (its own, the house's other names, labels that mean it already) are compared without
case, width, blanks, signs and the words that say only "advertising" (广告, 推广, 官方旗舰店, ads, campaign …):

    1.0           the same                                抖音-广告 ~ 抖音
    0.6 to 0.95   one stands in the other, of 4 letters   巨量引擎-信息流A ~ 巨量引擎
                  or 2 characters at least
    up to 0.9     nearly the same letters                 facebok ~ facebook

>>> similar("Douyin 广告", {"douyin": ("Douyin", "抖音"), "jd": ("JD.com",)})
[('douyin', 1.0)]
"""

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from omnidash.model.defaults import folded

LEAST = 0.55
_NOISE = re.compile(
    r"官方旗舰店|旗舰店|专营店|专卖店|广告主|广告|投放|推广|渠道|平台|官方|营销|账户|账号|新版|信息流|竞价|自然流量|付费|引流"
    r"|\b(?:official|advertising|adverts?|ads?|campaigns?|channel|marketing|paid|organic|store|shop|account|app|media)\b"
)

_GENERIC = frozenset(
    {"search", "social", "video", "shopping", "direct", "push", "搜索", "社交", "视频", "电商", "直播", "品牌"}
)
_PAID = re.compile(r"付费|广告|投放|竞价|推广|(?<![a-z])(?:paid|cpc|ppc|cpm|sem|ads?|adverts?|advertising)(?![a-z])")


def says_paid(label: str) -> bool:
    """Whether a label says that its traffic is paid for.

    >>> says_paid("Paid Search"), says_paid("Organic search")
    (True, False)
    """
    return _PAID.search(folded(label)) is not None


def similar(label: str, names: Mapping[str, Iterable[str]]) -> list[tuple[str, float]]:
    """(channel, score) of the channels whose names are like ``label``, best first; score 0 to 1, at least ``LEAST``."""
    found = [
        (channel, max((_likeness(label, name) for name in known), default=0.0)) for channel, known in names.items()
    ]
    return sorted(((c, round(s, 3)) for c, s in found if s >= LEAST), key=lambda pair: (-pair[1], pair[0]))


def _likeness(label: str, name: str) -> float:
    ours, theirs = folded(label), folded(name)
    if ours == theirs:
        return 1.0
    bare, known = _bare(ours), _bare(theirs)
    if not bare or not known:
        return 0.0
    if bare == known:
        return 0.95 if _letters(ours) == _letters(theirs) else 0.9
    shorter, longer = sorted((bare, known), key=len)
    if shorter in _GENERIC:  # a search is no particular search engine
        return 0.0
    is_word = _stands_in(shorter, folded(label) if longer == bare else folded(name))
    if is_word and len(shorter) >= (2 if not shorter.isascii() else 4):
        return 0.6 + 0.25 * len(shorter) / len(longer)
    matcher = SequenceMatcher(None, bare, known, autojunk=False)
    return 0.9 * matcher.ratio() if len(shorter) >= 4 and matcher.ratio() >= 0.75 else 0.0


def _bare(text: str) -> str:
    """Without signs, blanks and the words that only say advertising; where nothing else stands, all letters."""
    return _letters(_NOISE.sub(" ", text.replace("-", " ").replace("/", " "))) or _letters(text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _stands_in(word: str, text: str) -> bool:
    """Chinese words stand anywhere; Latin ones between letters of other scripts, digits or signs."""
    if not word.isascii():
        return word in _letters(text)
    letters = r"[\W_]*".join(map(re.escape, word))
    return re.search(rf"(?<![a-z]){letters}(?![a-z])", text) is not None
