"""The best plan where curves are S-shaped: branch and bound over spends, with linear programmes on concave hulls.

Over any box of spends the concave hull of a curve's pieces lies nowhere below the curve, so a linear programme on the
hulls says what the box can bring at most (Falk & Soland 1969). Its solution is a plan: where hull and curve agree the
box is settled; otherwise it is split at the spend of the channel that disagrees most. Boxes that promise no more than
the best plan found are dropped. What is left when the search ends is the proven gap.
"""

import heapq
from itertools import count

import numpy as np
import numpy.typing as npt

from omnidash.budget.pieces import Pieces
from omnidash.budget.task import Line, Task, Unreachable, fill
from omnidash.model.messages import N_

Floats = npt.NDArray[np.float64]

CLOSE = 2e-6  # relative gap at which the search ends
MOST_BOXES = 600


def branch_and_bound(task: Task, pieces: Pieces) -> tuple[Floats, float]:
    """The best spend found, float64 [channels], and a bound that no allowed plan exceeds."""
    order = count()
    best, best_value = None, -np.inf
    hulls = [pieces.hull(c, *ends) for c, ends in task.ends(task.low, task.high)]
    boxes: list[tuple[float, int, Floats, Floats, list[Line], Floats]] = []

    def look(low: Floats, high: Floats, lines: list[Line]) -> None:
        nonlocal best, best_value
        try:
            spend, _, bound = fill(task, lines)
        except Unreachable:
            return
        if -bound < -best_value:
            for candidate in (spend, _within_stretch(task, pieces, spend, low, high) if not boxes else None):
                if candidate is not None and task.keeps(candidate) and task.value(candidate) > best_value:
                    best, best_value = candidate, task.value(candidate)
        heapq.heappush(boxes, (-bound, next(order), low, high, lines, spend))

    look(task.low, task.high, hulls)
    if not boxes:
        raise Unreachable(N_("The limits cannot all be kept."))
    raised = float(task.worth @ pieces.above)  # the bound cannot come nearer than the pieces were raised
    for _ in range(MOST_BOXES):
        if not boxes or -boxes[0][0] <= best_value + CLOSE * abs(best_value) + raised:
            break
        _, _, low, high, lines, spend = heapq.heappop(boxes)
        channel = _most_flattered(task, lines, spend)
        at = _split(float(spend[channel]), float(low[channel]), float(high[channel]))
        for new_low, new_high in ((low[channel], at), (at, high[channel])):
            box_low, box_high, box = low.copy(), high.copy(), list(lines)
            box_low[channel], box_high[channel] = new_low, new_high
            ends = np.repeat([[new_low, new_high]], len(low), axis=0)
            box[channel] = pieces.hull(channel, new_low, new_high, task.expected.revenue(ends)[channel])
            look(box_low, box_high, box)
    bound = max(-boxes[0][0] if boxes else best_value, best_value)
    if best is None:
        raise Unreachable(N_("The limits cannot all be kept."))
    return best, bound


def _within_stretch(task: Task, pieces: Pieces, spend: Floats, low: Floats, high: Floats) -> Floats | None:
    """The best plan that stays on the concave stretches around a spend: often the answer long before the proof."""
    near_low, near_high = pieces.stretch(spend, low, high)
    steps = near_low[:, None] + (near_high - near_low)[:, None] * np.linspace(0, 1, 25)
    try:
        return fill(task, list(zip(steps, task.expected.revenue(steps), strict=True)))[0]
    except Unreachable:
        return None


def _most_flattered(task: Task, lines: list[Line], spend: Floats) -> int:
    """The channel whose hull promises most above its curve."""
    revenue = task.expected.revenue(spend[:, None])[:, 0]
    hull = np.array([np.interp(x, cuts, value) for x, (cuts, value) in zip(spend, lines, strict=True)])
    weight = task.worth if task.goal is None else task.worth + task.goal
    return int(np.argmax(weight * (hull - revenue)))


def _split(spend: float, low: float, high: float) -> float:
    """Where to split: at the spend, but not so near an end that a part stays as it was."""
    return float(np.clip(spend, low + 0.05 * (high - low), high - 0.05 * (high - low)))
