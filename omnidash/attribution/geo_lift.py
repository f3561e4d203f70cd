"""What a geo experiment says: regions where a channel was changed, against regions where it was not.

Time-based regression (Kerman, Wang & Vaver 2017, "Estimating Ad Effectiveness using Geo Experiments in a Time-Based
Regression Framework"): over the days before the test, the revenue of all treated regions together is regressed on that
of the control regions, y = a + b x + noise. During the test the line says what the treated regions would have earned
without the change; observed minus expected, added up, is the incremental revenue. Its uncertainty (noise of the days,
and of a and b) is Student t with n − 2 degrees of freedom, n days before the test. iROAS = incremental revenue /
incremental spend; spend is what was spent above what the days before (and the control's spend) lead to expect, and is
taken as known.

Only sound where regions were assigned by chance or by matching, not by who asked for budget, and where nothing else
changed in one group alone.

Example: control earned 100 a day all along, treated 200 before and 230 in the 10 days of the test with 150 spent:
incremental 300, iROAS 2.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import stats

from omnidash.attribution.path_table import Floats
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.model.period import Period

FEWEST_DAYS_BEFORE = 14
LEVEL = 0.90


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeoLift:
    """The reading. Money as in the input; ``level`` of the two-sided intervals.

    ``incremental``, ``low``, ``high``: revenue the change brought in the test; ``expected``: revenue of the treated
    regions without it; ``spend``: incremental spend, None where no cost was given; ``probability``: that the effect is
    above 0; ``r2``: how well the control follows the treated regions before the test. ``days``: [day Date, is_test
    Boolean, observed, expected, low, high Float64], the line and its interval on every day.
    """

    incremental: float
    low: float
    high: float
    level: float
    expected: float
    spend: float | None
    probability: float
    r2: float
    days: pl.DataFrame = field(repr=False)

    @property
    def lift(self) -> float | None:
        """Incremental revenue per expected revenue; None where nothing was expected."""
        return self.incremental / self.expected if self.expected else None

    @property
    def iroas(self) -> float | None:
        """Incremental revenue per incremental spend; None without spend."""
        return self.incremental / self.spend if self.spend else None

    @property
    def iroas_interval(self) -> tuple[float, float] | None:
        """Ends of the interval of iROAS; None without spend."""
        if not self.spend:
            return None
        low, high = sorted((self.low / self.spend, self.high / self.spend))
        return low, high


def read_geo_lift(
    rows: pl.DataFrame, *, treated: set[str], before: Period, test: Period, level: float = LEVEL
) -> GeoLift:
    """Read an experiment from [day Date, geo String, revenue Float64, and cost Float64 where known], one row per region
    and day.

    ``treated``: the regions with the change; all others are control. Days without rows are left out. Raises WrongUse
    where a region has several rows on a day, a group is empty, the periods overlap, fewer than 14 days lie before the
    test, the control never varies or the test has no day.
    """
    again = rows.filter(~pl.struct("geo", "day").is_first_distinct())
    if not again.is_empty():
        geo, day = again.select("geo", "day").row(0)
        raise WrongUse(
            N_("{geo} has several rows on {day}; a geo test is read from one row per region and day."),
            geo=geo,
            day=day.isoformat(),
        )
    if test.first_day <= before.last_day:
        raise WrongUse(N_("The test has to begin after the period before it ends."))
    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")
    is_treated = pl.col("geo").is_in(sorted(treated))
    if rows.filter(is_treated).is_empty():
        raise WrongUse(N_("No row belongs to the treated regions."))
    if rows.filter(~is_treated).is_empty():
        raise WrongUse(N_("No row belongs to the control regions; the test needs regions without the change."))
    daily = _daily(rows, is_treated, ["revenue"] + (["cost"] if "cost" in rows.columns else []))
    is_test = daily["day"].is_between(test.first_day, test.last_day).to_numpy()
    is_before = daily["day"].is_between(before.first_day, before.last_day).to_numpy()
    if is_before.sum() < FEWEST_DAYS_BEFORE:
        raise WrongUse(
            N_("Only {days} days lie before the test; at least {fewest} are needed to learn from."),
            days=int(is_before.sum()),
            fewest=FEWEST_DAYS_BEFORE,
        )
    if not is_test.any():
        raise WrongUse(N_("No row lies in the days of the test."))
    observed, control = daily["revenue"].to_numpy(), daily["revenue_control"].to_numpy()
    if np.ptp(control[is_before]) == 0:
        raise WrongUse(N_("The control regions earn the same every day, so they cannot tell what to expect."))
    line = _Line.fitted(control[is_before], observed[is_before])
    effect = observed[is_test] - line.at(control[is_test])
    spread = line.spread_of_sum(control[is_test])
    quantile = float(stats.t.ppf((1 + level) / 2, line.freedom))
    incremental = float(effect.sum())
    return GeoLift(
        incremental=incremental,
        low=incremental - quantile * spread,
        high=incremental + quantile * spread,
        level=level,
        expected=float(line.at(control[is_test]).sum()),
        spend=_incremental_spend(daily, is_before, is_test),
        probability=float(stats.t.cdf(incremental / spread, line.freedom)) if spread else float(incremental > 0),
        r2=line.r2,
        days=_days(daily.filter(is_before | is_test), test, line, quantile),
    )


def repeated(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose region and day came before: [row, first_row, geo, day, is_copy], by ``row`` of [row Int, day, geo,
    revenue, cost?]. ``is_copy``: the amounts are those of the first, too."""
    amounts = [name for name in ("revenue", "cost") if name in rows.columns]
    first = rows.filter(pl.struct("geo", "day").is_first_distinct()).select(
        "geo", "day", pl.col("row").alias("first_row"), *(pl.col(name).alias(f"first_{name}") for name in amounts)
    )
    return (
        rows.filter(~pl.struct("geo", "day").is_first_distinct())
        .join(first, on=["geo", "day"], maintain_order="left")
        .select(
            "row",
            "first_row",
            "geo",
            "day",
            is_copy=pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"first_{name}")) for name in amounts),
        )
    )


