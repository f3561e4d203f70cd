"""The journey table: every person's events, in order, as a few narrow columns.

Layout is CSR: the events of person p (a position, 0 … P-1) are rows ``offsets[p]`` up to ``offsets[p + 1]``. Words
are dictionary-coded; the code books are sorted, so equal data gives an equal table whatever order its rows came in.
Events of one person stand in the order (ts, touches that earn nothing, touches that earn, events that are no touch,
event_id): a touch and the purchase at the same instant are read as contact first, purchase second.

The table is a cache of the store. It is immutable: its arrays are read-only, which also gives the kernels one dtype
to compile for, in memory or memory-mapped.

>>> frame = pl.DataFrame({"person": [7, 7], "ts": [20, 10], "day": [0, 0], "channel": [None, "meta"],
...     "campaign": [None, None], "action": ["purchase", "click"], "touch": [False, True],
...     "revenue": [9.5, None], "event_id": [1, 2]})
>>> table = Journeys.from_frame(frame, stage_of_action={"purchase": "purchase"})
>>> table.persons, table.events, table.ts.tolist(), table.channels
(1, 2, [10, 20], ('', 'meta'))
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import DTypeLike, NDArray

from omnidash.journeys import table_file
from omnidash.journeys.arrays import Floats, Int32s, Int64s, UInt8s, UInt16s, UInt32s
from omnidash.journeys.order import journey_order
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

EVENT_COLUMNS: dict[str, type[np.generic]] = {
    "ts": np.int64,
    "day": np.int32,
    "channel": np.uint16,
    "action": np.uint16,
    "campaign": np.uint32,
    "touch": np.uint8,
    "revenue": np.float64,
}
"""Columns with one entry per event, and their dtypes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Journeys:
    """Events of resolved persons ordered by person and time. P persons, E events.

    ``offsets`` int64[P + 1]; ``person_ids`` int64[P] the store's id of each person, ascending; ``ts`` int64[E] in
    microseconds UTC; ``day`` int32[E] local day, days since 1970; ``channel``, ``action`` uint16[E] and ``campaign``
    uint32[E] codes into the books; ``touch`` uint8[E] 1 where the event is marketing contact; ``revenue`` float64[E]
    net of refunds in workspace currency (order-date basis), 0 where there is none. Code 0 of ``channels`` and
    ``campaigns`` is '' (none named). ``stages[a]`` is the stage of ``actions[a]``, '' if it has none.
    """

    offsets: Int64s
    person_ids: Int64s
    ts: Int64s
    day: Int32s
    channel: UInt16s
    action: UInt16s
    campaign: UInt32s
    touch: UInt8s
    revenue: Floats
    channels: tuple[str, ...]
    actions: tuple[str, ...]
    campaigns: tuple[str, ...]
    stages: tuple[str, ...]
    _last_us: list[int] = field(init=False, repr=False, default_factory=list)  # asked for by every funnel, found once

    def __post_init__(self) -> None:
        events = int(self.offsets[-1]) if self.offsets.size else -1
        if events < 0 or self.offsets[0] != 0 or self.offsets.size != self.person_ids.size + 1:
            raise ValueError(f"offsets do not enclose the events of {self.person_ids.size} persons")
        for name in EVENT_COLUMNS:
            if getattr(self, name).shape != (events,):
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, expected ({events},)")
        if self.channels[:1] != ("",) or self.campaigns[:1] != ("",) or len(self.stages) != len(self.actions):
            raise ValueError("code books need '' first, and one stage per action")
        for column in fields(self):
            if isinstance(values := getattr(self, column.name), np.ndarray):
                values.flags.writeable = False

    @property
    def persons(self) -> int:
        """Number of persons."""
        return int(self.person_ids.size)

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.ts.size)

    @property
    def last_us(self) -> int:
        """The instant of the last event, microseconds UTC; 0 without any."""
        if not self._last_us:
            self._last_us.append(int(self.ts[self.offsets[1:] - 1].max()) if self.events else 0)
        return self._last_us[0]

    def action_code(self, action: str) -> int:
        """The code of an action, or -1 where no event has it."""
        return self.actions.index(action) if action in self.actions else -1

    def slices(self, n: int) -> list[tuple[int, int]]:
        """At most ``n`` ranges ``[first_person, end_person)`` that cover all persons with about equal events each."""
        if n < 1:
            raise ValueError(f"n {n} is not a positive number of slices")
        cuts = np.searchsorted(self.offsets[:-1], np.linspace(0, self.events, n + 1)[1:-1])
        bounds = [0, *(int(cut) for cut in cuts), self.persons]
        return [(low, high) for low, high in pairwise(bounds) if low < high]

    @classmethod
    def from_frame(cls, frame: pl.DataFrame, *, stage_of_action: Mapping[str, str]) -> "Journeys":
        """Build the table from one row per event, in any order.

        Columns: ``person`` (integer), ``ts`` (Datetime, or int64 microseconds UTC), ``day`` (Date or integer days
        since 1970), ``channel`` and ``campaign`` (string or null), ``action`` (string), ``touch`` (boolean),
        ``revenue`` (number or null), ``event_id`` (uint64, unique). Raises ValueError where person, ts, day, action,
        touch or event_id is null; BadInput where there are more channels or actions than the table can code.
        """
        _refuse_nulls(frame, ["person", "ts", "day", "action", "touch", "event_id"])
        ts, touch, revenue, order, person_ids, offsets = _in_order(frame)
        channel, channels = _coded(frame["channel"], np.uint16, none_first=True)
        action, actions = _coded(frame["action"], np.uint16, none_first=False)
        campaign, campaigns = _coded(frame["campaign"], np.uint32, none_first=True)
        day = _integers(frame["day"], np.int32)
        columns = (ts, day, channel, action, campaign, touch, revenue)
        with ThreadPoolExecutor() as pool:  # take releases the GIL
            ordered = pool.map(lambda column: np.take(column, order), columns)
            events = dict(zip(EVENT_COLUMNS, ordered, strict=True))
        return cls(
            offsets=offsets,
            person_ids=person_ids,
            **events,
            channels=channels,
            actions=actions,
            campaigns=campaigns,
            stages=tuple(stage_of_action.get(name, "") for name in actions),
        )

    def save(self, path: Path) -> None:
        """Write the table to one Arrow IPC file, atomically, readable by its owner alone (mode 0600)."""
        books = {name: list(getattr(self, name)) for name in ("channels", "actions", "campaigns", "stages")}
        events = {name: getattr(self, name) for name in EVENT_COLUMNS}
        table_file.write(path, self.person_ids, self.offsets, events, books)

    @classmethod
    def load(cls, path: Path) -> "Journeys":
        """Map a saved table into memory; pages are read when a kernel touches them.

        Raises FileNotFoundError where there is no file, ValueError where it is damaged or of another version (the
        caller then builds it anew from the store).
        """
        person_ids, offsets, events, books = table_file.read(path, EVENT_COLUMNS)
        return cls(
            person_ids=person_ids,
            offsets=offsets,
            **events,  # type: ignore[arg-type]  # the columns of EVENT_COLUMNS, checked by read
            **{name: tuple(words) for name, words in books.items()},  # type: ignore[arg-type]
        )


