"""What other decisions or another level would change, before anybody applies them; and their application.

    would = preview(ws, Proposal(cuts=((a, b),)))
    would.persons_before, would.persons_after, would.regrouped
    journeys_under(ws, would.after)            # engine.journeys: funnel, credit, LTV … as they would be
    apply(ws, Proposal(cuts=((a, b),)), reason="two sisters", by="Ana")

The preview computes what ``apply`` would write, from the same links by the same rules, and writes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import polars as pl

from omnidash.identity.at_level import Seen
from omnidash.identity.decisions import (
    BLOCK,
    CUT,
    ONE,
    RESTORE,
    overrides_in_force,
    reason_to_keep,
    record,
    refuse_in_force,
    same_in_force,
    subject_of,
)
from omnidash.identity.graph import Cursor, Overrides
from omnidash.identity.partition import Rules
from omnidash.identity.resolve import Tell, persons_under, resolve, silent
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

SAME = N_("both are one and the same identifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """``cuts``: pairs of identifier ids; ``blocks``: identifier ids; ``restores``: numbers of decisions to take back.
    ``ones``: pairs of identifier ids that are one person's after all, though they contradict each other.
    ``level``, ``hub_limit``: another rule (for a preview only; set it with ``set_rules``)."""

    cuts: tuple[tuple[int, int], ...] = ()
    blocks: tuple[int, ...] = ()
    restores: tuple[int, ...] = ()
    ones: tuple[tuple[int, int], ...] = ()
    level: str | None = None
    hub_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Preview:
    """``before``, ``after``: table ``person`` [identifier_id, person_id Int64] now and then. ``regrouped``: every
    identifier whose person has other identifiers then [identifier_id Int64, type, hint String, person_before,
    person_after Int64 (null: nobody)], sorted by the persons."""

    before: pl.DataFrame = field(repr=False)
    after: pl.DataFrame = field(repr=False)
    regrouped: pl.DataFrame = field(repr=False)

    @property
    def persons_before(self) -> int:
        """Number of persons now."""
        return self.before["person_id"].n_unique()

    @property
    def persons_after(self) -> int:
        """Number of persons then."""
        return self.after["person_id"].n_unique()

    @property
    def changing(self) -> int:
        """How many identifiers leave most of those they are with, or join more than they bring; the others of their
        persons stay where they are. One that was or becomes nobody's counts."""
        parts = self.regrouped.group_by("person_before", "person_after").len()
        stays = (pl.col("rank_before") == 1) & (pl.col("rank_after") == 1)
        ranked = parts.sort("len", "person_before", "person_after", descending=[True, False, False]).with_columns(
            rank_before=pl.int_range(pl.len()).over("person_before") + 1,
            rank_after=pl.int_range(pl.len()).over("person_after") + 1,
        )
        is_of_both = pl.col("person_before").is_not_null() & pl.col("person_after").is_not_null()
        return int(ranked.filter(~(stays & is_of_both))["len"].sum())

    def members_of(self, identifier_id: int) -> list[int]:
        """The identifiers of one's person then, itself among them; none where it would be nobody's."""
        theirs = self.after.filter(pl.col("identifier_id") == identifier_id)["person_id"]
        return self.after.filter(pl.col("person_id").is_in(theirs.implode()))["identifier_id"].to_list()


def preview(ws: Seen, proposal: Proposal) -> Preview:
    """What ``proposal`` would change at the level of ``ws``. Raises BadInput where it names unknown identifiers or
    decisions."""
    with ws.reading() as cursor:
        overrides, touched = _proposed(cursor, proposal)
        now = Rules.of(ws.settings)
        rules = replace(now, level=proposal.level or now.level, hub_limit=proposal.hub_limit or now.hub_limit)
        before = cursor.sql("select identifier_id, person_id from person").pl()
        after = persons_under(cursor, rules, overrides, touched if rules == now else None)
        moved = _moved(before, after)
        cursor.register("omnidash_moved", moved)
        try:
            regrouped = cursor.sql(
                """
                select m.identifier_id, i.type, i.hint, m.person_before, m.person_after
                from omnidash_moved m join identifier i using (identifier_id)
                order by person_before, person_after, identifier_id
                """
            ).pl()
        finally:
            cursor.unregister("omnidash_moved")
    return Preview(before=before, after=after, regrouped=regrouped)


