"""Rule models: the position of a touch in its path decides its weight.

Invariant: the weights of one path add up to 1, so credits add up to what was observed; participation alone gives
every distinct channel the full conversion.

=================  ==================================================================================
first              the first touch
last               the last touch
last_non_direct    the last touch that is not direct; the last one where all are
linear             every touch equally, repeats count
position           40 % first, 40 % last, 20 % shared between; two touches 50/50, one 100 %
participation      the whole conversion to every distinct channel
=================  ==================================================================================

Example: a > b > b > c with one conversion: first a 1; last c 1; linear a .25, b .5, c .25; position a .4, b .2, c .4.
Time decay needs the age of each touch, which aggregated paths do not carry.
"""

from collections.abc import Callable

import numpy as np

from omnidash.attribution.credit_table import CreditTable, credit_of_touches, credit_table
from omnidash.attribution.path_table import Floats, PathTable
from omnidash.model.defaults import DIRECT
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

DIRECT_CHANNELS = ("direct", DIRECT)

_END_SHARE = 0.4


def first(paths: PathTable) -> CreditTable:
    """All credit to the first touch of each path."""
    return _single_touch("first", paths, paths.offsets[:-1])


def last(paths: PathTable) -> CreditTable:
    """All credit to the last touch of each path."""
    return _single_touch("last", paths, paths.offsets[1:] - 1)


def last_non_direct(paths: PathTable, *, direct_channels: tuple[str, ...] = DIRECT_CHANNELS) -> CreditTable:
    """All credit to the last touch that is not of ``direct_channels``; to the last one where there is no other."""
    is_direct = np.isin(np.array(paths.channels, dtype=str), direct_channels)
    if not len(paths.conversions):
        return last(paths)
    position = np.where(is_direct[paths.codes], -1, np.arange(len(paths.codes)))
    latest = np.maximum.reduceat(position, paths.offsets[:-1])
    return _single_touch("last_non_direct", paths, np.where(latest >= 0, latest, paths.offsets[1:] - 1))


def linear(paths: PathTable) -> CreditTable:
    """Equal credit to every touch of a path; a channel touched twice gets two parts."""
    return _every_touch("linear", paths, 1.0 / _length_of_path(paths))


def position(paths: PathTable) -> CreditTable:
    """40 % to the first, 40 % to the last touch, 20 % shared by those between; two touches 50/50, one 100 %."""
    length = _length_of_path(paths)
    rank = np.arange(len(paths.codes)) - paths.offsets[:-1][paths.path_of_touch]
    is_end = (rank == 0) | (rank == length - 1)
    between = (1 - 2 * _END_SHARE) / np.maximum(length - 2, 1)
    weight = np.where(length <= 2, 1.0 / length, np.where(is_end, _END_SHARE, between))
    return _every_touch("position", paths, weight)


def participation(paths: PathTable) -> CreditTable:
    """The whole conversion to every distinct channel of its path; the credits have no total."""
    path, channel = paths.distinct_touches()
    conversions, value = credit_of_touches(paths, channel, path, np.ones(len(path)))
    return credit_table("participation", paths, conversions, value, adds_up=False)


def time_decay(paths: PathTable) -> CreditTable:
    """Not possible on aggregated paths: raises WrongUse that says why and what to use."""
    raise WrongUse(
        N_(
            "Time decay needs the age of every touch, and these {paths} aggregated paths carry none;"
            " choose {instead}, or import the events themselves."
        ),
        paths=len(paths.conversions),
        instead="position",
    )


RULES: dict[str, Callable[[PathTable], CreditTable]] = {
    "first": first,
    "last": last,
    "last_non_direct": last_non_direct,
    "linear": linear,
    "position": position,
    "time_decay": time_decay,
    "participation": participation,
}


def _single_touch(model: str, paths: PathTable, touch: np.ndarray) -> CreditTable:
    """Credit to one touch per path; ``touch`` int64[N] are positions in ``paths.codes``."""
    path = np.arange(len(touch))
    conversions, value = credit_of_touches(paths, paths.codes[touch], path, np.ones(len(touch)))
    return credit_table(model, paths, conversions, value)


def _every_touch(model: str, paths: PathTable, weight: Floats) -> CreditTable:
    conversions, value = credit_of_touches(paths, paths.codes, paths.path_of_touch, weight)
    return credit_table(model, paths, conversions, value)


def _length_of_path(paths: PathTable) -> np.ndarray:
    """int64[T]: length of the path each touch belongs to."""
    return np.diff(paths.offsets)[paths.path_of_touch]
