"""A decision is told from its figures a week later, and kept with its case once it is final."""

from datetime import timedelta

from omnidash.health.case_book import read_book, record, standings
from omnidash.health.decisions import decisions, keep_scores
from tests.unit.test_health_case_book import case
from tests.unit.test_health_outcome import DECIDED, FIRST, table

HISTORY = table(70.0, 105.0)


def decided(workspace, closed: int, *, days=HISTORY):
    found = standings([case(first=FIRST, days=12)], read_book(workspace))
    return decisions(found, days, closed_through=FIRST + timedelta(days=closed))


def test_an_outcome_is_kept_once_when_it_is_final_and_stays_what_it_said(workspace):
    record(
        workspace, case(first=FIRST, days=12), "decided", by="ana", note="half", details={"decided_on": str(DECIDED)}
    )
    assert [one.outcome for one in decided(workspace, 12)] == [None]
    (early,) = decided(workspace, 18)
    assert (early.outcome.judged, early.is_kept, keep_scores(workspace, [early])) == ("better", False, 0)
    assert keep_scores(workspace, decided(workspace, 29)) == 1
    assert keep_scores(workspace, decided(workspace, 29)) == 0
    (kept,) = decided(workspace, 29, days=table(70.0, 10.0))  # figures changed afterwards
    assert (kept.is_kept, kept.outcome.judged, kept.outcome.days_after) == (True, "better", 14)
    assert (kept.entry.note, kept.entry.by, kept.decided_on) == ("half", "ana", DECIDED)


def test_each_decision_of_a_case_has_its_own_outcome(workspace):
    for later, note in ((0, "first"), (3, "second")):
        day = DECIDED + timedelta(days=later)
        record(workspace, case(first=FIRST, days=12), "decided", by="bo", note=note, details={"decided_on": str(day)})
    assert keep_scores(workspace, decided(workspace, 24)) == 1
    assert [(one.entry.note, one.is_kept) for one in decided(workspace, 29)] == [("second", False), ("first", True)]
