"""Move one slider and keep the total: the other channels give or take in proportion to what they spend.

Sum before = sum after, to rounding (1e-12 relative). Locked channels stay. No channel falls below zero. If every
other unlocked channel is at zero, proportion says nothing and freed money is spread equally over them.

Worked example: a 50, b 30, c 20 with c locked; a to 60: b gives all ten, 20. a to 81 is impossible: c keeps 20.
"""

from collections.abc import Collection

from omnidash.budget.what_if import Allocation
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_


def redistribute(
    allocation: Allocation,
    changed_channel: str,
    new_spend: float,
    *,
    total_fixed: bool = True,
    locked: Collection[str] = frozenset(),
) -> Allocation:
    """The allocation after ``changed_channel`` is set to ``new_spend`` per day.

    With ``total_fixed`` the other unlocked channels scale so that the total stays; without, they stay. The changed
    channel moves even if it is named in ``locked``. Raises WrongUse when the channel is unknown, when more is asked
    than the unlocked channels have (``highest_spend``), or when no unlocked channel could take what is freed.
    """
    if changed_channel not in allocation:
        raise WrongUse(N_("There is no channel {channel} in the allocation."), channel=changed_channel)
    changed = allocation.with_spend(changed_channel, new_spend)
    if not total_fixed or new_spend == allocation[changed_channel]:
        return changed
    free = [c for c in allocation if c != changed_channel and c not in locked]
    if not free:
        raise WrongUse(
            N_("Every other channel is locked, so the total cannot be kept. Unlock one or let the total change.")
        )
    before = sum(allocation[c] for c in free)
    after = before + allocation[changed_channel] - new_spend
    if after < 0:
        limit = highest_spend(allocation, changed_channel, locked=locked)
        # Rounding of a slider that stands at its limit is not a mistake of the user.
        if new_spend > limit * (1 + 1e-9):
            raise WrongUse(
                N_("{channel} can get at most {limit_money} a day while the total and the locked channels stay."),
                channel=changed_channel,
                limit_money=limit,
            )
        after = 0.0
    if before > 0:
        shares = {c: allocation[c] * (after / before) for c in free}
    else:
        shares = {c: after / len(free) for c in free}
    return Allocation({**changed.spend_per_day, **shares})


def highest_spend(allocation: Allocation, channel: str, *, locked: Collection[str] = frozenset()) -> float:
    """The most ``channel`` can get while the total is kept: its own and all unlocked spend (a slider's end)."""
    return allocation[channel] + sum(s for c, s in allocation.items() if c != channel and c not in locked)
