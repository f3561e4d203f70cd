"""Share of a channel: of traffic (touches), of persons reached, of net revenue or of spend.

Formula: the channel's sum / the sum over all channels, ``(direct)`` included. For persons the denominator is the
sum of the channels' persons (a person reached by two channels counts twice), so that shares always add up to 1.
Null and zero: null where the denominator is zero, negative (refunds above revenue) or null.

Example: touches 46, 30, 24 -> 46 %, 30 %, 24 %.
"""

from typing import Literal, get_args

import polars as pl

from omnidash.metrics.metric import Metric
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

Basis = Literal["traffic", "persons", "revenue", "spend"]

COLUMN_OF_BASIS: dict[str, str] = {
    "traffic": "touches",
    "persons": "persons",
    "revenue": "revenue",
    "spend": "spend",
}


def basis_column(basis: str) -> str:
    """Column a basis is taken from. Raises WrongUse for a basis that does not exist."""
    if basis not in COLUMN_OF_BASIS:
        raise WrongUse(
            N_("Share basis {basis} is unknown; choose one of {known}."),
            basis=repr(basis),
            known=", ".join(get_args(Basis)),
        )
    return COLUMN_OF_BASIS[basis]


def share(basis: str = "traffic") -> pl.Expr:
    """Over a frame with one summed row per channel: Float64 in 0 … 1, null where the total is not positive."""
    amount = pl.col(basis_column(basis)).cast(pl.Float64)
    return pl.when(amount.sum() > 0).then(amount / amount.sum())


METRIC = Metric(
    name="share",
    title=N_("Share"),
    unit="percent",
    better="neutral",
    definition=N_("Part of a channel in the total of all channels: of traffic, persons reached, revenue or spend."),
    formula=N_("channel / all channels"),
    made_of=("touches",),
)
