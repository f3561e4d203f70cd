"""Figures of platform exports rolled up over items and days, each by its own rule (``ingest.meaning.formula``).

    sum         added; null where no row states it
    cumulative  a running total: added over the items of one day (or one period), null over several
    average     null: neither is it added nor is the mean of means a mean (the export's own value is not kept)
    a formula   recomputed from the figures above; null where one of them is null or a divisor is zero

Standard figures (cost, visitors, revenue …) add up. Figures are claims of the platform in the currency of its export;
they are never added to orders, and of several currencies each is rolled up for itself. The same figure in a file of
another language or an older one has the profile's first name for it.

Formula: as above; a ratio is a ratio of sums. Null and zero: see the rules.
Example: 68 of 11,269 and 66 of 12,118 visitors bought -> 134 / 23,387 = 0.57 %, not the mean of 0.60 % and 0.54 %.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

import polars as pl

from omnidash.ingest.meaning.fields import FIELDS
from omnidash.ingest.meaning.formula import CUMULATIVE, SUM, is_formula, renamed
from omnidash.ingest.meaning.mapping import Mapping as FileMapping
from omnidash.ingest.meaning.profiles import profiles
from omnidash.metrics.arithmetic import evaluated
from omnidash.model.period import Period
from omnidash.store import Workspace

Group = Literal["channel", "item", "day"]
STANDARD = {
    kind: tuple(f.name for f in FIELDS[kind] if f.value in ("amount", "count") and f.name != "day_number")
    for kind in ("reports", "spend")
}


def rolled_up(sums: Mapping[str, Decimal], rules: Mapping[str, str], *, periods: int) -> dict[str, Decimal | None]:
    """Every figure of ``sums`` or ``rules`` by its rule. ``sums``: figure -> sum over the rows; ``rules``: figure ->
    rule, 'sum' where it names none; ``periods``: how many different days (or ranges of days) the rows are of.

    Raises BadInput where a formula cannot be read.
    """
    plain: dict[str, Decimal | None] = {}
    for name in dict.fromkeys((*sums, *rules)):
        rule = rules.get(name, SUM)
        if not is_formula(rule):
            is_there = rule == SUM or (rule == CUMULATIVE and periods == 1)
            plain[name] = sums.get(name) if is_there else None
    return {
        name: evaluated(rules[name], plain) if is_formula(rules.get(name, SUM)) else plain[name]
        for name in dict.fromkeys((*sums, *rules))
    }


def report_sections(workspace: Workspace) -> pl.DataFrame:
    """What reports there are: [section, channel, rows Int64, items Int64, first_day, last_day Date], newest first."""
    return workspace.frame(
        """
        select section, channel, cast(count(*) as bigint) as rows, cast(count(distinct item) as bigint) as items,
            min(day) as first_day, max(last_day) as last_day
        from report group by section, channel order by last_day desc, section, channel
        """
    )


def report_figures(workspace: Workspace, section: str, period: Period, *, by: Group = "channel") -> pl.DataFrame:
    """A report rolled up over the rows that lie within ``period``: one row per channel, currency and item or day.

    Returns [channel String, currency String, item String | day Date (as ``by`` says), periods Int64, and a Float64
    column per figure], sorted by channel, currency and group. Where rows of longer ranges and of their days are both
    there, the days are taken if they are complete, else the range, never both. By day, ranges are left out.
    """
    rows = _ROWS_OF_REPORTS.replace("{days}", "true" if by != "day" else "day = last_day")
    return _rolled_table(workspace, rows, {"section": section, **_of(period)}, by, "reports")


def spend_figures(workspace: Workspace, period: Period, *, by: Group = "channel") -> pl.DataFrame:
    """The same of all spend rows of ``period``, with what their exports count beside the standard columns.

    ``by='item'``: one row per campaign. Costs are in the currency of the export.
    """
    return _rolled_table(workspace, _ROWS_OF_SPEND, _of(period), by, "spend")


# Of one item of one account or shop, a range whose days are all covered by shorter ones gives way to them, and they to
# it where they are not.
_ROWS_OF_REPORTS = """
    within as (
        select *, coalesce(item, '') as item_key, coalesce(channel, '') as channel_key,
            coalesce(account, '') as account_key
        from report where section = $section and day >= $first_day and last_day <= $last_day and {days}
    ),
    span as (select distinct channel_key, account_key, item_key, day, last_day from within),
    pair as (
        select l.channel_key, l.account_key, l.item_key, l.day, l.last_day,
            f.day as inner_day, f.last_day as inner_last_day
        from span l join span f on f.channel_key = l.channel_key and f.account_key = l.account_key
            and f.item_key = l.item_key
            and f.day >= l.day and f.last_day <= l.last_day and f.last_day - f.day < l.last_day - l.day
    ),
    inner_day as (
        select channel_key, account_key, item_key, day, last_day,
            unnest(generate_series(inner_day, inner_last_day, interval 1 day)) as covered
        from pair
    ),
    replaced as (
        select channel_key, account_key, item_key, day, last_day from inner_day
        group by channel_key, account_key, item_key, day, last_day having count(distinct covered) = last_day - day + 1
    ),
    dropped as (
        select * from replaced
        union
        select channel_key, account_key, item_key, inner_day, inner_last_day
        from pair anti join replaced using (channel_key, account_key, item_key, day, last_day)
    ),
    chosen as (
        select batch_id, coalesce(channel, '') as channel, currency, coalesce(item, '') as item, day, last_day, figures
        from within anti join dropped using (channel_key, account_key, item_key, day, last_day)
    )
