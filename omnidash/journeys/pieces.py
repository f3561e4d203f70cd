"""One journey table of several, each of persons of its own: a table too large to be built at once is made so.

>>> whole = journeys({"ana": "search@1 email@3", "bo": "email@2"})
>>> parts = [of_persons(whole, np.array([True, False])), of_persons(whole, np.array([False, True]))]
>>> in_a_row(parts).ts.tolist() == whole.ts.tolist()
True
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omnidash.journeys.table import EVENT_COLUMNS, Journeys
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

_BOOKS = {"channel": "channels", "action": "actions", "campaign": "campaigns"}


def in_a_row(parts: Iterable[Journeys]) -> Journeys:
    """The table of all persons of the parts, whose ids ascend from part to part. Parts are taken one by one and a
    column's pieces are let go once it is whole, so at most one column stands twice in memory.

    Raises ValueError where ids do not ascend; BadInput where the words of all parts are more than can be coded.
    """
    pieces: dict[str, list[NDArray[Any]]] = {name: [] for name in (*EVENT_COLUMNS, "person_ids", "events")}
    words: dict[str, list[tuple[str, ...]]] = {name: [] for name in _BOOKS}
    stages: dict[str, str] = {}
    for part in parts:
        for name in EVENT_COLUMNS:
            pieces[name].append(getattr(part, name))
        pieces["person_ids"].append(part.person_ids)
        pieces["events"].append(np.diff(part.offsets))
        for name, attribute in _BOOKS.items():
            words[name].append(getattr(part, attribute))
        stages.update(zip(part.actions, part.stages, strict=True))
    person_ids = _whole(pieces.pop("person_ids"), np.int64)
    if (np.diff(person_ids) <= 0).any():
        raise ValueError("persons of the parts do not ascend")
    books = {name: _book(name, books) for name, books in words.items()}
    for name, book in books.items():
        code = {word: number for number, word in enumerate(book)}
        for number, own in enumerate(words[name]):
            recoded = np.array([code[word] for word in own], dtype=EVENT_COLUMNS[name])
            pieces[name][number] = np.take(recoded, pieces[name][number]) if own else pieces[name][number]
    return Journeys(
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(_whole(pieces.pop("events"), np.int64))]),
        person_ids=person_ids,
        **{name: _whole(pieces.pop(name), dtype) for name, dtype in EVENT_COLUMNS.items()},
        channels=books["channel"],
        actions=books["action"],
        campaigns=books["campaign"],
        stages=tuple(stages.get(action, "") for action in books["action"]),
    )


def _whole(pieces: list[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype)


def _book(name: str, books: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The sorted words of all books; '' stays first where it means none."""
    distinct = set().union(*books)
    book = tuple(sorted(distinct)) if name == "action" else ("", *sorted(distinct - {""}))
    limit = int(np.iinfo(EVENT_COLUMNS[name]).max)  # type: ignore[type-var]  # columns of codes are integers
    if len(book) > limit:
        raise BadInput(
            N_("{column} has {count} different values; at most {limit} can be told apart. Group them on import."),
            column=name,
            count=len(book),
            limit=limit,
        )
    return book
