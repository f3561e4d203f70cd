"""Rows that bear the names of rows that are there and say something altogether different: another account or shop?

Two shops number their orders alike, and campaigns of two accounts bear one name. A file that does not say whose it is
would replace what the other one said. A correction changes some of the figures, or all by one factor; it does not give
orders another time or amount *and* another customer, nor orders and campaigns wholly other figures throughout.

Where a file looks like that and ``Mapping.account`` is None, its owner is asked: a name makes it another account's;
``SAME`` says that it corrects what is there.
"""

from typing import Any

from omnidash.ingest.result import OtherAccount
from omnidash.model.messages import N_, Message

SAME = ""  # the account of a file whose owner says that it corrects what is there

# Two figures are alike within a tenth, the same within a thousandth. A correction leaves many as they were, or alters
# them a little, or all by one factor (a tax, a currency), or only upwards (days that went on).
_JUDGED = """
    select *, abs(now - before) <= 0.1 * greatest(abs(now), abs(before)) as is_alike,
        abs(now - before) <= 0.001 * greatest(abs(now), abs(before)) as is_same,
        now < 0.8 * before as shrank, before < 0.8 * now as grew, now / nullif(before, 0) as factor
    from pairs
"""
_ARE_OTHERS = """
    count(*) filter (is_alike) < 0.5 * count(*) and count(*) filter (is_same) < 0.1 * count(*)
        and count(*) filter (shrank) >= 0.2 * count(*) and coalesce(max(factor) > 1.1 * min(factor), true)
"""
_SPEND = f"""
    with pairs as (
        select cast(new.cost_base as double) as now, cast(old.cost_base as double) as before
        from {{staged}}.spend new join spend old using (spend_id)
        where new.account is null and new.spread_days is null and old.spread_days is null),
    judged as ({_JUDGED})
    select count(*), count(*) filter (not is_alike), count(*) >= 4 and {_ARE_OTHERS} from judged
"""  # noqa: S608  (our expressions)
# Orders and events with ids: more than a day apart (zones differ by less) and of another person, or of another amount
# where nobody is named. Nearer in time, or by days only, person and amount must both be others, for a later export may
# state the payment's moment or the recipient; and where nobody is named, all amounts tell together, as costs do.
_EVENTS = f"""
    with pairs as (
        select abs(epoch(new.ts) - epoch(old.ts)) > 26 * 3600 as is_far,
            case when said.type = known.type then new.identifier_id <> old.identifier_id end as is_other_person,
            cast(new.revenue as double) as now, cast(old.revenue as double) as before
        from {{staged}}.event new join event old using (event_id)
        left join {{staged}}.identifier said on said.identifier_id = new.identifier_id
        left join identifier known on known.identifier_id = old.identifier_id),
    judged as (
        select *, case when is_far then coalesce(is_other_person, not is_same)
                       else is_other_person and not is_same end as is_strange
        from ({_JUDGED})),
    by_amount as (
        select count(*) as known, count(*) filter (not is_alike) as strange,
            count(*) >= 5 and count(*) filter (grew) >= 0.2 * count(*) and {_ARE_OTHERS} as is_strange
        from judged where is_other_person is null and before <> 0 and now <> 0),
    by_person as (
        select count(is_strange) as known, count(*) filter (is_strange) as strange,
            count(is_strange) >= 3 and count(*) filter (is_strange) > 0.5 * count(is_strange) as is_strange
        from judged)
    from by_person union all from by_amount order by is_strange desc nulls last limit 1
"""  # noqa: S608  (our expressions)
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
