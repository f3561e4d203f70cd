"""Titles of the choices that are stored and linked by an untranslated name."""

from omnidash.model.messages import N_

MODEL_TITLES = {
    "first": N_("First touch"),
    "last": N_("Last touch"),
    "last_non_direct": N_("Last non-direct touch"),
    "linear": N_("Linear"),
    "position": N_("Position-based (40/20/40)"),
    "time_decay": N_("Time decay (7 days)"),
    "markov": N_("Markov (data-driven)"),
    "shapley": N_("Shapley (data-driven)"),
}
MODELS_IN_SHORT = {
    **MODEL_TITLES,
    "position": N_("Position-based"),
    "time_decay": N_("Time decay"),
    "markov": N_("Markov"),
    "shapley": N_("Shapley"),
}
COMPARISON_TITLES = {"previous": N_("vs period before"), "year": N_("vs a year ago")}
PRESET_TITLES = {
    "last7": N_("Last 7 days"),
    "last30": N_("Last 30 days"),
    "last90": N_("Last 90 days"),
    "month": N_("This month"),
    "all": N_("All data"),
    "custom": N_("Custom"),
}
REFUND_TITLES = {
    "order": N_("the day of its order"),
    "refund": N_("the day of the refund"),
}
BASIS_IN_SHORT = {
    "order": N_("net revenue by order date"),
    "refund": N_("net revenue by refund date"),
}
BASIS_TITLES = {
    "traffic": N_("Share of traffic"),
    "revenue": N_("Share of net revenue"),
    "spend": N_("Share of spend"),
}
STAGE_TITLES = {
    "awareness": N_("Awareness"),
    "interest": N_("Interest"),
    "consideration": N_("Consideration"),
    "purchase": N_("Purchase"),
    "loyalty": N_("Loyalty"),
}
ACTION_TITLES = {
    "impression": N_("Impression"),
    "view": N_("View"),
    "click": N_("Click"),
    "visit": N_("Visit"),
    "search": N_("Search"),
    "message_open": N_("Message opened"),
    "message_click": N_("Message clicked"),
    "like": N_("Like"),
    "share": N_("Shared"),
    "comment": N_("Comment"),
    "follow": N_("Follow"),
    "add_to_cart": N_("Add to cart"),
    "favorite": N_("Favourite"),
    "lead": N_("Lead"),
    "add_wecom": N_("Added on WeCom"),
    "store_visit": N_("Store visit"),
    "trial": N_("Trial"),
    "purchase": N_("Purchase"),
    "order_created": N_("Order created"),
    "refund": N_("Refund"),
    "review": N_("Review"),
    "join_community": N_("Joined community"),
    "service": N_("Service"),
    "survey": N_("Survey"),
    "exposed": N_("Variant of a test seen"),
    "registered": N_("Registered"),
    "deal_won": N_("Deal won"),
    "unsubscribed": N_("Unsubscribed"),
}
