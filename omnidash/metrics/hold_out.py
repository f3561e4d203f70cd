"""Reading a hold-out test: what would have been missing, from the totals of those exposed and those left out.

Persons are assigned to the two groups by chance, one group is left out of the channel for some days, and both are
counted whole: everybody assigned, whether the channel truly reached them or not.

Formula: incremental conversions = conversions of the exposed − conversions of the held out × persons exposed / persons
held out; so for revenue; lift = rate of the exposed / rate of the held out − 1; iROAS = incremental revenue / spend.
Interval: of conversions the Newcombe interval of the difference of both rates × persons exposed
(``metrics.difference_of_rates``); of revenue normal, with the variance of a sum over persons of whom a share p buys for
m on average, persons × (p·m²·(1 + c²) − p²·m²), c the standard deviation of an order as a share of its mean
(``order_spread``). A group without a conversion counts as if it had one there, so that nothing looks certain.
Null and zero: lift is null where nobody held out converted; revenue and iROAS where it or the spend is not given; the
interval of the revenue also where nobody brought any in either group: without an order its size is unknown, not zero.

Example: 10,000 exposed buy 300 times for 30,000, 10,000 held out 200 times for 20,000, spend 5,000: 100 incremental
conversions (90 %: 64 … 136), 10,000 of revenue, iROAS 2.0, lift 50 %.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from omnidash.metrics.difference_of_rates import newcombe_interval
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One side of the test. Raises BadInput where its counts cannot be.

    ``persons`` assigned to it; ``conversions``: how many of them converted; ``revenue``: what all of them brought, None
    where it is not known.
    """

    persons: int
    conversions: int
    revenue: float | None = None

    def __post_init__(self) -> None:
        if self.persons < 1:
            raise BadInput(N_("Each group of a hold-out test needs at least one person."))
        if not 0 <= self.conversions <= self.persons:
            raise BadInput(
                N_("{conversions} of {persons} persons cannot have converted; count each person once."),
                conversions=self.conversions,
                persons=self.persons,
            )
        if self.revenue is not None and self.revenue < 0:
            raise BadInput(N_("The revenue of a group is not negative."))
        if self.revenue and not self.conversions:
            raise BadInput(N_("A group with revenue has conversions; give their number."))


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOutReading:
    """What the test says of the exposed group. Intervals are of ``level``; revenue in the currency it was given in."""

    conversions: float
    conversions_interval: Interval
    lift: float | None
    revenue: float | None
    revenue_interval: Interval | None
    spend: float | None
    level: float

    @property
    def iroas(self) -> float | None:
        """Incremental revenue per unit of spend; None where either is not given."""
        return None if self.revenue is None or self.spend is None else self.revenue / self.spend

    @property
    def iroas_interval(self) -> Interval | None:
        """Its ends."""
        if self.revenue_interval is None or self.spend is None:
            return None
        return self.revenue_interval[0] / self.spend, self.revenue_interval[1] / self.spend

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the conversions leaves no room for no effect."""
        return not self.conversions_interval[0] <= 0 <= self.conversions_interval[1]


def read_hold_out(
    exposed: Group,
    held_out: Group,
    *,
    spend: float | None = None,
    level: float = 0.90,
    order_spread: float = 1.0,
) -> HoldOutReading:
    """The reading. Raises BadInput where level, spend or spread cannot be, or one group alone has its revenue."""
    if not 0 < level < 1:
        raise BadInput(N_("The level of an interval lies between 0 and 100 %; 90 % is usual."))
    if spend is not None and spend <= 0:
        raise BadInput(N_("The spend of a test is more than nothing; leave it empty where it is not known."))
    if order_spread < 0:
        raise BadInput(N_("The spread of order values is not negative."))
    if (exposed.revenue is None) != (held_out.revenue is None):
        raise BadInput(N_("Give the revenue of both groups or of none."))
    scale = exposed.persons / held_out.persons
    ends = newcombe_interval(
        exposed.conversions, exposed.persons, held_out.conversions, held_out.persons, confidence=level
    )
    assert ends is not None  # both groups have persons
    rate, base = exposed.conversions / exposed.persons, held_out.conversions / held_out.persons
    revenue, revenue_interval = None, None
    if exposed.revenue is not None and held_out.revenue is not None:
        revenue = exposed.revenue - held_out.revenue * scale
        per_order = _per_order(exposed, held_out)
        if per_order > 0:
            error = sqrt(
                _variance(exposed, per_order, order_spread) + scale**2 * _variance(held_out, per_order, order_spread)
            )
            reach = NormalDist().inv_cdf((1 + level) / 2) * error
            revenue_interval = (revenue - reach, revenue + reach)
    return HoldOutReading(
        conversions=exposed.conversions - held_out.conversions * scale,
        conversions_interval=(ends[0] * exposed.persons, ends[1] * exposed.persons),
        lift=rate / base - 1 if base else None,
        revenue=revenue,
        revenue_interval=revenue_interval,
        spend=spend,
        level=level,
    )


def _per_order(*groups: Group) -> float:
    """Revenue per conversion of both groups together."""
    conversions = sum(group.conversions for group in groups)
    return sum(group.revenue or 0.0 for group in groups) / conversions if conversions else 0.0


def _variance(group: Group, usual_order: float, spread: float) -> float:
    conversions = max(group.conversions, 1)
    order = (group.revenue or 0.0) / group.conversions if group.conversions else usual_order
    share = conversions / group.persons
    return group.persons * (share * order**2 * (1 + spread**2) - (share * order) ** 2)
