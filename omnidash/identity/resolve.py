"""Tables ``person`` and ``shared_identifier``, brought up to date within the transaction that changes what they follow.

``resolve`` computes anew what a batch or a decision can reach (graph.py) by the rules of the workspace's level
(partition.py), and writes only rows that change. The outcome is the same as from scratch. Setting
``identity_resolved`` says by which rules the tables were made; with others all is computed anew.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import polars as pl

from omnidash.identity.decisions import overrides_in_force
from omnidash.identity.graph import Cursor, Overrides, find_region, part_of_graph, whole_graph
from omnidash.identity.partition import CONTESTED, HUB, NOBODY, Graph, Partition, Rules, partition
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

__all__ = ["Rules", "Tell", "bring_up_to_date", "resolve", "resolving", "set_rules", "silent"]

Tell = Callable[[float, Message], None]
"""How far work is (0 to 1), and what it does now."""

_DEFINITION = 2  # rises when the rules make other persons of the same links


def silent(_fraction: float, _message: Message) -> None:
    """Tell nobody."""


def resolve(
    cursor: Cursor,
    rules: Rules,
    *,
    batch_id: int | None = None,
    touched: Iterable[int] | None = None,
    tell: Tell = silent,
) -> int:
    """Bring the persons up to date; returns how many there are.

    ``batch_id``: since the last time nothing but this batch came in. ``touched``: nothing but links of these
    identifiers, or decisions about them, changed. With neither, all is computed anew.
    """
    with resolving(cursor, rules, batch_id=batch_id, touched=touched, tell=tell) as finish:
        return finish()


@contextlib.contextmanager
def resolving(
    cursor: Cursor,
    rules: Rules,
    *,
    batch_id: int | None = None,
    touched: Iterable[int] | None = None,
    tell: Tell = silent,
) -> Iterator[Callable[[], int]]:
    """As ``resolve``, in two steps: identifiers, links and decisions are read here, and while who is who is found out
    in a thread beside, the cursor is free for what has nothing to do with them; the function given writes the outcome.
    """
    overrides = overrides_in_force(cursor)
    tell(0.2, Message(N_("reading the links it can reach")))
    if batch_id is not None and _is_made_by(cursor, rules):
        touched = _touched_by(cursor, batch_id)
    of_region = touched is not None and _is_made_by(cursor, rules) and find_region(cursor, touched, rules, overrides)
    graph = part_of_graph(cursor, overrides) if of_region else whole_graph(cursor, overrides)
    tell(0.5, _JOINING)
    with ThreadPoolExecutor(1, "omnidash-persons") as beside:  # NumPy and DuckDB both let go of Python's lock
        found = beside.submit(partition, graph, rules)

        def finish() -> int:
            partitioned = found.result()
            tell(0.7, _WRITING)
            _write(cursor, graph, partitioned, of_region=of_region)
            if not of_region:
                cursor.execute(
                    "insert or replace into setting values ('identity_resolved', $made)",
                    {"made": json.dumps(_made_by(rules))},
                )
            return int(cursor.sql("select count(distinct person_id) from person").fetchall()[0][0])

        yield finish


_JOINING, _WRITING = Message(N_("joining identifiers to persons")), Message(N_("writing who is who"))


def set_rules(
    ws: Workspace,
    *,
    level: str | None = None,
    hub_limit: int | None = None,
    wait_seconds: float = 0.0,
    tell: Tell = silent,
) -> int:
    """Set the workspace's level or hub limit and resolve all persons anew, in one transaction; returns their number.

    Data and settings version rise, so that everything computed from persons follows. Raises BadInput on values that
    cannot be, and WorkspaceProblem while another writer is at work for longer than ``wait_seconds``.
    """
    asked = {"identity_level": level, "hub_limit": hub_limit}
    changed: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    replace(ws.settings, **changed)  # refuse before others are waited for
    with ws.writing("identity level", wait_seconds=wait_seconds) as cursor:
        wanted = replace(ws.settings, **changed)  # the other one may have been set meanwhile
        for name, value in changed.items():
            cursor.execute(
                "insert or replace into setting values ($name, $value)", {"name": name, "value": json.dumps(value)}
            )
        cursor.execute("update setting set value = to_json(cast(value as bigint) + 1) where name = 'settings_version'")
        return resolve(cursor, Rules.of(wanted), tell=tell)


def bring_up_to_date(ws: Workspace, *, wait_seconds: float = 0.0) -> bool:
    """Resolve anew where the persons were made by other rules than the workspace's (an older version's, or a setting
    that was written without resolving); returns whether that was so. Cheap where it is not."""
    rules = Rules.of(ws.settings)
    with ws.reading() as cursor:
        if _is_made_by(cursor, rules) or not cursor.execute("select 1 from identifier limit 1").fetchall():
            return False
    with ws.writing("recognising persons", wait_seconds=wait_seconds) as cursor:
        resolve(cursor, Rules.of(ws.settings))
    return True


def persons_under(cursor: Cursor, rules: Rules, overrides: Overrides, touched: Iterable[int] | None) -> pl.DataFrame:
    """Table ``person`` [identifier_id, person_id] as it would be under other rules or decisions; nothing is written.

    ``touched``: only decisions about these identifiers are others than those in force; None: anything may be.
    """
    if touched is not None and _is_made_by(cursor, rules) and find_region(cursor, touched, rules, overrides):
        graph = part_of_graph(cursor, overrides)
        persons, _ = _tables(graph, partition(graph, rules))
        region = cursor.sql("select identifier_id from region").pl()
        elsewhere = cursor.sql(
            "select identifier_id, person_id from person where identifier_id not in (select identifier_id from region)"
        ).pl()
        return pl.concat([elsewhere, persons.join(region, on="identifier_id", how="semi")])
    return tables_under(cursor, rules, overrides)[0]


def tables_under(cursor: Cursor, rules: Rules, overrides: Overrides) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tables ``person`` and ``shared_identifier`` as they would be under other rules; nothing is written."""
    graph = whole_graph(cursor, overrides)
    return _tables(graph, partition(graph, rules))


