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
    **{f"budget-{section}": f"/budget?section={section}&" for section in ("scenarios", "moves", "pool", "pace")},
    **{f"customers-{section}": f"/customers?section={section}&" for section in ("identity", "person", "decisions")},
    **{f"experiments-{section}": f"/experiments?section={section}&" for section in ("tests", "file", "size")},
    **{
        f"data-{section}": f"/data?section={section}&"
        for section in ("import", "history", "check", "channels", "traffic", "reports", "settings")
    },
}


def address(screen: str, *, language: str, workspace: str = "sample") -> str:
    """The path and query of a screen in a language."""
    return f"{SCREENS[screen]}ws={workspace}&lang={language}"
