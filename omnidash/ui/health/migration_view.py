"""The migration plan of a sudden drop on screen: receivers, audience without spend, checklist and the 24-hour clock."""

from datetime import timedelta

import polars as pl
import streamlit as st

from omnidash.health.cases import Case
from omnidash.health.migration import CHECKLIST
from omnidash.model.period import Period
from omnidash.ui.health.losing import OVERLAP_DAYS, migration_of
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.tables import small_table
from omnidash.ui.text import plain


def show_migration(screen: Screen, case: Case, days: pl.DataFrame, *, key: str = "") -> None:
    """Who takes over, from what these channels have shown they can take and whom they reach already. ``days``: the
    channel-day table the case was found in; ``key``: sets a drill's widgets apart from a real case's."""
    rows = case.evidence.filter(pl.col("day") <= case.last_day)
    plan = migration_of(
        screen,
        case.channel,
        lost=max(0.0, float((rows["expected"] - rows["touches"]).mean() or 0.0)),  # type: ignore[arg-type]
        fired_on=case.fired_on,
        before=Period.ending(case.first_day - timedelta(days=1), days=OVERLAP_DAYS),
        days=days,
    )
    st.markdown(f"**{plain(screen.say(plan.sentence()))}**")
    if plan.receivers:
        unit = fmt().symbol(screen.currency)
        small_table(
            pl.DataFrame(
                {
                    _("Channel"): [screen.name(r.channel) for r in plan.receivers],
                    _("Marginal ROI"): [fmt().percent(r.marginal_roi, 0) for r in plan.receivers],
                    _("Can take more"): [fmt().percent(r.spare_share, 0) for r in plan.receivers],
                    _("Overlap"): [fmt().percent(r.overlap_share, 0) for r in plan.receivers],
                    _("Touches a day"): [fmt().integer(r.takes_over) for r in plan.receivers],
                    f"{_('More spend a day')} ({unit})": [fmt().integer(r.more_spend) for r in plan.receivers],
                }
            ),
            key=f"receivers{key}",
        )
    if plan.audience:
        st.write(
            _(
                "Reachable without spend, where they agreed: {audiences}.",
                audiences=fmt().listing(
                    [
                        _("{count} by {channel}", count=fmt().integer(count), channel=screen.name(channel))
                        for channel, count in plan.audience[:3]
                    ]
                ),
            )
        )
    st.markdown(f"**{_('Checklist')}**")
    for index, line in enumerate(CHECKLIST):
        st.checkbox(_(line), key=f"check{key}_{case.channel}_{case.first_day}_{index}")
    st.caption(
        _(
            "24-hour clock: by {day} traffic is back, or the receivers carry it. The plan raises each receiver to "
            "the most "
            "it has spent before; overlap is taken off.",
            day=fmt().day(plan.recover_by.date()),
        )
    )
