"""The health score of a channel, 0 … 100, with its parts: never a number without its reasons.

* **profit**, up to 40: full where every day with spend of the last 28 was at or above the ROI threshold, in
  proportion to their part otherwise; 40 for a channel without spend, which has nothing to earn back;
* **steadiness**, up to 20: 20 × (1 − volatility of the conversion rate), at least 0; 10 where it cannot be told;
* **weight**, up to 20: full up to the share warning, falling to 0 at twice the limit: a channel all depends on is a
  risk;
* **calm**, up to 20: less 10 for each open case of the channel, less 3 for each warning.

Example: 21 of 28 days above, volatility 0.4, share 20 %, one open case -> 30 + 12 + 20 + 10 = 72.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The parts of a channel's health score."""

    profit: float
    steadiness: float
    weight: float
    calm: float

    @property
    def total(self) -> int:
        """The score, whole points."""
        return round(self.profit + self.steadiness + self.weight + self.calm)


def score(
    *,
    days_above: int,
    days_with_spend: int,
    volatility: float | None,
    share: float | None,
    share_warning: float,
    share_limit: float,
    open_cases: int,
    warnings: int,
) -> Score:
    """The score of one channel; counts of the last 28 closed days, ``share`` of traffic as a fraction."""
    over = max(0.0, (share or 0.0) - share_warning) / (2 * share_limit - share_warning)
    return Score(
        profit=40.0 * days_above / days_with_spend if days_with_spend else 40.0,
        steadiness=10.0 if volatility is None else 20.0 * max(0.0, 1.0 - volatility),
        weight=20.0 * max(0.0, 1.0 - over),
        calm=max(0.0, 20.0 - 10.0 * open_cases - 3.0 * warnings),
    )
