"""Titles of what files hold and columns mean."""

from omnidash.model.messages import N_

KIND_TITLES = {
    "events": N_("Touchpoints and events"),
    "orders": N_("Orders"),
    "spend": N_("Spend"),
    "reports": N_("Platform report"),
}
PROFILE_TITLES = {
    "guessed": N_("columns guessed from their names and values"),
    "mapped": N_("columns mapped by you"),
    "remembered": N_("columns as you confirmed them last time"),
}
DELIMITER_TITLES = {
    ",": N_("commas"),
    "\t": N_("tabs"),
    ";": N_("semicolons"),
    "|": N_("vertical bars"),
}
LEVEL_TITLES = {
    "seen": N_("as the rows show"),
    "order": N_("the whole order's"),
    "line": N_("the line's own"),
}
STATUS_TITLES = {
    "paid": N_("paid"),
    "unpaid": N_("not paid"),
    "cancelled": N_("cancelled"),
    "refunded": N_("given back"),
    "partly_refunded": N_("given back in part"),
    "closed": N_("over"),
    None: N_("not known"),
}
DATE_ORDER_TITLES = {
    "dmy": N_("day / month / year"),
    "mdy": N_("month / day / year"),
    "ymd": N_("year / month / day"),
}
FIELD_TITLES = {
    "time": N_("Time"),
    "date": N_("Date"),
    "paid_time": N_("Time of payment"),
    "customer_id": N_("Customer id"),
    "member_id": N_("Member number"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "unionid": N_("WeChat unionid"),
    "openid": N_("WeChat openid"),
    "user_id": N_("User id"),
    "order_contact": N_("Order contact"),
    "device_id": N_("Device id"),
    "cookie": N_("Cookie"),
    "account": N_("Ad account or shop"),
    "channel": N_("Channel"),
    "campaign": N_("Campaign"),
    "ad": N_("Ad"),
    "action": N_("Action"),
    "content_id": N_("Content"),
    "page": N_("Page"),
    "store_id": N_("Store"),
    "order_id": N_("Order number"),
    "event_id": N_("Event id"),
    "score": N_("Survey score, 0 to 10"),
    "revenue": N_("Revenue"),
    "refund": N_("Refund"),
    "refund_id": N_("Refund number"),
    "status": N_("Status"),
    "currency": N_("Currency"),
    "conversion_flag": N_("Conversion (0/1)"),
    "cost": N_("Cost"),
    "impressions": N_("Impressions"),
    "clicks": N_("Clicks"),
    "claimed_conversions": N_("Conversions claimed by the platform"),
    "claimed_revenue": N_("Revenue claimed by the platform"),
    "end_date": N_("Last day"),
    "refund_time": N_("Time of refund"),
    "refund_status": N_("Status of the refund"),
    "quantity": N_("Quantity"),
    "unit_price": N_("Unit price"),
    "sku": N_("Article number"),
    "item": N_("Item"),
    "referrer": N_("Referrer"),
    "utm_source": N_("Source (utm_source)"),
    "utm_medium": N_("Medium (utm_medium)"),
    "day_number": N_("Day number"),
    "section": N_("Section"),
    "conversions": N_("Conversions"),
    "visitors": N_("Visitors"),
    "views": N_("Page views"),
    "buyers": N_("Buyers"),
}