"""
_ROWS_OF_SPEND = f"""
    chosen as (
        select batch_id, channel, currency, coalesce(campaign, '') as item, day, day as last_day,
            map_concat(
                map_from_entries(list_filter(list_zip([{", ".join(f"'{n}'" for n in STANDARD["spend"])}],
                    [{", ".join(f"cast({n} as decimal(24, 6))" for n in STANDARD["spend"])}]),
                    lambda e: e[2] is not null)),
                coalesce(figures, map([]::varchar[], []::decimal(24, 6)[]))) as figures
        from spend where day between $first_day and $last_day
    )
"""  # noqa: S608  (our measures)


def _rolled_table(workspace: Workspace, rows: str, params: dict[str, object], by: Group, kind: str) -> pl.DataFrame:
    group = "channel" if by == "channel" else by
    periods = {
        key: count
        for *key_parts, count in workspace.rows(
            f"with {rows} select channel, currency, {group}, count(distinct (day, last_day)) from chosen"  # noqa: S608
            " group by all order by all",
            params,
        )
        if (key := tuple(key_parts))
    }
    stated = workspace.rows(
        f"""
        with {rows},
        entry as (
            select batch_id, channel, currency, {group} as grouped, unnest(map_entries(figures)) as e from chosen)
        select channel, currency, grouped, batch_id, e.key, sum(e.value) from entry group by all order by all
        """,  # noqa: S608  (named steps of our own)
        params,
    )
    books = _books_of(workspace, sorted({row[3] for row in stated}))
    rules = {name: rule for book in books.values() for name, rule in book.rules.items()}
    sums: dict[tuple[object, ...], dict[str, Decimal]] = {key: {} for key in periods}
    for *key_parts, batch_id, name, total in stated:
        of_group, known_as = sums[tuple(key_parts)], books[batch_id].name_of(name)
        of_group[known_as] = of_group.get(known_as, Decimal()) + total
    rolled = [rolled_up(of_group, rules, periods=periods[key]) for key, of_group in sums.items()]
    return _framed(list(sums), list(periods.values()), rolled, by, kind)


def _framed(
    keys: list[tuple[object, ...]], periods: list[int], rolled: list[dict[str, Decimal | None]], by: Group, kind: str
) -> pl.DataFrame:
    """One row per group: its keys, its number of periods, and its figures, the standard ones first."""
    channels, currencies, groups = (list(column) for column in zip(*keys, strict=True)) if keys else ([], [], [])
    columns = {"channel": pl.Series(channels, dtype=pl.String), "currency": pl.Series(currencies, dtype=pl.String)}
    if by != "channel":
        columns[by] = pl.Series(groups, dtype=pl.Date if by == "day" else pl.String)
    columns["periods"] = pl.Series(periods, dtype=pl.Int64)
    found = list(dict.fromkeys(name for row in rolled for name in row))
    for name in [*(n for n in STANDARD[kind] if n in found), *(n for n in found if n not in STANDARD[kind])]:
        columns[name] = pl.Series([_number(row.get(name)) for row in rolled], dtype=pl.Float64)
    return pl.DataFrame(columns)


@dataclass(frozen=True, slots=True)
class _Book:
    """How the files of one import call their figures, and by which rules these add up."""

    profile: str
    rules: dict[str, str]

    def name_of(self, name: str) -> str:
        return _first_name(self.profile, name)


@cache
def _first_name(profile: str, name: str) -> str:
    if name in STANDARD["reports"] or name in STANDARD["spend"]:
        return name  # a field already, whatever header the profile has for it
    known = next((p for p in profiles() if p.name == profile), None)
    return known.first_spelling(name) if known is not None else name


def _books_of(workspace: Workspace, batches: Sequence[int]) -> dict[int, _Book]:
    rows = workspace.rows(
        "select batch_id, mapping from batch where list_contains($batches, batch_id) order by batch_id",
        {"batches": list(batches)},
    )
    return {batch_id: _book(FileMapping.from_json(json.loads(mapping))) for batch_id, mapping in rows}


def _book(mapping: FileMapping) -> _Book:
    def known_as(name: str) -> str:
        """A column as the roll-up knows it: the field it is mapped to, else the figure's first name."""
        return mapping.columns.get(name) or _first_name(mapping.profile, name)

    rules = {
        known_as(name): renamed(rule, known_as) if is_formula(rule) else rule for name, rule in mapping.figures.items()
    }
    return _Book(profile=mapping.profile, rules=rules)


def _of(period: Period) -> dict[str, object]:
    return {"first_day": period.first_day, "last_day": period.last_day}


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
