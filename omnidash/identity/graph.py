"""The identifiers and links of a workspace as arrays: all of them, or the part that some changes can reach.

``Overrides`` are the decisions in force: links that were cut and identifiers that were blocked. They are given, not
read, so that a preview can ask what other decisions would do.

A change reaches no further than the *loose component* of what it touches: identifiers joined by any links except over
hubs. For nothing in another component has other links than before, another hub beside it, or other persons to clash
with (partition.py). Where a touched identifier becomes a hub, or is one no more, its neighbours are touched too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import polars as pl

from omnidash.identity.normalise import TYPES
from omnidash.identity.partition import HUB, Graph, Rules

REACHES_TOO_MUCH = 3  # where a change reaches a third of all identifiers, all are computed anew


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Decisions in force. ``cuts``: pairs (smaller id, larger id); ``blocks``: identifier ids."""

    cuts: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    blocks: frozenset[int] = field(default_factory=frozenset)

    @property
    def params(self) -> dict[str, Any]:
        """What statements over ``LINKS`` bind."""
        cuts = sorted(self.cuts)
        return {"cut_a": [a for a, _ in cuts], "cut_b": [b for _, b in cuts], "blocks": sorted(self.blocks)}


# Few values are blocked and few links are cut: leave those out instead of joining all identifiers.
LINKS = """
    unfit as (select identifier_id from identifier where blocked union all select unnest($blocks)),
    cut as (select unnest($cut_a) as a, unnest($cut_b) as b),
    counting as (
        select a, b, batch_id, row_number from link
        where a not in (select identifier_id from unfit) and b not in (select identifier_id from unfit)
            and (len($cut_a) = 0 or (a, b) not in (select a, b from cut)))
"""
"""Named steps up to ``counting``: the links that count under the overrides."""


def whole_graph(cursor: Cursor, overrides: Overrides) -> Graph:
    """All identifiers and links."""
    nodes = cursor.sql(f"select {_NODE} from identifier where not blocked", params={"types": list(TYPES)}).pl()  # noqa: S608
    links = cursor.sql(f"with {LINKS} select distinct a, b from counting", params=overrides.params).pl()  # noqa: S608
    return _graph(cursor, nodes.with_columns(is_known=pl.lit(False)), links, overrides)


def part_of_graph(cursor: Cursor, overrides: Overrides) -> Graph:
    """The identifiers of temp table ``region`` with all of their links; what stands at the other end of these and is
    not in the region has ``apart``."""
    links = cursor.sql(
        f"with {LINKS} select distinct a, b from counting"  # noqa: S608  (named steps of our own)
        " where a in (select identifier_id from region) or b in (select identifier_id from region)",
        params=overrides.params,
    ).pl()
    cursor.register("omnidash_ends", pl.concat([links["a"], links["b"]]).unique().to_frame("identifier_id"))
    try:
        nodes = cursor.sql(
            f"""
            select {_NODE}, identifier_id not in (select identifier_id from region) as is_known
            from identifier
            where not blocked and (identifier_id in (select identifier_id from omnidash_ends)
                or identifier_id in (select identifier_id from region))
            """,  # noqa: S608  (columns of our own)
            params={"types": list(TYPES)},
        ).pl()
    finally:
        cursor.unregister("omnidash_ends")
    return _graph(cursor, nodes, links, overrides)


