"""What the funnel builder is set to, kept for the session, and the query it stands for."""

from dataclasses import dataclass, replace

import streamlit as st

from omnidash.journeys.funnel import Exclusion, FunnelQuery
from omnidash.journeys.funnel_query import standard_actions
from omnidash.model.defaults import LONGEST_WINDOW_DAYS, STAGES
from omnidash.model.period import Period
from omnidash.ui.funnel import results
from omnidash.ui.funnel.wording import HELD, step_of, step_title
from omnidash.ui.i18n import _
from omnidash.ui.journeys.results import complete_until_us
from omnidash.ui.persons import segments
from omnidash.ui.screen import Screen

MAX_STEPS = 10
MAX_WINDOW_SECONDS = LONGEST_WINDOW_DAYS * 86_400
_KEY = "funnel_choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step of the builder: ``action:…`` or ``stage:…``, in which channels, how soon after the step before."""

    what: str
    channels: tuple[str, ...] = ()
    within_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Everything chosen. ``by`` and ``count`` are keys of ``wording``; ``shares``: one event may make several steps;
    ``compare``: none, previous or a segment's
    name after ``segment:``; ``part``: whose persons are looked at, as (kind, step, group)."""

    rows: tuple[Row, ...]
    window: int = 7
    unit: int = 86_400
    mode: str = "ordered"
    count: str = "best"
    shares: bool = False
    hold: str = "none"
    excluded: tuple[str, ...] = ()
    after: int = 1
    before: int = 0
    by: str = "channel:first"
    compare: str = "none"
    part: tuple[str, int, str | None] | None = None

    @property
    def window_seconds(self) -> int:
        """At least a second, at most 90 days."""
        return max(1, min(self.window * self.unit, MAX_WINDOW_SECONDS))


def chosen(screen: Screen, asked: Choice | None = None) -> Choice:
    """The choice of this session, or the one asked for; what the workspace no longer knows is left out of it."""
    offered = options(screen)
    kept: Choice | None = asked or st.session_state.get(_KEY)
    rows = tuple(
        replace(row, channels=tuple(c for c in row.channels if c in screen.names))
        for row in (kept.rows if kept else ())
        if row.what in offered
    )
    kept = replace(kept, rows=rows) if kept and rows else default(screen)
    saved = segments(screen.workspace)
    kind, _sep, name = kept.compare.partition(":")
    kept = replace(
        kept,
        excluded=tuple(name for name in kept.excluded if name in offered),
        hold=kept.hold if kept.hold in results.holdable(screen.workspace) else "none",
        compare=kept.compare if kind == "previous" or (kind == "segment" and name in saved) else "none",
        by="none" if kept.by == "segment" and not saved else kept.by,
    )
    st.session_state[_KEY] = kept
    return kept


def unknown(screen: Screen, asked: Choice) -> list[tuple[str, str]]:
    """What a funnel names and this workspace has not, as (what it would be, its name) in the reader's words. Without
    it the funnel would be another one."""
    offered = options(screen)
    steps = [row.what for row in asked.rows] + list(asked.excluded)
    missing = [(_("step of a funnel"), step_title(what)) for what in steps if what not in offered]
    missing += [(_("channel"), c) for row in asked.rows for c in row.channels if c not in screen.names]
    kind, _sep, name = asked.compare.partition(":")
    if kind == "segment" and name not in segments(screen.workspace):
        missing.append((_("segment"), name))
    if asked.hold != "none" and asked.hold not in results.holdable(screen.workspace):
        missing.append((_("property held the same"), _(HELD[asked.hold])))
    return list(dict.fromkeys(missing))


def default(screen: Screen) -> Choice:
    """The usual steps of this workspace, a week, by the channel of the first step."""
    offered = options(screen)
    names = [name for name in standard_steps(screen) if name in offered] or offered[:1]
    return Choice(rows=tuple(Row(what=name) for name in names))


def change(**changed: object) -> None:
    """Change fields of the choice (a widget's callback)."""
    st.session_state[_KEY] = replace(st.session_state[_KEY], **changed)  # type: ignore[arg-type]


def change_row(place: int, **changed: object) -> None:
    """Change fields of one step."""
    rows = list(st.session_state[_KEY].rows)
    rows[place] = replace(rows[place], **changed)  # type: ignore[arg-type]
    change(rows=tuple(rows))


def add_row(what: str) -> None:
    """One more step at the end."""
    change(rows=(*st.session_state[_KEY].rows, Row(what=what)))


def drop_row(place: int) -> None:
    """One step less; the last one stays."""
    rows = st.session_state[_KEY].rows
    if len(rows) > 1:
        change(rows=rows[:place] + rows[place + 1 :], part=None)


def swap_rows(place: int) -> None:
    """A step changes places with the one before it."""
    rows = list(st.session_state[_KEY].rows)
    rows[place - 1], rows[place] = rows[place], rows[place - 1]
    change(rows=tuple(rows), part=None)


def query_of(screen: Screen, choice: Choice, period: Period | None = None) -> FunnelQuery:
    """The funnel the choice asks for, in the period of the filter bar or another. The channels of the filter bar are
    asked of the first step, where that has none of its own."""
    in_order = choice.mode != "any"
    steps = tuple(
        step_of(
            row.what,
            row.channels or (screen.filters.channels if place == 0 else ()),
            row.within_seconds if in_order and place else None,
        )
        for place, row in enumerate(choice.rows)
    )
    last = len(steps)
    before = choice.before if 1 < choice.before <= last else last
    after = min(choice.after, before - 1)
    by, _sep, of = choice.by.partition(":")
    return FunnelQuery(
        steps=steps,
        window_seconds=choice.window_seconds,
        mode=choice.mode,  # type: ignore[arg-type]
        entry="first" if choice.count == "first" else "best",
        count="entries" if choice.count == "entries" else "persons",
        shares_events=choice.shares,
        exclusions=tuple(Exclusion(event=step_of(name), after=after, before=before) for name in choice.excluded)
        if last > 1
        else (),
        hold=None if choice.hold == "none" else choice.hold,
        period=period or screen.filters.period,
        by=by if by in ("channel", "campaign") else None,  # type: ignore[arg-type]
        of=of or "first",  # type: ignore[arg-type]
        last_seen_us=complete_until_us(screen.workspace),
    )


def options(screen: Screen) -> list[str]:
    """What a step can be: the actions of the data and their stages."""
    actions = [f"action:{a}" for a in screen.facts.actions["action"] if a != "refund"]
    present = set(screen.facts.actions["stage"])
    return actions + [f"stage:{s}" for s in STAGES if s in present]


def standard_steps(screen: Screen) -> list[str]:
    """The most frequent action of each stage up to the goal: a funnel that fits most data at first sight."""
    actions = screen.facts.actions.select("action", "stage").rows()
    return [f"action:{name}" for name in standard_actions(actions, screen.workspace.settings.goal)]


def standard_query(screen: Screen) -> FunnelQuery:
    """The funnel that other pages show, too: the usual steps in order, in the period, within the lookback."""
    return FunnelQuery(
        steps=tuple(step_of(name) for name in standard_steps(screen)),
        window_seconds=screen.workspace.settings.lookback_days * 86_400,
        period=screen.filters.period,
    )


def step_labels(screen: Screen) -> list[str]:
    """The steps of ``standard_query`` in the reader's language."""
    return [step_title(name) for name in standard_steps(screen)]
