"""Campaigns that earlier files of the same source have on days of this file, and this file has not.

They stay: a file of some campaigns says nothing of the others. But a campaign that was renamed comes again under its
new name, and its cost would count twice. The file's owner knows, and says it with ``Mapping.missing_campaigns``:

    keep      the earlier campaigns stay
    replace   the file is all there is of its channels on its days; the earlier campaigns end with it, and come back
              when it is undone

Where a campaign of the file is new and cost on every one of those days exactly what one that is missing had cost, it
must be said: an import that nobody has told is refused with the question. Otherwise they are named, and kept.
"""

import json
from decimal import Decimal
from typing import Any

from omnidash.ingest.result import Vanished
from omnidash.model.messages import N_, Message

KEEP, REPLACE = "keep", "replace"
KEY_FIELDS = {"channel", "account", "campaign", "ad"}
_SHOWN = 5


def find_vanished(cursor: Any, staged: str, *, source: str, fields: set[str]) -> tuple[Vanished, ...]:
    """By channel. ``source``: what delivers the file; ``fields``: what its mapping provides. Leaves their rows as
    temporary table ``vanished_row(key)``."""
    cursor.execute("create or replace temp table vanished_row (key ubigint)")
    if "campaign" not in fields:
        return ()
    rows = cursor.execute(
        f"""
        select s.spend_id, s.channel, s.day, s.campaign, s.cost_base, s.batch_id, b.mapping
        from spend s join batch b using (batch_id)
        where b.source = $source and s.campaign is not null
            and (s.day, s.channel, coalesce(s.account, '')) in (
                select (day, channel, coalesce(account, '')) from {staged}.spend)
            and (s.day, s.channel, coalesce(s.account, ''), s.campaign) not in (
                select (day, channel, coalesce(account, ''), campaign) from {staged}.spend where campaign is not null)
            and s.spend_id not in (select key from stale where subject = 'spend')
        order by s.channel, s.campaign, s.day
        """,  # noqa: S608  (table contracts)
        {"source": source},
    ).fetchall()
    mappings = {batch: mapping for *_, batch, mapping in rows}
    told_alike = {batch for batch, mapping in mappings.items() if told_by(mapping) == fields & KEY_FIELDS}
    alike = [row for row in rows if row[5] in told_alike]
    if not alike:
        return ()
    cursor.execute("insert into vanished_row select unnest($keys)", {"keys": [row[0] for row in alike]})
    renamed = _renamed(cursor, staged)
    found = []
    for channel in dict.fromkeys(row[1] for row in alike):
        of_channel = [row for row in alike if row[1] == channel]
        found.append(
            Vanished(
                channel=channel,
                campaigns=tuple(dict.fromkeys(row[3] for row in of_channel)),
                first_day=min(row[2] for row in of_channel),
                last_day=max(row[2] for row in of_channel),
                cost=sum((row[4] or Decimal(0) for row in of_channel), Decimal(0)),
                batches=tuple(sorted({row[5] for row in of_channel})),
                renamed=tuple((old, new) for of, old, new in renamed if of == channel),
            )
        )
    return tuple(found)


def end_vanished(cursor: Any, staged: str) -> None:
    """The rows of ``vanished_row`` are no more, says the judged file; what it has instead is their restatement."""
    cursor.execute("insert into stale select 'spend', key from vanished_row")
    cursor.execute("insert into gone select 'spend', key from vanished_row")
    cursor.execute(
        f"""
        insert into changed select 'spend', spend_id from {staged}.spend
        where (day, channel) in (select (day, channel) from spend where spend_id in (select key from vanished_row))
            and campaign is not null and spend_id not in (select spend_id from spend)
        """  # noqa: S608  (table contracts)
    )


def told_by(mapping: str) -> set[str]:
    """What the rows of a batch are keyed by, beside the day."""
    stored = json.loads(mapping)
    return {*stored.get("columns", {}).values(), *stored.get("constants", {})} & KEY_FIELDS


def vanished_question(vanished: Vanished) -> Message:
    """What its owner is asked where campaigns look renamed."""
    old, new = vanished.renamed[0]
    text = N_(
        "'{new}' cost on the same days exactly what '{old}' had cost in an earlier file, and '{old}' is not in this"
        " one. Was it renamed? Then this file replaces what earlier ones say of {channel} on its days; else both count."
    )
    return Message(text, {"old": old, "new": new, "channel": vanished.channel})


def vanished_sentence(vanished: Vanished, decision: str | None) -> Message:
    """What becomes of them."""
    shown = vanished.campaigns[:_SHOWN]
    values = {
        "channel": vanished.channel,
        "first_day": vanished.first_day,
        "last_day": vanished.last_day,
        "count": len(vanished.campaigns),
        "campaigns": ", ".join(shown) + (" …" if len(vanished.campaigns) > len(shown) else ""),
        "cost_money": str(vanished.cost),
    }
    if decision == REPLACE:
        text = N_(
            "{channel} {first_day} – {last_day}: campaigns of earlier files that are not in this one are replaced by"
            " it ({campaigns}; cost {cost_money})"
        )
        return Message(text, {name: value for name, value in values.items() if name != "count"})
    one = N_(
        "{channel} {first_day} – {last_day}: 1 campaign known from earlier files is not in this one and stays"
        " ({campaigns}; cost {cost_money}); if it was renamed it counts twice: let this file replace it then"
    )
    text = N_(
        "{channel} {first_day} – {last_day}: {count} campaigns known from earlier files are not in this one and stay"
        " ({campaigns}; cost {cost_money}); if they were renamed they count twice: let this file replace them then"
    )
    return Message(one if len(vanished.campaigns) == 1 else text, values)


def _renamed(cursor: Any, staged: str) -> list[tuple[str, str, str]]:
    """(channel, old name, new name): the new campaign cost on every day of the old one what that had cost."""
    found = cursor.execute(
        f"""
        with old as (
            select channel, campaign, day, sum(cost_base) as cost from spend
            where spend_id in (select key from vanished_row) group by all),
        fresh as (
            select channel, campaign, day, sum(cost_base) as cost from {staged}.spend n
            where campaign is not null
                and (channel, campaign) not in (select (channel, campaign) from spend where campaign is not null)
            group by all),
        lasting as (select channel, campaign, count(*) as days, sum(cost) as cost from old group by all)
        select o.channel, o.campaign, f.campaign
        from old o join fresh f on f.channel = o.channel and f.day = o.day and f.cost = o.cost
        join lasting l on l.channel = o.channel and l.campaign = o.campaign
        where l.cost > 0
        group by o.channel, o.campaign, f.campaign, l.days having count(*) = l.days
        order by o.channel, o.campaign, f.campaign
        """  # noqa: S608  (table contracts)
    ).fetchall()
    return [(channel, old, new) for channel, old, new in found]
