"""What people decided about links: cut one, block an identifier, take either back. A history that is only added to.

    cut       the link between two identifiers does not count, on whatever rows they stood together
    block     no link of an identifier counts; it is treated as a hub is
    one       two identifiers that contradict each other are one person's after all (contested_persons.py)
    restore   an earlier decision counts no more

A decision names identifiers by their ids, so it holds for rows that come later too, and outlives an undo of the import
that brought them. Persons are resolved anew in the same transaction.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from omnidash.identity.graph import Cursor, Overrides
from omnidash.identity.lookup import readings
from omnidash.identity.personal import HIDDEN, unpersonal
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

CUT, BLOCK, ONE, RESTORE = "cut", "block", "one", "restore"
_ID = re.compile(r"[\w@.+-]{5,}", re.ASCII)  # shorter ones are rather counts and words


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of the history. ``a``, ``b``: what it is about, as type and hint, as the bare code (``#…``) of an
    identifier that only undone imports named, or None where the person was forgotten since; ``restored_by``: the later
    decision that took it back, if any."""

    decision_id: int
    decided_at: datetime
    decided_by: str | None
    kind: str
    a: str | None
    b: str | None
    restores: int | None
    reason: str
    restored_by: int | None

    @property
    def is_in_force(self) -> bool:
        """Whether it counts."""
        return self.kind != RESTORE and self.restored_by is None


def overrides_in_force(cursor: Cursor, *, without: Sequence[int] = ()) -> Overrides:
    """The decisions that count now; ``without``: as if these were taken back."""
    rows = cursor.execute(
        """
        select kind, a, b from identity_decision
        where kind <> 'restore' and a is not null
            and decision_id not in (select restores from identity_decision where restores is not null)
            and not list_contains($without, decision_id)
        """,
        {"without": list(without)},
    ).fetchall()
    return Overrides(
        cuts=frozenset((min(a, b), max(a, b)) for kind, a, b in rows if kind == CUT and b is not None),
        blocks=frozenset(a for kind, a, _ in rows if kind == BLOCK),
    )


def ones_in_force(cursor: Cursor) -> list[tuple[int, int]]:
    """Pairs of identifiers that somebody said are one person's."""
    return cursor.execute(
        """
        select a, b from identity_decision
        where kind = 'one' and a is not null
            and decision_id not in (select restores from identity_decision where restores is not null)
        """
    ).fetchall()


def decisions(ws: Workspace) -> list[Decision]:
    """The history, the latest first."""
    rows = ws.rows(
        """
        select d.decision_id, d.decided_at, d.decided_by, d.kind,
            coalesce(a.type || ' ' || a.hint, printf('#%015x', d.a)),
            coalesce(b.type || ' ' || b.hint, printf('#%015x', d.b)), d.restores, d.reason, r.decision_id
        from identity_decision d
        left join identifier a on a.identifier_id = d.a
        left join identifier b on b.identifier_id = d.b
        left join identity_decision r on r.restores = d.decision_id
        order by d.decision_id desc
        """
    )
    names = ("decision_id", "decided_at", "decided_by", "kind", "a", "b", "restores", "reason", "restored_by")
    return [Decision(**dict(zip(names, row, strict=True))) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """When persons were forgotten (UTC), how many identifiers are kept out since, who did it and why ('' where that
    was not said). Who they were is not known any more."""

    moment: datetime
    identifiers: int
    by: str
    reason: str


def forgettings(ws: Workspace) -> list[Forgetting]:
    """All of them, the latest first."""
    rows = ws.rows(
        "select forgotten_at, count(*), coalesce(max(forgotten_by), ''), coalesce(max(reason), '') from forgotten"
        " group by forgotten_at order by forgotten_at desc"
    )
    return [Forgetting(moment=moment, identifiers=count, by=by, reason=reason) for moment, count, by, reason in rows]


def same_in_force(cursor: Cursor, kind: str, a: int, b: int | None = None) -> list[int]:
    """Numbers of the decisions in force that say just this, the first of them first. Two may, for an earlier version
    let the same be decided twice."""
    rows = cursor.execute(
        """
        select decision_id from identity_decision
        where kind = $kind and a = $a and b is not distinct from $b
            and decision_id not in (select restores from identity_decision where restores is not null)
        order by decision_id
        """,
        {"kind": kind, "a": a if b is None else min(a, b), "b": None if b is None else max(a, b)},
    ).fetchall()
    return [decision for (decision,) in rows]


def refuse_in_force(cursor: Cursor, kind: str, a: int, b: int | None = None) -> None:
    """Raises BadInput, naming the decision, where one that says just this is in force: it would count once and would
    have to be taken back twice."""
    for decision in same_in_force(cursor, kind, a, b):
        raise BadInput(N_("decision {decision} says so already and is in force; see the list"), decision=decision)


def subject_of(cursor: Cursor, decision_id: int) -> tuple[str, int, int | None]:
    """Kind and identifiers of a decision that can be taken back. Raises BadInput where there is none such."""
    rows = cursor.execute(
        """
        select kind, a, b, decision_id in (select restores from identity_decision where restores is not null)
        from identity_decision where decision_id = $decision
        """,
        {"decision": decision_id},
    ).fetchall()
    if not rows or rows[0][0] == RESTORE or rows[0][1] is None:
        raise BadInput(N_("there is no decision {decision} to take back; see the list"), decision=decision_id)
    kind, a, b, is_restored = rows[0]
    if is_restored:
        raise BadInput(N_("decision {decision} was taken back already"), decision=decision_id)
    return str(kind), int(a), b


def reason_to_keep(ws: Workspace, reason: str) -> str:
    """A reason as it may be stored. Raises BadInput where there is none."""
    kept = without_identifiers(ws, reason)
    if not kept:
        raise BadInput(N_("say why: a decision needs a reason"))
    return kept


def without_identifiers(ws: Workspace, text: str) -> str:
    """What somebody wrote without e-mails, phones and identity cards, and without words that files name people by."""
    kept = unpersonal(text.strip())
    words = sorted({word.strip(".-") for word in _ID.findall(kept)}, key=len, reverse=True)
    found = readings(ws, words).filter("is_known")["position"].unique().sort().to_list() if words else []
    for place in found:
        kept = kept.replace(words[place], HIDDEN)
    return kept


def record(
    cursor: Cursor,
    kind: str,
    *,
    a: int,
    b: int | None = None,
    restores: int | None = None,
    by: str | None,
    reason: str,
) -> int:
    """Add a line, with a ``reason_to_keep``; returns its number. The caller resolves in the same transaction."""
    decision_id = int(
        cursor.execute("select coalesce(max(decision_id), 0) + 1 from identity_decision").fetchall()[0][0]
    )
    cursor.execute(
        "insert into identity_decision values ($decision, $now, $by, $kind, $a, $b, $restores, $reason)",
        {
            "decision": decision_id,
            "now": datetime.now(UTC).replace(tzinfo=None),
            "by": by,
            "kind": kind,
            "a": a,
            "b": b,
            "restores": restores,
            "reason": reason,
        },
    )
    return decision_id
