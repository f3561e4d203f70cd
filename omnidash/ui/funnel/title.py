"""The finding of the funnel section: between which steps most are lost."""

from omnidash.journeys.funnel import FunnelResult
from omnidash.ui.funnel.wording import reached_title
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen


def funnel_title(screen: Screen, result: FunnelResult) -> str:
    """Where most are lost, and the share of those who had come that far; who still has time is not lost."""
    if not result.entered:
        return _("Nobody entered this funnel in this period")
    titles = [reached_title(screen, result.query, k) for k in range(1, len(result.query.steps) + 1)]
    if len(titles) == 1:
        return _("{entered} persons: {first}", entered=fmt().integer(result.entered), first=titles[0])
    lost = result.left_at()[1]
    place = max(range(len(titles) - 1), key=lambda k: (lost[k], -k))
    if not lost[place]:
        if result.still_open:
            return _("Nobody is lost yet between {first} and {last}", first=titles[0], last=titles[-1])
        return _("All go from {first} to {last}", first=titles[0], last=titles[-1])
    return _(
        "Most are lost between {step} and {next}: {share}",
        step=titles[place],
        next=titles[place + 1],
        share=fmt().percent(lost[place] / result.steps["persons"][place], 0),
    )
