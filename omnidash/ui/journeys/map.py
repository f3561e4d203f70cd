"""The map: how many reach each stage through which channel, how fast they go on, and where a channel loses them."""

from math import isfinite

import numpy as np
import polars as pl
import streamlit as st

from omnidash.charts.journey_map import stage_matrix
from omnidash.journeys.breakpoints import FEWEST, breakpoints
from omnidash.journeys.stage_map import StageMap
from omnidash.model.defaults import STAGES
from omnidash.model.messages import N_
from omnidash.ui.cards import chart_card, evidence_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys import addressed, results
from omnidash.ui.journeys.stages import show_stages
from omnidash.ui.labels import STAGE_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_WINDOWS = (7, 14, 30, 60, 90)
_SHOWN = 6
_FEW = 20  # below that a share says little, and no colour is given

# What it usually is when somebody stays at a stage, and where to look first.
_LOOK_AT = {
    "awareness": N_(
        "They saw it and did not come. Look at who is targeted, at the first seconds of the content, and whether the "
        "page keeps what the ad promises."
    ),
    "interest": N_(
        "They came and did not weigh it up. Look at the landing page (speed, price, reviews), and give them a reason "
        "to leave a contact or fill the cart."
    ),
    "consideration": N_(
        "They had it in the cart or left their contact, and did not buy. Look at checkout, delivery cost and stock, "
        "and at how soon somebody calls back."
    ),
    "purchase": N_(
        "They bought and were not seen again. Look at the welcome message, the invitation into membership or "
        "community, and service after the sale."
    ),
}


def map_title(screen: Screen) -> str:
    """The finding of the section: the breakpoint that costs most."""
    found = _found(screen)
    if not found.reached.any():
        return _("Nobody reached a stage in this period")
    worst = _certain(screen, found)
    if worst.is_empty():
        return _nothing_stands_out(screen)
    row = worst.row(0, named=True)
    values = {
        "channel": screen.name(row["channel"]),
        "stage": _(STAGE_TITLES[row["stage"]]),
        "rate": fmt().percent(row["loss_rate"], 0),
        "others": fmt().percent(row["others_loss_rate"], 0),
    }
    return _("{channel} loses {rate} of persons at {stage}, other channels {others}", **values)


def _nothing_stands_out(screen: Screen) -> str:
    chosen = screen.filters.channels
    if not chosen:
        return _("No channel clearly loses more persons at any stage than the others")
    if len(chosen) == 1:
        return _(
            "{channel} clearly loses more persons at no stage than the other channels", channel=screen.name(chosen[0])
        )
    return n_(
        "Of {count} chosen channel, none clearly loses more persons at any stage than the others",
        "Of the {count} chosen channels, none clearly loses more persons at any stage than the others",
        len(chosen),
    )


def show_map(screen: Screen) -> None:
    """Draw the section."""
    found = _found(screen)
    _matrix(screen, found)
    _breakpoints(screen, found)
    show_stages(screen)


def _found(screen: Screen) -> StageMap:
    return results.journey_map(screen.workspace, screen.filters.period, _window())


def _window() -> int:
    return addressed.number("map_window", _WINDOWS, usual=7, kind=_("time to go on"))


def _window_choice() -> None:
    _window()
    st.segmented_control(
        _("Time to go on to the next stage"),
        _WINDOWS,
        required=True,
        key="map_window",
        format_func=lambda days: n_("{count} day", "{count} days", days),
    )


def _origin(screen: Screen) -> Origin:
    """The events that bring somebody to a stage."""
    staged = screen.facts.actions.filter(pl.col("stage").is_in(STAGES))["action"].to_list()
    return Origin(addends=("actions",), actions=tuple(staged))


def _matrix(screen: Screen, found: StageMap) -> None:
    shown = [c for c, name in enumerate(found.channels) if screen.filters.includes(name)]
    shown.sort(key=lambda c: (-int(found.reached[:, c].sum()), found.channels[c]))
    stages = [s for s in range(len(found.stages)) if found.reached[s].any()]
    chart = None
    if shown and stages:
        lead = _("All channels")
        chart = stage_matrix(
            [f"<b>{_(STAGE_TITLES[found.stages[s]])}</b>" for s in stages],
            [f"<b>{lead}</b>", *(screen.label(found.channels[c]) for c in shown)],
            [[_cell(found, s, None) for s in stages], *([_cell(found, s, c) for s in stages] for c in shown)],
            np.array(
                [[np.nan] * len(stages), *([_against_others(found, s, c) for s in stages] for c in shown)], np.float64
            ),
            [
                [_detail(found, s, None, lead) for s in stages],
                *([_detail(found, s, c, screen.label(found.channels[c])) for s in stages] for c in shown),
            ],
            colors=screen.colors,
        )
    chart_card(
        _matrix_title(found),
        chart,
        _matrix_table(screen, found),
        key="journey_map",
        origin=_origin(screen),
        explanation=_(
            "A person reaches a stage at the first action of it and is counted once, at the channel of the latest "
            "touch before. In a cell: persons who reached it, the share that went on to any later stage in time (of "
            "those whose time is over), and the median time that took. Amber: fewer go on than through the other "
            "channels; green: more. Customers who click again are no new interest: journeys only go up."
        ),
        empty=_("Nobody reached a stage in this period. Events need an action that belongs to a stage."),
        controls=_window_choice,
    )


