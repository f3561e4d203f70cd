"""The reading of a test on screen: each variant against the control, the checks, and the control's settings."""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import streamlit as st

from omnidash.charts.experiments import against_control
from omnidash.experiments.reading import Asked, Reading
from omnidash.experiments.sequential import PLANNED_PERSONS
from omnidash.ui.cards import draw, evidence_card
from omnidash.ui.experiments.wording import MODES, Unit, meaning, p_text
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels, plain

_CAPPED_ABOVE = 0.999


def asked_for(key: str, variants: Sequence[str], usual_control: str, *, can_use_before: bool, is_amount: bool) -> Asked:
    """The controls of a reading in one line; ``key`` keeps those of two places apart."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"{key}_asked"):
        control = st.selectbox(
            _("Control"), list(variants), index=list(variants).index(usual_control), key=f"{key}_control", width=220
        )
        st.session_state.setdefault(f"{key}_mode", "any_day")
        mode = one_of(
            _("You look at it"),
            MODES,
            key=f"{key}_mode",
            help=_(
                "Who looks every day needs wider intervals. Choose “once” only where the day of reading was fixed "
                "before the test began, and it has come."
            ),
        )
        with st.popover(_("More"), icon=":material/tune:", key=f"{key}_more"):
            level = st.number_input(_("Level of the interval, %"), 50.0, 99.9, 95.0, 1.0, key=f"{key}_level")
            planned = st.number_input(
                _("Planned number of persons"),
                100,
                value=PLANNED_PERSONS,
                step=100,
                key=f"{key}_planned",
                help=_("Where the interval that may be read any day is narrowest. Fix it before the test."),
            )
            uses_before = can_use_before and st.toggle(
                _("Take out what was known before the test (CUPED)"),
                key=f"{key}_before",
                help=_(
                    "Each person's figure from before the test explains a part of the figure in it; taken out, the "
                    "intervals are narrower, and what is expected of the difference stays."
                ),
            )
            st.caption(_("Intended parts of each variant"))
            weights = tuple(
                (name, st.number_input(plain(name), 0.1, value=1.0, step=1.0, key=f"{key}_weight_{name}"))
                for name in variants
            )
            is_capped = is_amount and st.toggle(
                _("Count the highest 0.1 % of values as the limit"),
                key=f"{key}_cap",
                help=_("So that one very large buyer does not decide the test."),
            )
    return Asked(
        control=control,
        level=level / 100,
        is_any_day=mode == "any_day",
        planned=int(planned),
        cap=_CAPPED_ABOVE if is_capped else None,
        uses_before=bool(uses_before),
        weights=weights,
    )


def show_reading(
    screen: Screen, reading: Reading, unit: Unit, *, key: str, more: Callable[[], Any] | None = None
) -> None:
    """The card of a reading: chart, figures of every variant, and its checks."""
    labels = chart_labels([one.variant for one in reading.differences])
    points = [(one.absolute, *one.interval) for one in reading.differences]
    texts = [f"{unit.difference(one.absolute)} ({unit.ends(*one.interval)})" for one in reading.differences]
    good = [one.absolute > 0 if one.is_clear else None for one in reading.differences]
    title = _("Difference to “{control}”, per person", control=reading.control.variant)
    with evidence_card(
        title, _figures(reading, unit), key=key, explanation=meaning(reading), has_picture=True, more=more,
        is_explained=False,
    ):  # fmt: skip
        chart = against_control(labels, points, texts, good, colors=screen.colors, tick_format=unit.tick_format)
        if reading.is_enough:
            draw(chart, card=key, words=title)
        st.dataframe(
            _figures(reading, unit, is_short=True).to_arrow(), hide_index=True, key=f"{key}_arms", placeholder="–"
        )
        _checks(reading)


def _figures(reading: Reading, unit: Unit, *, is_short: bool = False) -> pl.DataFrame:
    """One row per variant, the control first; ``is_short``: in words, as it is read on screen."""
    against = {one.variant: one for one in reading.differences}
    rows: list[dict[str, Any]] = []
    for arm in reading.arms:
        one = against.get(arm.variant)
        if is_short:
            rows.append(
                {
                    _("Variant"): arm.variant,
                    _("Persons"): fmt().integer(arm.persons),
                    _("with an outcome"): fmt().integer(arm.with_outcome),
                    _("Mean per person"): unit.mean(arm.mean),
                    _("Difference"): _("control") if one is None else unit.difference(one.absolute),
                    _("Interval ({level})", level=fmt().percent(reading.asked.level, 0)): (
                        "" if one is None else unit.ends(*one.interval)
                    ),
                    _("Relative"): ("" if one is None or one.relative is None else fmt().signed_percent(one.relative)),
                    _("p-value"): "" if one is None else p_text(one.p_value),
                }
            )
        else:
            relative = (None, None) if one is None or one.relative_interval is None else one.relative_interval
            rows.append(
                {
                    _("Variant"): arm.variant,
                    "persons": arm.persons,
                    _("with an outcome"): arm.with_outcome,
                    _("Mean per person"): arm.mean,
                    _("Standard deviation"): arm.deviation,
                    _("Difference to the control"): None if one is None else one.absolute,
                    _("Low"): None if one is None else one.interval[0],
                    _("High"): None if one is None else one.interval[1],
                    _("Relative difference"): None if one is None else one.relative,
                    _("Relative, low"): relative[0],
                    _("Relative, high"): relative[1],
                    _("p-value"): None if one is None else one.p_value,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def _checks(reading: Reading) -> None:
    """Whether the test may be read at all, in a line each."""
    ratio = reading.sample_ratio
    persons = fmt().listing([f"{arm.variant}: {fmt().integer(arm.persons)}" for arm in reading.arms])
    if ratio.is_mismatch:
        st.error(
            plain(
                _(
                    "Chance would make groups of these sizes less than once in a thousand tests ({persons}; p "
                    "{p_value}). Something removes persons from one of them: a redirect, a slower page, tracking that "
                    "fails. Mend that and begin again; no reading puts it right. If the tool was meant to share people "
                    "out unevenly, say so under “More”.",
                    persons=persons,
                    p_value=p_text(ratio.p_value),
                )
            ),
            icon=":material/error:",
        )
    else:
        sizes = _("Groups as large as they should be: {persons} (p {p_value}).", persons=persons,
                  p_value=p_text(ratio.p_value))  # fmt: skip
        st.caption(f":material/check: {plain(sizes)}")
    if reading.variance_kept is not None:
        st.caption(
            _(
                "What was known before the test explains {part} of the spread, and narrows the intervals.",
                part=fmt().percent(1 - reading.variance_kept),
            )
        )
    few = min(arm.persons for arm in reading.arms)
    if not reading.is_enough:
        st.info(
            n_(
                "The smallest group has {count} person. A test is read from 30 persons in each group and 10 outcomes "
                "on.",
                "The smallest group has {count} persons. A test is read from 30 persons in each group and 10 outcomes "
                "on.",
                few,
            )
        )