def shared_under(cursor: Cursor, rules: Rules, overrides: Overrides) -> pl.DataFrame:
    """Table ``shared_identifier`` as it would be under other rules; nothing is written."""
    return tables_under(cursor, rules, overrides)[1]


def _made_by(rules: Rules) -> list[object]:
    return [_DEFINITION, rules.level, rules.hub_limit]


def _is_made_by(cursor: Cursor, rules: Rules) -> bool:
    stored = cursor.execute("select value from setting where name = 'identity_resolved'").fetchall()
    return bool(stored) and json.loads(stored[0][0]) == _made_by(rules)


def _touched_by(cursor: Cursor, batch_id: int) -> list[int]:
    """Identifiers that are new, or of pairs that no link had before the batch or has after it."""
    rows = cursor.execute(
        """
        with said as (select distinct a, b from link where batch_id = $batch),
        known as (  -- the small side of a join is the one on the right
            select distinct a, b from link semi join said using (a, b) where batch_id <> $batch),
        pair as (select a, b from said anti join known using (a, b)),
        ended as (select distinct a, b from link_restated where by_batch_id = $batch),
        left_over as (select distinct a, b from link semi join ended using (a, b)),
        lost as (select a, b from ended anti join left_over using (a, b)),
        changed as (select * from pair union select * from lost)
        select a from changed union select b from changed
        union
        select identifier_id from identifier where not blocked
            and identifier_id not in (select identifier_id from person)
            and identifier_id not in (select identifier_id from shared_identifier)
        """,
        {"batch": batch_id},
    ).fetchall()
    return [row[0] for row in rows]


def _tables(graph: Graph, found: Partition) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = pl.DataFrame(
        {
            "identifier_id": graph.ids,
            "person_id": found.person,
            "neighbours": found.neighbours,
            "is_hub": found.hub,
            "is_contested": found.contested,
        }
    )
    persons = rows.filter(pl.col("person_id") != NOBODY).select("identifier_id", "person_id")
    shared = rows.filter(pl.col("is_hub") | pl.col("is_contested")).select(
        "identifier_id",
        pl.when("is_hub").then(pl.lit(HUB)).otherwise(pl.lit(CONTESTED)).alias("why"),
        "neighbours",
    )
    return persons, shared


def _write(cursor: Cursor, graph: Graph, found: Partition, *, of_region: bool) -> None:
    persons, shared = _tables(graph, found)
    here = "identifier_id in (select identifier_id from region)" if of_region else "true"
    cursor.register("omnidash_person", persons)
    cursor.register("omnidash_shared", shared)
    try:
        # a table first: a frame that is scanned for each row of a join costs more
        cursor.execute(f"create or replace temp table resolved as select * from omnidash_person where {here}")  # noqa: S608
        cursor.execute(f"delete from shared_identifier where {here}")  # noqa: S608  (a condition of ours)
        cursor.execute(f"insert into shared_identifier select * from omnidash_shared where {here}")  # noqa: S608
    finally:
        cursor.unregister("omnidash_person")
        cursor.unregister("omnidash_shared")
    if cursor.execute("select 1 from person limit 1").fetchall():  # else to look through all that is new is in vain
        cursor.execute(
            f"delete from person where {here}"  # noqa: S608  (a condition of ours)
            " and (identifier_id, person_id) not in (select identifier_id, person_id from resolved)"
        )
    cursor.execute(
        "insert into person select identifier_id, person_id from resolved"
        " where identifier_id not in (select identifier_id from person)"
    )
    cursor.execute("drop table resolved")