def _matrix_title(found: StageMap) -> str:
    totals = found.reached.sum(axis=1)
    stages = [s for s in range(len(found.stages)) if totals[s]]
    if not stages:
        return _("Stages and channels")
    first, last = stages[0], stages[-1]
    return _(
        "{first_persons} persons at {first}, {last_persons} at {last}",
        first=_(STAGE_TITLES[found.stages[first]]),
        first_persons=fmt().integer(int(totals[first])),
        last=_(STAGE_TITLES[found.stages[last]]),
        last_persons=fmt().integer(int(totals[last])),
    )


def _sums(found: StageMap, s: int, c: int | None) -> tuple[int, int, int, float]:
    """(reached, mature, lost, median seconds) of a cell, or of the stage over all channels."""
    if c is None:
        median = float(found.median_seconds_of_stage[s])
        return int(found.reached[s].sum()), int(found.mature[s].sum()), int(found.lost[s].sum()), median
    median = float(found.median_seconds[s, c])
    return int(found.reached[s, c]), int(found.mature[s, c]), int(found.lost[s, c]), median


def _cell(found: StageMap, s: int, c: int | None) -> str:
    reached, mature, lost, median = _sums(found, s, c)
    if not reached:
        return ""
    persons = f"<b>{fmt().compact(reached)}</b>"
    if s == len(found.stages) - 1:
        return persons
    share = f"→ {fmt().percent(1 - lost / mature, 0)}" if mature else "→ …"
    time = f" · {fmt().duration(median)}" if isfinite(median) else ""
    return f"{persons}<br>{share}{time}"


def _detail(found: StageMap, s: int, c: int | None, name: str) -> str:
    reached, _mature, lost, median = _sums(found, s, c)
    lines = [
        f"<b>{name}</b> · {_(STAGE_TITLES[found.stages[s]])}",
        f"{_('Reached')}: {fmt().integer(reached)}",
    ]
    if s < len(found.stages) - 1:
        moved = int(found.moved[s].sum() if c is None else found.moved[s, c])
        lines += [
            f"{_('Went on')}: {fmt().integer(moved)}",
            f"{_('Lost')}: {fmt().integer(lost)}",
            f"{_('Still open')}: {fmt().integer(reached - moved - lost)}",
            f"{_('Median time to the next stage')}: {fmt().duration(median)}",
        ]
    return "<br>".join(lines)


def _against_others(found: StageMap, s: int, c: int) -> float:
    mature, lost = int(found.mature[s, c]), int(found.lost[s, c])
    others, others_lost = int(found.mature[s].sum()) - mature, int(found.lost[s].sum()) - lost
    if mature < _FEW or others < _FEW or s == len(found.stages) - 1:
        return float("nan")
    return others_lost / others - lost / mature


def _matrix_table(screen: Screen, found: StageMap) -> pl.DataFrame:
    frame = found.frame().filter(pl.col("channel").map_elements(screen.filters.includes, return_dtype=pl.Boolean))
    return frame.select(
        _stage_names(frame).alias(_("Stage")),
        _channel_names(screen, frame).alias(_("Channel")),
        pl.col("reached").alias(_("Reached")),
        pl.col("moved").alias(_("Went on")),
        pl.col("lost").alias(_("Lost")),
        pl.col("still_open").alias(_("Still open")),
        pl.col("loss_rate").alias(_("Share lost")),
        _durations(frame["median_seconds"]).alias(_("Median time to the next stage")),
    )


def _stage_names(frame: pl.DataFrame) -> pl.Series:
    return pl.Series([_(STAGE_TITLES[stage]) for stage in frame["stage"]], dtype=pl.String)


def _channel_names(screen: Screen, frame: pl.DataFrame) -> pl.Series:
    return pl.Series([screen.name(channel) for channel in frame["channel"]], dtype=pl.String)


