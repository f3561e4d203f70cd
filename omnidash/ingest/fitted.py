"""Shares of ranges, fitted to finer figures: several exports may speak of the same days of one campaign, by day, by
week and by month, and what they say is one and the same money. Each figure is fitted for itself: days of which only the
cost is known in finer rows still get their share of a range's clicks.

An *item* is a channel (as the export calls it), account, campaign and ad. Its ranges are taken from the shortest to the
longest, of one length from the earliest to the latest. Where single days, or ranges taken before, have figures for a
day of a range, these stand; what the range states beyond them is spread evenly over its other days. So an export of
1-10 June and one of 1-20 June give the first ten days what the first says and the other ten the rest.

Rows that one file states side by side are parts of a whole (ad groups without their names, say) and are never fitted to
each other.

The shares are a function of the rows that the imports in use state, whatever the order they came in; ``refit`` computes
them anew for the items of an import and of an undo.

>>> 1-2 July 100, and 40 on 1 July: 40 on 1 July, 60 on 2 July. 1-3 July 90, 2-4 July 100: 30, 30, 30, 40
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from omnidash.ingest.rows.ranges import DIGITS, FIGURE_DIGITS, even_shares
from omnidash.model.defaults import key_of_label
from omnidash.model.messages import N_, Message

_FIGURE = "figure "  # in front of the names of other figures than the standard measures
_ITEM = "base, coalesce(account, ''), coalesce(campaign, ''), coalesce(ad, '')"
_STATED = ", ".join(f"stated_{name}" for name in DIGITS)
_OWN = ", ".join(DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A row of an export about ``days`` days of one item. ``units``: its figures in whole units (of 0.000001 for cost,
    see ``rows.ranges``); ``told_by``: the imports that say it."""

    row: tuple[Any, ...]
    first_day: date
    days: int
    currency: str
    units: Mapping[str, int]
    told_by: frozenset[int]

    @property
    def every_day(self) -> list[date]:
        """The days it is about."""
        return [self.first_day + timedelta(days=n) for n in range(self.days)]


Shares = dict[tuple[Any, ...], dict[date, Mapping[str, int]]]


def fit(rows: Iterable[Stated]) -> Shares:
    """``fit_and_rest`` without the rest."""
    return fit_and_rest(rows)[0]


def fit_and_rest(rows: Iterable[Stated]) -> tuple[Shares, list[tuple[Stated, str, int]]]:
    """The shares of each row of several days of one item: row -> day -> figures in whole units; figures of days that
    have finer ones are left out. Shares and finer figures of a range add up to it, unless the finer ones are more, or
    all of its days have finer ones: what the range states beyond them is on no day, and is the second that is returned
    (row, figure, units)."""
    unplaced: list[tuple[Stated, str, int]] = []
    known: dict[date, list[tuple[Stated, Mapping[str, int]]]] = defaultdict(list)
    ranges: dict[tuple[int, date], list[Stated]] = defaultdict(list)
    for row in rows:
        if row.days == 1:
            known[row.first_day].append((row, row.units))
        else:
            ranges[row.days, row.first_day].append(row)
    found: Shares = {}
    for _, together in sorted(ranges.items()):
        told_by = frozenset[int]().union(*(row.told_by for row in together))
        days = together[0].every_day
        finer = {day: [one for one in known[day] if not one[0].told_by & told_by] for day in days}
        rest = _rest(together, [one for figures in finer.values() for one in figures])
        open_days = {
            name: [day for day in days if not any(name in units for _, units in finer[day])]
            for name in {name for row in together for name in row.units}
        }
        for row in together:
            shares: dict[date, dict[str, int]] = defaultdict(dict)
            for name, left in rest[row.row].items():
                if left and not open_days[name]:
                    unplaced.append((row, name, left))
                for nth, day in enumerate(open_days[name], start=1):
                    shares[day][name] = _part(left, nth, len(open_days[name]))
            found[row.row] = dict(shares)
        for row in together:
            for day, units in found[row.row].items():
                known[day].append((row, units))
    return found, unplaced


def _rest(
    together: Sequence[Stated], finer: Sequence[tuple[Stated, Mapping[str, int]]]
) -> dict[tuple[Any, ...], dict[str, int]]:
    """What each row states beyond the finer figures; of several rows over the same days each gives up its part."""
    rest: dict[tuple[Any, ...], dict[str, int]] = {row.row: dict(row.units) for row in together}
    for name, currency in sorted({(name, row.currency) for row in together for name in row.units}):
        of_name = [row for row in together if row.currency == currency and name in row.units]
        whole = sum(row.units[name] for row in of_name)
        there = sum(units[name] for row, units in finer if row.currency == currency and name in units)
        if whole <= 0 or there <= 0:
            continue
        so_far = 0
        for row in sorted(of_name, key=lambda row: (sorted(row.units.items()), row.row)):
            before, so_far = so_far, so_far + row.units[name]
            taken = _quotient(min(there, whole) * so_far, whole) - _quotient(min(there, whole) * before, whole)
            rest[row.row][name] = row.units[name] - taken
    return rest


