"""All models side by side on one workspace, with how sure each credit is and what last touch does not see.

Rule models are read off the journeys, Markov off the counted steps of their paths, Shapley with v = conversion rate off
the sets of channels; all three are kept by block of persons (``bootstrap``), so draws cost next to nothing. New
customers are credited like conversions: rules share out each one; Markov and the conversion rate share out their number
by the effects on new customers.

Invariant: for every model but participation, conversions, value and new customers each add up to what was observed.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np
import polars as pl

from omnidash.attribution.bootstrap import Resampling, cannot_be_told_apart, groups, interval, resampling
from omnidash.attribution.channel_sets import ChannelSets, channel_sets
from omnidash.attribution.linear_algebra import one_thread
from omnidash.attribution.markov import chain_of, credits_of_effects, removal_effects
from omnidash.attribution.path_table import Floats, PathTable
from omnidash.attribution.shapley import EXACT_UP_TO_CHANNELS, rate_credits
from omnidash.attribution.steps import count_steps
from omnidash.journeys.credit import MODELS as ON_JOURNEYS
from omnidash.journeys.credit import credit_by_block
from omnidash.journeys.single_paths import SinglePaths, single_paths
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period

T = TypeVar("T")
MEASURES = ("conversions", "value", "new_customers")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Credited:
    """Credit of one model: ``amounts`` float64[3, C] (MEASURES), ``drawn`` float64[draws, 3, C] of re-weighted
    persons; ``effects`` float64[C], removal effects on conversions, for Markov."""

    amounts: Floats
    drawn: Floats = field(repr=False)
    effects: Floats | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Models side by side over ``channels`` (or campaigns). ``sets`` of channels for synergy, None where too many.

    What was asked of it once is ``told`` again without computing: a screen asks with every run for the same intervals.
    """

    channels: tuple[str, ...]
    models: dict[str, Credited]
    paths: PathTable = field(repr=False)
    sets: ChannelSets | None = field(repr=False)
    resampled: Resampling = field(repr=False)
    order: int
    told: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)

    def frame(self) -> pl.DataFrame:
        """[model, channel String; conversions, value, new_customers, share and each with _low and _high Float64].

        ``share`` of the model's credited conversions; ends of the 90 % interval. Models in the order given, channels
        by conversions, most first. Every channel with a touch or a credit has a row in every model.
        """
        return self._once("frame", "", lambda: _frame(self))

    def alike(self, model: str) -> list[list[str]]:
        """Groups of channels (most credit first) whose credits of conversions cannot be told apart by the model."""
        return self._once("alike", model, lambda: _alike(self, model))

    def against_last(self, model: str) -> pl.DataFrame:
        """[channel, last, conversions, difference, relative, relative_low, relative_high, is_sure], most undervalued
        first: what last touch credits, what ``model`` does, and by how much last touch falls short of it.

        ``relative`` = (conversions − last) / conversions: 0.38 means last touch undervalues the channel by 38 %;
        null where the model credits nothing. ``is_sure``: the 90 % interval of the difference leaves out 0.
        """
        return self._once("against_last", model, lambda: _against_last(self, model))

    def roles(self) -> pl.DataFrame:
        """Why models disagree: [channel, touched, opens, assists, closes, assist_share, position, removal_effect].

        ``touched``: conversions with the channel on their path; ``opens``, ``closes``: with it first, last;
        ``assists``: touched but not closed by it, ``assist_share`` of touched; ``position``: mean place of its touches
        on converting paths, 0 first … 1 last (a path of one touch counts 1; null without any); ``removal_effect``:
        Markov's, of this comparison's order.
        """
        return self._once("roles", "", lambda: _roles(self))

    def _once(self, what: str, model: str, compute: Callable[[], T]) -> T:
        if (what, model) not in self.told:
            self.told[what, model] = compute()
        return self.told[what, model]  # type: ignore[no-any-return]


