"""What people did about cases, kept in the workspace: open → acknowledged → recovered → closed, with a history.

The rules find the same cases anew from the data every time (``run``); what is stored is what data cannot say: who has
seen a case, what was noted, until when it sleeps, who was told and when, what was decided. Entries are only ever
added. A case found again is the stored one where rule, channel and source are the same and their days overlap, so a
late export that shifts the first day by one does not make a new case of it.

* *open*: fired, and nobody has dealt with it;
* *acknowledged*: somebody has, with a name and a note; it is not repeated any more;
* *snoozed*: left out of the morning page until a day;
* *recovered*: the rule says it is over; one notice of that goes out where there had been one of the alarm;
* *closed*: put away by a person, or recovered and acknowledged. A new spell of the same trouble is a new case.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from omnidash.health.cases import Case
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.store import Workspace

Kind = Literal[
    "acknowledged", "noted", "snoozed", "woken", "closed", "reopened", "told", "told_recovered", "decided", "scored"
]
Stage = Literal["open", "warning", "acknowledged", "snoozed", "recovered", "closed"]

_UPDATE_CASE = """
    update alert_case set first_day = $first, fired_on = $fired, last_day = $last, recovered_on = $recovered
    where case_id = $id
"""
_ADD_ENTRY = """
    insert into alert_entry
    select coalesce(max(entry_id), 0) + 1, $id, $at, $by, $kind, $note, $until, $details from alert_entry
"""
_WITH_NOTE = {"noted", "decided"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a case's history. ``at``: naive UTC; ``until``: of a snooze; ``details``: of decisions, outcomes,
    and which receivers were told."""

    at: datetime
    by: str
    kind: str
    note: str
    until: date | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A stored case with its history, oldest entry first."""

    case_id: int
    rule: str
    channel: str
    source: str
    first_day: date
    last_day: date
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """A case as the rules find it, with what people did about it."""

    case: Case
    case_id: int | None = None
    entries: tuple[Entry, ...] = field(default=(), repr=False)

    def latest(self, *kinds: str) -> Entry | None:
        """The latest entry of these kinds."""
        return next((entry for entry in reversed(self.entries) if entry.kind in kinds), None)

    def stage(self, today: date) -> Stage:
        """Where the case stands on a day."""
        put_away = self.latest("closed", "reopened")
        if put_away is not None and put_away.kind == "closed":
            return "closed"
        is_acknowledged = self.latest("acknowledged") is not None
        if self.case.state == "recovered":
            return "closed" if is_acknowledged else "recovered"
        sleep = self.latest("snoozed", "woken")
        if sleep is not None and sleep.kind == "snoozed" and sleep.until is not None and today < sleep.until:
            return "snoozed"
        if is_acknowledged:
            return "acknowledged"
        return "warning" if self.case.state == "warning" else "open"

    def is_due(self, now: datetime, *, renotify_days: int, today: date, receiver: str) -> bool:
        """Whether a receiver is to be told of the alarm now: never told, or so long ago, and nobody has dealt with
        it."""
        told = self._told("told", receiver)
        is_stale = told is None or now - told.at >= timedelta(days=renotify_days)
        return self.stage(today) == "open" and is_stale

    def recovery_is_due(self, receiver: str) -> bool:
        """Whether a receiver that was told of the alarm is to be told that it is over."""
        was_told = self._told("told", receiver) is not None and self._told("told_recovered", receiver) is None
        return self.case.state == "recovered" and was_told

    def _told(self, kind: Kind, receiver: str) -> Entry | None:
        """The latest entry that tells this receiver; one that names no receivers was for all."""
        of_kind = (entry for entry in reversed(self.entries) if entry.kind == kind)
        return next((e for e in of_kind if receiver in e.details.get("receivers", [receiver])), None)


def standings(cases: Sequence[Case], book: Sequence[Known]) -> tuple[Standing, ...]:
    """The cases in their order, each with its stored history."""
    return tuple(
        Standing(case=case) if known is None else Standing(case=case, case_id=known.case_id, entries=known.entries)
        for case in cases
        for known in [_known_as(case, book)]
    )


def read_book(workspace: Workspace) -> tuple[Known, ...]:
    """Every stored case with its history."""
    entries: dict[int, list[Entry]] = {}
    for case_id, at, by, kind, note, until, details in workspace.rows(
        "select case_id, noted_at, noted_by, kind, note, until, details from alert_entry order by entry_id"
    ):
        entry = Entry(at=at, by=by, kind=kind, note=note, until=until, details=json.loads(details))
        entries.setdefault(case_id, []).append(entry)
    return tuple(
        Known(
            case_id=case_id,
            rule=rule,
            channel=channel,
            source=source,
            first_day=first_day,
            last_day=last_day,
            entries=tuple(entries.get(case_id, [])),
        )
        for case_id, rule, channel, source, first_day, last_day in workspace.rows(
            "select case_id, rule, channel, source, first_day, last_day from alert_case order by case_id"
        )
    )


def record(
    workspace: Workspace,
    case: Case,
    kind: Kind,
    *,
    by: str,
    note: str = "",
    until: date | None = None,
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
    wait_seconds: float = 2.0,
) -> int:
    """Add an entry to a case's history, and the case itself where it is not known yet. Returns the case's id.

    ``now``: naive UTC, default the clock. Raises WrongUse where a note or a day is missing that the kind needs.
    """
    if kind in _WITH_NOTE and not note.strip():
        raise WrongUse(N_("Write down what you found or decided."))
    if kind == "snoozed" and until is None:
        raise WrongUse(N_("Say until which day."))
    at = now or datetime.now(UTC).replace(tzinfo=None)
    with workspace.writing("alerts", changes="cases", wait_seconds=wait_seconds) as cursor:
        known = _known_as(case, read_book_by(cursor))
        if known is None:
            (case_id,) = cursor.execute("select coalesce(max(case_id), 0) + 1 from alert_case").fetchall()[0]
            cursor.execute(
                "insert into alert_case values ($id, $rule, $channel, $source, $first, $fired, $last, $recovered)",
                {"id": case_id, **_days(case), "rule": case.rule, "channel": case.channel, "source": case.source},
            )
        else:
            case_id = known.case_id
            cursor.execute(_UPDATE_CASE, {"id": case_id, **_days(case)})
        entry = {"at": at, "by": by, "kind": kind, "note": note.strip(), "until": until}
        cursor.execute(_ADD_ENTRY, {"id": case_id, **entry, "details": json.dumps(dict(details or {}))})
    return int(case_id)


def read_book_by(cursor: Any) -> tuple[Known, ...]:
    """The stored cases without their history, within a transaction."""
    rows = cursor.execute(
        "select case_id, rule, channel, source, first_day, last_day from alert_case order by case_id"
    ).fetchall()
    return tuple(
        Known(case_id=r[0], rule=r[1], channel=r[2], source=r[3], first_day=r[4], last_day=r[5], entries=())
        for r in rows
    )


def _known_as(case: Case, book: Sequence[Known]) -> Known | None:
    same = (k for k in reversed(book) if (k.rule, k.channel, k.source) == (case.rule, case.channel, case.source))
    return next((k for k in same if k.first_day <= case.last_day and case.first_day <= k.last_day), None)


def _days(case: Case) -> dict[str, date | None]:
    return {
        "first": case.first_day,
        "fired": case.fired_on,
        "last": case.last_day,
        "recovered": case.recovered_on,
    }
