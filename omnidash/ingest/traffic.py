"""Where visits come from, for people: the table of rules, a box to try an address in, and what came of it.

    explain(ws, "https://shop.example/?utm_source=xhs&utm_medium=kol").channel     # 'xiaohongshu', and by which rule
    save_rules(ws, [TrafficRule(field="source", pattern="kol_*", channel="xiaohongshu"), *rules(ws)])
    preview_reapply(ws)                                                            # what that would change
    reapply(ws)                                                                    # change it

Rules judge files as they are imported; changed ones count for the next import. ``reapply`` judges the rows there are
once more, from what was kept of their addresses (``rows/traffic.py``): tags, kind of click id, hosts.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from omnidash.ingest.rows.address import host_in, steps
from omnidash.ingest.rows.labels import LabelBook
from omnidash.ingest.rows.traffic import NAMES_CHANNEL, as_visit, decoded, rulebook, rules_of
from omnidash.ingest.traffic_rules import BY_LABEL, TrafficRule, Verdict, Visit, default_rules
from omnidash.ingest.traffic_sites import ascii_host, is_host
from omnidash.model.defaults import GOAL_ACTION, ChannelDefault, house_channel
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

__all__ = [
    "TrafficRule", "Verdict", "default_rules", "explain", "preview_reapply", "reapply", "rules", "save_rules",
    "set_own_hosts", "sources",
]  # fmt: skip


def rules(ws: Workspace) -> list[TrafficRule]:
    """The workspace's rules in their order; those of the house as long as nobody has saved others."""
    return rules_of(ws)


def save_rules(ws: Workspace, wanted: Sequence[TrafficRule]) -> None:
    """Replace the table of rules; none at all: back to those of the house. In one transaction, the settings version
    rises. Raises BadInput on a channel that does not exist; then nothing has changed."""
    with ws.writing("traffic rules", changes="settings") as cursor:
        existing = {row[0] for row in cursor.execute("select channel from channel").fetchall()}
        for rule in wanted:
            is_known = rule.channel in (None, BY_LABEL) or rule.channel in existing or rule in default_rules()
            if not is_known:
                raise BadInput(N_("there is no channel '{channel}'; create it first"), channel=rule.channel)
        cursor.execute("delete from traffic_rule")
        if wanted and tuple(wanted) != default_rules():
            cursor.execute(
                "insert into traffic_rule select unnest($position), unnest($field), unnest($pattern), unnest($medium),"
                " unnest($channel)",
                {
                    "position": list(range(len(wanted))),
                    **{name: [getattr(r, name) for r in wanted] for name in ("field", "pattern", "medium", "channel")},
                },
            )


def set_own_hosts(ws: Workspace, hosts: Sequence[str]) -> tuple[str, ...]:
    """The hosts of one's own sites, as people write them (with or without scheme, path, ``www.``); all hosts below one
    are its own too. Returns them as kept. Raises BadInput on what is no host."""
    kept: list[str] = []
    for text in hosts:
        host = ascii_host(text.strip().split("://")[-1].split("/")[0]).removeprefix("www.")
        if not is_host(host):
            raise BadInput(N_("'{host}' is no host; expected something like shop.example"), host=text)
        kept.append(host)
    unique = tuple(dict.fromkeys(kept))
    ws.change_settings(own_hosts=unique)
    return unique


