"""Rows of spend, keyed by (day, channel, account, campaign, ad); the account is that of the file or of the row, if any.

Several rows of one file with the same key (per device, keyword, hour …) are kept apart by their ordinal in the order of
their values, so nothing is lost and a file in another row order is the same file. A row over several days is spread
over them (``ranges``). What the export counts beside the standard columns is kept as ``figures``.

A cost below zero is a credit: it is taken, and said.
"""

from decimal import Decimal

from omnidash.ingest.meaning.formula import CUMULATIVE
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.parse import hash_64
from omnidash.ingest.rows.ranges import spread
from omnidash.ingest.rows.rates import file_currency, require_rates, stage_rates
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

_KEY = (
    "cast(o.day as varchar) || chr(31) || base || chr(31) || coalesce(campaign, '') || chr(31) || coalesce(ad, '')"
    " || chr(31) || cast(nth as varchar) || coalesce(chr(31) || account, '')"
    " || coalesce(chr(30) || cast(range_first as varchar) || '+' || cast(spread_days as varchar), '')"
)
SUMS = ("cost", "impressions", "clicks", "claimed_conversions", "claimed_revenue")


def stage_spend(ws: Workspace, staging: Staging, mapping: Mapping, name: str) -> list[Message]:
    """Staging table ``spend`` from ``numbered`` and ``channel_map``; returns what to warn of.

    Raises BadInput on a missing currency rate.
    """
    stage_rates(ws, staging)
    staging.cursor.execute(
        """
        create table stated as
        select n as row_number, date as first_day, coalesce(end_date, date) as last_day, m.channel,
            s.channel as raw_channel, m.base, coalesce(account, $account) as account, campaign, ad,
            cast(cost as decimal(18, 6)) as cost,
            coalesce(s.currency, $file_currency) as currency, cast(round(impressions) as bigint) as impressions,
            cast(round(clicks) as bigint) as clicks, cast(claimed_conversions as decimal(18, 4)) as claimed_conversions,
            cast(claimed_revenue as decimal(18, 4)) as claimed_revenue,
            case when end_date > date
                then map_from_entries(list_filter(map_entries(figures), lambda e: not list_contains($running, e.key)))
                else figures end as figures
        from numbered s join channel_map m on m.label = s.channel
        where problem is null
        """,
        {
            "file_currency": file_currency(ws, mapping),
            "account": mapping.account or None,
            # a running total is none of the days before its last
            "running": [column for column, rule in mapping.figures.items() if rule == CUMULATIVE],
        },
    )
    notes = spread(ws, staging)
    staging.cursor.execute(
        f"""
        create table spend as
        with ordered as (
            select *, row_number() over (
                partition by day, base, account, campaign, ad, range_first, spread_days
                order by coalesce(stated_cost, cost), coalesce(stated_impressions, impressions),
                    coalesce(stated_clicks, clicks), coalesce(stated_claimed_conversions, claimed_conversions),
                    coalesce(stated_claimed_revenue, claimed_revenue), currency, row_number) as nth
            from spread)
        select {hash_64(_KEY)} as spend_id, row_number, o.day, channel, raw_channel, campaign, ad, cost, o.currency,
            case when o.currency = $own then cost
                 else cast(cast(cost as decimal(28, 6)) * r.rate as decimal(18, 6)) end as cost_base,
            impressions, clicks, claimed_conversions, claimed_revenue, spread_days, figures, account, range_first,
            stated_cost, stated_impressions, stated_clicks, stated_claimed_conversions, stated_claimed_revenue,
            stated_figures
        from ordered o left join rate r on r.currency = o.currency and r.day = o.day
        order by row_number, o.day
        """,  # noqa: S608  (the key expression above)
        {"own": ws.settings.currency},
    )
    require_rates(staging, name, ws.settings.currency, "spend")
    staging.cursor.execute("update spend set cost_base = 0 where cost_base is null")  # nothing costs nothing anywhere
    return [*notes, *_credits(staging)]


def _credits(staging: Staging) -> list[Message]:
    found = staging.cursor.execute(
        "select count(*), sum(cost), currency from stated where cost < 0 group by currency order by currency"
    ).fetchall()
    one = N_("1 row has a cost below zero, {cost} {currency}: it is taken as a credit")
    many = N_("{count} rows have a cost below zero, {cost} {currency} together: they are taken as credits")
    return [
        Message(one if n == 1 else many, {"count": n, "cost": _plain(cost), "currency": currency})
        for n, cost, currency in found
    ]


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