def in_journey_order(frame: pl.DataFrame) -> Int64s:
    """The permutation that puts the rows of such a frame in the order of the table's events."""
    return _in_order(frame)[3]


def _in_order(frame: pl.DataFrame) -> tuple[Int64s, UInt8s, Floats, Int64s, Int64s, Int64s]:
    """``(ts, touch, revenue, order, person_ids, offsets)`` of a frame; the first three in the order of its rows."""
    ts = _integers(frame["ts"].cast(pl.Datetime("us")) if frame["ts"].dtype == pl.Datetime else frame["ts"], np.int64)
    touch = _integers(frame["touch"], np.uint8)
    revenue = frame["revenue"].cast(pl.Float64).fill_null(0.0).to_numpy()
    rank = np.where(touch == 1, (revenue != 0).astype(np.uint8), np.uint8(2))
    order, person_ids, offsets = journey_order(
        _integers(frame["person"], np.int64), ts, rank, _integers(frame["event_id"], np.uint64)
    )
    return ts, touch, revenue, order, person_ids, offsets


def _refuse_nulls(frame: pl.DataFrame, columns: list[str]) -> None:
    for name in columns:
        if nulls := frame[name].null_count():
            raise ValueError(f"{name} is null in {nulls} rows; every event needs it")


def _integers(column: pl.Series, dtype: DTypeLike) -> NDArray[Any]:
    return column.to_physical().to_numpy().astype(dtype, copy=False)


def _coded(column: pl.Series, dtype: DTypeLike, *, none_first: bool) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Codes into the sorted book of the column's distinct words; with ``none_first`` null and '' are code 0."""
    words = column.cast(pl.String).fill_null("")
    distinct = set(words.unique().to_list())
    book = ("", *sorted(distinct - {""})) if none_first else tuple(sorted(distinct))
    if len(book) > np.iinfo(dtype).max:  # one code is kept free for what a kernel adds, such as (direct)
        raise BadInput(
            N_("{column} has {count} different values; at most {limit} can be told apart. Group them on import."),
            column=column.name,
            count=len(book),
            limit=int(np.iinfo(dtype).max),
        )
    codes = words.cast(pl.Enum(book)).to_physical() if book else pl.Series([], dtype=pl.UInt32)
    return codes.to_numpy().astype(dtype, copy=False), book
