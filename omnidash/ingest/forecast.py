"""What a judged import means in days, money and gaps: the facts of the dry run and the warnings of the import.

Reads the temporary tables that ``outcome.judge`` has left on the cursor; writes nothing. Money is in the workspace's
currency. *Restated* is what stood under the keys that are replaced, against what will stand in their place.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from omnidash.ingest.result import Change, Gap, Overlap, Restatement, Vanished
from omnidash.ingest.rows.ranges import even_shares
from omnidash.ingest.tables import MONEY
from omnidash.ingest.twice_sold import same_sales
from omnidash.ingest.vanished import KEY_FIELDS, told_by, vanished_sentence
from omnidash.model.messages import N_, Message

_DAYS_SHOWN = 5
# Of a share of a range: its even part of what was stated, as a file's own shares are, not what is left of it here.
_NUMBERED = "(select *, day - range_first + 1 as nth from spend) spend"
_STATED_BEFORE = f"""
    case when range_first is null then cost_base
         when currency = $own or {even_shares()["cost"]} = 0 then {even_shares()["cost"]}
         else cast(cast({even_shares()["cost"]} as decimal(28, 6)) * (
            select rate from rate r where r.currency = spend.currency and r.day = spend.day) as decimal(18, 6)) end
"""  # noqa: S608  (our expressions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """See ``result.DryRun``, whose fields these are."""

    restatement: Restatement | None
    gaps: tuple[Gap, ...]
    overlaps: tuple[Overlap, ...]
    vanished: tuple[Vanished, ...] = ()
    missing_campaigns: str | None = None
    same_sales: tuple[Message, ...] = ()
    few_same_sales: tuple[Message, ...] = ()

    @property
    def warnings(self) -> tuple[Message, ...]:
        """Gaps, overlaps, vanished campaigns and sales told twice as sentences."""
        return (
            *(_gap_sentence(gap) for gap in self.gaps),
            *(_overlap_sentence(o) for o in self.overlaps),
            *(vanished_sentence(v, self.missing_campaigns) for v in self.vanished),
            *self.same_sales,
            *self.few_same_sales,
        )


def forecast(
    cursor: Any,
    staged: str,
    table: str,
    *,
    source: str,
    fields: set[str],
    first_day: date | None,
    last_day: date | None,
    vanished: tuple[Vanished, ...] = (),
    missing_campaigns: str | None = None,
    looks_for_sales: bool = True,
    own_currency: str,
) -> Forecast:
    """``source``: what delivers the file; ``fields``: what its mapping provides; ``missing_campaigns``: what becomes of
    those that ``vanished``; ``looks_for_sales``: whether sales may be told twice; ``own_currency``: the workspace's."""
    has_days = first_day is not None and last_day is not None and table != "report"
    looks = table == "event" and has_days and looks_for_sales
    asked, few = same_sales(cursor, staged) if looks else ((), ())
    return Forecast(
        restatement=_restatement(cursor, staged, table, own_currency),
        gaps=tuple(_gaps(cursor, staged, table, source, first_day, last_day)) if has_days else (),
        overlaps=tuple(_overlaps(cursor, staged, source, fields)) if table == "spend" else (),
        vanished=vanished,
        missing_campaigns=missing_campaigns,
        same_sales=asked,
        few_same_sales=few,
    )


def _restatement(cursor: Any, staged: str, table: str, own_currency: str) -> Restatement | None:
    key, money = f"{table}_id", MONEY[table]
    before = after = money[1] if money else "cast(null as decimal(18, 4))"
    rows, params = table, {}
    if table == "spend":
        before, rows, params = _STATED_BEFORE, _NUMBERED, {"own": own_currency}
    touched = cursor.execute(
        f"""
        with touched as (
            select day, channel, {before} as before, null as after from {rows}
            where {key} in (select key from stale where subject = '{table}')
            union all
            select day, channel, null, {after} from {staged}.{table}
            where {key} in (select key from changed where subject = '{table}'))
        select channel, list(distinct day), sum(before), sum(after) from touched group by channel order by channel
        """,  # noqa: S608  (table contracts)
        params,
    ).fetchall()
    if not touched:
        return None
    changes = [
        Change(channel=channel, before=before or Decimal(0), after=after or Decimal(0), days=len(days))
        for channel, days, before, after in touched
    ]
    days = sorted({day for _, some, _, _ in touched for day in some})
    has_money = any(before is not None or after is not None for _, _, before, after in touched)
    return Restatement(
        measure=money[0] if money and has_money else None,
        days=tuple(days),
        channels=tuple(c.channel for c in changes if c.channel is not None),
        total=Change(
            channel=None,
            before=sum((c.before for c in changes), Decimal(0)),
            after=sum((c.after for c in changes), Decimal(0)),
            days=len(days),
        ),
        by_channel=tuple(c for c in changes if c.channel is not None),
    )