def explain(
    ws: Workspace,
    url: str | None = None,
    referrer: str | None = None,
    source: str | None = None,
    medium: str | None = None,
    campaign: str | None = None,
) -> Verdict:
    """What one visit would be judged to be, by the very steps an import takes. ``channel`` is then always the channel
    its rows would get, also where a label decides; None where it is no channel, or nobody can tell."""
    given = {
        "page": url, "referrer": referrer, "utm_source": source, "utm_medium": medium, "campaign": campaign,
    }  # fmt: skip
    texts = {name: (text.strip() or None) if text else None for name, text in given.items()}
    columns = ", ".join(f"cast(${name} as varchar) as {name}" for name in texts)
    visit = ws.frame(f"select * from ({steps(f'(select {columns})')})", texts).to_dicts()[0]  # noqa: S608  (our steps)
    parts = {name.removeprefix("v_"): decoded(value) for name, value in visit.items() if name.startswith("v_")}
    verdict = rulebook(ws).judge(
        as_visit({**parts, "may_be_direct": texts["page"] is not None and texts["referrer"] is None})
    )
    if verdict.label is None:
        return verdict
    return replace(verdict, channel=LabelBook.of(ws).channel_of(verdict.label))


def sources(ws: Workspace) -> pl.DataFrame:
    """Where judged visits came from: ``source, medium, channel, is_guessed, rows, touches, revenue, first_day,
    last_day``; those without a channel of their own first (guessed, or none), then by volume."""
    return ws.frame(
        """
        select e.properties->>'source' as source, e.properties->>'medium' as medium, e.channel,
            coalesce(any_value(c.is_guessed), false) as is_guessed, count(*) as rows,
            cast(count(*) filter (e.is_touch) as bigint) as touches,
            coalesce(cast(sum(e.revenue_base) as double), 0) as revenue, min(e.day) as first_day, max(e.day) as last_day
        from event e left join channel c on c.channel = e.channel
        where e.properties->>'channel_by' = 'traffic'
        group by source, medium, e.channel
        order by (coalesce(any_value(c.is_guessed), false) or e.channel is null) desc, rows desc, source, medium,
            e.channel
        """
    )


