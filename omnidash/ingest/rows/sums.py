"""What the rows of a file that are taken come to, as its owner would check it against the platform's own screen.

    sums          measure -> total, as decimal text. Money in one currency is in that currency, as the file states it.
                  Money in several is converted into the workspace's, row by row at the rates the rows are stored at;
                  it is left out where a rate is missing (reports are never converted).
    by_currency   measure of money -> currency -> total, as the file states it. Amounts of zero name no currency.

Currencies are never added to each other: 100 CNY and 20 USD at 7.2 are ``{"cost": "244"}`` and
``{"cost": {"CNY": "100", "USD": "20"}}``.

Of events: refunds are taken off, however the file writes them.

Of orders: revenue = of those that were paid; refund = what was given back, by orders below zero too; unpaid = of orders
and lines that were not paid. Nothing is in two of them: revenue + unpaid - refunds of orders below zero is the sum of
the file's revenue column (or of its lines' worth).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows import events, reports, spend
from omnidash.ingest.rows.cells import zone_params
from omnidash.ingest.rows.rates import file_currency
from omnidash.model.defaults import REFUND_ACTION
from omnidash.store.workspace import Staging, Workspace

MONEY_MEASURES = ("cost", "revenue", "refund", "unpaid", "claimed_revenue")
_OF_COLUMNS = {"events": events.SUMS, "spend": spend.SUMS, "reports": reports.SUMS}
_OF_ORDERS = ("revenue", "refund", "unpaid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """See the module."""

    totals: dict[str, str]
    by_currency: dict[str, dict[str, str]]


def sums(ws: Workspace, staging: Staging, mapping: Mapping) -> Sums:
    """Of a file whose rows are staged. A measure is there where a column of the file tells it; refunds and unpaid
    amounts of orders also where a status does."""
    measures, stated, kept = _measures(mapping), _stated(mapping), _kept(mapping)
    if not measures:
        return Sums(totals={}, by_currency={})
    params = {
        "of_file": file_currency(ws, mapping),
        "own": ws.settings.currency,
        **zone_params("day_zone", ws.settings.timezone),
    }
    parts = _summed(staging, stated, measures, params)
    told = [m for m in measures if mapping.kind != "orders" or m in _told_of_orders(mapping, parts)]
    by_currency = {
        m: {c: _plain(part[m]) for c, part in parts.items() if part[f"{m}_rows"]} for m in told if m in MONEY_MEASURES
    }
    several = [m for m, currencies in by_currency.items() if len(currencies) > 1]
    converted = _converted(staging, kept, several, params) if several and kept else {}
    totals = {}
    for m in told:
        as_stated = sum((part[m] or Decimal(0) for part in parts.values()), Decimal(0))
        total = converted.get(m) if m in several else as_stated
        if total is not None:
            totals[m] = _plain(total)
    return Sums(totals=totals, by_currency={m: found for m, found in by_currency.items() if found})


def _measures(mapping: Mapping) -> tuple[str, ...]:
    if mapping.kind == "orders":
        return ("refund",) if mapping.is_refunds else _OF_ORDERS
    given = {*mapping.columns.values(), *mapping.constants}
    return tuple(column for column in _OF_COLUMNS[mapping.kind] if column in given)


def _told_of_orders(mapping: Mapping, parts: dict[str, dict[str, Decimal]]) -> set[str]:
    if mapping.is_refunds:
        return {"refund"}
    there = {m for m in ("refund", "unpaid") if any(part[f"{m}_rows"] for part in parts.values())}
    return {"revenue", *there, *({"refund"} & set(mapping.columns.values()))}


def _stated(mapping: Mapping) -> str:
    """Rows of ``currency`` and measures, as the file states them."""
    if mapping.kind == "orders":
        return _refunds() if mapping.is_refunds else _orders()
    has_money = not {*MONEY_MEASURES}.isdisjoint(_measures(mapping))
    currency = "coalesce(currency, $of_file)" if has_money else "$of_file"
    if mapping.kind == "events" and has_money and "action" in {*mapping.columns.values(), *mapping.constants}:
        return f"""
            select {currency} as money, parsed.* replace (
                case when a.action = '{REFUND_ACTION}' then -abs(revenue) else revenue end as revenue)
            from parsed left join action_map a on a.label = parsed.action where problem is null
        """  # noqa: S608  (our expressions)
    return f"select {currency} as money, * from parsed where problem is null"  # noqa: S608  (one of two expressions)


def _kept(mapping: Mapping) -> str:
    """Rows of ``money``, ``day`` and measures, as the workspace will hold them; nothing of reports."""
    if mapping.kind == "orders":
        return _refunds() if mapping.is_refunds else _orders()
    table = {"events": "event", "spend": "spend", "reports": ""}[mapping.kind]
    return f"select currency as money, * from {table}" if table else ""  # noqa: S608  (a word of ours)


def _refunds() -> str:
    return "select currency as money, day, -revenue as refund from event"


def _orders() -> str:
    return """
        select coalesce(currency, $of_file) as money,
            cast(wall_of_utc(ts, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset) as date) as day,
            case when action = 'purchase' then revenue end as revenue, returned as refund,
            left_out + case when action not in ('purchase', 'refund') then revenue else 0 end as unpaid
        from bought
    """


def _summed(
    staging: Staging, rows: str, measures: Sequence[str], params: dict[str, object]
) -> dict[str, dict[str, Decimal]]:
    """Currency -> measure -> total, and ``…_rows``: how many rows say more or less than nothing."""
    columns = ", ".join(f"sum({m}) as {m}, count(*) filter ({m} <> 0) as {m}_rows" for m in measures)
    statement = f"with stated as ({rows}) select money, {columns} from stated group by money order by money"  # noqa: S608  (field names)
    found = staging.cursor.execute(statement, _needed(statement, params))
    names = [name for name, *_ in found.description]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in found.fetchall()}


def _converted(
    staging: Staging, rows: str, measures: Sequence[str], params: dict[str, object]
) -> dict[str, Decimal | None]:
    """Measure -> total in the workspace's currency; None where an amount has no rate."""
    columns = ", ".join(
        f"case when count(*) filter ({m} <> 0 and worth is null) = 0"
        f" then sum(cast(cast({m} as decimal(28, 6)) * worth as decimal(38, 6))) end as {m}"
        for m in measures
    )
    statement = f"""
        with kept as ({rows}),
        worthy as (
            select kept.*, case when money = $own then 1 else rate.rate end as worth
            from kept left join rate on rate.currency = money and rate.day = kept.day)
        select {columns} from worthy
    """  # noqa: S608  (field names, our expressions)
    totals = staging.cursor.execute(statement, _needed(statement, params)).fetchall()[0]
    return dict(zip(measures, totals, strict=True))


def _needed(statement: str, params: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in params.items() if f"${name}" in statement}


def _plain(total: Decimal | None) -> str:
    return format(Decimal(total or 0).normalize(), "f")
