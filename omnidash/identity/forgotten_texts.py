"""What older imports left of a person's raw identifiers in the texts of their rows, found and taken out when they are
forgotten. Imports of today leave none (ingest/rows/repeated.py).

Nobody keeps raw identifiers, so they are recognised: by the text that was typed to forget the person, and by the words
of the person's own rows, which are hashed and compared with the person's identifiers.
"""

import re
from collections.abc import Iterable, Sequence

import polars as pl

from omnidash.identity.graph import Cursor
from omnidash.identity.lookup import readings
from omnidash.identity.repeated import (
    CLEARED_PROPERTIES,
    CONTENT,
    PHONES,
    PROPERTIES,
    SPELLINGS,
    cleared,
    spellings,
    stands_in,
    stands_in_groups,
)
from omnidash.store.workspace import Workspace

_TABLES = ("event", "event_restated")
_WORDS = (
    re.compile(r"[0-9]{6,}"),
    re.compile(r"[0-9A-Za-z]{3,}"),
    re.compile(r"[\w.@+-]{3,}", re.ASCII),
    re.compile(r"[^/?&=#;:\s\"]{3,}"),
)
_GROUPED = re.compile(r"[0-9](?:[-_. ]?[0-9]){6,}")


def clear_texts(ws: Workspace, cursor: Cursor, typed: Sequence[str]) -> None:
    """Take raw identifiers of the persons of temp table ``member`` out of the texts of their rows, as long as the rows
    still name them. ``typed``: the texts they were asked for by."""
    cursor.execute("create or replace temp table its_person as"
                   " select identifier_id, coalesce(person_id, -identifier_id) as person from member")  # fmt: skip
    told = " union ".join(
        f"select {name} as text from {table} semi join its_person using (identifier_id) where {name} is not null"  # noqa: S608
        for table in _TABLES
        for name in (*CONTENT, f"cast({PROPERTIES} as varchar)")
    )
    words = sorted({*typed, *_words(text for (text,) in cursor.execute(told).fetchall())})
    if not words or not _find(ws, cursor, words):
        return
    most = int(cursor.execute("select max(nth) from their_spelling").fetchall()[0][0])
    columns = [*CONTENT, f"cast({PROPERTIES} as varchar)"]
    here = " or ".join(
        f"coalesce({stands_in(name, 'spelling')} or {stands_in_groups(name, 'spelling')}, false)" for name in columns
    )
    for table in _TABLES:
        for nth in range(1, most + 1):
            cursor.execute(
                f"""
                update {table} set {", ".join(f"{name} = {cleared(name)}" for name in CONTENT)}, {CLEARED_PROPERTIES}
                from (select identifier_id as its, spelling, is_national
                      from their_spelling join its_person using (person) where nth = $nth) s
                where {table}.identifier_id = s.its and ({here})
                """,  # noqa: S608  (our own tables and columns)
                {"nth": nth},
            )


def _words(texts: Iterable[str]) -> set[str]:
    """What in texts may be an identifier."""
    found = set()
    for text in texts:
        for pattern in _WORDS:
            found.update(pattern.findall(text))
        found.update(re.sub(r"[-_. ]", "", number) for number in _GROUPED.findall(text))
    return found


def _find(ws: Workspace, cursor: Cursor, words: Sequence[str]) -> bool:
    """Temp table ``their_spelling(person, spelling, is_national, nth)``: the words that are an identifier of one of the
    persons, in the ways they are written; whether there are any."""
    asked = pl.DataFrame({"position": range(len(words)), "value": list(words)}).cast({"position": pl.UInt32})
    known = readings(ws, words).filter("is_known", ~pl.col("is_blocked")).join(asked, on="position")
    cursor.register("omnidash_word", known.select("value", "type", "identifier_id").to_arrow())
    try:
        cursor.execute(
            "create or replace temp table its_word as select person, type, value"
            " from omnidash_word join its_person using (identifier_id)"
        )
    finally:
        cursor.unregister("omnidash_word")
    columns = ", ".join(f"{name} varchar" for name in SPELLINGS)
    cursor.execute(f"create or replace temp table spelled (person bigint, {columns})")
    for is_phone, one in ((True, PHONES[0]), (False, "member_id")):
        cursor.execute(
            "create or replace temp table given as select distinct value from its_word"
            " where list_contains($phones, type) = $is_phone",
            {"phones": list(PHONES), "is_phone": is_phone},
        )
        cursor.execute(
            f"""
            insert into spelled select person, {", ".join(SPELLINGS)}
            from (select distinct person, value from its_word where list_contains($phones, type) = $is_phone)
            join ({spellings(one, "given", ws.settings.country)}) using (value)
            """,  # noqa: S608  (our own names)
            {"phones": list(PHONES), "is_phone": is_phone},
        )
    each = " union ".join(
        f"select person, {name} as spelling, {name == 'national'} as is_national from spelled"  # noqa: S608
        for name in SPELLINGS
    )
    cursor.execute(
        f"""
        create or replace temp table their_spelling as
        select *, row_number() over (partition by person order by length(spelling) desc, spelling, is_national) as nth
        from ({each}) where spelling is not null
        """  # noqa: S608  (our own names)
    )
    return bool(cursor.execute("select 1 from their_spelling limit 1").fetchall())
