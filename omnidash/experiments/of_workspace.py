"""Experiments whose exposures were imported: their persons, outcomes and reading."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import polars as pl

from omnidash.engine.experiments import amounts_before, experiments, first_seen, outcomes_after
from omnidash.experiments.course import course, with_outcome
from omnidash.experiments.reading import Asked, Reading, read_experiment
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.store import Workspace

Measure = Literal["share", "count", "revenue"]
DAYS_BEFORE = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What of an experiment is compared. ``measure``: share of persons who did ``action``, how often they did it, or
    net revenue per person; ``within_days`` of the first exposure (None: until the data ends; then early persons have
    had more time, in every variant alike)."""

    experiment: str
    measure: Measure = "share"
    action: str = "purchase"
    within_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Experiment:
    """An experiment of the workspace. ``persons``: [person, variant, day, before?] of those who are compared;
    ``outcomes``: [person, day, value] of them; ``crossed``: [person, variant, day, variants], who saw several variants
    and are left out; ``nobody``: exposures that name nobody; ``still_open``: persons left out because their days are
    not over."""

    question: Question
    persons: pl.DataFrame
    outcomes: pl.DataFrame
    crossed: pl.DataFrame
    nobody: int
    still_open: int

    @property
    def is_share(self) -> bool:
        """Whether a person either did it or not."""
        return self.question.measure == "share"

    def rows(self) -> pl.DataFrame:
        """[person, variant, day, value, before?], one per person: what ``read_experiment`` takes."""
        return with_outcome(self.persons, self.outcomes, is_share=self.is_share)

    def read(self, asked: Asked) -> Reading:
        """The reading of all days. Raises BadInput where there is nothing to compare."""
        return read_experiment(self.rows(), asked)

    def by_day(self, asked: Asked) -> pl.DataFrame:
        """The reading as it would have been day by day, see ``course``: every variant against the control of today,
        with intervals that are right for all variants together (Bonferroni)."""
        today = self.read(asked)
        level = 1 - (1 - asked.level) / len(today.differences)
        return course(
            self.persons,
            self.outcomes,
            replace(asked, control=today.control.variant, level=level),
            is_share=self.is_share,
            within_days=self.question.within_days,
        )


def experiment_of(
    workspace: Workspace,
    question: Question,
    *,
    through: date,
    persons: pl.DataFrame | None = None,
    days_before: int | None = None,
) -> Experiment:
    """Gather an experiment. ``through``: last day that counts; ``persons`` as in ``engine.experiments``;
    ``days_before``: for CUPED, the same measure in so many days before the exposure. Raises WrongUse where no exposure
    names the experiment."""
    seen = first_seen(workspace, question.experiment, through=through, persons=persons)
    if seen.is_empty():
        begins = dict(experiments(workspace).select("experiment", "first_day").iter_rows())
        if question.experiment in begins:
            raise WrongUse(
                N_("The experiment {name} begins on {first_day}; it is read once that day is closed."),
                name=repr(question.experiment),
                first_day=begins[question.experiment].isoformat(),
            )
        raise WrongUse(N_("No event names the experiment {name}."), name=repr(question.experiment))
    nobody = int(seen.filter(pl.col("person").is_null())["exposures"].sum())
    known = seen.drop_nulls("person")
    crossed, compared = known.filter(pl.col("variants") > 1), known.filter(pl.col("variants") == 1)
    still_open = 0
    if question.within_days is not None:
        is_over = pl.col("day") <= through - timedelta(days=question.within_days)
        still_open = compared.filter(~is_over).height
        compared = compared.filter(is_over)
    action = None if question.measure == "revenue" else question.action
    outcomes = outcomes_after(workspace, compared, action=action, within_days=question.within_days, persons=persons)
    shown = compared.select("person", "variant", "day")
    if days_before is not None:
        before = amounts_before(workspace, compared, action=action, days=days_before, persons=persons)
        shown = shown.join(before, on="person", how="left", maintain_order="left").with_columns(
            pl.col("before").fill_null(0.0)
        )
    return Experiment(
        question=question,
        persons=shown,
        outcomes=outcomes.filter(pl.col("day") <= through),
        crossed=crossed.select("person", "variant", "day", "variants"),
        nobody=nobody,
        still_open=still_open,
    )
