"""Where the visits of a file came from: tags and addresses of its rows -> channel, kept without what is personal.

Runs between ``parse`` and ``resolve_channels``, where a page, a referrer or a tag column is mapped. The addresses are
taken apart in SQL (``address``), once each; each distinct *visit* (what addresses say, without click ids and paths) is
judged once, in Python (``traffic_rules``). A channel that the row names itself is believed before all of it.

Staging afterwards: ``numbered`` with ``page`` shortened and ``visit`` (a key, null where nothing is told), and a table

    visit(visit, campaign, channel, label, is_direct, continues, told, judged)

``channel`` by a rule, or ``label`` where a label decides (resolved with the file's other labels). ``continues``: not a
channel, the visit goes on, so its row is no touch. ``is_direct``: nobody sent it; on a conversion that says nothing
about where its customer came from. ``told`` and ``judged`` are JSON for the properties of rows that name a channel and
of those that do not: source, medium, content, term, kind of click id, host of the referrer.
"""

import json
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from omnidash.identity.personal import unpersonal
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.address import TAGS, steps
from omnidash.ingest.rows.labels import LabelBook, UnmappedLabel, insert_rows, map_labels
from omnidash.ingest.rows.parse import hash_64
from omnidash.ingest.traffic_rules import Rulebook, TrafficRule, Verdict, Visit, default_rules
from omnidash.model.defaults import GOAL_ACTION, REFUND_ACTION
from omnidash.store.workspace import Staging, Workspace

_ENCODED = re.compile("%[0-9a-fA-F]{2}")
_BLOCK_ROWS = 50_000
ADDRESSES = ("page", "referrer", "utm_source", "utm_medium")
NAMES_CHANNEL = f"not is_direct or action not in ('{GOAL_ACTION}', '{REFUND_ACTION}')"
"""SQL: whether a judged row has the channel it was judged to have; a conversion that came directly has none."""
_PARTS = (*TAGS, "click", "referrer", "page_host")


def reads_traffic(mapping: Mapping) -> bool:
    """Whether a mapping has columns that say where visits came from."""
    return mapping.kind in ("events", "orders") and any(name in mapping.columns.values() for name in ADDRESSES)


class CameFrom:
    """SQL of the columns in which rows of events say where they came from; plain labels where nothing else is read.

    ``taken`` and ``joins`` belong to a query over rows ``s`` of ``numbered``, the others to one over its result with
    the row's ``action`` and ``is_contact`` (whether it would be a touch of its channel). ``channel_map`` has the labels
    of all rows that are taken.
    """

    def __init__(self, *, reads: bool, row: str = "s") -> None:
        self.reads = reads
        self.taken = f"m.channel as named, m.label as raw_channel, {row}.campaign as campaign"
        self.joins = f"left join channel_map m on m.label = {row}.channel"
        self.channel, self.is_judged, self.is_touch = "named", "false", "is_contact"
        if reads:
            self.taken = (
                f"coalesce(m.channel, case when {row}.channel is null then v.channel end) as named,"
                f" coalesce({row}.channel, v.label) as raw_channel, coalesce({row}.campaign, v.campaign) as campaign,"
                f" {row}.channel is null and v.visit is not null as is_judged,"
                f" {row}.channel is null and coalesce(v.is_direct, false) as is_direct,"
                f" {row}.channel is null and coalesce(v.continues, false) as continues,"
                f" case when {row}.channel is null then v.judged else v.told end as came_from"
            )
            self.joins = (
                f"left join visit v on v.visit = {row}.visit"
                f" left join channel_map m on m.label = coalesce({row}.channel, v.label)"
            )
            self.channel, self.is_judged = f"case when {NAMES_CHANNEL} then named end", "is_judged"
            self.is_touch = "is_contact and not continues"

    def properties(self, own: str) -> str:
        """SQL: the row's properties, of its ``own`` ones (JSON or null) and of where it came from."""
        if not self.reads:
            return own
        # a row that is no touch only because it has no channel can become one when the rules change
        held = f"{self.is_judged} and is_contact and not is_touch"
        return (
            f"case when came_from is null then {own}"
            f" when {own} is null and not ({held}) then came_from"
            f" else json_merge_patch(coalesce({own}, '{{}}'), came_from,"
            f" case when {held} then '{{\"is_contact\": true}}' else '{{}}' end) end"
        )


