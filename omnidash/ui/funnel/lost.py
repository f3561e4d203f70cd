"""Where the lost went: what they did next, after the step at which they dropped out."""

import polars as pl
import streamlit as st

from omnidash.charts.bars import labelled_bars
from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.funnel_groups import went_next
from omnidash.ui.cards import chart_card
from omnidash.ui.funnel.rows import origin_of
from omnidash.ui.funnel.wording import action_title, reached_title
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels

_SHOWN = 8
_KEY = "funnel_lost_step"
_CHOSEN = "funnel_lost_chosen"  # (steps, step): of another funnel it says nothing


def show_lost(screen: Screen, result: FunnelResult) -> None:
    """Draw the card, for the step after which most are lost or the one chosen."""
    lost = dict(enumerate(result.left_at()[1][:-1], 1))
    steps = [k for k, n in lost.items() if n]
    if not steps:
        return
    of_steps, kept = st.session_state.get(_CHOSEN, (None, None))
    is_kept = of_steps == result.query.steps and kept in steps
    step = kept if is_kept else max(steps, key=lambda k: (lost[k], -k))
    after = went_next(result, step)
    names = [_what(screen, action, channel) for action, channel in after.select("action", "channel").rows()]
    table = after.select(
        pl.Series("what", names, dtype=pl.String),
        "persons",
        (pl.col("persons") / lost[step]).alias("share"),
        pl.col("median_seconds").alias("later_seconds"),
    )
    shown = table.head(_SHOWN)

    def choose() -> None:
        st.session_state[_KEY] = step
        st.segmented_control(
            _("Lost after"),
            steps,
            key=_KEY,
            required=True,
            on_change=lambda: st.session_state.update({_CHOSEN: (result.query.steps, st.session_state[_KEY])}),
            format_func=lambda k: f"{reached_title(screen, result.query, k)} · {fmt().integer(lost[k])}",
        )

    chart_card(
        _title(screen, result, step, lost[step], table),
        labelled_bars(
            chart_labels(shown["what"].to_list()),
            shown["persons"].to_list(),
            [_text(persons, share, later) for _what_, persons, share, later in shown.rows()],
            [
                screen.colors.rest if action is None else screen.colors.of_channel(channel or "")
                for action, channel in after.head(_SHOWN).select("action", "channel").rows()
            ],
            colors=screen.colors,
        ),
        table,
        key="funnel_lost",
        origin=origin_of(screen, result.query),
        explanation=_(
            "The first event of each lost person after the step at which they dropped out, whatever it was and "
            "however late; the time is the median until then. Those still open are not among them."
        ),
        controls=choose if len(steps) > 1 else None,
    )


def _what(screen: Screen, action: str | None, channel: str | None) -> str:
    if action is None:
        return _("nothing more")
    if channel is None or channel == "(unknown)":
        return action_title(action)
    return _("{action} on {channel}", action=action_title(action), channel=screen.name(channel))


def _text(persons: int, share: float, later_seconds: float | None) -> str:
    said = f"{fmt().integer(persons)} · {fmt().percent(share)}"
    return said if later_seconds is None else f"{said}<br>{_('after {time}', time=fmt().duration(later_seconds))}"


def _title(screen: Screen, result: FunnelResult, step: int, lost: int, table: pl.DataFrame) -> str:
    title = reached_title(screen, result.query, step)
    nothing = table.filter(pl.col("what") == _("nothing more"))["share"].sum()
    others = table.filter(pl.col("what") != _("nothing more"))
    values = {"lost": fmt().integer(lost), "step": title, "nothing": fmt().percent(float(nothing), 0)}
    if others.is_empty():
        return _("Of {lost} lost after {step}, none did anything more", **values)
    return _(
        "Of {lost} lost after {step}, {nothing} did nothing more; the others mostly went on to: {next}",
        **values,
        next=others["what"][0],
    )
