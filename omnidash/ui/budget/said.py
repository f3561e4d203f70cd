"""How the budget screen writes a change, a probability and signed money; the same in its title, cards and charts."""

from collections.abc import Iterable

from omnidash.budget.scenario import Scenario
from omnidash.budget.what_if import WhatIf
from omnidash.locale.formats import BOUND
from omnidash.ui.budget.plan_state import NOTHING
from omnidash.ui.i18n import fmt
from omnidash.ui.screen import Screen

_WHOLE_FROM = 0.0995  # what is rounded to 10 % or more


def probability(share: float) -> str:
    """Nothing is certain: a share of draws of 0 or 1 is shown as a bound."""
    if share > 0.99:
        return f">{fmt().percent(0.99, 0)}"
    return f"<{fmt().percent(0.01, 0)}" if share < 0.01 else fmt().percent(share, 0)


def is_moved(answer: WhatIf) -> bool:
    return sum(abs(o.spend_new - o.spend_today) for o in answer.channels) >= NOTHING


def change_of(new: float, today: float) -> str | None:
    """The change as a share of today's amount, in whole numbers from 10 % on; None where it would read as zero."""
    if today == 0 or abs(new - today) < 0.0005 * abs(today):
        return None
    share = (new - today) / abs(today)
    is_whole = abs(share) >= _WHOLE_FROM or round(share * 100, 1).is_integer()
    return fmt().signed_percent(share, 0 if is_whole else 1)


def delta_of(new: float, today: float) -> str | None:
    """The same for a card: Streamlit sees by a hyphen only that it is a fall."""
    change = change_of(new, today)
    return change and change.replace("−", "-")


def signed_money(screen: Screen, value: float) -> str:
    """Money that is more or less; its sign stays on its line."""
    sign = f"+{BOUND}" if value > 0 else ""
    return sign + fmt().money_compact(value, screen.currency)


def names_apart(saved: Iterable[Scenario]) -> dict[int | None, str]:
    """Number → name of each scenario; those of one name carry their number, as lists and columns tell by name."""
    names = {one.scenario_id: one.name for one in saved}
    taken, apart = list(names.values()), dict[int | None, str]()
    for number, name in names.items():
        apart[number] = name
        if taken.count(name) > 1:
            while apart[number] in taken:  # again, where somebody has called another one just so
                apart[number] += f" ({number})"
            taken.append(apart[number])
    return apart