def resolve_traffic(ws: Workspace, staging: Staging, mapping: Mapping) -> list[UnmappedLabel]:
    """Judge the file's visits, then resolve the labels of its rows and of its visits as ``resolve_channels`` does."""
    _take_apart(staging, has_referrers="referrer" in mapping.columns.values())
    _collect(staging)
    _decode_other(staging)
    channels = _judge(staging, rulebook(ws))
    labels = staging.cursor.execute(
        """
        select label, cast(sum(rows) as bigint) from (
            select channel as label, count(*) as rows from numbered
            where problem is null and channel is not null group by channel
            union all
            select v.label, count(*) from numbered s join visit v using (visit)
            where s.problem is null and s.channel is null and v.label is not null group by v.label)
        group by label order by sum(rows) desc, label
        """
    ).fetchall()
    return map_labels(ws, staging, mapping, labels, channels)


def rulebook(ws: Workspace) -> Rulebook:
    """The workspace's rules, own hosts and labels, made ready to judge."""
    return Rulebook(rules_of(ws), own_hosts=ws.settings.own_hosts, labels=LabelBook.of(ws))


def rules_of(ws: Workspace) -> list[TrafficRule]:
    """The workspace's rules in order; those of the house where nobody has changed them."""
    rows = ws.rows("select field, pattern, medium, channel from traffic_rule order by position")
    rules = [TrafficRule(field=f, pattern=p, medium=m, channel=c) for f, p, m, c in rows]
    return rules or list(default_rules())


def kept(visit: dict[str, Any], verdict: Verdict | None) -> str:
    """What stays in a row's properties, as JSON. With a verdict also what it was judged to be; ``channel_by`` marks the
    rows whose channel follows the rules."""
    tagged = {"utm_source": visit["source"], "utm_medium": visit["medium"], "channel_by": "traffic"}
    source, medium = (verdict.source, verdict.medium) if verdict else (visit["source"], visit["medium"])
    said = {
        "content": visit["content"],
        "term": visit["term"],
        "click_id": visit["click"],
        "referrer": visit["referrer"],
        **(tagged if verdict else {}),
        "source": source,  # last: the two that change when the visit is judged anew
        "medium": medium,
    }
    filled = {name: value for name, value in said.items() if value is not None}
    return json.dumps(filled, ensure_ascii=False, separators=(",", ":"))  # as DuckDB writes it


def as_visit(visit: dict[str, Any]) -> Visit:
    """The parts of a visit as the rules are asked of them."""
    return Visit(
        source=visit["source"],
        medium=visit["medium"],
        campaign=visit["campaign"],
        click_id=visit["click"],
        referrer=visit["referrer"],
        page_host=visit["page_host"],
        may_be_direct=bool(visit["may_be_direct"]),
    )


