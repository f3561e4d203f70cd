"""From what a visit's address says to its channel, by an ordered table of rules; the first that fits counts.

    field      what is looked at                                pattern
    click_id   the kind of click id in the address               gclid
    campaign   the campaign                                      *双11*
    source     who sent the visit, as its tag says               google|adwords      (a word; with a dot: a host)
    label      the same, where it is a name of a channel here    *                   → that channel
    medium     how, as its tag says                              paid                (a kind of media, or a word)
    referrer   the host one came from, of visits without tag     google.*            (with all hosts below it)

A rule may ask for a medium besides: a kind (paid, organic, social, email, sms, push, affiliate, display, referral),
words, or ``(none)``. Alternatives stand between ``|``, ``*`` stands for any letters. A rule without channel says: this
is no channel (a payment provider); the visit goes on, and is no touch.

What is believed: tags and click ids before the referrer, the referrer before nothing at all (direct). Where click id
and tags disagree the click id of an ad is believed, as Google Analytics 4 does with auto-tagged links; its ``source``
and ``medium`` are then those of the click id. A tag whose source no rule knows is a label like any other: it means the
channel people assigned it to, else a channel of its own.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from omnidash.ingest.rows.labels import LabelBook
from omnidash.ingest.traffic_sites import (
    ascii_host,
    clicks,
    host_test,
    is_host,
    kinds_of,
    registrable,
    site_of,
    suffixes,
    vocabulary,
    word_test,
)
from omnidash.model.defaults import folded, slug
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

FIELDS = ("click_id", "campaign", "source", "label", "medium", "referrer")
BY_LABEL = "(label)"
"""Channel of rules of field ``label``: the one the source means."""
NONE = "(none)"
DIRECT_SOURCE = "(direct)"
_NOTHING = frozenset({"", "(not set)", "(none)", "(not provided)", "not set", "none", "null", "undefined", "nan", "-"})
_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficRule:
    """One line of the table. ``medium`` None: any; ``channel`` None: not a channel. Raises BadInput on a field that is
    none and on a blank pattern."""

    field: str
    pattern: str
    medium: str | None = None
    channel: str | None = None

    def __post_init__(self) -> None:
        if self.field not in FIELDS:
            raise BadInput(
                N_("'{field}' is no field of a traffic rule; expected one of {fields}"),
                field=self.field,
                fields=", ".join(FIELDS),
            )
        if not [part for part in self.pattern.split("|") if part.strip()]:
            raise BadInput(N_("a traffic rule needs a pattern"))
        if (self.channel == BY_LABEL) != (self.field == "label"):
            raise BadInput(N_("only rules of field 'label' find their channel by its label"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What an address says, decoded. ``referrer`` and ``page_host`` are hosts; None: not told.

    ``may_be_direct``: the address of the page and that of the referrer were looked at, so nothing means: came directly.
    """

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    click_id: str | None = None
    referrer: str | None = None
    page_host: str | None = None
    may_be_direct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a visit is judged to be. ``rule``: which one decided (None: none did). ``label``: the source, where its
    label decides. ``continues``: it goes on with the visit before it, so it is no touch. ``is_direct``: nobody sent."""

    source: str | None
    medium: str | None
    campaign: str | None
    channel: str | None
    rule: TrafficRule | None = None
    label: str | None = None
    continues: bool = False
    is_direct: bool = False


class Rulebook:
    """Rules made ready to judge many visits. ``own_hosts``: hosts of oneself; ``labels``: what labels mean."""

    def __init__(self, rules: Sequence[TrafficRule], *, own_hosts: Iterable[str] = (), labels: LabelBook) -> None:
        self.rules = tuple(rules)
        self._own = frozenset(ascii_host(host) for host in own_hosts)
        self._labels = labels
        self._exact: dict[tuple[str, str], list[int]] = {}
        self._hosts: dict[tuple[str, str], list[int]] = {}
        self._loose: list[tuple[int, str, Callable[[str], bool]]] = []
        for position, rule in enumerate(self.rules):
            for part in _parts(rule.pattern):
                self._learn(position, rule.field, part)
        self._media_asked = [medium_test(rule.medium) for rule in self.rules]

    def judge(self, visit: Visit) -> Verdict:
        """The verdict on one visit."""
        source, medium = told(visit.source, visit.medium)
        campaign = visit.campaign
        if source == DIRECT_SOURCE and visit.click_id is None:
            return self._direct(campaign)
        if source is None and medium is None and visit.click_id is None:
            if visit.referrer is not None:
                return self._referred(visit, campaign)
            if campaign is None:
                return self._direct(campaign) if visit.may_be_direct else _undecided(None, None, campaign)
        if visit.click_id is None and source is not None and is_host(source) and self._is_own(source, visit.page_host):
            return _undecided(source, medium, campaign, continues=True)
        return self._tagged(source, medium, campaign, visit.click_id)

    def _tagged(self, source: str | None, medium: str | None, campaign: str | None, click_id: str | None) -> Verdict:
        by_tag = self._first(source, medium, campaign, None)
        rule = self._first(source, medium, campaign, click_id) if click_id else by_tag
        if rule is not None and rule.field == "click_id" and not (by_tag and by_tag.channel == rule.channel):
            click = clicks().get(click_id or "", {"source": source, "medium": medium})
            source, medium = click["source"], click["medium"]
        if rule is not None and rule.channel == BY_LABEL:
            return _undecided(source, medium, campaign, rule=rule, label=source)
        if rule is not None and rule.channel is None:
            return _undecided(source, medium, campaign, rule=rule, continues=True)
        if rule is not None:
            return Verdict(source=source, medium=medium, campaign=campaign, channel=self._now(rule.channel), rule=rule)
        return _undecided(source, medium, campaign, label=source if source and _may_be_label(source) else None)

    def _referred(self, visit: Visit, campaign: str | None) -> Verdict:
        host = ascii_host(visit.referrer or "")
        site = site_of(host)
        source, medium = (site["name"] if site and not site.get("mixed") else _bare(host)), "referral"
        if site is not None:
            medium = site["medium"]
        if self._is_own(host, visit.page_host):
            return _undecided(_bare(host), "referral", campaign, continues=True)
        rule = self._first(None, None, campaign, None, host)
        if rule is None:
            return _undecided(source, medium, campaign)
        if rule.channel is None:
            return _undecided(_bare(host), "referral", campaign, rule=rule, continues=True)
        return Verdict(source=source, medium=medium, campaign=campaign, channel=self._now(rule.channel), rule=rule)

    def _direct(self, campaign: str | None) -> Verdict:
        rule = self._first(DIRECT_SOURCE, None, None, None)
        channel = self._now(rule.channel) if rule is not None else None
        return Verdict(
            source=DIRECT_SOURCE, medium=NONE, campaign=campaign, channel=channel, rule=rule, is_direct=True,
            continues=rule is not None and channel is None,
        )  # fmt: skip

    def _now(self, channel: str | None) -> str | None:
        """The channel a rule of the house means today: one that was merged goes by the label it has left behind."""
        if channel is None or channel in self._labels.channels:
            return channel
        return self._labels.assigned.get(folded(channel)) or channel

    def _is_own(self, host: str, page_host: str | None) -> bool:
        """Oneself: a host of the settings or below one, or the site the page itself belongs to."""
        host = ascii_host(host)
        if any(above in self._own for above in suffixes(host)):
            return True
        if page_host is None:
            return False
        page = ascii_host(page_host)
        if site_of(page) is not None:  # a shop on somebody's platform: the platform's other pages are not its own
            return host == page
        return registrable(host) == registrable(page)

    def _first(
        self, source: str | None, medium: str | None, campaign: str | None, click_id: str | None,
        host: str | None = None,
    ) -> TrafficRule | None:  # fmt: skip
        """The first rule that fits. ``host``: of the referrer, asked for visits without tag; a source that is a host
        (as Google Analytics reports it) is asked of these rules as well."""
        word = folded(source) if source else None
        if host is None and word is not None and is_host(word) and "paid" not in kinds_of(medium):
            host = ascii_host(word)
        found: set[int] = set()
        for field, value in (("click_id", click_id), ("campaign", campaign), ("source", source), ("medium", medium)):
            if value:
                found.update(self._exact.get((field, folded(value)), ()))
        for kind in kinds_of(medium):
            found.update(self._exact.get(("medium", kind), ()))
        if word is not None and is_host(word):
            found.update(p for above in suffixes(ascii_host(word)) for p in self._hosts.get(("source", above), ()))
        if host is not None:
            found.update(p for above in suffixes(host) for p in self._hosts.get(("referrer", above), ()))
        known = word if word and word != DIRECT_SOURCE and self._labels.known(word) is not None else None
        found.update(self._exact.get(("label", known or ""), ()))
        values = {
            "click_id": click_id, "campaign": campaign and folded(campaign), "source": word, "label": known,
            "medium": medium and folded(medium), "referrer": host,
        }  # fmt: skip
        found.update(p for p, field, fits in self._loose if (value := values[field]) and fits(value))
        fitting = [position for position in found if self._media_asked[position](medium)]
        return self.rules[min(fitting)] if fitting else None

    def _learn(self, position: int, field: str, part: str) -> None:
        is_hostly = field == "referrer" or (field == "source" and "." in part)
        if "*" in part:
            self._loose.append((position, field, host_test(part) if is_hostly else word_test(part)))
        elif is_hostly:
            self._hosts.setdefault((field, ascii_host(part)), []).append(position)
        if not is_hostly or field == "source":
            self._exact.setdefault((field, part), []).append(position)


def _undecided(
    source: str | None,
    medium: str | None,
    campaign: str | None,
    *,
    rule: TrafficRule | None = None,
    label: str | None = None,
    continues: bool = False,
) -> Verdict:
    return Verdict(
        source=source, medium=medium, campaign=campaign, channel=None, rule=rule, label=label, continues=continues
    )


def told(source: str | None, medium: str | None) -> tuple[str | None, str | None]:
    """Source and medium in lower case, without the words for nothing. Both in one cell are taken apart:
    ``google / cpc`` (Google Analytics), ``Organic: Google`` (WooCommerce)."""
    if source is not None and not _said(medium):
        if both := re.fullmatch(r"(.+?)\s+/\s+(.+)", source.strip()):
            source, medium = both.group(1), both.group(2)
        elif both := re.fullmatch(r"(organic|referral|source|utm)\s*:\s*(.+)", source.strip(), re.IGNORECASE):
            kind = both.group(1).lower()
            source, medium = both.group(2), kind if kind in ("organic", "referral") else None
    elif source is None and medium is not None and (both := re.fullmatch(r"(.+?)\s+/\s+(.+)", medium.strip())):
        source, medium = both.group(1), both.group(2)
    ours, theirs = _said(source), _said(medium)
    if ours in (DIRECT_SOURCE, "direct", "直接访问") and theirs is None:
        return DIRECT_SOURCE, None
    return ours, theirs


def _said(text: str | None) -> str | None:
    plain = text.strip().lower() if text is not None else ""
    return None if folded(plain) in _NOTHING else plain


def medium_test(asked: str | None) -> Callable[[str | None], bool]:
    """Whether a medium is what a rule asks for (None: anything)."""
    if asked is None or not _parts(asked):
        return lambda _: True
    parts = _parts(asked)
    words = [word_test(part) for part in parts]

    def fits(medium: str | None) -> bool:
        if medium is None:
            return NONE in parts
        plain = folded(medium)
        return any(kind in parts for kind in kinds_of(medium)) or any(test(plain) for test in words)

    return fits


@cache
def default_rules() -> tuple[TrafficRule, ...]:
    """The rules of the house, made of what it knows of sites, click ids and media."""
    known = vocabulary()
    by_channel: dict[tuple[bool, str], list[str]] = {}
    for click in known["click"]:
        by_channel.setdefault((bool(click.get("ad")), click["channel"]), []).append(click["param"])
    ads, marks = (
        [TrafficRule(field="click_id", pattern="|".join(names), channel=channel) for (is_ad, channel), names in
         by_channel.items() if is_ad == wanted]
        for wanted in (True, False)
    )  # fmt: skip
    pauses = [TrafficRule(field="referrer", pattern="|".join(one["hosts"])) for one in known["not_channel"]]
    by_medium = [TrafficRule(field="medium", pattern=kind, channel=kind) for kind in ("email", "sms", "push")]
    tagged = [rule for site in known["site"] for rule in _rules_of_tags(site)]
    label = [TrafficRule(field="label", pattern="*", channel=BY_LABEL)]
    fallback = [
        TrafficRule(field="medium", pattern="affiliate", channel="affiliate"),
        TrafficRule(field="medium", pattern="display", channel="display"),
        TrafficRule(field="medium", pattern="organic", channel="organic_search"),
    ]
    referred = [
        TrafficRule(field="referrer", pattern="|".join(site["hosts"]), channel=site["channel"])
        for site in known["site"]
        if site["hosts"]
    ]
    last = [
        TrafficRule(field="medium", pattern="referral", channel="referral"),
        TrafficRule(field="referrer", pattern="*", channel="referral"),
        TrafficRule(field="source", pattern=DIRECT_SOURCE, channel="direct"),
    ]
    return (*ads, *pauses, *by_medium, *tagged, *label, *marks, *fallback, *referred, *last)


def _rules_of_tags(site: dict[str, Any]) -> list[TrafficRule]:
    pattern = "|".join([*site["words"], *site["hosts"]])
    rules = []
    if "paid" in site:
        rules.append(TrafficRule(field="source", pattern=pattern, medium="paid", channel=site["paid"]))
    if "untold" in site:
        rules.append(TrafficRule(field="source", pattern=pattern, medium=NONE, channel=site["untold"]))
    return [*rules, TrafficRule(field="source", pattern=pattern, channel=site["channel"])]


def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(folded(part) for part in pattern.split("|") if part.strip())


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _may_be_label(source: str) -> bool:
    """Tags are written by machines and strangers too: what is long, a mere number or an address names no channel."""
    return (
        len(source) <= _LONGEST_LABEL and slug(source) != "unnamed" and not re.search(r"[@{}<>=]|^\W*\d+\W*$", source)
    )
