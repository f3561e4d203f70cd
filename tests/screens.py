"""Every screen of the app by its address: what is looked at, measured and photographed, listed once."""

SCREENS = {
    "overview": "/?",
    "alerts": "/alerts?",
    **{f"alerts-{section}": f"/alerts?section={section}&" for section in ("rules", "stress", "drill")},
    "channel": "/channel?channel=meta&",
    **{
        f"journeys-{section}": f"/journeys?section={section}&"
        for section in ("map", "funnel", "paths", "overlap", "rhythm", "cohorts")
    },
    **{
        f"attribution-{section}": f"/attribution?section={section}&"
        for section in ("models", "pairs", "claimed", "evidence")
    },
    **{
        f"budget-{section}": f"/budget?section={section}&"
        for section in ("scenarios", "channels", "moves", "pool", "weeks", "pace")
    },
    **{f"customers-{section}": f"/customers?section={section}&" for section in ("identity", "person", "decisions")},
    **{f"experiments-{section}": f"/experiments?section={section}&" for section in ("tests", "file", "size")},
    **{
        f"data-{section}": f"/data?section={section}&"
        for section in ("import", "history", "check", "channels", "traffic", "reports", "notes", "settings")
    },
}

# What opens above or within a screen -> the screen, and the button that opens it.
OPENED = {
    "overview-explained": ("overview", ".st-key-explain_number_net_revenue button"),
    "overview-table": ("overview", ".st-key-more_channels button"),
    "overview-period": ("overview", ".st-key-pop_period button"),
    "overview-channels": ("overview", ".st-key-pop_channels button"),
    "overview-case": ("overview", ".st-key-ack_0 button"),
    "budget-more": ("budget-scenarios", ".st-key-plan_more button"),
    "customers-story": ("customers-person", "[class*='st-key-example_open_'] button"),
}


def address(screen: str, *, language: str, workspace: str = "sample") -> str:
    """The path and query of a screen in a language."""
    return f"{SCREENS[screen]}ws={workspace}&lang={language}"
