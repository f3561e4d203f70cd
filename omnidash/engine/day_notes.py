"""What people noted about days: a promotion, a price change, tracking that was broken, anything else.

A note holds for its first to its last day, on some channels or on all. Every chart over days shows it
(``charts/day_notes.py``), and the rules read it (``health/run.py``): a day on which tracking was broken is not judged,
and the traffic of a promotion is no measure of other days. A note changes what the rules say, so it counts as a
setting: results are computed anew. What looks like somebody's address is left out of it (``identity/personal.py``).

Example: ``DayNote(kind="promotion", first_day=date(2026, 6, 16), last_day=date(2026, 6, 20), text="618")`` is about
every channel on five days.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from omnidash.identity.personal import unpersonal
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store import Workspace

PROMOTION, PRICE_CHANGE, TRACKING_BROKEN, OTHER = "promotion", "price_change", "tracking_broken", "other"
KIND_TITLES = {
    PROMOTION: N_("Promotion"),
    PRICE_CHANGE: N_("Price change"),
    TRACKING_BROKEN: N_("Tracking broken"),
    OTHER: N_("Note"),
}
KINDS = tuple(KIND_TITLES)
LONGEST_TEXT = 300
_LONGEST_DAYS = 366

_READ = """
    select note_id, kind, first_day, last_day, channels, text, noted_by from day_note
    order by first_day desc, last_day desc, note_id desc
"""
_NEXT = """
    select greatest(
        coalesce((select cast(value as bigint) from setting where name = $counter), 0),
        coalesce((select max(note_id) from day_note), 0)) + 1
"""
_COUNTER = "last_day_note"  # a number stays that of its note, also of one that was taken away


@dataclass(frozen=True, slots=True, kw_only=True)
class DayNote:
    """One note. ``channels``: ids, none for all of them; ``by``: who noted it ('' where nobody said); ``note_id``:
    None until it is kept."""

    kind: str
    first_day: date
    last_day: date
    channels: tuple[str, ...] = ()
    text: str = ""
    by: str = ""
    note_id: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KIND_TITLES:
            raise BadInput(N_("Note kind {kind} is unknown; choose {known}."), kind=self.kind, known=", ".join(KINDS))
        if self.last_day < self.first_day:
            raise BadInput(
                N_("The note ends on {last_day}, before it begins on {first_day}."),
                last_day=self.last_day,
                first_day=self.first_day,
            )
        if (self.last_day - self.first_day).days >= _LONGEST_DAYS:
            raise BadInput(N_("A note is about {days} days at most."), days=_LONGEST_DAYS)
        if self.kind == OTHER and not self.text.strip():
            raise BadInput(N_("Write down what happened on these days."))
        if len(self.text) > LONGEST_TEXT:
            raise BadInput(N_("A note has at most {count} characters."), count=LONGEST_TEXT)

    def is_about(self, channel: str) -> bool:
        """Whether the note holds for a channel."""
        return not self.channels or channel in self.channels

    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first_day + timedelta(days=step) for step in range((self.last_day - self.first_day).days + 1)]


def notes(workspace: Workspace) -> tuple[DayNote, ...]:
    """All notes; the latest days first."""
    rows = workspace.rows(_READ)
    return tuple(
        DayNote(note_id=note_id, kind=kind, first_day=first, last_day=last, channels=tuple(channels), text=text, by=by)
        for note_id, kind, first, last, channels, text, by in rows
    )


def keep(workspace: Workspace, note: DayNote) -> int:
    """Keep a note and return its number. Raises BadInput where the workspace knows a channel of it not."""
    known = {channel for (channel,) in workspace.rows("select channel from channel")}
    for channel in note.channels:
        if channel not in known:
            raise BadInput(N_("Channel {name} is unknown to this workspace."), name=repr(channel))
    values = {
        "kind": note.kind,
        "first": note.first_day,
        "last": note.last_day,
        "channels": sorted(set(note.channels)),
        "text": unpersonal(note.text.strip()),
        "by": unpersonal(note.by.strip()),
        "now": datetime.now(UTC).replace(tzinfo=None),
    }
    with workspace.writing("notes", changes="settings", wait_seconds=2.0) as cursor:
        number = int(cursor.execute(_NEXT, {"counter": _COUNTER}).fetchall()[0][0])
        cursor.execute(
            "insert or replace into setting values ($name, $value)", {"name": _COUNTER, "value": str(number)}
        )
        cursor.execute(
            "insert into day_note values ($id, $kind, $first, $last, $channels, $text, $by, $now)",
            {**values, "id": number},
        )
        return number


def withdraw(workspace: Workspace, note_id: int) -> None:
    """Take a note away. Nothing happens where it is gone already."""
    with workspace.writing("notes", changes="settings", wait_seconds=2.0) as cursor:
        cursor.execute("delete from day_note where note_id = $id", {"id": note_id})


def noted_days(found: Sequence[DayNote], kind: str, channels: Collection[str]) -> frozenset[tuple[date, str]]:
    """(day, channel) that notes of a kind are about, among ``channels``."""
    return frozenset(
        (day, channel)
        for note in found
        if note.kind == kind
        for channel in channels
        if note.is_about(channel)
        for day in note.days()
    )


def days_for_all(found: Sequence[DayNote], kind: str) -> frozenset[date]:
    """Days that notes of a kind without a channel are about: they hold for everything, also for what is no channel (a
    feed of orders alone, sales nothing was credited with)."""
    return frozenset(day for note in found if note.kind == kind and not note.channels for day in note.days())


def promotion_days(workspace: Workspace, channels: Collection[str]) -> frozenset[tuple[date, str]]:
    """(day, channel) of promotions, among ``channels``: days whose sales owe something to a lower price."""
    return noted_days(notes(workspace), PROMOTION, channels)
