"""Which campaign every visit belongs to, and how a channel's spend is split over its campaigns."""

import numpy as np

from sample_data.catalogue import CAMPAIGNS, CHANNELS
from sample_data.draws import Draws, Floats, Ints
from sample_data.journeys import ORGANIC, PAID, RETARGETED, Visits
from sample_data.plan import PLANS
from sample_data.season import SIMULATED_DAYS, day_at

_AUDIENCE = {"new": PAID, "retarget": RETARGETED, "organic": ORGANIC}


def running_weights() -> Floats:
    """(simulated day, campaign): the campaign's weight on the days it runs, 0 on the others."""
    return np.array(
        [[c.weight if c.runs_on(day_at(place)) else 0.0 for c in CAMPAIGNS] for place in range(SIMULATED_DAYS)]
    )


def campaign_of_visits(visits: Visits, seed: int) -> Ints:
    """Position in CAMPAIGNS of each visit, by the weights of those that run on its day for its audience."""
    draws = Draws(seed, "campaigns")
    weights = running_weights()
    campaign = np.empty(len(visits), dtype=np.int64)
    for code, channel in enumerate(CHANNELS):
        for audience, number in _AUDIENCE.items():
            own = [i for i, c in enumerate(CAMPAIGNS) if c.channel == channel and c.audience == audience]
            here = (visits.channel == code) & (visits.audience == number)
            if not here.any():
                continue
            steps = np.cumsum(weights[:, own], axis=1)
            shares = steps / steps[:, -1:].clip(1e-12)
            chosen = draws.pick_in_rows(shares[visits.day[here]])
            campaign[here] = np.array(own)[np.minimum(chosen, len(own) - 1)]
    return campaign


def campaign_spend(spend: Floats, seed: int) -> Ints:
    """Cents (simulated day, campaign). Sums over a channel's campaigns equal the channel's rounded spend of the day."""
    draws = Draws(seed, "campaign spend")
    weights = running_weights()
    noise = draws.lognormal(weights.shape, 0.15)
    cents = np.zeros(weights.shape, dtype=np.int64)
    for code, channel in enumerate(CHANNELS):
        own = [i for i, c in enumerate(CAMPAIGNS) if c.channel == channel and c.audience != "organic"]
        part = weights[:, own] * (noise[:, own] if PLANS[channel].weekly_swing else 1.0)
        steps = np.cumsum(part, axis=1)
        edges = np.rint(steps / steps[:, -1:] * np.rint(spend[:, [code]] * 100)).astype(np.int64)
        cents[:, own] = np.diff(edges, axis=1, prepend=0)
    return cents