def one_per_day(rows: pl.DataFrame, *, adds: bool) -> pl.DataFrame:
    """One row per region and day: the sum of all that there are, or the first alone."""
    if not adds:
        return rows.filter(pl.struct("geo", "day").is_first_distinct())
    amounts = [pl.col(name).sum() for name in ("revenue", "cost") if name in rows.columns]
    others = [pl.col(name).first() for name in rows.columns if name not in ("geo", "day", "revenue", "cost")]
    return rows.group_by("geo", "day", maintain_order=True).agg(*others, *amounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """y = intercept + slope x by least squares over ``count`` days; ``noise``: standard deviation of a day."""

    intercept: float
    slope: float
    noise: float
    count: int
    mean: float
    squares: float
    r2: float

    @classmethod
    def fitted(cls, x: Floats, y: Floats) -> "_Line":
        mean, squares = float(x.mean()), float(((x - x.mean()) ** 2).sum())
        slope = float(((x - mean) * (y - y.mean())).sum()) / squares
        residual = y - y.mean() - slope * (x - mean)
        total = float(((y - y.mean()) ** 2).sum())
        return cls(
            intercept=float(y.mean()) - slope * mean,
            slope=slope,
            noise=float(np.sqrt((residual**2).sum() / (len(x) - 2))),
            count=len(x),
            mean=mean,
            squares=squares,
            r2=1.0 - float((residual**2).sum()) / total if total else 1.0,
        )

    @property
    def freedom(self) -> int:
        return self.count - 2

    def at(self, x: Floats) -> Floats:
        return np.asarray(self.intercept + self.slope * x, dtype=np.float64)

    def spread_of_sum(self, x: Floats) -> float:
        """Standard deviation of the sum of the days' errors: their noise, and that of the line, which they share."""
        of_line = len(x) ** 2 / self.count + ((x - self.mean).sum()) ** 2 / self.squares
        return self.noise * float(np.sqrt(len(x) + of_line))

    def spread(self, x: Floats) -> Floats:
        """The same for each day on its own."""
        return np.asarray(self.noise * np.sqrt(1 + 1 / self.count + (x - self.mean) ** 2 / self.squares))


def _daily(rows: pl.DataFrame, is_treated: pl.Expr, amounts: list[str]) -> pl.DataFrame:
    """[day, revenue, revenue_control, cost, cost_control], one row per day on which both groups have rows."""
    sums = [pl.col(name).cast(pl.Float64).fill_null(0.0).sum() for name in amounts]
    treated = rows.filter(is_treated).group_by("day").agg(*sums)
    control = rows.filter(~is_treated).group_by("day").agg(*sums)
    return treated.join(control, on="day", suffix="_control").sort("day")


def _incremental_spend(daily: pl.DataFrame, is_before: np.ndarray, is_test: np.ndarray) -> float | None:
    if "cost" not in daily.columns:
        return None
    cost, control = daily["cost"].to_numpy(), daily["cost_control"].to_numpy()
    if np.ptp(control[is_before]) > 0:
        expected = _Line.fitted(control[is_before], cost[is_before]).at(control[is_test])
    else:  # nothing to learn a line from: as much as on an average day before
        expected = np.full(int(is_test.sum()), cost[is_before].mean())
    spent = float((cost[is_test] - expected).sum())
    return spent if spent else None


def _days(daily: pl.DataFrame, test: Period, line: _Line, quantile: float) -> pl.DataFrame:
    control = daily["revenue_control"].to_numpy()
    expected, half = line.at(control), quantile * line.spread(control)
    return pl.DataFrame(
        {
            "day": daily["day"],
            "is_test": daily["day"].is_between(test.first_day, test.last_day),
            "observed": daily["revenue"],
            "expected": expected,
            "low": expected - half,
            "high": expected + half,
        }
    )
