"""Words of the funnel section: steps, parts of a funnel, spans of time."""

from omnidash.journeys.funnel import FunnelQuery, Step
from omnidash.model.messages import N_
from omnidash.ui.i18n import _, fmt
from omnidash.ui.labels import ACTION_TITLES, STAGE_TITLES
from omnidash.ui.screen import Screen

MODES = {
    "ordered": N_("In order, other events between allowed"),
    "strict": N_("In order, nothing in between"),
    "any": N_("In any order"),
}
COUNTS = {
    "best": N_("Each person once, the best attempt"),
    "first": N_("Each person once, the first attempt"),
    "entries": N_("Every entry on its own"),
}
GROUPS = {
    "none": N_("No breakdown"),
    "channel:first": N_("Channel of the first step"),
    "channel:last": N_("Channel of the last step reached"),
    "campaign:first": N_("Campaign of the first step"),
    "campaign:last": N_("Campaign of the last step reached"),
    "segment": N_("Saved segments"),
}
HELD = {
    "none": N_("Nothing"),
    "channel": N_("Channel"),
    "campaign": N_("Campaign"),
    "content": N_("Content"),
    "order": N_("Order number"),
    "store": N_("Store"),
}
UNITS = {1: N_("seconds"), 60: N_("minutes"), 3_600: N_("hours"), 86_400: N_("days")}
SOON = {
    None: N_("any time in the window"),
    600: N_("10 minutes"),
    3_600: N_("1 hour"),
    86_400: N_("1 day"),
    3 * 86_400: N_("3 days"),
    7 * 86_400: N_("7 days"),
    30 * 86_400: N_("30 days"),
}


def step_of(name: str, channels: tuple[str, ...] = (), within_seconds: float | None = None) -> Step:
    """The step that ``action:click`` or ``stage:interest`` names."""
    kind, _sep, value = name.partition(":")
    if kind == "stage":
        return Step(stage=value, channels=channels, within_seconds=within_seconds)
    return Step(action=value, channels=channels, within_seconds=within_seconds)


def step_title(name: str) -> str:
    """That name in the reader's language."""
    kind, _sep, value = name.partition(":")
    if kind == "stage":
        return _("Stage: {stage}", stage=_(STAGE_TITLES[value]))
    return action_title(value)


def action_title(action: str) -> str:
    """What somebody did, in the reader's language."""
    return _(ACTION_TITLES[action]) if action in ACTION_TITLES else action


def title_of(screen: Screen, step: Step) -> str:
    """A step with its channels: "Click (Douyin)"."""
    words = step_title(f"action:{step.action}" if step.action else f"stage:{step.stage}")
    if not step.channels:
        return words
    return _("{step} ({channels})", step=words, channels=fmt().listing([screen.name(c) for c in step.channels]))


def reached_title(screen: Screen, query: FunnelQuery, step: int) -> str:
    """How far the ``step``-th step goes: its title; in any order, where it may be any of them, how many."""
    if query.mode == "any" and len(query.steps) > 1:
        return _("{count} of {all} steps", count=fmt().integer(step), all=fmt().integer(len(query.steps)))
    return title_of(screen, query.steps[step - 1])


def who(screen: Screen, query: FunnelQuery, kind: str, step: int) -> str:
    """Whom a part of a funnel holds: "reached Click", "lost after Click" …"""
    title = reached_title(screen, query, step)
    if kind == "lost":
        return _("lost after {step}", step=title)
    if kind == "open":
        return _("still open after {step}", step=title)
    return _("reached {step}", step=title)
