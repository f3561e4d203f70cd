"""House-rule backtest: what the house rules for spend would have cost or gained on this history.

Each rule says every morning, from the closed days before alone, how the money that was truly spent that day should
have been split. What it moves is priced at what the channels truly earned on that very day:

    gain of a day = Σ over channels (ruled − true spend) × gross profit of the day / true spend of the day
                    + what the rule left unspent

*As average*: moved money earns what the receiver's money earned on average. *Cautious*: it earns half of that, since
the next unit of money brings less; what a giver loses is always counted in full. No channel is given more than it has
ever spent on a day before; what nobody may take stays where it was, or, of a reserve, is not spent. The limits are
those of the workspace and of its channels, also of a rule whose alarms are switched off.

* ``share``: a channel whose share of seven days (of the basis of the concentration rule) lies above the limit gives the
  part of its spend above it;
* ``roi_days``: a channel with an open ROI case gets nothing until the case is over;
* ``reserve``: 30 % is held back from all, and placed where the last 28 days earned most, best first, each channel up to
  what it has spent on a day; nothing goes where they did not earn it back, and what is left is saved;
* ``top_channels``: 70 % to the three channels with the best conversion rate of the last 28 days, 30 % to the others;
* ``cac``: a channel whose CAC of 28 days lies above 30 % of LTV gets nothing.

Missing is not zero: a day is left out where its conversions are missing or not complete, or where the spend of a
channel that had some on most of the 28 days before was not delivered. A channel whose touches or spend are missing on a
day keeps what it had, and the day counts in none of its sums.

Limits: nothing reacts (no learning phase, no rival, no saturation but the cautious half); credit is that of the chosen
model; LTV is today's, which nobody knew then. An interval comes from drawing whole weeks anew (moving with the season
is kept), 90 %. Where it spans zero, nothing can be told.

Example: 100 moved on one day from a channel that earned 0.8 per unit to one that earned 1.5 -> as average +70, cautious
−80 + 75 = −5. 100 held back of which nobody may take any -> −80 + 100 = +20.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl

from omnidash.health.cases import Case
from omnidash.health.concentration import trailing_shares
from omnidash.health.grid import Flags, Floats, Grid
from omnidash.health.roi_streak import NOTHING_MISSING, Missing, roi_cases
from omnidash.health.share_days import with_shares
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.roi import Margin, gross_profit
from omnidash.model.defaults import DIRECT, TOP_CHANNELS, TOP_SHARE, UNKNOWN

HouseRule = Literal["share", "roi_days", "reserve", "top_channels", "cac"]
HOUSE_RULES: tuple[HouseRule, ...] = ("share", "roi_days", "reserve", "top_channels", "cac")

WINDOW_DAYS = 28
CAUTIOUS = 0.5
_NOTHING = 1e-9  # money: what rounding leaves of a move of nothing
_DRAWS = 1000
_REGULAR = 0.7  # spend on so many of 28 days: its absence is a missing delivery, not a day off
_FEWEST_TOUCHES = 30  # of 28 days: with fewer a conversion rate says nothing
_FEWEST_CUSTOMERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """One rule. Money in workspace currency over all days; ``days``: on which it moved something; ``left_out``: days
    with spend that could not be judged; ``unspent``: what of ``moved`` a reserve saved. ``low`` and ``high``: 90 %
    interval of ``average``; None where history has fewer than four weeks."""

    rule: HouseRule
    days: int
    moved: float
    average: float
    cautious: float
    low: float | None
    high: float | None
    left_out: int = 0
    unspent: float = 0.0

    @property
    def says(self) -> Literal["gain", "cost", "unclear", "idle"]:
        """A gain also where moved money earns half; a cost also at the average; else it cannot be told."""
        if self.days == 0:
            return "idle"
        if self.low is None or self.high is None:
            return "unclear"
        if self.cautious > 0 and self.low > 0:
            return "gain"
        return "cost" if self.average < 0 and self.high < 0 else "unclear"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Books:
    """What the rules look at: arrays [days, channels]. ``is_known``: spend and touches of the channel were delivered;
    sums count no other days. ``is_judged`` [days]. ``share``: above which part of the basis a channel stands on the
    evening of a day, NaN where the share rule is not applied."""

    days: tuple[date, ...]
    channels: tuple[str, ...]
    spend: Floats
    touches: Floats
    conversions: Floats
    customers: Floats
    profit: Floats
    is_known: Flags
    is_judged: Flags
    share: Floats


def backtest(
    channel_day: pl.DataFrame,
    *,
    closed_through: date,
    thresholds: Thresholds,
    ltv: Mapping[str, float],
    margin: Margin = 1.0,
    missing: Missing = NOTHING_MISSING,
    completeness: Mapping[date, float] | None = None,
    seed: int = 7,
) -> tuple[Backtest, ...]:
    """Every house rule over all closed days. ``ltv``: by channel (in margin); ``missing``, ``completeness``: what was
    not delivered and what is not complete, as ``run_rules`` found it."""
    immature = {day for day, share in (completeness or {}).items() if share < thresholds.completeness_limit}
    books = _books(channel_day, closed_through, thresholds, margin, missing, immature)
    cases = roi_cases(
        channel_day,
        closed_through=closed_through,
        thresholds=thresholds,
        completeness=completeness,
        missing=missing,
        margin=margin,
    )

    def kept(ruled: Callable[[int], Floats]) -> Callable[[int, Floats], Floats]:
        return lambda day, highest: feasible(books.spend[day], ruled(day), highest)

    rules: dict[HouseRule, Callable[[int, Floats], Floats]] = {
        "share": kept(lambda day: _of_share(books, day, thresholds)),
        "roi_days": kept(lambda day: _without(books, day, _losing(books, day, cases))),
        "reserve": lambda day, highest: _reserve(books, day, highest, thresholds.reserve_share),
        "top_channels": kept(lambda day: _top_channels(books, day)),
        "cac": kept(lambda day: _without(books, day, _too_dear(books, day, thresholds, ltv))),
    }
    return tuple(_priced(rule, books, rules[rule], seed) for rule in HOUSE_RULES)


def _books(
    channel_day: pl.DataFrame,
    closed_through: date,
    thresholds: Thresholds,
    margin: Margin,
    missing: Missing,
    immature: Collection[date],
) -> _Books:
    known = channel_day.filter(~pl.col("channel").is_in([DIRECT, UNKNOWN])).sort("day", "channel")
    known = known.with_columns(gross_profit(known, margin))
    grid = Grid.of(known, closed_through=closed_through)
    closed = known.filter(pl.col("day") <= closed_through)
    shape = grid.spend.shape
    undelivered = {(day, channel) for day, channel in missing.of_channels if channel in grid.channels}
    row_of = {day: row for row, day in enumerate(grid.days)}
    is_known = grid.has_spend.copy()
    for day, channel in undelivered:
        if day in row_of:
            is_known[row_of[day], grid.channels.index(channel)] = False
    is_delivered = np.array([day not in missing.days and day not in immature for day in grid.days], dtype=np.bool_)
    return _Books(
        days=grid.days,
        channels=grid.channels,
        spend=np.where(is_known, grid.spend, 0.0),
        touches=np.where(is_known, grid.touches, 0.0),
        conversions=np.where(is_known, grid.conversions, 0.0),
        customers=np.where(is_known, closed["new_customers"].to_numpy().reshape(shape).astype(np.float64), 0.0),
        profit=np.where(is_known, closed["gross_profit"].to_numpy().reshape(shape).astype(np.float64), 0.0),
        is_known=is_known,
        is_judged=is_delivered & ~_lacks_spend(grid),
        share=_shares(channel_day, grid, closed_through, thresholds, missing),
    )


def _lacks_spend(grid: Grid) -> Flags:
    """Days on which a channel has no spend row though it had one on most of the days before."""
    lacks = np.zeros(len(grid.days), dtype=np.bool_)
    for day in range(7, len(grid.days)):
        usual = grid.has_spend[max(0, day - WINDOW_DAYS) : day].mean(axis=0)
        lacks[day] = bool(((usual >= _REGULAR) & ~grid.has_spend[day]).any())
    return lacks


def _shares(
    channel_day: pl.DataFrame, grid: Grid, closed_through: date, thresholds: Thresholds, missing: Missing
) -> Floats:
    """What the concentration rule sees: share of each channel on the evening of each day [days, channels]."""
    table = with_shares(channel_day, (), basis=thresholds.share_basis, undelivered=missing.of_channels)
    found = trailing_shares(table, closed_through=closed_through, thresholds=thresholds)
    shares = np.full((len(grid.days), len(grid.channels)), np.nan)
    row_of, column_of = ({value: place for place, value in enumerate(values)} for values in (grid.days, grid.channels))
    for day, channel, share in found.filter("is_applied").select("day", "channel", "share").iter_rows():
        if share is not None and channel in column_of and day in row_of:
            shares[row_of[day], column_of[channel]] = share
    return shares


def _priced(rule: HouseRule, books: _Books, ruled: Callable[[int, Floats], Floats], seed: int) -> Backtest:
    average, cautious, moved, unspent = (np.zeros(len(books.days)) for _ in range(4))
    highest = np.zeros(len(books.channels))
    for day in range(len(books.days)):
        true = books.spend[day]
        if true.sum() > 0 and day >= 1 and books.is_judged[day]:
            change = ruled(day, highest)
            earned = np.divide(books.profit[day], true, out=np.zeros_like(true), where=true > 0)
            gives, takes = np.minimum(change, 0.0), np.maximum(change, 0.0)
            moved[day], unspent[day] = -gives.sum(), -change.sum()
            average[day] = float((change * earned).sum() - change.sum())
            cautious[day] = float((gives * earned).sum() + CAUTIOUS * (takes * earned).sum() - change.sum())
        highest = np.maximum(highest, true)
    low, high = _interval(average, seed)
    return Backtest(
        rule=rule,
        days=int((moved > _NOTHING).sum()),
        moved=float(moved.sum()),
        average=float(average.sum()),
        cautious=float(cautious.sum()),
        low=low,
        high=high,
        left_out=int(((books.spend.sum(axis=1) > 0) & ~books.is_judged).sum()),
        unspent=float(unspent.sum()),
    )


def feasible(true: Floats, ruled: Floats, highest: Floats) -> Floats:
    """Change of spend per channel that keeps the day's total: a channel that spent nothing that day receives nothing
    (what it would have earned is unknown), none receives more than up to the highest it has spent before."""
    wanted = ruled - true
    room = np.where(true > 0, np.maximum(highest - true, 0.0), 0.0)
    takes = np.minimum(np.maximum(wanted, 0.0), room)
    gives = np.maximum(-wanted, 0.0)
    amount = min(float(takes.sum()), float(gives.sum()))
    if amount <= 0:
        return np.zeros_like(true)
    change: Floats = takes * (amount / takes.sum()) - gives * (amount / gives.sum())
    return change


def _window(values: Floats, day: int, days: int) -> Floats:
    """Sum over the closed days before a day."""
    total: Floats = values[max(0, day - days) : day].sum(axis=0)
    return total


def _handed_on(true: Floats, gives: Floats) -> Floats:
    """What is given goes to those who give nothing, in proportion to what they spend."""
    receivers = np.where(gives > 0, 0.0, true)
    if receivers.sum() <= 0:
        return true
    handed: Floats = true - gives + receivers / receivers.sum() * gives.sum()
    return handed


def _of_share(books: _Books, day: int, thresholds: Thresholds) -> Floats:
    true = books.spend[day]
    if day < 1:
        return true
    share = np.nan_to_num(books.share[day - 1])
    limit = np.array([thresholds.of(channel).share_limit for channel in books.channels])
    above = np.where(share > limit, (share - limit) / np.where(share > 0, share, 1.0), 0.0)
    return _handed_on(true, true * above)


def _without(books: _Books, day: int, stopped: set[str]) -> Floats:
    true = books.spend[day]
    return _handed_on(true, np.where([channel in stopped for channel in books.channels], true, 0.0))


def _losing(books: _Books, day: int, cases: Sequence[Case]) -> set[str]:
    today = books.days[day]
    return {
        case.channel
        for case in cases
        if case.rule == "roi_streak"
        and case.fired_on < today
        and (case.recovered_on is None or today <= case.recovered_on)
    }


def _reserve(books: _Books, day: int, highest: Floats, share: float) -> Floats:
    """Change of spend: every channel gives the share, which goes to those that earned most, as far as each has ever
    spent and as long as it was earned back; the rest stays unspent."""
    true = books.spend[day]
    if day < WINDOW_DAYS:
        return np.zeros_like(true)
    spend, profit = _window(books.spend, day, WINDOW_DAYS), _window(books.profit, day, WINDOW_DAYS)
    earned = np.where((spend > 0) & (true > 0), profit / np.where(spend > 0, spend, 1.0), -np.inf)
    change: Floats = -share * true
    left = float(share * true.sum())
    for channel in np.argsort(-earned, kind="stable"):
        if earned[channel] <= 1.0 or left <= 0:
            break
        takes = min(left, float(max(highest[channel], true[channel]) - true[channel] - change[channel]))
        if takes > 0:
            change[channel] += takes
            left -= takes
    return change


def _top_channels(books: _Books, day: int) -> Floats:
    true = books.spend[day]
    touches = _window(books.touches, day, WINDOW_DAYS)
    able = np.flatnonzero((true > 0) & (touches >= _FEWEST_TOUCHES))
    if day < WINDOW_DAYS or len(able) <= TOP_CHANNELS:
        return true
    rate = _window(books.conversions, day, WINDOW_DAYS)[able] / touches[able]
    best = able[np.argsort(-rate, kind="stable")[:TOP_CHANNELS]]
    is_best = np.isin(np.arange(len(true)), best)
    of_best, of_rest = true[is_best].sum(), true[~is_best].sum()
    if of_best <= 0 or of_rest <= 0:
        return true
    total = true.sum()
    ruled: Floats = np.where(is_best, true * TOP_SHARE * total / of_best, true * (1 - TOP_SHARE) * total / of_rest)
    return ruled


def _too_dear(books: _Books, day: int, thresholds: Thresholds, ltv: Mapping[str, float]) -> set[str]:
    if day < WINDOW_DAYS:
        return set()
    spend, customers = _window(books.spend, day, WINDOW_DAYS), _window(books.customers, day, WINDOW_DAYS)
    return {
        channel
        for i, channel in enumerate(books.channels)
        if ltv.get(channel, 0.0) > 0
        and customers[i] >= _FEWEST_CUSTOMERS
        and spend[i] / customers[i] > thresholds.of(channel).cac_to_ltv_limit * ltv[channel]
    }


def _interval(gains: Floats, seed: int) -> tuple[float | None, float | None]:
    """90 % of sums of weeks drawn anew."""
    weeks = len(gains) // 7
    if weeks < 4:
        return None, None
    of_week = gains[len(gains) - 7 * weeks :].reshape(weeks, 7).sum(axis=1)
    rest = float(gains[: len(gains) - 7 * weeks].sum())
    drawn = np.random.default_rng(seed).integers(0, weeks, (_DRAWS, weeks))
    low, high = np.quantile(of_week[drawn].sum(axis=1) + rest, [0.05, 0.95])
    return float(low), float(high)
