"""CAC/LTV: which part of a customer's lifetime value it cost to win them.

Formula: CAC / predicted LTV of customers the channel acquired. House rule: a channel has long-term value below 30 %.
Null and zero: null where one of the two is, or LTV is not positive.

Example: CAC 140, LTV 400 -> 35 %: above the house limit.
"""

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_


def cac_to_ltv(cac: float | None, ltv: float | None) -> float | None:
    """The ratio; None where it is undefined."""
    return cac / ltv if cac is not None and ltv is not None and ltv > 0 else None


METRIC = Metric(
    name="cac_to_ltv",
    title=N_("CAC / LTV"),
    unit="percent",
    better="down",
    definition=N_(
        "Part of a customer's lifetime value that was spent to win them; above 30 % a channel has no long-term value."
    ),
    formula=N_("CAC / LTV"),
    made_of=("spend", "new_customers"),
)
