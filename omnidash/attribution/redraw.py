"""How sure credits of aggregated paths are, where no persons are known: every journey is drawn anew on its own.

A file of aggregated paths does not say which journeys are of one person, so a draw takes as many journeys as there
were, each way (path, converted or not) with the chance it had. Where persons make several journeys the intervals are
too narrow; with the events at hand use ``comparison``, which draws persons. A drawn conversion is worth the mean value
of its path's conversions.

Example: 100 journeys a > b with 10 conversions: draws have about 10 ± 3 of them.
"""

from dataclasses import replace

import numpy as np

from omnidash.attribution.bootstrap import SEED, interval
from omnidash.attribution.models import attribute
from omnidash.attribution.path_table import Floats, PathTable


def redrawn_intervals(
    paths: PathTable, model: str, *, draws: int = 200, seed: int = SEED, **options: object
) -> dict[str, tuple[float, float, float, float]]:
    """Channel -> 90 % interval of its conversions and of its value (low, high, low, high). ``options`` as for
    ``models.attribute``. Counts have to be whole."""
    random = np.random.default_rng(seed)
    ways = np.concatenate([paths.conversions, paths.nulls])
    total = round(float(ways.sum()))
    worth = np.divide(paths.value, paths.conversions, out=np.zeros_like(paths.value), where=paths.conversions > 0)
    names = sorted(paths.channels)
    drawn: list[Floats] = []
    for counts in random.multinomial(total, ways / ways.sum(), size=draws) if total else ():
        conversions, nulls = np.split(counts.astype(np.float64), 2)
        again = replace(paths, conversions=conversions, nulls=nulls, value=conversions * worth)
        frame = attribute(again, model, **options).frame.sort("channel")  # type: ignore[arg-type]
        drawn.append(frame.select("conversions", "value").to_numpy())
    low, high = interval(np.array(drawn)) if drawn else (np.zeros((len(names), 2)), np.zeros((len(names), 2)))
    return {
        name: (float(low[c, 0]), float(high[c, 0]), float(low[c, 1]), float(high[c, 1])) for c, name in enumerate(names)
    }
