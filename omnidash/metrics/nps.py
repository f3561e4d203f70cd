"""NPS, net promoter score: promoters less detractors among survey answers, with the interval the sample allows.

Formula: (answers of 9 and 10 − answers of 0 to 6) / all answers. 95 % interval: score ± 1.96 x sqrt((p + d − (p −
d)²) / n) with the shares p of promoters and d of detractors, held within −1 … 1 (variance of a difference of
multinomial shares). Null and zero: null without an answer; answers outside 0 … 10 are none.

Example: 50 promoters, 30 passives, 20 detractors -> 30 %, interval 14.6 % … 45.4 %: 0.30 ± 1.96 x sqrt(0.61 / 100).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from omnidash.metrics.metric import Metric
from omnidash.model.messages import N_

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Nps:
    """Score and 95 % interval as fractions (0.3 is shown as 30 %), and how many answered."""

    score: float
    low: float
    high: float
    answers: int


def nps(answers: Iterable[float]) -> Nps | None:
    """From answers 0 … 10; others are left out. None where nothing is left."""
    valid = [answer for answer in answers if 0 <= answer <= 10]
    if not valid:
        return None
    count = len(valid)
    promoters = sum(answer >= 9 for answer in valid) / count
    detractors = sum(answer <= 6 for answer in valid) / count
    score = promoters - detractors
    half = _NORMAL_95 * sqrt(max(promoters + detractors - score**2, 0.0) / count)
    return Nps(score=score, low=max(-1.0, score - half), high=min(1.0, score + half), answers=count)


METRIC = Metric(
    name="nps",
    title=N_("NPS"),
    unit="percent",
    better="up",
    definition=N_("Part of survey answers of 9 or 10 less the part of 0 to 6; with few answers the interval is wide."),
    formula=N_("(answers 9–10 − answers 0–6) / answers"),
    made_of=("answers",),
)
