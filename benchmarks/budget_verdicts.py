"""How often what the media mix says of a channel is right: its return against the truth, by verdict."""

from collections.abc import Sequence

import numpy as np

from omnidash.budget.curve import ChannelCurve

VERDICTS = ("identified", "level uncertain", "not identified")
NEAR, NEARER = 0.2, 0.15


class Verdicts:
    """Counts channels by verdict, and prints how far their returns were off."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float]] = []

    def add(self, curves: Sequence[ChannelCurve], truth: Sequence[float]) -> None:
        """``truth``: true revenue per day of each curve's channel in the reference period."""
        for curve, true in zip(curves, truth, strict=True):
            expected, _ = curve.return_today
            off = expected * curve.spend_today / max(true, 1e-12) - 1
            self.rows.append((curve.verdict, off))

    def print(self) -> None:
        """One row per verdict."""
        print("\n| what is said of a return | channels | within 15 % of the truth | within 20 % | median error |")
        print("|---|---|---|---|---|")
        for verdict in VERDICTS:
            off = np.abs([row[1] for row in self.rows if row[0] == verdict])
            if len(off):
                near = " | ".join(f"{np.mean(off <= bound):.0%}" for bound in (NEARER, NEAR))
                print(f"| {verdict} | {len(off)} | {near} | {np.median(off):.0%} |")