def preview_reapply(ws: Workspace) -> pl.DataFrame:
    """What ``reapply`` would change: ``channel, becomes, rows``; null: none (the visit goes on, or is unknown)."""
    with ws.reading() as cursor:
        _judge_anew(cursor, ws)
        rows = cursor.execute(
            f"""
            select e.channel, {_BECOMES} as becomes, count(*) as rows
            from event e join anew on anew.visit = {_KEY} where {_IS_JUDGED} and ({_DIFFERS})
            group by all order by rows desc, e.channel, becomes
            """  # noqa: S608  (our own expressions)
        ).fetchall()
    schema = {"channel": pl.String, "becomes": pl.String, "rows": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def reapply(ws: Workspace) -> int:
    """Judge all visits there are by today's rules, labels and own hosts; returns how many rows of the data changed
    their channel or whether they are a touch. One transaction; the data version rises."""
    with ws.writing("traffic rules for all visits") as cursor:
        made, labels = _judge_anew(cursor, ws)
        _make(cursor, made, labels)
        changed = 0
        for table in ("event", "event_restated"):
            rows = cursor.execute(
                f"""
                update {table} as e set channel = {_BECOMES}, raw_channel = anew.label, is_touch = {_TOUCHES},
                    properties = json_merge_patch(e.properties, anew.patch,
                        case when {_CONTACT} and not {_TOUCHES} then '{{"is_contact": true}}'
                             else '{{"is_contact": null}}' end)
                from anew where anew.visit = {_KEY} and {_IS_JUDGED} and ({_DIFFERS})
                """  # noqa: S608  (our own expressions)
            ).fetchall()
            changed += int(rows[0][0]) if table == "event" else 0
    return changed


# ---- inside: rows of ``event e`` beside ``anew``, what their visit is judged to be now ------------------------------

_TOLD = ("utm_source", "utm_medium", "click_id", "referrer")
_IS_JUDGED = "contains(e.properties, 'channel_by')"
_PAGE_HOST = (
    "case when contains(e.properties, '\"referrer\"') or contains(e.properties, '\"utm_source\"')"
    f" then {host_in('e.page')} end"
)
# rows of one visit share their properties: to compare them whole is cheaper than to look into each
_KEY = f"hash(cast(e.properties as varchar), e.campaign, {_PAGE_HOST})"
_BECOMES = f"case when {NAMES_CHANNEL.replace('is_direct', 'anew.is_direct')} then anew.channel end".replace(
    "action", "e.action"
)
_CONTACT = "(e.is_touch or contains(e.properties, 'is_contact'))"
_TOUCHES = f"({_CONTACT} and not anew.continues and (e.action <> '{GOAL_ACTION}' or {_BECOMES} is not null))"
_DIFFERS = (
    f"e.channel is distinct from {_BECOMES} or e.raw_channel is distinct from anew.label or e.is_touch <> {_TOUCHES}"
)


def _judge_anew(cursor: Any, ws: Workspace) -> tuple[set[str], dict[str, str]]:
    """Temporary table ``anew``: every distinct visit of the judged rows with its verdict. Returns the channels it needs
    and its labels with their channels."""
    book, rules = LabelBook.of(ws), rulebook(ws)
    names = ("visit", *_TOLD, "campaign", "page_host")
    found = " union ".join(
        f"select {_KEY} as visit, any_value(e.properties) as properties, any_value(e.campaign) as campaign,"  # noqa: S608
        f" any_value({_PAGE_HOST}) as page_host from {table} e where {_IS_JUDGED} group by visit"
        for table in ("event", "event_restated")
    )
    told = ", ".join(f"any_value(properties)->>'{name}'" for name in _TOLD)
    rows = cursor.execute(
        f"select visit, {told}, any_value(campaign), any_value(page_host) from ({found}) group by visit"  # noqa: S608
    )
    made: set[str] = set()
    labels: dict[str, str] = {}
    anew: list[tuple[Any, ...]] = []
    for values in rows.fetchall():
        parts = dict(zip(names, values, strict=True))
        visit = Visit(
            source=parts["utm_source"], medium=parts["utm_medium"], campaign=parts["campaign"],
            click_id=parts["click_id"], referrer=parts["referrer"], page_host=parts["page_host"],
            may_be_direct=not any(values[1:6]),
        )  # fmt: skip
        verdict = rules.judge(visit)
        channel = verdict.channel
        if verdict.label is not None:
            channel = labels.setdefault(verdict.label, book.channel_of(verdict.label))
        if channel is not None and channel not in book.channels:
            made.add(channel)
        patch = json.dumps({"source": verdict.source, "medium": verdict.medium}, ensure_ascii=False)
        anew.append((values[0], channel, verdict.label, verdict.is_direct, verdict.continues, patch))
    cursor.execute(
        "create or replace temp table anew (visit ubigint, channel varchar, label varchar, is_direct boolean,"
        " continues boolean, patch varchar)"
    )
    if anew:
        lists = {f"column{i}": list(column) for i, column in enumerate(zip(*anew, strict=True))}
        places = ", ".join(f"unnest(${name})" for name in lists)
        cursor.execute(f"insert into anew select {places}", lists)
    return made, labels


def _make(cursor: Any, made: set[str], labels: dict[str, str]) -> None:
    """Channels and labels that the rows now have and the workspace did not."""
    place = int(cursor.execute("select coalesce(max(sort), 0) from channel").fetchall()[0][0])
    label_of = {channel: label for label, channel in sorted(labels.items(), reverse=True)}
    for channel in sorted(made):
        house, name, place = house_channel(channel), label_of.get(channel, channel), place + 1
        new = house or ChannelDefault(channel=channel, name_en=name, name_zh=name, kind="earned", pool="private")
        cursor.execute(
            "insert into channel (channel, name_en, name_zh, kind, pool, sort, is_guessed)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [channel, new.name_en, new.name_zh, new.kind, new.pool, place, house is None],
        )
    known = {row[0] for row in cursor.execute("select label from channel_label").fetchall()}
    fresh = sorted((label, channel) for label, channel in labels.items() if label not in known)
    if fresh:
        cursor.executemany("insert into channel_label (label, channel) values (?, ?)", fresh)