def _part(units: int, nth: int, days: int) -> int:
    return _quotient(units * nth, days) - _quotient(units * (nth - 1), days)


def _quotient(a: int, b: int) -> int:
    """Towards zero, as in SQL."""
    return a // b if a >= 0 else -(-a // b)


# ---- in the workspace ------------------------------------------------------------------------------------------------


def ends_spend(cursor: Any) -> bool:
    """Whether a judged file ends rows of spend: also one of another kind does, whose bytes were imported as spend."""
    return bool(cursor.execute("select 1 from stale where subject = 'spend' limit 1").fetchall())


def collect_staged(cursor: Any, staged: str | None) -> None:
    """Before rows are written: temporary table ``item`` of what a judged file and the rows it ends are about.
    ``staged``: the schema of the file's own rows of spend; None where it has none."""
    names = "raw_channel, account, campaign, ad"
    ended = f"select {names} from spend where spend_id in (select key from stale where subject = 'spend')"  # noqa: S608
    _make_items(cursor, f"select {names} from {staged}.spend union {ended}" if staged else ended)  # noqa: S608


def collect_batch(cursor: Any, batch_id: int) -> None:
    """Before an import is undone: the items it speaks of."""
    of_batch = f"batch_id = {int(batch_id)}"
    noted = f"spend_id in (select key from duplicate where subject = 'spend' and {of_batch})"  # noqa: S608
    names = "raw_channel, account, campaign, ad"
    _make_items(cursor, f"select {names} from spend where {of_batch} or {noted}"  # noqa: S608
                f" union select {names} from spend_restated where {of_batch} or by_{of_batch} or {noted}")  # fmt: skip


def _make_items(cursor: Any, rows: str) -> None:
    cursor.execute("create or replace temp table spend_key (label varchar, base varchar)")
    cursor.execute("create or replace temp table item (base varchar, account varchar, campaign varchar, ad varchar)")
    _note_keys(cursor, rows)
    cursor.execute(
        f"insert into item select distinct {_ITEM} from ({rows}) r join spend_key k on k.label = r.raw_channel"  # noqa: S608
    )


def _note_keys(cursor: Any, rows: str) -> None:
    """What labels are called in the keys of rows, whatever channel people assigned them to."""
    labels = [
        label
        for (label,) in cursor.execute(
            f"select raw_channel from ({rows}) union select raw_channel from spend"  # noqa: S608
            " union select raw_channel from spend_restated"
        ).fetchall()
        if label is not None
    ]
    cursor.execute(
        "insert into spend_key select unnest($labels), unnest($bases)",
        {"labels": labels, "bases": [key_of_label(label) for label in labels]},
    )


def refit(
    cursor: Any, own_currency: str, *, first_day: date | None = None, last_day: date | None = None
) -> list[Message]:
    """Compute the shares of the collected items' ranges anew, from what stands in the workspace now. Returns what to
    say of ranges that meet these days and state more than the finer figures of all of their days."""
    cursor.execute(
        f"""
        create or replace temp table of_item as
        select s.*, k.base from spend s join spend_key k on k.label = s.raw_channel
        where ({_ITEM}) in (select (base, account, campaign, ad) from item)
            and ({_ITEM}) in (
                select ({_ITEM}) from spend r join spend_key k on k.label = r.raw_channel where range_first is not null)
        """  # noqa: S608  (our expression)
    )
    cursor.execute(
        f"""
        create or replace temp table fitted_item as
        select distinct item from (
            select ({_ITEM}) as item, day from of_item group by all
            having count(distinct coalesce(range_first::varchar || '+' || spread_days::varchar, '')) > 1)
        """  # noqa: S608  (our expression)
    )
    _write(cursor, own_currency, _even())
    fitted, unplaced = _fitted(cursor)
    if not fitted.is_empty():
        cursor.register("fitted_share", fitted)
        try:
            _write(cursor, own_currency, "select * replace (map_from_entries(figures) as figures) from fitted_share")
        finally:
            cursor.unregister("fitted_share")
    for table in ("of_item", "fitted_item", "item", "spend_key"):
        cursor.execute(f"drop table {table}")
    if first_day is None or last_day is None:
        return []
    return _of_unplaced([one for one in unplaced if one[0].first_day <= last_day and one[0].every_day[-1] >= first_day])


def _of_unplaced(unplaced: Iterable[tuple[Stated, str, int]]) -> list[Message]:
    """What no day is left for, by figure and, of costs, by currency."""
    added: dict[tuple[str, str], int] = defaultdict(int)
    for row, name, units in unplaced:
        added[name, row.currency if name == "cost" else ""] += units
    text = N_(
        "ranges state {amount} {figure} more than the finer figures of all of their days; the finer figures stand, and"
        " the rest is on no day"
    )
    return [
        Message(text, {
            "amount": format(Decimal(units).scaleb(-DIGITS.get(name, FIGURE_DIGITS)).normalize(), "f"),
            "figure": f"{name.removeprefix(_FIGURE)} {currency}".strip(),
        })
        for (name, currency), units in sorted(added.items())
    ]  # fmt: skip


