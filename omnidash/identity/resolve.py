"""From identifiers and links to persons: connected components with guards (DOMAIN: OneID).

    level 'normal'   every identifier links, except blocked values and shared hubs
    level 'strict'   only strong identifiers link

A *hub* is an identifier with more than ``hub_limit`` distinct strong neighbours (a shop's tablet, a family phone); it
stops linking. A strong hub stays a person of its own; a weak hub and a blocked value belong to nobody. The id of a
person is the smallest identifier id of the component, so it stays the same while the component does.
"""

from typing import Any, Protocol

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

LEVELS = ("strict", "normal")

# Few values are blocked and few identifiers are weak: leave those out instead of joining all identifiers.
_EDGES = """
    with unfit as (select identifier_id from identifier where blocked or (not $normal and trust <> 'strong'))
    select distinct a, b from link
    where a not in (select identifier_id from unfit) and b not in (select identifier_id from unfit)
"""

# Only who has more than the limit of neighbours at all is looked at closely.
HUBS = """
    with sides as (select a as identifier_id, b as neighbour from link union select b, a from link),
    popular as (select identifier_id from sides group by identifier_id having count(*) > $hub_limit)
    select s.identifier_id, count(*) as strong_neighbours
    from sides s
    join popular p on p.identifier_id = s.identifier_id
    join identifier i on i.identifier_id = s.identifier_id and not i.blocked
    join identifier n on n.identifier_id = s.neighbour and not n.blocked and n.trust = 'strong'
    group by s.identifier_id having count(*) > $hub_limit
"""


class Cursor(Protocol):
    """The part of a DuckDB cursor that is needed here."""

    def execute(self, query: str, parameters: Any = None) -> Any:
        """Run one statement."""

    def sql(self, query: str, *, params: Any = None) -> Any:
        """A relation."""

    def register(self, view_name: str, python_object: Any) -> Any:
        """Make a frame readable as a view."""

    def unregister(self, view_name: str) -> Any:
        """Forget the view."""


def resolve(cursor: Cursor, *, hub_limit: int, level: str = "normal") -> int:
    """Bring table ``person`` up to date within the cursor's transaction; returns the number of persons.

    Only rows that change are written, so that a small batch costs little beyond reading the links.
    """
    if level not in LEVELS:
        raise ValueError(f"level '{level}' is not one of {', '.join(LEVELS)}")
    hubs = cursor.sql(HUBS, params={"hub_limit": hub_limit}).pl()["identifier_id"].to_numpy()
    edges = cursor.sql(_EDGES, params={"normal": level == "normal"}).pl()
    components = components_of(edges["a"].to_numpy(), edges["b"].to_numpy(), hubs)
    cursor.register("omnidash_component", components)
    cursor.register("omnidash_hub", pl.DataFrame({"identifier_id": hubs}, schema={"identifier_id": pl.Int64}))
    try:
        cursor.execute(
            """
            create or replace temp table resolved as
            select i.identifier_id, coalesce(c.person_id, i.identifier_id) as person_id
            from identifier i
            left join omnidash_component c on c.identifier_id = i.identifier_id
            left join omnidash_hub h on h.identifier_id = i.identifier_id
            where not i.blocked and not (h.identifier_id is not null and i.trust = 'weak')
            """
        )
    finally:
        cursor.unregister("omnidash_component")
        cursor.unregister("omnidash_hub")
    cursor.execute(
        "delete from person where (identifier_id, person_id) not in (select identifier_id, person_id from resolved)"
    )
    cursor.execute(
        "insert into person select identifier_id, person_id from resolved"
        " where identifier_id not in (select identifier_id from person)"
    )
    cursor.execute("drop table resolved")
    return int(cursor.sql("select count(distinct person_id) from person").fetchall()[0][0])


def components_of(a: np.ndarray, b: np.ndarray, hubs: np.ndarray) -> pl.DataFrame:
    """Connected components of the edges a-b (int64 ids) that touch no hub.

    Returns identifier_id, person_id (Int64): every identifier of an edge, with the smallest id of its component.
    """
    if len(hubs):
        kept = ~(np.isin(a, hubs) | np.isin(b, hubs))
        a, b = a[kept], b[kept]
    ids, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    size = len(ids)
    if size == 0:
        return pl.DataFrame(schema={"identifier_id": pl.Int64, "person_id": pl.Int64})
    rows, columns = place[: len(a)], place[len(a) :]
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    _, first = np.unique(component, return_index=True)  # ids ascend: the first of a component is its smallest
    return pl.DataFrame({"identifier_id": ids, "person_id": ids[first][component]})