def find_region(cursor: Cursor, touched: Iterable[int], rules: Rules, overrides: Overrides) -> bool:
    """Fill temp table ``region`` with all that changes at ``touched`` can reach; False where that is too much to be
    worth it. Table ``shared_identifier`` must tell the hubs from before the changes."""
    ids = pl.DataFrame({"identifier_id": pl.Series(sorted(set(touched)), dtype=pl.Int64)})
    total = int(cursor.sql("select count(*) from identifier").fetchall()[0][0])
    if len(ids) * REACHES_TOO_MUCH > total:
        return False
    cursor.register("omnidash_touched", ids)
    try:
        cursor.execute("create or replace temp table region as select identifier_id from omnidash_touched")
    finally:
        cursor.unregister("omnidash_touched")
    params = {**overrides.params, "hub_limit": rules.hub_limit}
    _run(cursor, _HUB_NOW, params)
    _run(cursor, _HUB_CHANGED, params)
    outwards = _outwards(with_probable=rules.level == "loose")
    through = "hub_changed"
    while True:
        _run(cursor, outwards.format(through=through), params)
        _run(cursor, "insert into region select identifier_id from frontier", params)
        found, size = cursor.sql("select (select count(*) from frontier), (select count(*) from region)").fetchall()[0]
        if through == "hub_changed":  # from here on, from all of the region
            cursor.execute("create or replace temp table frontier as select identifier_id from region")
            through = "frontier anti join hub_now using (identifier_id)"
        elif not found:
            return True
        if size * REACHES_TOO_MUCH > total:
            return False


def _run(cursor: Cursor, statement: str, params: Mapping[str, Any]) -> None:
    cursor.execute(statement, {name: value for name, value in params.items() if f"${name}" in statement})


_NODE = "identifier_id, cast(list_position($types, type) - 1 as tinyint) as kind"

_HUB_NOW = f"""
    create or replace temp table hub_now as
    with {LINKS},
    sides as (
        select a as identifier_id, b as neighbour from counting where a in (select identifier_id from region)
        union
        select b, a from counting where b in (select identifier_id from region))
    select identifier_id from sides
    where neighbour in (select identifier_id from identifier where trust = 'strong')
    group by identifier_id having count(*) > $hub_limit
    union all
    select identifier_id from shared_identifier
    where why = '{HUB}' and identifier_id not in (select identifier_id from region)
"""  # noqa: S608  (named steps of our own)

_HUB_CHANGED = f"""
    create or replace temp table hub_changed as
    select identifier_id from region
    where (identifier_id in (select identifier_id from hub_now))
        <> (identifier_id in (select identifier_id from shared_identifier where why = '{HUB}'))
"""  # noqa: S608  (named steps of our own)


def _outwards(*, with_probable: bool) -> str:
    """One step outwards: ``frontier`` becomes what is met for the first time."""
    probable = " union all select a, b, 0, 0 from probable_link" if with_probable else ""
    return f"""
        create or replace temp table frontier as
        with {LINKS},
        through as (select identifier_id from {{through}}),
        joined as (select * from counting{probable}),
        met as (
            select b as identifier_id from joined where a in (select identifier_id from through)
            union
            select a from joined where b in (select identifier_id from through))
        select identifier_id from met anti join region using (identifier_id) anti join hub_now using (identifier_id)
    """  # noqa: S608  (named steps of our own)


def _graph(cursor: Cursor, nodes: pl.DataFrame, links: pl.DataFrame, overrides: Overrides) -> Graph:
    nodes = nodes.sort("identifier_id")
    ids = nodes["identifier_id"].to_numpy()
    apart = nodes["is_known"].to_numpy()
    if overrides.blocks:
        apart = apart | np.isin(ids, sorted(overrides.blocks))
    probable = cursor.sql("select distinct a, b from probable_link").pl()
    if len(probable):
        known = pl.Series(ids)
        probable = probable.filter(pl.col("a").is_in(known.implode()) & pl.col("b").is_in(known.implode()))
        cuts = pl.DataFrame(sorted(overrides.cuts), schema={"a": pl.Int64, "b": pl.Int64}, orient="row")
        probable = probable.join(cuts, on=["a", "b"], how="anti")
    return Graph(
        ids=ids,
        kind=nodes["kind"].to_numpy(),
        apart=apart,
        a=links["a"].to_numpy(),
        b=links["b"].to_numpy(),
        probable_a=probable["a"].to_numpy(),
        probable_b=probable["b"].to_numpy(),
    )