def _even() -> str:
    """Shares of ranges that nothing else speaks of."""
    shares = ", ".join(f"{share} as {name}" for name, share in even_shares().items())
    return f"""
        with numbered as (select *, day - range_first + 1 as nth from of_item where range_first is not null)
        select spend_id, {shares} from numbered where ({_ITEM}) not in (select item from fitted_item)
    """  # noqa: S608  (our expressions)


def _write(cursor: Any, own_currency: str, shares: str) -> None:
    """Rows of ``spend`` get their shares, and the cost in the workspace's currency at the rate of the day."""
    names = (*DIGITS, "figures")
    cursor.execute(
        f"""
        update spend set {", ".join(f"{name} = f.{name}" for name in names)},
            cost_base = case when currency = $own then f.cost when f.cost = 0 then 0
                else cast(cast(f.cost as decimal(28, 6)) * (
                    select rate from rate r where r.currency = spend.currency and r.day = spend.day) as decimal(18, 6))
                end
        from ({shares}) f
        where f.spend_id = spend.spend_id
            and ({" or ".join(f"spend.{name} is distinct from f.{name}" for name in names)})
        """,  # noqa: S608  (our expressions)
        {"own": own_currency},
    )


def _fitted(cursor: Any) -> tuple[pl.DataFrame, list[tuple[Stated, str, int]]]:
    """``spend_id`` and the measures of all shares of the fitted items; and what is on no day."""
    rows = cursor.execute(
        f"""
        with told as (
            select s.*, [s.batch_id] || coalesce(d.batches, []) as told_by
            from of_item s left join (
                select key, list(d.batch_id) as batches from duplicate d join of_item o
                    on d.subject = 'spend' and o.spend_id = d.key and d.batch_id > o.batch_id
                group by key) d on d.key = s.spend_id
            where ({_ITEM}) in (select item from fitted_item))
        select ({_ITEM}), spend_id, day, range_first, coalesce(spread_days, 1), batch_id, row_number, currency, told_by,
            case when range_first is null then [{_OWN}] else [{_STATED}] end,
            map_entries(case when range_first is null then figures else stated_figures end)
        from told order by day, spend_id
        """  # noqa: S608  (our expressions)
    ).fetchall()
    items: dict[Any, dict[tuple[Any, ...], Stated]] = defaultdict(dict)
    places: list[tuple[Any, tuple[Any, ...], int, date]] = []
    for item, key, day, range_first, days, batch_id, row_number, currency, told_by, measures, figures in rows:
        row = (key,) if range_first is None else (batch_id, row_number, range_first, days)
        if range_first is not None:
            places.append((item, row, key, day))
        if row not in items[item]:
            items[item][row] = Stated(
                row=row,
                first_day=range_first or day,
                days=1 if range_first is None else days,
                currency=currency,
                units=_units(measures, figures),
                told_by=frozenset(told_by),
            )
    found = {item: fit_and_rest(stated.values()) for item, stated in items.items()}
    shares = _frame([(key, found[item][0][row].get(day)) for item, row, key, day in places])
    return shares, [one for _, unplaced in found.values() for one in unplaced]


def _units(measures: Sequence[Any], figures: Sequence[Mapping[str, Any]] | None) -> dict[str, int]:
    standard = zip(DIGITS.items(), measures, strict=True)
    units = {name: int(Decimal(value).scaleb(digits)) for (name, digits), value in standard if value is not None}
    others = {_FIGURE + e["key"]: int(Decimal(e["value"]).scaleb(FIGURE_DIGITS)) for e in figures or ()}
    return {**units, **others}


def _frame(shares: Sequence[tuple[int, Mapping[str, int] | None]]) -> pl.DataFrame:
    """Days that keep finer figures have a share of zero cost and say nothing else."""
    money = pl.Decimal(38, FIGURE_DIGITS)
    columns: dict[str, list[Any]] = {"spend_id": [key for key, _ in shares]}
    for name, digits in DIGITS.items():
        columns[name] = [_amount(units, name, digits) for _, units in shares]
    columns["cost"] = [cost or Decimal(0) for cost in columns["cost"]]
    columns["figures"] = [
        [
            {"key": name.removeprefix(_FIGURE), "value": Decimal(units[name]).scaleb(-FIGURE_DIGITS)}
            for name in sorted(units)
            if name.startswith(_FIGURE)
        ]
        or None
        for _, units in ((key, units or {}) for key, units in shares)
    ]
    entries = pl.List(pl.Struct({"key": pl.String, "value": money}))
    return pl.DataFrame(
        columns, schema={"spend_id": pl.UInt64, **dict.fromkeys(DIGITS, money), "figures": entries}, strict=False
    )


def _amount(units: Mapping[str, int] | None, name: str, digits: int) -> Decimal | None:
    return None if units is None or name not in units else Decimal(units[name]).scaleb(-digits)
