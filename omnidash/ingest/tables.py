"""The tables imports write to: their columns, what makes two rows the same, what makes them neighbours.

A row's key is ``<table>_id``. ``SAID``: columns that a row *says*; if one of them differs the row is restated.
``GROUP``: rows of one group are stated together; a file that has the group again in fewer rows says that the rest is
no more.
"""

from collections.abc import Sequence

COLUMNS: dict[str, tuple[str, ...]] = {
    "event": (
        "event_id", "batch_id", "row_number", "ts", "day", "identifier_id", "channel", "raw_channel", "campaign",
        "action", "is_touch", "content_id", "page", "store_id", "order_id", "revenue", "currency", "revenue_base",
        "properties",
    ),
    "order_line": (
        "order_line_id", "batch_id", "row_number", "event_id", "order_id", "sku", "item", "quantity", "unit_price",
        "amount", "currency",
    ),
    "spend": (
        "spend_id", "batch_id", "row_number", "day", "channel", "raw_channel", "campaign", "ad", "cost", "currency",
        "cost_base", "impressions", "clicks", "claimed_conversions", "claimed_revenue", "spread_days", "figures",
        "account", "range_first", "stated_cost", "stated_impressions", "stated_clicks", "stated_claimed_conversions",
        "stated_claimed_revenue", "stated_figures",
    ),
    "report": (
        "report_id", "batch_id", "row_number", "day", "last_day", "channel", "raw_channel", "section", "item",
        "currency", "figures", "account",
    ),
}  # fmt: skip

SAID: dict[str, tuple[str, ...]] = {
    "event": ("ts", "identifier_id", "raw_channel", "campaign", "action", "content_id", "page", "store_id", "order_id",
              "revenue", "currency"),
    "order_line": ("order_line_id", "event_id", "sku", "item", "quantity", "unit_price", "amount", "currency"),
    "spend": ("cost", "currency", "impressions", "clicks", "claimed_conversions", "claimed_revenue", "spread_days",
              "figures"),
    "report": ("figures", "currency", "account"),
}  # fmt: skip

# Of a share of a range counts what the export states of the whole range: the share itself depends on other files.
SAID_OF_RANGE = ("stated_cost", "currency", "stated_impressions", "stated_clicks", "stated_claimed_conversions",
                 "stated_claimed_revenue", "stated_figures")  # fmt: skip

# The same file with another mapping may read the same row otherwise: then what we make of it is compared as well.
MADE_OF_IT: dict[str, tuple[str, ...]] = {
    "event": ("channel", "is_touch", "properties"), "order_line": (), "spend": ("channel",), "report": ("channel",),
}  # fmt: skip

GROUP: dict[str, tuple[str, ...]] = {
    "spend": ("day", "channel", "account", "campaign", "ad", "range_first", "spread_days"),
    "report": ("section", "day", "last_day", "channel", "account"),
}

MONEY: dict[str, tuple[str, str] | None] = {  # measure and its column in the workspace's currency
    "event": ("revenue", "revenue_base"), "order_line": None, "spend": ("cost", "cost_base"), "report": None,
}  # fmt: skip


def same(table: str, *, is_reread: bool = False, unsaid: Sequence[str] = ()) -> str:
    """SQL: whether row ``old`` and row ``new`` say the same. ``unsaid``: columns of which the new one says nothing."""
    made = MADE_OF_IT[table] if is_reread else ()
    agrees = _agree((*SAID[table], *made), unsaid)
    if table != "spend":
        return agrees
    return f"case when new.range_first is null then {agrees} else {_agree((*SAID_OF_RANGE, *made), unsaid)} end"


def _agree(columns: Sequence[str], unsaid: Sequence[str]) -> str:
    return " and ".join(f"old.{c} is not distinct from new.{c}" for c in columns if c not in unsaid)
