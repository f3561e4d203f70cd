"""The rows behind a number as they are shown and exported: titled, channels by name, moments by the local clock."""

import polars as pl

from omnidash.engine.rows_behind import ORDER, REFUND, REFUNDED, UNMATCHED, RowsBehind
from omnidash.metrics.registry import METRICS
from omnidash.model.messages import N_
from omnidash.ui.customers.wording import identifier_text
from omnidash.ui.i18n import _, fmt
from omnidash.ui.labels import ACTION_TITLES
from omnidash.ui.screen import Screen

MONEY = ("spend", "net_revenue", "gross_profit")
_ADDEND_TITLES = {
    **{name: metric.title for name, metric in METRICS.items()},
    "gross_profit": N_("Gross profit (net revenue × margin)"),
    "claimed_conversions": N_("Conversions claimed by the platforms"),
    "persons": N_("Persons reached"),
    "multi_persons": N_("Persons touched by two channels or more"),
    "multi_converters": N_("Of these, persons who converted after two channels or more"),
    "customers": N_("Customers: persons with an order"),
    "repeat_customers": N_("Customers with two orders or more"),
    "answers": N_("Answers to surveys"),
    "events": N_("Touches and conversions"),
    "actions": N_("Events of the actions it counts"),
    "all_events": N_("Events of any kind"),
    "events_of_persons": N_("Events that belong to a person"),
}
_WHAT_TITLES = {
    ORDER: N_("order"),
    REFUNDED: N_("refund, taken off the day of its order"),
    REFUND: N_("refund, on its own day"),
    UNMATCHED: N_("refund of an unknown order"),
}
_COLUMN_TITLES = {
    "day": N_("Day"),
    "ts": N_("Time"),
    "what": N_("What"),
    "order_id": N_("Order"),
    "channel": N_("Channel"),
    "campaign": N_("Campaign"),
    "ad": N_("Ad"),
    "account": N_("Account"),
    "action": N_("Action"),
    "content_id": N_("Content"),
    "store_id": N_("Store"),
    "conversions": N_("Part of the conversion"),
    "revenue": N_("Net revenue"),
    "cost": N_("Cost as stated"),
    "currency": N_("Currency"),
    "identifier": N_("Person"),
    "score": N_("Score"),
    "touches": N_("Touches"),
    "channels": N_("Channels"),
    "orders": N_("Orders"),
    "file": N_("File"),
    "row": N_("Row"),
}
_AMOUNT_TITLES = {
    "spend": N_("Spend"),
    "net_revenue": N_("Net revenue"),
    "gross_profit": N_("Gross profit"),
    "conversions": N_("Part of the conversion"),
    "new_customers": N_("Part of the new customer"),
    "claimed_conversions": N_("Claimed conversions"),
}
_FIRST = ("day", "ts", "channel", "amount", "identifier")


def addend_title(addend: str) -> str:
    """What a sum is a sum of."""
    return _(_ADDEND_TITLES[addend])


def amount_text(screen: Screen, addend: str, amount: float) -> str:
    """A sum as exactly as its rows state it."""
    if addend in MONEY:
        return f"{fmt().symbol(screen.currency)}{fmt().decimal(amount, 2)}"
    return fmt().integer(amount) if float(amount).is_integer() else fmt().decimal(amount, 2)


def shown_rows(screen: Screen, behind: RowsBehind, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with titles in the reader's language; columns that say nothing are left out, as is a sum's 1 per row."""
    frame = rows.drop("batch_id", strict=False)
    if behind.addend not in _AMOUNT_TITLES:
        frame = frame.drop("amount")
    if "person" in frame.columns:
        names = [identifier_text(hint) if hint else _("purchase without an identifier") for hint in frame["identifier"]]
        frame = frame.drop("person").with_columns(identifier=pl.Series(names, dtype=pl.String))
    if "ts" in frame.columns:
        zone = str(screen.workspace.settings.zone)
        moment = pl.col("ts").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
        frame = frame.with_columns(ts=moment.dt.strftime("%Y-%m-%d %H:%M"))
        if (frame["ts"].str.head(10) == frame["day"].dt.strftime("%Y-%m-%d")).all():
            frame = frame.drop("day")  # the moment says it; refunds may be booked on another day than their order's
    if "what" in frame.columns and set(frame["what"].unique()) <= {ORDER}:
        frame = frame.drop("what")
    named = {
        "channel": screen.name,
        "what": lambda what: _(_WHAT_TITLES[what]),
        "action": lambda action: _(ACTION_TITLES[action]) if action in ACTION_TITLES else action,
    }
    for column, name in named.items():
        if column in frame.columns and frame.schema[column] == pl.String:
            known = {value: name(value) for value in frame[column].unique() if value is not None}
            frame = frame.with_columns(pl.col(column).replace(known))
    if "conversions" in frame.columns and (frame["conversions"] == 1).all():
        frame = frame.drop("conversions")
    frame = frame.select(*(c for c in _FIRST if c in frame.columns), pl.exclude(_FIRST))
    told = [c for c in frame.columns if c in ("amount", "day") or frame[c].null_count() < len(frame)]
    own = screen.currency
    if "currency" in told and frame["currency"].unique().to_list() == [own]:
        told = [c for c in told if c not in ("currency", "cost")]  # the amount says it already
    return frame.select(told).rename({c: _title(behind.addend, c, own) for c in told})


def _title(addend: str, column: str, currency: str) -> str:
    if column == "amount":
        title = _(_AMOUNT_TITLES[addend])
        return f"{title} ({fmt().symbol(currency)})" if addend in MONEY else title
    if column == "revenue":
        return f"{_(_COLUMN_TITLES[column])} ({fmt().symbol(currency)})"
    return _(_COLUMN_TITLES[column])
