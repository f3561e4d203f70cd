"""Rows that bear the names of rows that are there and say something altogether different: another account or shop?

Two shops number their orders alike, and campaigns of two accounts bear one name. A file that does not say whose it is
would replace what the other one said. A correction changes some of the figures, or all by one factor; it does not give
orders another time *and* another customer, nor campaigns wholly other figures on every day.

Where a file looks like that and ``Mapping.account`` is None, its owner is asked: a name makes it another account's;
``SAME`` says that it corrects what is there.
"""

from typing import Any

from omnidash.ingest.result import OtherAccount
from omnidash.model.messages import N_, Message

SAME = ""  # the account of a file whose owner says that it corrects what is there

# Of spend: alike within a tenth, and where all changed by one factor (a tax, a currency) that is a correction, too.
_SPEND = """
    with pairs as (
        select cast(new.cost_base as double) as now, cast(old.cost_base as double) as before
        from {staged}.spend new join spend old using (spend_id)
        where new.account is null and new.spread_days is null and old.spread_days is null),
    judged as (
        select *, abs(now - before) <= 0.1 * greatest(abs(now), abs(before)) as is_alike, now < 0.8 * before as shrank,
            now / nullif(before, 0) as factor
        from pairs)
    select count(*), count(*) filter (not is_alike),
        count(*) >= 4 and count(*) filter (is_alike) < 0.1 * count(*) and count(*) filter (shrank) >= 0.2 * count(*)
            and coalesce(max(factor) > 1.1 * min(factor), true)
    from judged
"""
# Of orders and events with ids: more than a day apart (zones differ by less), and of another person.
_EVENTS = """
    with pairs as (
        select abs(epoch(new.ts) - epoch(old.ts)) > 26 * 3600 as is_other_time,
            case when new.identifier_id is not null and old.identifier_id is not null
                     then new.identifier_id <> old.identifier_id
                 else coalesce(new.revenue <> old.revenue, false) end as is_other_person
        from {staged}.event new join event old using (event_id))
    select count(*), count(*) filter (is_other_time and is_other_person),
        count(*) >= 3 and count(*) filter (is_other_time and is_other_person) > 0.5 * count(*)
    from pairs
"""
_OF_TABLE = {"spend": _SPEND, "event": _EVENTS}


def find_other_account(cursor: Any, staged: str, table: str, *, account: str | None) -> OtherAccount | None:
    """What looks like another account's among the rows that ``outcome.judge`` found changed; None: nothing, or its
    owner has said whose it is."""
    is_changed = cursor.execute("select 1 from changed limit 1").fetchall()
    if account is not None or table not in _OF_TABLE or not is_changed:
        return None
    known, strange, is_strange = cursor.execute(_OF_TABLE[table].format(staged=staged)).fetchall()[0]
    return OtherAccount(known=int(known), strange=int(strange)) if is_strange else None


def account_question(found: OtherAccount) -> Message:
    """What its owner is asked."""
    text = N_(
        "{strange} of {known} rows bear the names or numbers of rows that are there and say something altogether"
        " different. Is this file of another account or shop? Then give it a name; else it replaces those rows."
    )
    return Message(text, {"strange": found.strange, "known": found.known})
