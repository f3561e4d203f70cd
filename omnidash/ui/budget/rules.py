"""What the best plan has to keep to, as the budget page asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from omnidash.budget.limits import Objective

CHANGES: tuple[float | None, ...] = (0.1, 0.2, 0.3, 0.5, 1.0, None)  # by how much a channel may move (None: any)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``limits``: channel → least and most per day (None: no limit)."""

    objective: Objective = "profit"
    target: float | None = None
    change: float | None = 0.5
    reserve: bool = False
    top: bool = False
    only_extra: bool = False
    keep_total: bool = True
    limits: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
