"""Reading a hold-out test on screen: totals of both groups in, what the channel brought out, kept as evidence."""

from typing import Any

import polars as pl
import streamlit as st

from omnidash.metrics.hold_out import Group, HoldOutReading, read_hold_out
from omnidash.model.errors import OmniDashError
from omnidash.ui.attribution.keeping import keep, source_input
from omnidash.ui.cards import evidence_card, figure
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain


def show_hold_out_reader(screen: Screen) -> None:
    """Enter, read, keep."""
    st.caption(
        _(
            "Persons were assigned to two groups by chance, and one group was left out of the channel. Count everybody "
            "assigned, also those whom the channel did not reach."
        )
    )
    exposed, held_out = st.columns(2, gap="medium")
    with exposed:
        one = _group(screen, "exposed", _("Persons exposed"), _("of them converted"))
    with held_out:
        other = _group(screen, "held", _("Persons held out"), _("of them converted"))
    settings = st.columns(3)
    spend = settings[0].number_input(
        _("Spend of the test, {currency}", currency=screen.currency), 0.0, value=None, key="hold_out_spend"
    )
    level = settings[1].number_input(_("Level of the interval, %"), 50.0, 99.9, 90.0, 5.0, key="hold_out_level")
    spread = settings[2].number_input(
        _("Spread of order values, % of their mean"),
        0.0,
        value=100.0,
        step=10.0,
        key="hold_out_spread",
        help=_("Standard deviation of an order, as a share of the mean order. It widens the interval of the revenue."),
    )
    if any(group["persons"] is None or group["conversions"] is None for group in (one, other)):
        st.info(_("Enter how many persons each group has, and how many of them converted."))
        return
    try:
        reading = read_hold_out(
            Group(**one), Group(**other), spend=spend or None, level=level / 100, order_spread=spread / 100
        )
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    _show(screen, reading, (Group(**one), Group(**other)))
    if reading.revenue_interval is None:
        st.caption(_("Evidence is kept in money: enter the revenue of both groups; somebody must have converted."))
    else:
        _keep(screen, reading, one["persons"], other["persons"])


def _group(screen: Screen, key: str, persons: str, converted: str) -> dict[str, Any]:
    count = st.number_input(persons, 1, value=None, step=1, key=f"hold_out_{key}_persons")
    conversions = st.number_input(converted, 0, value=None, step=1, key=f"hold_out_{key}_conversions")
    revenue = st.number_input(
        _("their revenue, {currency} (if known)", currency=screen.currency),
        0.0,
        value=None,
        key=f"hold_out_{key}_revenue",
    )
    return {"persons": count, "conversions": conversions, "revenue": revenue}


def _show(screen: Screen, reading: HoldOutReading, groups: tuple[Group, Group]) -> None:
    level = fmt().percent(reading.level, 0 if reading.level <= 0.99 else 1)
    low, high = (fmt().decimal(end, 0) for end in reading.conversions_interval)
    count = fmt().decimal(reading.conversions, 0)
    values = {"converted": count, "level": level, "low": low, "high": high}
    many = round(abs(reading.conversions))
    if not reading.is_clear:
        title = n_(
            "The test found no effect that can be told from none: {converted} conversion ({level}: {low} … {high})",
            "The test found no effect that can be told from none: {converted} conversions ({level}: {low} … {high})",
            many, **values,
        )  # fmt: skip
    elif reading.conversions > 0:
        title = n_(
            "{converted} conversion would have been missing without the channel ({level}: {low} … {high})",
            "{converted} conversions would have been missing without the channel ({level}: {low} … {high})",
            many, **values,
        )  # fmt: skip
    else:
        title = n_(
            "The exposed converted less: {converted} conversion ({level}: {low} … {high})",
            "The exposed converted less: {converted} conversions ({level}: {low} … {high})",
            many, **values,
        )  # fmt: skip
    card = evidence_card(title, _groups(groups), key="hold_out", explanation=_meaning(level), is_explained=False)
    with card, st.container(horizontal=True, gap="large"):
        figure(_("Lift of the conversion rate"), fmt().signed_percent(reading.lift) if reading.lift is not None
                  else _("n/a"), width="content")  # fmt: skip
        if reading.revenue is not None and reading.revenue_interval is not None:
            ends = [fmt().money_compact(end, screen.currency) for end in reading.revenue_interval]
            figure(
                _("Incremental revenue ({level}: {low} … {high})", level=level, low=ends[0], high=ends[1]),
                fmt().money_compact(reading.revenue, screen.currency),
                width="content",
            )
        if reading.iroas is not None and reading.iroas_interval is not None:
            ends = [fmt().decimal(end, 2) for end in reading.iroas_interval]
            figure(
                _("Per unit of spend ({level}: {low} … {high})", level=level, low=ends[0], high=ends[1]),
                fmt().decimal(reading.iroas, 2),
                width="content",
            )


def _groups(groups: tuple[Group, Group]) -> pl.DataFrame:
    """What was entered, one row per group."""
    return pl.DataFrame(
        {
            _("Group"): [_("exposed"), _("held out")],
            "persons": [group.persons for group in groups],
            "converted": [group.conversions for group in groups],
            "rate": [group.conversions / group.persons for group in groups],
            "revenue": [group.revenue for group in groups],
        },
        schema_overrides={"revenue": pl.Float64},
    )


def _meaning(level: str) -> str:
    return _(
        "The difference between both groups' conversion rates, times the persons exposed: what would have been missing "
        "without the channel. The interval holds the true value in {level} of such tests.",
        level=level,
    )


def _keep(screen: Screen, reading: HoldOutReading, exposed: int, held_out: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        channel = st.selectbox(
            _("Left out was"),
            list(screen.names),
            format_func=screen.name,
            key="hold_out_channel",
            width=200,
        )
        days = st.date_input(
            _("Days of the test"),
            (screen.filters.period.first_day, screen.filters.period.last_day),
            key=f"hold_out_days_{screen.filters.period}",
            width=240,
        )
        source = source_input(
            _("hold-out test, {exposed} exposed, {held} held out", exposed=fmt().integer(exposed),
              held=fmt().integer(held_out)),
            key="hold_out_source",
        )  # fmt: skip
        is_kept = st.button(_("Keep as evidence"), type="primary", key="hold_out_keep")
    if not is_kept or reading.revenue is None or reading.revenue_interval is None:
        return
    if not isinstance(days, tuple) or len(days) != 2:
        st.error(_("Give both days of the test."))
        return
    keep(
        screen,
        channel=channel or "",
        method="hold_out",
        first_day=days[0],
        last_day=days[1],
        incremental_revenue=reading.revenue,
        low=reading.revenue_interval[0],
        high=reading.revenue_interval[1],
        level=reading.level,
        spend=reading.spend,
        source=source,
    )
