"""What customers are worth: realised per cohort, and predicted per channel that acquired them.

*Acquired by*: the channel of the last touch within the lookback before a person's first order; ``(direct)`` where
there is none. *Realised LTV* within H days: margin × net revenue of a customer's orders up to H days after the first
one, averaged over customers whose first order is at least H days old; others are too young to be counted. *Predicted
LTV* at ``HORIZON_DAYS`` (a year) from the first order: what was realised within the horizon so far + expected
purchases of the rest of it (BG/NBD) × expected value of one (Gamma-Gamma), × margin, averaged over all customers of
the channel.

Orders are goal events with net revenue above zero; several on one local day are one purchase. Purchases without an
identifier belong to nobody who could come back and are left out. Null where nobody is old enough, or too few came back
to learn from (``lifetime``).

Example: first order 100, a second one of 50 after 40 days, margin 60 % -> 60 within 30 days, 90 within 90 days.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import channel_columns, days_us
from omnidash.model.defaults import DIRECT
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

if TYPE_CHECKING:
    from omnidash.customers.lifetime import BgNbd, GammaGamma

HORIZONS = (30, 90, 180, 365)
HORIZON_DAYS = 365
_WEEK = 7.0
_LEARNT_FROM = 20_000
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Customers:
    """One row per customer, in order of person. ``acquired_by`` code into ``channels``; ``first_day``, ``last_day``
    day numbers of first and last order; ``purchases`` order days; ``value`` net revenue of the first order day;
    ``repeat_value`` of all later ones; ``within`` float64 [customers, horizons]: net revenue within each of HORIZONS;
    ``last_seen`` the last day of the data."""

    channels: tuple[str, ...]
    acquired_by: NDArray[np.int64]
    first_day: NDArray[np.int64]
    last_day: NDArray[np.int64]
    purchases: NDArray[np.int64]
    value: NDArray[np.float64]
    repeat_value: NDArray[np.float64]
    within: NDArray[np.float64]
    last_seen: int

    @property
    def age(self) -> NDArray[np.int64]:
        """Days since the first order."""
        return self.last_seen - self.first_day


def customers_of_journeys(journeys: Journeys, *, goal: str, lookback_days: float) -> Customers:
    """The customers of the journey table."""
    labels, column = channel_columns(journeys)
    is_order = (journeys.action == journeys.action_code(goal)) & (journeys.revenue > 0)
    rows = np.flatnonzero(is_order)
    person = np.searchsorted(journeys.offsets, rows, side="right") - 1
    known = journeys.person_ids[person] >= 0
    rows, person = rows[known], person[known]
    is_first = np.concatenate(([True], person[1:] != person[:-1])) if len(rows) else np.zeros(0, dtype=bool)
    first_row = rows[is_first]
    who = np.cumsum(is_first) - 1
    day = journeys.day[rows].astype(np.int64)
    since = day - day[is_first][who] if len(rows) else day
    revenue = journeys.revenue[rows]
    count = len(first_row)

    def total(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(who[mask], weights=revenue[mask], minlength=count).astype(np.float64)

    is_new_day = (
        np.concatenate(([True], (person[1:] != person[:-1]) | (day[1:] != day[:-1]))) if len(rows) else is_first
    )
    return Customers(
        channels=labels,
        acquired_by=_acquired_by(journeys, first_row, person[is_first], column, labels, lookback_days),
        first_day=day[is_first],
        last_day=day[is_first] + (np.maximum.reduceat(since, np.flatnonzero(is_first)) if count else since),
        purchases=np.bincount(who[is_new_day], minlength=count),
        value=total(since == 0),
        repeat_value=total(since > 0),
        within=np.stack([total(since <= horizon) for horizon in HORIZONS], axis=1),
        last_seen=int(journeys.day.max()) if journeys.events else 0,
    )


def realised_ltv(customers: Customers, *, margin: float = 1.0) -> pl.DataFrame:
    """[channel String, customers Int64, and per horizon ltv_30 … ltv_365 Float64 with old_enough_30 … Int64],
    channels that acquired anybody, sorted by name."""
    frame: dict[str, pl.Series] = {}
    present = np.unique(customers.acquired_by)
    frame["channel"] = pl.Series([customers.channels[code] for code in present], dtype=pl.String)
    frame["customers"] = pl.Series([(customers.acquired_by == code).sum() for code in present], dtype=pl.Int64)
    for place, horizon in enumerate(HORIZONS):
        old = customers.age >= horizon
        chosen = [(customers.acquired_by == code) & old for code in present]
        frame[f"ltv_{horizon}"] = pl.Series(
            [margin * float(customers.within[m, place].mean()) if m.any() else None for m in chosen], dtype=pl.Float64
        )
        frame[f"old_enough_{horizon}"] = pl.Series([int(m.sum()) for m in chosen], dtype=pl.Int64)
    return pl.DataFrame(frame).sort("channel")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """Predicted LTV per channel (workspace currency per customer, in margin) and of all; the fitted models,
    in weeks."""

    by_channel: dict[str, float]
    of_all: float
    frequency: "BgNbd"
    value: "GammaGamma"


def predicted_ltv(customers: Customers, *, margin: float = 1.0) -> Predicted:
    """LTV within ``HORIZON_DAYS`` of the first order. Raises BadInput where too few customers came back, or where the
    fitted models foretell what no customer of this workspace has shown (``_plausible``)."""
    from omnidash.customers.lifetime import fit_bg_nbd, fit_gamma_gamma  # SciPy's optimisers take half a second to load

    x = (customers.purchases - 1).astype(np.float64)
    t_x = (customers.last_day - customers.first_day) / _WEEK
    age = customers.age / _WEEK
    mean_value = np.divide(customers.repeat_value, x, out=np.zeros_like(x), where=x > 0)
    # Whole weeks make equal customers of many, and a sample is enough for three parameters: a fit takes under a second.
    frequency = fit_bg_nbd(x, np.round(t_x), np.maximum(np.round(age), np.round(t_x)))
    repeaters = np.flatnonzero(x > 0)[:: max(1, int((x > 0).sum()) // _LEARNT_FROM)]
    value = fit_gamma_gamma(x[repeaters], mean_value[repeaters])
    left = np.maximum(HORIZON_DAYS / _WEEK - age, 0.0)
    # of customers older than the horizon nothing is left to come; the likelihood needs t > 0
    coming = np.where(left > 0, frequency.expected_purchases_of(np.maximum(left, 1e-9), x, t_x, age), 0.0)
    coming_value = value.expected_value(x, mean_value)
    _plausible(customers, coming, coming_value)
    worth = margin * (customers.within[:, -1] + coming * coming_value)
    totals = np.bincount(customers.acquired_by, weights=worth, minlength=len(customers.channels))
    counts = np.bincount(customers.acquired_by, minlength=len(customers.channels))
    return Predicted(
        by_channel={
            name: float(total / count)
            for name, total, count in zip(customers.channels, totals, counts, strict=True)
            if count
        },
        of_all=float(worth.mean()),
        frequency=frequency,
        value=value,
    )


def _plausible(customers: Customers, coming: NDArray[np.float64], coming_value: NDArray[np.float64]) -> None:
    """Raise BadInput where an expectation is not finite or negative, where an order is to bring more than the dearest
    one has, or where all customers together are to come back more often than the one who came most often.

    A fit can run away where customers hardly differ, and then foretells billions; it is bounded, and this is the net
    beneath it.
    """
    repeats = customers.purchases > 1
    shown = np.divide(customers.repeat_value, customers.purchases - 1, out=np.zeros(len(repeats)), where=repeats)
    observed_weeks = max(float(customers.age.max()) / _WEEK, 1.0)
    most_often = float(customers.purchases.max()) * max(1.0, HORIZON_DAYS / _WEEK / observed_weeks)
    is_sane = (
        np.isfinite(coming).all()
        and np.isfinite(coming_value).all()
        and bool((coming >= -_ROUNDING).all())
        and bool((coming_value >= 0).all())
        and bool((coming_value <= shown.max() * (1 + _ROUNDING)).all())
        and float(coming.mean()) <= most_often
    )
    if not is_sane:
        raise BadInput(N_("Lifetime values cannot be told: the fit foretells more than any customer has shown."))


def ltv_by_channel(journeys: Journeys, *, goal: str, lookback_days: float, margin: float) -> dict[str, float]:
    """Predicted LTV per channel for the CAC/LTV rule; empty where it cannot be told."""
    customers = customers_of_journeys(journeys, goal=goal, lookback_days=lookback_days)
    try:
        return predicted_ltv(customers, margin=margin).by_channel
    except BadInput:
        return {}


def _acquired_by(
    journeys: Journeys,
    first_row: NDArray[np.int64],
    person: NDArray[np.int64],
    column: NDArray[np.int64],
    labels: tuple[str, ...],
    lookback_days: float,
) -> NDArray[np.int64]:
    """Label code of the last touch of the same person in the lookback before the first order."""
    position = np.where(journeys.touch == 1, np.arange(journeys.events), -1)
    last_touch = np.maximum.accumulate(position) if len(position) else position
    touch = last_touch[first_row]
    is_own = touch >= journeys.offsets[person]
    touch = np.where(is_own, touch, 0)
    in_time = is_own & (journeys.ts[first_row] - journeys.ts[touch] <= days_us(lookback_days))
    code = column[journeys.channel[touch]] if len(touch) else np.zeros(0, dtype=np.int64)
    return np.where(in_time, code, labels.index(DIRECT)).astype(np.int64)
