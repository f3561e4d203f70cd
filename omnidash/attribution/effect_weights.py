"""Markov credit, conversion by conversion: how the chain's removal effects reach daily figures, ROI, CAC and alerts.

The chain of order 1 is fitted to all journeys, converting or not, and gives every channel one removal effect: the part
of all conversions that would be lost without it (``omnidash.attribution.markov``). Each single conversion is then
shared among the distinct channels of its own path in proportion to their effects:

    credit of c in a conversion = effect(c) / sum of the effects of the channels touched before it

so every conversion, its revenue and its new customer are given out exactly once, on its own day, and only to channels
that took part in it. Equal parts where no channel of the path has an effect; ``(direct)`` where nothing was touched.
The totals of a period therefore differ a little from the comparison's Markov credit, which shares one period's total
by the effects in it and gives a channel part of conversions it had no touch in. Later data refines the effects, and
with them earlier days.

Example: effects a 1, b 1/2 (the example of ``markov``): a path a > b gives a 2/3 and b 1/3, a path b gives b all.
"""

from typing import Literal

from omnidash.attribution.markov import removal_effects, transition_chain
from omnidash.attribution.path_table import PathTable
from omnidash.journeys.paths import paths
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import GOAL_ACTION


def effect_weights(
    journeys: Journeys,
    *,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    by: Literal["channel", "campaign"] = "channel",
) -> dict[str, float]:
    """Removal effect of every channel (or campaign) touched in any journey: the weights ``credit_by_day`` needs.

    ``goal``: the action that converts; ``lookback_days``: days before a conversion whose touches make its path, as in
    ``journeys.paths``. Returns id -> effect, floats without unit in 0 … 1: the part of all conversions of the chain of
    order 1 that would be lost without it, so effects of several do not add up to 1 and only their proportions matter
    to the credit (a negative effect of rounding is 0). Empty where nothing was touched or nobody converted; a channel
    that is absent has no weight.
    """
    table = PathTable.from_frame(paths(journeys, goal=goal, lookback_days=lookback_days, by=by).frame)
    if not table.channels or not table.conversions.sum():
        return {}
    effects = removal_effects(transition_chain(table, order=1))[0]
    return {channel: max(0.0, float(effect)) for channel, effect in zip(table.channels, effects, strict=True)}