def _frame(found: Comparison) -> pl.DataFrame:
    parts = []
    for model, credited in found.models.items():
        columns: dict[str, Floats] = {}
        for number, name in enumerate(MEASURES):
            columns[name] = credited.amounts[number]
            columns[f"{name}_low"], columns[f"{name}_high"] = interval(credited.drawn[:, number])
        columns["share"] = _shares(credited.amounts[0])
        columns["share_low"], columns["share_high"] = interval(_shares(credited.drawn[:, 0]))
        part = pl.DataFrame({"model": [model] * len(found.channels), "channel": list(found.channels), **columns})
        parts.append(part.sort("conversions", "channel", descending=[True, False]))
    return pl.concat(parts)


def _alike(found: Comparison, model: str) -> list[list[str]]:
    credited = found.models[model]
    ranked = np.argsort(-credited.amounts[0], kind="stable").tolist()
    order = [c for c in ranked if credited.amounts[0, c] > 0]
    is_alike = cannot_be_told_apart(credited.drawn[:, 0])
    return [[found.channels[c] for c in run] for run in groups(is_alike, order)]


def _against_last(found: Comparison, model: str) -> pl.DataFrame:
    last, chosen = found.models["last"], found.models[model]
    difference = chosen.amounts[0] - last.amounts[0]
    drawn = chosen.drawn[:, 0] - last.drawn[:, 0]
    low, high = interval(drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = difference / chosen.amounts[0]
        relative_low, relative_high = interval(drawn / chosen.drawn[:, 0])
    table = pl.DataFrame(
        {
            "channel": list(found.channels),
            "last": last.amounts[0],
            "conversions": chosen.amounts[0],
            "difference": difference,
            "relative": np.where(chosen.amounts[0] > 0, relative, np.nan),
            "relative_low": relative_low,
            "relative_high": relative_high,
            "is_sure": (low > 0) | (high < 0),
        }
    )
    finite = pl.col("relative", "relative_low", "relative_high")
    finite = pl.when(finite.is_finite()).then(finite)
    return table.with_columns(finite).sort("difference", "channel", descending=[True, False])


def compare(
    journeys: Journeys,
    *,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    period: Period | None = None,
    by: Literal["channel", "campaign"] = "channel",
    order: int = 1,
    direct_channels: tuple[str, ...] = ("direct",),
    draws: int = 200,
    threads: int = 2,
) -> Comparison:
    """All models over the conversions of ``period``. Raises WrongUse where ``order`` is not 1 … 4.

    ``shapley_rate`` is left out above 15 channels, where it can only be sampled.
    """
    resampled = resampling(max(journeys.persons, 1), draws=draws)
    models: dict[str, Credited] = {}
    for model in ON_JOURNEYS:
        credit = credit_by_block(
            journeys,
            resampled.block[: journeys.persons],
            model=model,
            goal=goal,
            lookback_days=lookback_days,
            period=period,
            by=by,
            direct_channels=direct_channels,
            threads=threads,
        )
        by_block = np.stack([credit.conversions, credit.revenue, credit.new_customers])
        weights = resampled.of_fewer_blocks(by_block.shape[1])
        with one_thread():
            models[model] = Credited(amounts=by_block.sum(axis=1), drawn=np.moveaxis(weights @ by_block, 0, 1))
    found = single_paths(journeys, goal=goal, lookback_days=lookback_days, period=period, by=by, threads=threads)
    paths = path_table_of(found)
    block = resampled.block[found.person].astype(np.int64)
    new = found.is_new.astype(np.float64)
    models["markov"] = _markov(paths, order, block, new, resampled)
    sets = channel_sets(paths, block=block, blocks=resampled.blocks, new_customers=new)
    if sets is not None and len(np.unique(paths.codes)) <= EXACT_UP_TO_CHANNELS:
        models["shapley_rate"] = _shapley_rate(sets, resampled)
    return _without_unseen(
        Comparison(channels=found.labels, models=models, paths=paths, sets=sets, resampled=resampled, order=order)
    )


def path_table_of(found: SinglePaths) -> PathTable:
    """Single paths as a path table of one row each."""
    converted = found.converted.astype(np.float64)
    return PathTable(
        channels=found.labels,
        offsets=found.bounds,
        codes=found.codes.astype(np.int64),
        conversions=converted,
        value=found.value,
        nulls=1.0 - converted,
    )


def _markov(paths: PathTable, order: int, block: np.ndarray, new: Floats, resampled: Resampling) -> Credited:
    steps = count_steps(paths, order=order, block=block, blocks=resampled.blocks, new_customers=new)

    def credit(counts: Floats) -> tuple[Floats, Floats]:
        effects = removal_effects(chain_of(steps, counts))
        observed = counts[steps.rewards].reshape(steps.measures, len(steps.grams)).sum(axis=1)
        return credits_of_effects(effects, observed), effects[0]

    amounts, effects = credit(steps.of_blocks.sum(axis=0))
    weights = resampled.of_fewer_blocks(len(steps.of_blocks))
    with one_thread():
        drawn = np.array([credit(row)[0] for row in weights @ steps.of_blocks])
    return Credited(amounts=amounts, drawn=drawn, effects=effects)


def _shapley_rate(sets: ChannelSets, resampled: Resampling) -> Credited:
    def credit(outcomes: Floats) -> Floats:
        conversions_value_new_persons = outcomes[:, [0, 1, 3, 2]]
        return rate_credits(sets.channels, sets.members, conversions_value_new_persons)

    with one_thread():
        drawn = [credit(outcomes) for outcomes in sets.redrawn(resampled.of_fewer_blocks(len(sets.of_blocks)))]
    return Credited(amounts=credit(sets.outcomes), drawn=np.array(drawn))


def _without_unseen(comparison: Comparison) -> Comparison:
    """Leave out columns no path and no credit knows, such as (unknown) where every touch is named."""
    seen = np.zeros(len(comparison.channels), dtype=bool)
    seen[np.unique(comparison.paths.codes)] = True
    for credited in comparison.models.values():
        seen |= (credited.amounts != 0).any(axis=0)
    models = {
        model: Credited(
            amounts=credited.amounts[:, seen],
            drawn=credited.drawn[:, :, seen],
            effects=None if credited.effects is None else credited.effects[seen],
        )
        for model, credited in comparison.models.items()
    }
    return Comparison(
        channels=tuple(name for name, is_seen in zip(comparison.channels, seen, strict=True) if is_seen),
        models=models,
        paths=comparison.paths,
        sets=comparison.sets,
        resampled=comparison.resampled,
        order=comparison.order,
    )


def _shares(amounts: Floats) -> Floats:
    total = amounts.sum(axis=-1, keepdims=True)
    return np.divide(amounts, total, out=np.zeros_like(amounts), where=total > 0)


def _roles(comparison: Comparison) -> pl.DataFrame:
    paths = comparison.paths
    size = len(paths.channels)
    path, channel = paths.distinct_touches()
    touched = np.bincount(channel, paths.conversions[path], size)
    opens = np.bincount(paths.codes[paths.offsets[:-1]], paths.conversions, size)
    closes = np.bincount(paths.codes[paths.offsets[1:] - 1], paths.conversions, size)
    length = np.diff(paths.offsets)[paths.path_of_touch]
    rank = np.arange(len(paths.codes)) - paths.offsets[:-1][paths.path_of_touch]
    place = np.where(length > 1, rank / np.maximum(length - 1, 1), 1.0)
    times = paths.conversions[paths.path_of_touch]
    touches = np.bincount(paths.codes, times, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        position = np.bincount(paths.codes, times * place, size) / touches
        assist_share = (touched - closes) / touched
    table = pl.DataFrame(
        {
            "channel": list(paths.channels),
            "touched": touched,
            "opens": opens,
            "assists": touched - closes,
            "closes": closes,
            "assist_share": assist_share,
            "position": position,
        }
    ).with_columns(pl.col("assist_share", "position").fill_nan(None))
    markov = comparison.models["markov"]
    effects = pl.DataFrame({"channel": list(comparison.channels), "removal_effect": markov.effects})
    return effects.join(table, on="channel", how="left").select(*table.columns, "removal_effect")