def _take_apart(staging: Staging, *, has_referrers: bool) -> None:
    """Table ``address``: each distinct address of a row that is taken, with the parts of a visit and its key; the view
    ``numbered`` once more, with the page and the visit from there. Files repeat their addresses, so they are far fewer
    than rows, and the rows themselves are not written again."""
    tagged = ", ".join(f"v_{name}" for name in TAGS)
    says = f"coalesce({tagged}, v_click, v_referrer) is not null"
    direct = "page is not null and referrer is null" if has_referrers else "false"
    host = "case when v_referrer is not null or contains(v_source, '.') then v_page_host end"
    parts = ", ".join(f"coalesce(v_{name}, '')" for name in (*TAGS, "click", "referrer"))
    key = hash_64(f"concat_ws(chr(31), {parts}, coalesce({host}, ''))")
    said = ", ".join(f"any_value({name}) as {name}" for name in ADDRESSES)
    campaign = "any_value(case when channel is null then campaign end) as campaign"
    given = f"(select address, {said}, {campaign} from numbered where problem is null group by address)"  # noqa: S608
    kept_parts = ", ".join(f"v_{name}" for name in (*TAGS, "click", "referrer"))
    staging.cursor.execute(
        f"""
        create table address as
        select address, page_kept as page, page is distinct from page_kept as is_shortened, {kept_parts},
            {host} as v_page_host, not {says} and {direct} as v_may_be_direct,
            case when {says} or ({direct}) then {key} end as visit
        from ({steps(given)})
        """  # noqa: S608  (our own names)
    )
    staging.cursor.execute("alter view numbered rename to addressed")
    tells = "select 1 from address where visit is not null or is_shortened limit 1"
    staging.cursor.execute(
        "create view numbered as select r.* replace (a.page as page), a.visit"
        " from addressed r left join address a on a.address = r.address and r.problem is null"
        if staging.cursor.execute(tells).fetchall()
        else "create view numbered as select *, cast(null as ubigint) as visit from addressed"
    )


def _collect(staging: Staging) -> None:
    """Table ``seen``: the distinct visits."""
    firsts = ", ".join(f"any_value(v_{name}) as {name}" for name in (*_PARTS, "may_be_direct"))
    staging.cursor.execute(
        f"create table seen as select visit, {firsts} from address where visit is not null group by visit"  # noqa: S608
    )


def _decode_other(staging: Staging) -> None:
    """Tags that are encoded in another way than UTF-8, as Baidu once did it: GB18030. Few, so one by one."""
    for name in TAGS:
        encoded = staging.cursor.execute(
            f"select distinct {name} from seen where regexp_matches({name}, '%[0-9a-fA-F][0-9a-fA-F]')"  # noqa: S608
        ).fetchall()
        plain = [(text, _gb18030(text)) for (text,) in encoded]
        staging.cursor.execute("create or replace temp table decoded (text varchar, plain varchar)")
        insert_rows(staging, "decoded", [pair for pair in plain if pair[1] is not None])
        staging.cursor.execute(
            f"update seen set {name} = plain from decoded where {name} = text"  # noqa: S608  (our own names)
        )


def decoded(text: Any) -> Any:
    """A tag as it was meant, where its encoding is not UTF-8; anything else as it is."""
    return _gb18030(text) or text if isinstance(text, str) and _ENCODED.search(text) else text


def _gb18030(text: str) -> str | None:
    try:
        plain = unquote_to_bytes(text.replace("+", " ")).decode("gb18030")
    except UnicodeDecodeError:
        return None
    return unpersonal(plain)


def _judge(staging: Staging, rules: Rulebook) -> list[str]:
    """Table ``visit``; returns the channels that rules gave."""
    names = ("visit", *_PARTS, "may_be_direct")
    staging.cursor.execute(
        "create table visit (visit ubigint, campaign varchar, channel varchar, label varchar, is_direct boolean,"
        " continues boolean, told json, judged json)"
    )
    verdicts: dict[Visit, Verdict] = {}
    channels: set[str] = set()
    count = int(staging.cursor.execute("select count(*) from seen").fetchall()[0][0])
    for start in range(0, count, _BLOCK_ROWS):
        block = staging.cursor.execute(
            f"select {', '.join(names)} from seen where rowid >= $start and rowid < $end",  # noqa: S608  (our own names)
            {"start": start, "end": start + _BLOCK_ROWS},
        ).fetchall()
        rows = []
        for values in block:
            parts = dict(zip(names, values, strict=True))
            asked = as_visit(parts)
            verdict = verdicts.get(asked) or verdicts.setdefault(asked, rules.judge(asked))
            if verdict.label is None and verdict.channel is not None:
                channels.add(verdict.channel)
            rows.append(
                (parts["visit"], parts["campaign"], verdict.channel, verdict.label, verdict.is_direct,
                 verdict.continues, kept(parts, None), kept(parts, verdict))
            )  # fmt: skip
        insert_rows(staging, "visit", rows)
    staging.cursor.execute("drop table seen")
    return sorted(channels)
