"""How large a test must be, from what is known today and the smallest effect worth finding."""

from math import ceil

import streamlit as st

from omnidash.experiments.sample_size import Wanted, persons_for_amount, persons_for_share
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_
from omnidash.ui.cards import figure
from omnidash.ui.experiments import cached
from omnidash.ui.experiments.wording import MODES
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_KINDS = {"share": N_("A share of persons"), "amount": N_("An amount per person")}


def show_size(screen: Screen) -> str:
    """Draw the section; returns its finding."""
    for key, first in (("size_kind", "share"), ("size_mode", "any_day")):
        st.session_state.setdefault(key, first)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = one_of(_("What will be compared"), _KINDS, key="size_kind")
        mode = one_of(_("You look at it"), MODES, key="size_mode")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        base, deviation, daily = _today(screen, kind)
        effect = st.number_input(
            _("Change worth finding, %"), 0.1, 500.0, 10.0, 1.0, key="size_effect", width=190,
            help=_("The smallest that would make a difference to you, in per cent of what is today."),
        )  # fmt: skip
        with st.popover(_("More"), icon=":material/tune:", key="size_more"):
            variants = st.number_input(_("Variants beside the control"), 1, 10, 1, key="size_variants")
            level = st.number_input(_("Level of the interval, %"), 50.0, 99.9, 95.0, 1.0, key="size_level")
            power = st.number_input(_("Power: chance to find the effect, %"), 50.0, 99.9, 80.0, 5.0, key="size_power")
    if base is None or daily is None or (kind == "amount" and deviation is None):
        st.info(_("Enter what is today."))
        return _("How large must the test be?")
    wanted = Wanted(level=level / 100, power=power / 100, variants=int(variants), is_any_day=mode == "any_day")
    try:
        if kind == "share":
            persons = persons_for_share(base / 100, base * effect / 10_000, wanted)
        else:
            persons = persons_for_amount(deviation or 0.0, base * effect / 100, wanted)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return _("How large must the test be?")
    everybody = persons * (int(variants) + 1)
    days = ceil(everybody / daily)
    with st.container(horizontal=True, gap="large"):
        figure(_("Persons in each group"), fmt().integer(persons), width="content")
        figure(_("Persons in all groups"), fmt().integer(everybody), width="content")
        figure(_("Days it takes"), fmt().integer(days), width="content")
    st.caption(
        _(
            "So many find the change by the end with that power. A test that is read any day needs more, and often "
            "ends earlier. Run whole weeks: weekdays differ."
        )
    )
    if wanted.is_any_day:
        st.caption(
            _(
                "Before it begins, enter {count} as planned number of persons (control and one variant) where the test "
                "is read: the power holds for that.",
                count=fmt().integer(2 * persons),
            )
        )
    return n_(
        "To find a change of {effect}, each group needs {persons} persons: about {count} day",
        "To find a change of {effect}, each group needs {persons} persons: about {count} days",
        days,
        persons=fmt().integer(persons),
        effect=fmt().percent(effect / 100, 0 if effect == round(effect) else 1),
    )


def _today(screen: Screen, kind: str) -> tuple[float | None, float | None, float | None]:
    """(share in % or mean, standard deviation of amounts, persons a day), as they are in the page's period unless the
    reader says otherwise."""
    period = screen.filters.period
    known = cached.usual_persons(screen.workspace, period)
    note = _("From the period above, {period}; change it to what your test is about.", period=fmt().period(period))
    daily = max(round(known.persons / period.days), 1) if known else None
    if kind == "share":
        share = round(min(max(known.share * 100, 0.01), 99.99), 2) if known and known.share > 0 else None
        base = st.number_input(_("Share today, %"), 0.01, 99.99, share, 0.5, key=f"size_share_{period}", help=note)
        deviation = None
    else:
        mean = max(round(known.mean, 2), 0.01) if known and known.mean > 0 else None
        base = st.number_input(
            _("Mean per person today, {currency}", currency=screen.currency), 0.01, value=mean,
            key=f"size_mean_{period}", help=note,
        )  # fmt: skip
        deviation = st.number_input(
            _("Standard deviation, {currency}", currency=screen.currency), 0.01,
            value=max(round(known.deviation, 2), 0.01) if known and known.deviation > 0 else None,
            key=f"size_deviation_{period}",
            help=_("How far apart persons are; with many who buy nothing several times the mean."),
        )  # fmt: skip
    persons = st.number_input(
        _("Persons a day"), 1, value=daily, step=100, key=f"size_daily_{period}",
        help=_("How many new persons a day can take part."),
    )  # fmt: skip
    return base, deviation, persons
