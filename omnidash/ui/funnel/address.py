"""The funnel in the address of the page (``?funnel=``), so that a link reproduces the screen.

Only what differs from the defaults is written. An address somebody mangled is read as none.
"""

import json
from dataclasses import fields
from typing import Any

from omnidash.model.defaults import STAGES
from omnidash.ui.funnel.choice import MAX_STEPS, MAX_WINDOW_SECONDS, Choice, Row
from omnidash.ui.funnel.wording import COUNTS, GROUPS, HELD, MODES, SOON, UNITS

_PLAIN = ("window", "unit", "mode", "count", "shares", "hold", "after", "before", "by", "compare")


def as_address(choice: Choice) -> str:
    """The choice as text; whose persons are looked at is left out."""
    defaults = {field.name: field.default for field in fields(Choice)}
    changed: dict[str, Any] = {
        name: getattr(choice, name) for name in _PLAIN if getattr(choice, name) != defaults[name]
    }
    changed["steps"] = [[row.what, list(row.channels), row.within_seconds] for row in choice.rows]
    if choice.excluded:
        changed["excluded"] = list(choice.excluded)
    return json.dumps(changed, separators=(",", ":"), ensure_ascii=False)


def from_address(text: str) -> Choice | None:
    """The inverse; None where the text is no funnel."""
    try:
        asked = json.loads(text)
        asked.pop("segment", None)  # in links of before it was part of the filter bar
        rows = tuple(_row(*step) for step in asked.pop("steps"))
        excluded = tuple(_name(name) for name in asked.pop("excluded", []))
        choice = Choice(rows=rows, excluded=excluded, **asked)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    is_whole = all(type(getattr(choice, name)) is int for name in ("window", "unit", "after", "before"))
    is_text = isinstance(choice.compare, str) and isinstance(choice.shares, bool)
    is_known = all(
        getattr(choice, name) in titles
        for name, titles in (("mode", MODES), ("count", COUNTS), ("hold", HELD), ("by", GROUPS), ("unit", UNITS))
    )
    if not (is_whole and is_text and is_known and choice.part is None and 1 <= len(rows) <= MAX_STEPS):
        return None
    fits = 1 <= choice.window <= MAX_WINDOW_SECONDS // choice.unit and choice.after >= 1 and choice.before >= 0
    return choice if fits else None


def _row(what: Any, channels: Any, within_seconds: Any) -> Row:
    if within_seconds not in SOON or not all(isinstance(channel, str) for channel in channels):
        raise ValueError(f"no step of a funnel: {what!r}, {channels!r}, {within_seconds!r}")
    return Row(what=_name(what), channels=tuple(channels), within_seconds=within_seconds)


def _name(what: Any) -> str:
    kind, _sep, value = what.partition(":")
    if not (kind == "action" and value) and not (kind == "stage" and value in STAGES):
        raise ValueError(f"no step of a funnel: {what!r}")
    return str(what)
