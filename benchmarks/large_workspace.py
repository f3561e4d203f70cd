"""A workspace of millions of seeded events, made in seconds: its rows are computed in the store itself.

Persons with 12 events each over 90 days, 8 channels, 6 actions. Every person is known by one identifier. It is what an
import of such a file leaves behind, without the file: the tables ``event``, ``identifier``, ``person`` and one batch.
"""

from pathlib import Path

from omnidash.identity.resolve import Rules, resolve
from omnidash.store import Workspace

CHANNELS = ("douyin", "xiaohongshu", "tmall", "jd", "wechat", "baidu", "email", "meta")
ACTIONS = {"impression": 30, "click": 25, "search": 12, "add_to_cart": 15, "message_open": 8, "purchase": 10}
"""Actions and how many of a hundred events each has."""
EVENTS_PER_PERSON, DAYS = 12, 90

_EVENTS = """
    insert into event
    with drawn as (
        select i,
            cast(hash(i, $seed, 'person') % $persons as bigint) as person,
            cast(hash(i, $seed, 'second') % ($days * 86400) as bigint) as second,
            $channels[1 + cast(hash(i, $seed, 'channel') % len($channels) as bigint)] as channel,
            $actions[1 + cast(hash(i, $seed, 'action') % len($actions) as bigint)] as action
        from range($events) as r(i)
    ),
    timed as (select *, timestamp '2025-09-01 16:00:00' + to_seconds(second) as ts from drawn)
    select
        cast(i as ubigint) as event_id, 1 as batch_id, i + 2 as row_number, ts,
        cast(ts + interval 8 hours as date) as day, 1 + person as identifier_id,
        channel, channel as raw_channel, null as campaign, action, action <> 'purchase' as is_touch,
        null as content_id, null as page, null as store_id,
        case when action = 'purchase' then 'O' || i end as order_id,
        case when action = 'purchase' then 20 + second % 400 end as revenue,
        case when action = 'purchase' then 'CNY' end as currency,
        case when action = 'purchase' then 20 + second % 400 end as revenue_base,
        null as properties
    from timed
"""
_IDENTIFIERS = """
    insert into identifier
    select i + 1, 'member_id', sha256(cast(i as varchar)), 'm***' || i % 1000, 'strong', false from range($persons) r(i)
"""
_BATCH = """
    insert into batch by name
    select 1 as batch_id, 'events.csv' as file_name, 'seeded' as file_sha256, 'guessed' as profile, 'events' as kind,
        'seeded' as source, max(ts) as imported_at, 'active' as state, count(*) as rows_read, count(*) as added,
        0 as restated, 0 as duplicates, 0 as rejected, 0 as skipped_totals, min(day) as first_day,
        max(day) as last_day, max(ts) as watermark, '{}' as sums, '[]' as warnings, '{}' as mapping
    from event
"""


def make_large_workspace(folder: Path, *, events: int, seed: int) -> Workspace:
    """The workspace, new in ``folder``. Same events for the same seed."""
    workspace = Workspace.create(folder)
    persons = max(1, events // EVENTS_PER_PERSON)
    drawn_from = [action for action, share in ACTIONS.items() for _ in range(share)]
    with workspace.writing("large workspace") as cursor:
        cursor.execute(
            _EVENTS,
            {
                "events": events,
                "persons": persons,
                "days": DAYS,
                "seed": seed,
                "channels": list(CHANNELS),
                "actions": drawn_from,
            },
        )
        cursor.execute(_IDENTIFIERS, {"persons": persons})
        cursor.execute(_BATCH)
        resolve(cursor, Rules.of(workspace.settings))
    return workspace
