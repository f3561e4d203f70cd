"""The rows behind a funnel: the events of the actions that make its steps."""

import polars as pl

from omnidash.journeys.funnel import FunnelQuery, Step
from omnidash.ui.explain.origin import Origin
from omnidash.ui.screen import Screen


def origin_of(screen: Screen, query: FunnelQuery) -> Origin:
    """What a card of this funnel is made of."""
    actions = screen.facts.actions
    found: list[str] = []
    for step in query.steps:
        found += actions.filter(_fits(step))["action"].to_list()
    return Origin(addends=("actions",), actions=tuple(dict.fromkeys(found)))


def _fits(step: Step) -> pl.Expr:
    fits = pl.lit(value=True)
    if step.action is not None:
        fits &= pl.col("action") == step.action
    if step.stage is not None:
        fits &= pl.col("stage") == step.stage
    return fits