def apply(
    ws: Workspace,
    proposal: Proposal,
    *,
    reason: str,
    by: str | None = None,
    wait_seconds: float = 0.0,
    tell: Tell = silent,
) -> list[int]:
    """Record the proposal's decisions and resolve the persons, in one transaction; returns the decisions' numbers.

    Raises BadInput on unknown identifiers or decisions, on what is in force already, and without a reason;
    WorkspaceProblem while another writer is at work for longer than ``wait_seconds``. Then nothing has changed.
    """
    reason = reason_to_keep(ws, reason)
    if proposal.level is not None or proposal.hub_limit is not None:
        raise ValueError("level and hub_limit are settings, not decisions; use set_rules")
    with ws.writing("identity decision", wait_seconds=wait_seconds) as cursor:
        _, touched = _proposed(cursor, proposal)
        refuse_decided(cursor, proposal)  # others may have decided since it was shown
        made = [record(cursor, CUT, a=min(pair), b=max(pair), by=by, reason=reason) for pair in proposal.cuts]
        made += [record(cursor, BLOCK, a=identifier, by=by, reason=reason) for identifier in proposal.blocks]
        made += [record(cursor, ONE, a=min(pair), b=max(pair), by=by, reason=reason) for pair in proposal.ones]
        for decision in proposal.restores:
            _, a, b = subject_of(cursor, decision)
            made.append(record(cursor, RESTORE, a=a, b=b, restores=decision, by=by, reason=reason))
        resolve(cursor, Rules.of(ws.settings), touched=touched, tell=tell)
    return made


def refuse_decided(cursor: Cursor, proposal: Proposal) -> None:
    """Raises BadInput where a decision in force says what ``proposal`` would say."""
    for kind, pairs in ((CUT, proposal.cuts), (ONE, proposal.ones)):
        for a, b in pairs:
            refuse_in_force(cursor, kind, a, b)
    for identifier in proposal.blocks:
        refuse_in_force(cursor, BLOCK, identifier)


def still_in_force(ws: Workspace, decision: int) -> list[int]:
    """Numbers of further decisions in force that say the same as one that was taken back."""
    with ws.reading() as cursor:
        found = cursor.execute(
            "select kind, a, b from identity_decision where decision_id = $decision and a is not null",
            {"decision": decision},
        ).fetchall()
        return [other for kind, a, b in found for other in same_in_force(cursor, kind, a, b)]


def overrides_under(cursor: Cursor, proposal: Proposal) -> Overrides:
    """The decisions that would count. Raises as ``preview`` does."""
    return _proposed(cursor, proposal)[0]


def _proposed(cursor: Cursor, proposal: Proposal) -> tuple[Overrides, set[int]]:
    """The overrides as they would be, and the identifiers whose links count otherwise then."""
    if any(a == b for a, b in (*proposal.cuts, *proposal.ones)):
        raise BadInput(SAME)
    left = overrides_in_force(cursor, without=proposal.restores)
    cuts, blocks = set(left.cuts), set(left.blocks)
    touched: set[int] = set()
    blocked: set[int] = set()
    for decision in proposal.restores:
        kind, a, b = subject_of(cursor, decision)
        if kind == CUT and b is not None:
            touched |= {a, b}
        elif kind == BLOCK:
            blocked.add(a)
    for a, b in proposal.cuts:
        cuts.add((min(a, b), max(a, b)))
        touched |= {a, b}
    blocks |= set(proposal.blocks)
    blocked |= set(proposal.blocks)
    touched |= blocked | _neighbours(cursor, blocked)
    _require(cursor, {*proposal.blocks, *(end for pair in (*proposal.cuts, *proposal.ones) for end in pair)})
    _require_links(cursor, proposal.cuts)
    return Overrides(cuts=frozenset(cuts), blocks=frozenset(blocks)), touched


def _neighbours(cursor: Cursor, identifiers: Iterable[int]) -> set[int]:
    rows = cursor.execute(
        "select b from link where list_contains($of, a) union select a from link where list_contains($of, b)",
        {"of": sorted(identifiers)},
    ).fetchall()
    return {row[0] for row in rows}


def _require(cursor: Cursor, identifiers: set[int]) -> None:
    known = cursor.execute(
        "select count(*) from identifier where list_contains($named, identifier_id)", {"named": sorted(identifiers)}
    ).fetchall()[0][0]
    if known != len(identifiers):
        raise BadInput(N_("this identifier occurs in no imported file"))


def _require_links(cursor: Cursor, pairs: Iterable[tuple[int, int]]) -> None:
    for a, b in pairs:
        found = cursor.execute(
            """
            select 1 from link where a = $a and b = $b
            union all select 1 from probable_link where a = $a and b = $b
            limit 1
            """,
            {"a": min(a, b), "b": max(a, b)},
        ).fetchall()
        if not found:
            raise BadInput(N_("these two identifiers never stood on one row; cut a link of the chain that joins them"))


def _moved(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """identifier_id, person_before, person_after of every identifier whose person is another set of identifiers.

    Who joins or leaves a set changes the id it has, so the sets that changed are those such identifiers come from or go
    to.
    """
    both = before.rename({"person_id": "person_before"}).join(
        after.rename({"person_id": "person_after"}), on="identifier_id", how="full", coalesce=True
    )
    changed = both.filter(pl.col("person_before").ne_missing(pl.col("person_after")))
    persons = pl.concat([changed["person_before"], changed["person_after"]]).drop_nulls().unique().implode()
    return both.filter(pl.col("person_before").is_in(persons) | pl.col("person_after").is_in(persons))
