"""The finding of the funnel section: between which steps most are lost."""

from omnidash.journeys.funnel import FunnelResult
from omnidash.ui.funnel.final import finally_counted
from omnidash.ui.funnel.wording import reached_title
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen


def funnel_title(screen: Screen, result: FunnelResult) -> str:
    """Where most are lost, and the share of those who had come that far. Where some still have time it is of the days
    whose windows are over: of a person's equal attempts the latest counts, so the last days hold few of the lost."""
    if not result.entered:
        return _("Nobody entered this funnel in this period")
    titles = [reached_title(screen, result.query, k) for k in range(1, len(result.query.steps) + 1)]
    if len(titles) == 1:
        if result.query.count == "entries":
            return _("{entered} entries: {first}", entered=fmt().integer(result.entered), first=titles[0])
        return _("{entered} persons: {first}", entered=fmt().integer(result.entered), first=titles[0])
    over = finally_counted(screen, result) if result.still_open else None
    counted = over if over is not None and over.entered else result
    lost = counted.left_at()[1]
    place = max(range(len(titles) - 1), key=lambda k: (lost[k], -k))
    if not lost[place]:
        if result.still_open:
            return _("Nobody is lost yet between {first} and {last}", first=titles[0], last=titles[-1])
        return _("All go from {first} to {last}", first=titles[0], last=titles[-1])
    values = {
        "step": titles[place],
        "next": titles[place + 1],
        "share": fmt().percent(lost[place] / counted.steps["persons"][place], 0),
    }
    if result.still_open and counted is not result:
        return _("Most are lost between {step} and {next}: {share} of those whose time is over", **values)
    return _("Most are lost between {step} and {next}: {share}", **values)
