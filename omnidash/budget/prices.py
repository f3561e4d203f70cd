"""What stops a plan, and what it costs: the price of every limit that holds with equality.

The price of a limit is what the aim would gain, per unit of money, if the limit were one unit wider (*lower* limits:
one unit less), everything else as it is. The price of the total is what the plan would gain with one more unit of it,
with all that follows the total: the part held back, and ± x % where that is measured from it. By the envelope theorem
that is Σ price of a bound × how far the bound moves; nothing is planned anew.

Under *spend until the next unit earns t* the planner maximises profit − t · spend, which is nobody's money. There the
price is said as profit: one unit of the bound moves the spend of every channel (the conditions of the optimum, solved
for a small change of the bound; Fiacco 1976), and t times that is given back.

Worked example: one channel earning 300·√(x/100) at full margin and a total of 100: the next unit of the total brings
15 / √100 = 1.5 of revenue, 0.5 of profit.
"""

import numpy as np
import numpy.typing as npt

from omnidash.budget.limits import Brief, Limit
from omnidash.budget.task import NEAR, Duals, PricedLimit, Task

Floats = npt.NDArray[np.float64]

NONE = 1e-9  # a smaller price is none
STEP = 0.02  # of the spend, on either side, over which a curve's bend is taken


def prices(task: Task, brief: Brief, spend: Floats, gradient: Floats, duals: Duals) -> tuple[PricedLimit, ...]:
    """The limits that stop the plan, dearest first; the total also where it stops it through others."""
    held = _Held.of(task, spend, gradient - duals.rows @ task.rows, duals.rows)
    back = brief.target if brief.objective == "target_marginal_roi" and brief.target else 0.0
    found, row = [], 0
    for limit in task.limits:
        moved_rows, moved_channels = np.zeros(len(task.rows)), np.zeros(len(spend))
        is_group = limit.channel is None or limit.kind == "cap"
        if limit.kind == "total":
            moved_rows, moved_channels = held.with_total()
            price = float(held.rows @ moved_rows + held.bounds @ moved_channels)
            is_lower = price < 0
        elif is_group:
            price, is_lower = float(held.rows[row]), float(held.rows[row]) < 0
            moved_rows[row] = 1.0
        else:
            i = int(np.argmax(limit.coefficients))
            side = held.side(limit, i)
            if side is None:
                continue
            is_lower = side == "low"
            price = min(float(held.bounds[i]), 0.0) if is_lower else max(float(held.bounds[i]), 0.0)
            moved_channels[i] = 1.0
        row += is_group
        if is_group and abs(price) <= NONE:
            continue
        said = abs(price)
        if back and said > NONE:
            said += back * float(held.response(moved_rows, moved_channels).sum()) * (-1 if is_lower else 1)
        found.append(PricedLimit(limit=limit, price=said, is_lower=is_lower))
    return tuple(sorted(found, key=lambda priced: -priced.price))


class _Held:
    """Which bounds hold the plan, at what price (signed: d objective / d bound): ``rows`` and, per channel, ``bounds``
    (above 0: held down, below 0: held up)."""

    def __init__(self, task: Task, spend: Floats, bounds: Floats, rows: Floats) -> None:
        self.task, self.spend, self.bounds, self.rows = task, spend, bounds, rows
        self.of_channel: dict[int, list[Limit]] = {i: [] for i in range(len(spend))}
        for limit in task.limits:
            if limit.channel is not None and limit.kind != "cap":
                self.of_channel[int(np.argmax(limit.coefficients))].append(limit)

    @classmethod
    def of(cls, task: Task, spend: Floats, reduced: Floats, rows: Floats) -> "_Held":
        near = NEAR * np.maximum(np.abs(spend), 1e-9)
        at_low, at_high = spend <= task.low + near, spend >= task.high - near
        return cls(
            task,
            spend,
            np.where(at_high, np.maximum(reduced, 0.0), 0.0) + np.where(at_low, np.minimum(reduced, 0.0), 0.0),
            rows,
        )

    def side(self, limit: Limit, i: int) -> str | None:
        """At which end of a channel's limit the plan stands; None at neither."""
        near = NEAR * max(abs(float(self.spend[i])), 1e-9)
        at_low = self.spend[i] <= limit.low + near and limit.low > 0
        at_high = self.spend[i] >= limit.high - near
        if at_low and at_high:
            return "low" if self.bounds[i] < 0 else "high"
        return "low" if at_low else "high" if at_high else None

    def with_total(self) -> tuple[Floats, Floats]:
        """How far the bounds that hold the plan move with one more unit of the total: of rows, and of channels."""
        group = [limit for limit in self.task.limits if limit.channel is None or limit.kind == "cap"]
        rows = np.array(
            [one.low_by_total if dual < 0 else one.high_by_total for one, dual in zip(group, self.rows, strict=True)]
        )
        channels = np.zeros(len(self.spend))
        for i, limits in self.of_channel.items():
            near = NEAR * max(abs(float(self.spend[i])), 1e-9)
            if self.bounds[i] > 0:  # where several limits hold it, the one that gives least
                channels[i] = min((x.high_by_total for x in limits if x.high <= self.spend[i] + near), default=0.0)
            elif self.bounds[i] < 0:
                channels[i] = max((x.low_by_total for x in limits if x.low >= self.spend[i] - near), default=0.0)
        return np.where(np.abs(self.rows) > NONE, rows, 0.0), channels

    def response(self, moved_rows: Floats, moved_channels: Floats) -> Floats:
        """How the best spend moves when the bounds that hold it move so far, float64 [channels]."""
        task, on = self.task, np.abs(self.rows) > NONE
        free = (self.bounds == 0) & (task.high > task.low)
        step = STEP * np.maximum(self.spend, 1e-9)
        ends = task.expected.marginal(np.column_stack([self.spend - step, self.spend + step]))
        bend = task.worth * (ends[:, 1] - ends[:, 0]) / (2 * step)
        rows = task.rows[on]
        moved = np.where(free, 0.0, moved_channels)
        count = int(free.sum())
        matrix = np.block([[np.diag(bend[free]), -rows[:, free].T], [rows[:, free], np.zeros((len(rows), len(rows)))]])
        wanted = np.concatenate([np.zeros(count), moved_rows[on] - rows @ moved])
        if len(wanted):
            moved[free] = np.linalg.lstsq(matrix, wanted)[0][:count]
        return moved
