"""By what a row is known: 64 bits of MD5 of what it says, so that the same row again adds nothing.

An event without an id of its own says its fields and its identifiers. How that is written down was changed once, for
hashing takes a third of the time of a row: a workspace goes on in the form it began with (setting ``event_key``), or
rows it has would come in again.

    1   all values in the order of fields, behind a unit separator for each field there could be; ids in full
    2   a mark in front of each value there is, so that most rows fit one block of MD5; of ids the last 44 bits (two
        people's would have to be alike in a second in which they did the very same)
"""

from collections.abc import Sequence
from typing import Protocol

from omnidash.ingest.meaning.fields import IDENTIFIER_TYPES, Field

SHORT_KEY = 2
_ID_DIGITS = 11  # with its mark such a text is one that DuckDB keeps in place
_ALWAYS = ("channel", "action")  # their marks stand in every text: to leave them out would cost more
# A mark is a sign that no cell holds. Keys hang on the places: what comes in new goes to the end.
_MARKED = (
    *_ALWAYS, "campaign", "content_id", "page", "store_id", "order_id", "revenue", "currency", "score", "experiment",
    "variant", "conversion_flag", "event_id", "account", "referrer", "utm_source", "utm_medium", "customer_id",
    "member_id", "phone", "email", "unionid", "openid", "order_contact", "device_id", "cookie",
)  # fmt: skip
_SIGNS = [n for n in range(1, 32) if n not in (9, 10, 13)]  # neither a tab nor a line break
_MARKS = {name: f"chr({sign})" for name, sign in zip(_MARKED, _SIGNS, strict=False)}


class Named(Protocol):
    """An identifier column of the file: its place among them, and what type it is of."""

    @property
    def position(self) -> int: ...

    @property
    def type(self) -> str: ...


def hash_64(text: str) -> str:
    """SQL: 64 bits of MD5 as ubigint; unlike DuckDB's own ``hash`` the same in every version."""
    return f"cast('0x' || substr(md5({text}), 1, 16) as ubigint)"


def id_text(identifier_id: str, identifier_type: str, *, nth: int, is_short: bool) -> str:
    """SQL: an id as the texts below have it. ``nth``: of the columns of its type, from 0 on."""
    if not is_short:
        return f"cast({identifier_id} as varchar)"
    return f"repeat({_MARKS[identifier_type]}, {nth + 1}) || right(hex({identifier_id}), {_ID_DIGITS})"


def key_of_cells(columns: Sequence[int]) -> str:
    """SQL: the key of a row by all of these cells."""
    return _of_list([f"c{i}" for i in columns])


def key_of_values(
    fields: Sequence[Field],
    mapped: set[str],
    identified: Sequence[Named],
    figures: Sequence[Field],
) -> str:
    """SQL: the key of a row by the values of all fields there are, in their order: a column that is empty, or stands
    elsewhere, says nothing new. Its identifiers stand in ``id_text0`` …"""
    said: list[str | None] = [_said(f) if f.name in mapped else None for f in fields]
    for kind in IDENTIFIER_TYPES:
        ids = [f"id_text{i.position}" for i in identified if i.type == kind]
        said += [*ids[:1], *(f"chr(30) || {more}" for more in ids[1:])] or [None]
    return _of_list([*said, *(f"'{f.name}' || {_said(f)}" for f in figures)])


def short_key_of_event(fields: Sequence[Field], mapped: set[str], identified: Sequence[Named]) -> str:
    """SQL: the same of an event in fewer signs."""
    values = {f.name: _said(f) for f in fields if f.name in mapped}
    parts = ["''", values.get("time", "''")]
    for name in _ALWAYS:
        parts += [_MARKS[name], values.get(name, "''")]
    parts += [f"{_MARKS[name]} || {said}" for name, said in values.items() if name not in ("time", *_ALWAYS)]
    parts += [f"id_text{i.position}" for i in sorted(identified, key=lambda i: IDENTIFIER_TYPES.index(i.type))]
    return _md5_64(parts)


def _of_list(said: Sequence[str | None]) -> str:
    """The parts behind unit separators; ``concat`` takes them in one go and skips nulls."""
    parts, separators = ["''"], 0
    for part in said:
        if part is not None:
            parts += [f"repeat(chr(31), {separators})", part] if separators else [part]
            separators = 0
        separators += 1
    return _md5_64(parts)


def _md5_64(parts: Sequence[str]) -> str:
    return f"cast(md5_number(concat({', '.join(parts)})) >> 64 as ubigint)"


def _said(field: Field) -> str:
    """A field as text for its row's hash: one text per value, however it was written."""
    return f"cast(epoch_us({field.name}) as varchar)" if field.value == "time" else f"cast({field.name} as varchar)"