def _durations(seconds: pl.Series) -> pl.Series:
    return pl.Series([fmt().duration(value) for value in seconds], dtype=pl.String)


def _certain(screen: Screen, found: StageMap) -> pl.DataFrame:
    return _ranked(screen, found).filter("is_breakpoint")


def _ranked(screen: Screen, found: StageMap) -> pl.DataFrame:
    ranked = breakpoints(found)
    return ranked.filter(pl.col("channel").map_elements(screen.filters.includes, return_dtype=pl.Boolean))


def _breakpoints(screen: Screen, found: StageMap) -> None:
    ranked = _ranked(screen, found)
    certain = ranked.filter("is_breakpoint")
    title = n_("{count} breakpoint, ranked by what it costs", "{count} breakpoints, ranked by what they cost",
               len(certain))  # fmt: skip
    with evidence_card(
        title if len(certain) else _("No breakpoint stands out"),
        _breakpoint_table(screen, ranked),
        key="breakpoints",
        origin=_origin(screen),
        explanation=_(
            "Breakpoint: a channel loses a larger share of the persons it brings to a stage than the other channels "
            "together. Persons too many = persons whose time is over × difference of the two shares. Worth = persons "
            "too many × what persons who went on spent more within the time than those who did not; it ranks, and "
            "does not promise that bringing them on would earn that. Listed is what rests on at least {fewest} persons "
            "on either side, costs at least one person and more than nothing, and whose 95% interval, corrected for "
            "the number of cells compared, is above 0; the table has the others too.",
            fewest=FEWEST,
        ),
    ):
        if certain.is_empty():
            st.write(
                _(
                    "Differences between channels are within what chance would give, worth nothing, or rest on too few "
                    "persons whose time is over."
                )
            )
        with st.grid(2, min_column_width=360):
            for row in certain.head(_SHOWN).iter_rows(named=True):
                with st.container(border=True, height="stretch"):
                    st.markdown(f"**{plain(_finding(screen, row))}**")
                    st.write(plain(_meaning(screen, found, row)))
                    st.caption(_(_LOOK_AT[row["stage"]]))


def _finding(screen: Screen, row: dict[str, object]) -> str:
    persons = round(float(row["excess_lost"]))  # type: ignore[arg-type]
    values = {"channel": screen.name(str(row["channel"])), "stage": _(STAGE_TITLES[str(row["stage"])])}
    if row["lost_value"] is None:
        return n_(
            "{channel} at {stage}: {count} person too many lost",
            "{channel} at {stage}: {count} persons too many lost",
            persons,
            **values,
        )
    worth = fmt().money_compact(float(row["lost_value"]), screen.currency)  # type: ignore[arg-type]
    return n_(
        "{channel} at {stage}: {count} person too many lost, worth about {worth}",
        "{channel} at {stage}: {count} persons too many lost, worth about {worth}",
        persons,
        worth=worth,
        **values,
    )


def _meaning(screen: Screen, found: StageMap, row: dict[str, object]) -> str:
    return n_(
        "Of {count} person who reached {stage} through {channel} and whose {days} days are over, {lost} ({rate}) did "
        "not go on in that time; through the other channels {others}.",
        "Of {count} persons who reached {stage} through {channel} and whose {days} days are over, {lost} ({rate}) did "
        "not go on in that time; through the other channels {others}.",
        int(row["mature"]),  # type: ignore[call-overload]
        stage=_(STAGE_TITLES[str(row["stage"])]),
        channel=screen.name(str(row["channel"])),
        lost=fmt().integer(int(row["lost"])),  # type: ignore[call-overload]
        rate=fmt().percent(float(row["loss_rate"])),  # type: ignore[arg-type]
        days=fmt().integer(int(found.window_days)),
        others=fmt().percent(float(row["others_loss_rate"])),  # type: ignore[arg-type]
    )


def _breakpoint_table(screen: Screen, ranked: pl.DataFrame) -> pl.DataFrame:
    return ranked.select(
        _stage_names(ranked).alias(_("Stage")),
        _channel_names(screen, ranked).alias(_("Channel")),
        pl.col("mature").alias(_("Persons whose time is over")),
        pl.col("lost").alias(_("Lost")),
        pl.col("loss_rate").alias(_("Share lost")),
        pl.col("others_loss_rate").alias(_("Share lost, other channels")),
        pl.col("excess_lost").round(1).alias(_("Persons too many")),
        pl.col("excess_low").round(1).alias(_("At least (95%)")),
        pl.col("lost_value").round(2).alias(_("Worth")),
    )
