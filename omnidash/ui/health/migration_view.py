"""The migration plan of a sudden drop on screen: receivers, audience without spend, checklist and the 24-hour clock."""

from datetime import UTC, datetime, timedelta

import polars as pl
import streamlit as st

from omnidash.health.cases import Case
from omnidash.health.migration import CHECKLIST, MigrationPlan
from omnidash.health.plans import plan_of
from omnidash.ui.health.losing import surroundings
from omnidash.ui.i18n import _, fmt, sentences
from omnidash.ui.screen import Screen
from omnidash.ui.tables import small_table
from omnidash.ui.text import plain


def show_migration(screen: Screen, case: Case, days: pl.DataFrame, *, key: str = "") -> None:
    """Who takes over, from what these channels have shown they can take and whom they reach already. ``days``: the
    channel-day table the case was found in; ``key``: sets a drill's widgets apart from a real case's."""
    plan = plan_of(case, surroundings(screen, days))
    st.markdown(f"**{plain(screen.say(plan.sentence()))}**")
    if plan.receivers:
        _receivers(screen, plan, key)
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
    due = (plan.recover_by - timedelta(microseconds=1)).replace(tzinfo=UTC)  # the end of that day, not the next one
    day = fmt().day(due.astimezone(screen.workspace.settings.zone).date())
    clock = (
        _("24-hour clock: by the end of {day} traffic is back, or the receivers carry it.", day=day)
        if datetime.now(UTC) <= due
        else _("24-hour clock: it was due by the end of {day}; have the receivers carried it since?", day=day)
    )
    raised = _("The plan raises each receiver to the most it has spent before; overlap is taken off.")
    st.caption(sentences(clock, raised))


def _receivers(screen: Screen, plan: MigrationPlan, key: str) -> None:
    """What is asked of each, and together what the sentence says."""
    unit = fmt().symbol(screen.currency)
    parts = plan.parts
    receivers = [receiver for receiver, _touches, _money in parts]
    together = [_("Total")] if len(parts) > 1 else []
    blank = [""] * len(together)
    small_table(
        pl.DataFrame(
            {
                _("Channel"): [screen.name(r.channel) for r in receivers] + together,
                _("Touches a day"): [fmt().integer(touches) for _receiver, touches, _money in parts]
                + [fmt().integer(sum(touches for _receiver, touches, _money in parts)) for _row in together],
                f"{_('More spend a day')} ({unit})": [fmt().decimal(money, 1) for _receiver, _touches, money in parts]
                + [fmt().decimal(plan.more_spend, 1) for _row in together],
                _("Marginal ROI"): [fmt().percent(r.marginal_roi, 0) for r in receivers] + blank,
                _("Can take more"): [fmt().percent(r.spare_share, 0) for r in receivers] + blank,
                _("Overlap"): [fmt().percent(r.overlap_share, 0) for r in receivers] + blank,
            }
        ),
        key=f"receivers{key}",
    )
    if any(touches <= 0 for _receiver, touches, _money in parts):
        st.caption(_("Receivers with 0 are held in reserve: the others cover the loss."))
