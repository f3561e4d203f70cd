"""Decisions and what became of them: a decision taken from a case is scored, and its score is kept.

A decision (``case_book``, kind *decided*) keeps the last closed day it was taken on. Seven days later its outcome can
be told (``outcome``); after fourteen it is final, and is kept with the case (kind *scored*), so that what it said then
stays readable when late data, another model or a forgotten person changes the figures. A score belongs to the decision
whose entry came with that day and that note; it is kept once.

Example: decided on 10 June; on 24 June ROI −30 % before, +5 % after is kept as "better", and shown beside the decision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from omnidash.health.case_book import Entry, Standing, read_book, record
from omnidash.health.outcome import DAYS_AFTER_MOST, Outcome, outcome_of, outcome_said
from omnidash.metrics.roi import Margin
from omnidash.store import Workspace

SCORER = "OmniDash"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decision:
    """A decision with its outcome: kept, else as it stands now; None while it cannot be told."""

    standing: Standing
    entry: Entry
    decided_on: date
    outcome: Outcome | None
    is_kept: bool


def decisions(
    standings: Sequence[Standing], channel_day: pl.DataFrame, *, closed_through: date, margin: Margin = 1.0
) -> tuple[Decision, ...]:
    """Every decision of these cases, the latest first."""
    found = []
    for standing in standings:
        for entry in standing.entries:
            decided_on = _day_of(entry)
            if entry.kind != "decided" or decided_on is None:
                continue
            case = standing.case
            kept = _kept(case.rule, standing.entries, entry)
            outcome = kept or outcome_of(
                case.rule, case.channel, decided_on, channel_day, closed_through=closed_through, margin=margin
            )
            found.append(
                Decision(
                    standing=standing, entry=entry, decided_on=decided_on, outcome=outcome, is_kept=kept is not None
                )
            )
    return tuple(sorted(found, key=lambda decision: decision.entry.at, reverse=True))


def keep_scores(workspace: Workspace, found: Sequence[Decision], *, wait_seconds: float = 2.0) -> int:
    """Keep the outcomes that are final and not kept yet, by others neither since these were found; returns how many.
    Raises WorkspaceBusy while another process writes for longer than that."""
    due = [d for d in found if not d.is_kept and d.outcome is not None and d.outcome.days_after >= DAYS_AFTER_MOST]
    if not due:
        return 0
    entries_of = {known.case_id: known.entries for known in read_book(workspace)}
    due = [d for d in due if _kept(d.standing.case.rule, entries_of.get(d.standing.case_id or 0, ()), d.entry) is None]
    for decision in due:
        assert decision.outcome is not None  # chosen so
        record(
            workspace,
            decision.standing.case,
            "scored",
            by=SCORER,
            details={
                "decided_on": str(decision.decided_on),
                "note": decision.entry.note,
                "before": decision.outcome.before,
                "after": decision.outcome.after,
                "days_after": decision.outcome.days_after,
            },
            wait_seconds=wait_seconds,
        )
    return len(due)


def _kept(rule: str, entries: Sequence[Entry], decided: Entry) -> Outcome | None:
    for entry in entries:
        details: Mapping[str, Any] = entry.details
        is_its = details.get("decided_on") == decided.details.get("decided_on") and details.get("note") == decided.note
        if entry.kind == "scored" and is_its:
            return outcome_said(rule, details.get("before"), details.get("after"), int(details.get("days_after", 0)))
    return None


def _day_of(entry: Entry) -> date | None:
    said = entry.details.get("decided_on")
    return date.fromisoformat(str(said)) if said else None