def _gaps(
    cursor: Any, staged: str, table: str, source: str, first_day: date | None, last_day: date | None
) -> list[Gap]:
    """Days the workspace knows from this source and the file leaves out, by channel; and of spend the days within the
    file without a single row, known or not, taken or set aside."""
    account = "coalesce(account, '')" if table == "spend" else "''"
    known = cursor.execute(
        f"""
        with told as (select distinct channel, {account} as account, day from {staged}.{table}),
        there as (
            select t.channel, {account} as account, t.day from {table} t
            where t.day between $first and $last and t.batch_id in (select batch_id from batch where source = $source)
                and t.{table}_id not in (select key from stale where subject = '{table}')
            group by t.channel, {account}, t.day)
        select channel, list(distinct day order by day) from there
        where (channel, account) in (select (channel, account) from told)
            and (channel, account, day) not in (select (channel, account, day) from told)
        group by channel order by channel
        """,  # noqa: S608  (table contracts)
        {"first": first_day, "last": last_day, "source": source},
    ).fetchall()
    gaps = [Gap(channel=channel, days=tuple(days), is_known=True) for channel, days in known]
    if table == "spend" and first_day is not None and last_day is not None:
        told = {day for (day,) in cursor.execute(f"select distinct day from {staged}.spend").fetchall()}  # noqa: S608
        told |= {day for (day,) in cursor.execute(f"select day from {staged}.reject_day").fetchall()}  # noqa: S608
        told |= {day for gap in gaps for day in gap.days}
        days = (first_day + timedelta(days=n) for n in range((last_day - first_day).days))
        if missing := tuple(day for day in days if day not in told):
            gaps.append(Gap(channel=None, days=missing, is_known=False))
    return gaps


def _overlaps(cursor: Any, staged: str, source: str, fields: set[str]) -> list[Overlap]:
    """Spend of the same days and channels that another source told, or this one by other keys (campaigns instead of
    ads); what the file restates or repeats is no overlap, nor are ranges and days that are fitted to each other."""
    item = "coalesce(account, ''), coalesce(campaign, ''), coalesce(ad, '')"
    rows = cursor.execute(
        f"""
        select s.channel, min(s.day), max(s.day), count(distinct s.day), sum(s.cost_base), b.batch_id, b.file_name,
            b.source, b.mapping
        from spend s join batch b using (batch_id) join {staged}.label_key k on k.label = s.raw_channel
        where (s.day, s.channel) in (select (day, channel) from {staged}.spend)
            and (s.day, k.base, {item}) not in (
                select (day, base, {item}) from {staged}.spend n join {staged}.label_key l on l.label = n.raw_channel)
            and s.spend_id not in (select spend_id from {staged}.spend)
            and s.spend_id not in (select key from stale where subject = 'spend')
        group by all order by s.channel, b.batch_id
        """  # noqa: S608  (table contracts)
    ).fetchall()
    overlaps = []
    for channel, first, last, days, cost, batch_id, file, other, mapping in rows:
        keyed_by = told_by(mapping)
        if other != source or keyed_by != fields & KEY_FIELDS:
            overlaps.append(
                Overlap(
                    channel=channel, first_day=first, last_day=last, days=days, cost=cost, batch_id=batch_id, file=file
                )
            )
    return overlaps


def _gap_sentence(gap: Gap) -> Message:
    first, count = gap.days[0], len(gap.days)
    values = {"channel": gap.channel, "count": count, "days_with_year": list(gap.days[:_DAYS_SHOWN])}
    if not gap.is_known:
        if count == 1:
            return Message(
                N_("there is no row for {day_with_year}, which lies within the file's days"), {"day_with_year": first}
            )
        if count <= _DAYS_SHOWN:
            return Message(N_("there are no rows for {days_with_year}, which lie within the file's days"), values)
        return Message(N_("there are no rows for {count} days within the file's days: {days_with_year} …"), values)
    if count <= _DAYS_SHOWN:
        return Message(
            N_("{channel}: the file has no rows for {days_with_year}; the rows known from earlier files stay"), values
        )
    return Message(
        N_(
            "{channel}: the file has no rows for {count} days ({days_with_year} …); the rows known from earlier files"
            " stay"
        ),
        values,
    )


def _overlap_sentence(overlap: Overlap) -> Message:
    return Message(
        N_(
            "{channel} {first_day} – {last_day} is already there from '{file}' (cost {cost_money}, batch {batch});"
            " importing both counts it twice"
        ),
        {
            "channel": overlap.channel,
            "first_day": overlap.first_day,
            "last_day": overlap.last_day,
            "file": overlap.file,
            "cost_money": str(overlap.cost),
            "batch": overlap.batch_id,
        },
    )
