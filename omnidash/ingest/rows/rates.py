"""Currency rates users give us. A missing rate is an error that names currency and day; it is never taken as 1.0."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from omnidash.ingest.meaning.mapping import Mapping, require_currency
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Staging, Workspace


def set_rates(ws: Workspace, rates: Iterable[tuple[str, date, Decimal]]) -> int:
    """Store (currency, day, value of one unit in the workspace's currency); the same day again replaces, and what was
    converted at another rate is converted anew. Returns count.

    Raises BadInput on a currency that is none and on a rate that is not above zero.
    """
    rows = list(rates)
    for currency, day, rate in rows:
        require_currency(currency)
        if not rate.is_finite() or rate <= 0:
            raise BadInput(
                N_("rate {rate} of {currency} on {day} is not above zero"), rate=rate, currency=currency, day=day
            )
    if rows:
        with ws.writing("rates") as cursor:
            cursor.executemany("insert or replace into rate values (?, ?, ?)", rows)
            _convert_anew(cursor, ws.settings.currency)
    return len(rows)


def known_rates(ws: Workspace) -> list[tuple[str, date, date, Decimal]]:
    """(currency, first day, last day, rate) of all rates, days in a row with the same rate together."""
    rows = ws.rows(
        """
        with steps as (
            select currency, day, rate,
                day - cast(row_number() over (partition by currency, rate order by day) as integer) as run
            from rate)
        select currency, min(day), max(day), rate from steps group by currency, rate, run order by currency, min(day)
        """
    )
    return [(currency, first, last, rate) for currency, first, last, rate in rows]


def _convert_anew(cursor: Any, own: str) -> None:
    """Amounts in the workspace's currency, of all rows whose day has another rate than the one they were converted at;
    of rows kept for an undo as well. A refund told by its order's own export is converted as the order is."""
    for table, amount, digits in (("event", "revenue", 4), ("spend", "cost", 6)):
        of_order = "json_extract_string(t.properties, '$.refund') is not distinct from 'total'"
        for place in (table, f"{table}_restated"):
            value = f"cast(cast(t.{amount} as decimal(28, {digits})) * rate.rate as decimal(18, {digits}))"
            is_another = f"t.currency <> $own and t.{amount} is not null and t.{amount}_base is distinct from {value}"
            cursor.execute(
                f"update {place} t set {amount}_base = {value} from rate"  # noqa: S608  (words of our own)
                f" where t.currency = rate.currency and t.day = rate.day and {is_another}"
                + (f" and not ({of_order})" if table == "event" else ""),
                {"own": own},
            )
            if table == "event":
                cursor.execute(
                    f"update {place} t set {amount}_base = {value} from rate, {place} o"  # noqa: S608
                    f" where {of_order} and o.batch_id = t.batch_id and o.row_number = t.row_number"
                    " and o.order_id = t.order_id and o.action <> t.action"
                    f" and t.currency = rate.currency and o.day = rate.day and {is_another}",
                    {"own": own},
                )


def stage_rates(ws: Workspace, staging: Staging) -> None:
    """Staging table ``rate(currency, day, rate)``: a copy of the workspace's."""
    staging.cursor.execute("create table rate (currency varchar, day date, rate decimal(18, 8))")
    rows = ws.rows("select currency, day, rate from rate")
    if rows:
        staging.cursor.executemany("insert into rate values (?, ?, ?)", rows)


def file_currency(ws: Workspace, mapping: Mapping) -> str:
    """The currency of rows that name none: the mapping's, else the workspace's."""
    return mapping.constants.get("currency") or mapping.currency or ws.settings.currency


def require_rates(staging: Staging, name: str, workspace_currency: str, table: str) -> None:
    """Raise BadInput where a row of staging ``table`` (event or spend) has an amount in a currency without a rate."""
    amount = {"event": "revenue", "spend": "cost"}[table]
    missing = staging.cursor.execute(
        f"""
        select currency, min(day), max(day), count(distinct day) from {table}
        where {amount} is not null and {amount} <> 0 and {amount}_base is null and currency <> $own
        group by currency order by currency limit 1
        """,  # noqa: S608  (two words of our own)
        {"own": workspace_currency},
    ).fetchall()
    if missing:
        currency, first, last, days = missing[0]
        raise BadInput(
            N_(
                "{file}: no rate of {currency} to {own} for {first} ({days} days missing up to {last});"
                " enter rates or name the right currency"
            ),
            file=name,
            currency=currency,
            own=workspace_currency,
            first=first.isoformat(),
            last=last.isoformat(),
            days=days,
        )
