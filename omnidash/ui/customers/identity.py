"""Who is who, as a whole: how many persons, how well channels are matched, what is shared, and at which level."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from omnidash.charts.bars import labelled_bars
from omnidash.charts.customers import sizes_columns
from omnidash.ui import compute, sections, workspaces
from omnidash.ui.cards import chart_card, evidence_card, figure
from omnidash.ui.customers import cached
from omnidash.ui.customers.contested import show_contested_persons
from omnidash.ui.customers.level import show_levels
from omnidash.ui.customers.person import look_at
from omnidash.ui.customers.wording import SHARED_TITLES, type_title
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels, plain

_MOST_IN_SIGHT = 8
_MATCHED = Origin(addends=("events_of_persons", "all_events"))
_IDENTIFIED = 2  # which of the cards is of them


def identity_title(screen: Screen) -> str:
    """The finding of the section."""
    found = cached.identities(screen.workspace).summary
    if not found.identifiers:
        return _("Nobody is known by an identifier yet")
    counts = {"persons": fmt().integer(found.persons), "identifiers": fmt().integer(found.identifiers)}
    met = compute.crossing(screen.workspace, screen.filters.period)
    everyone = met.multi_persons + met.single_persons
    if not everyone:
        return _("{persons} persons behind {identifiers} identifiers", **counts)
    return _(
        "{persons} persons behind {identifiers} identifiers; {share} of those met in this period came through two or "
        "more channels",
        share=fmt().percent(met.multi_persons / everyone),
        **counts,
    )


def show_identity(screen: Screen) -> None:
    """Draw the section."""
    found = cached.identities(screen.workspace)
    workspaces.say_if_read_only(screen.workspace)
    st.caption(
        _(
            "Of all days and channels, whatever is chosen above, for who is who follows from all rows. What is of the "
            "chosen period names it."
        )
    )
    begun = screen.workspace.key_begun_at
    if begun is not None:
        st.info(
            _(
                "The secret key was lost and a new one begun on {day}: people known before are not recognised in files "
                "imported since, so some are counted twice.",
                day=fmt().day(begun.date(), with_year=True),
            ),
            icon=":material/key:",
        )
    _cards(found)
    levels = st.container()
    left, right = st.columns(2)
    with left:
        _match(screen, found.channels)
    with right:
        _elsewhere(screen, found.channels)
    left, right = st.columns(2)
    with left:
        _sizes(screen, found.sizes)
        _types(screen, found.types)
    with right:
        show_contested_persons(found.contested, lambda kind, identifier: _open(screen, kind, identifier))
        _shared(screen, found)
    with levels:  # last, for it takes longest: the rest of the page stands meanwhile
        show_levels(screen, events=int(found.channels["events"].sum()))


def _open(screen: Screen, identifier_type: str, identifier_id: int) -> None:
    look_at(screen.workspace, identifier_type, identifier_id)
    sections.open_section("customers", "person")


def _cards(found: cached.Identities) -> None:
    summary, channels = found.summary, found.channels
    events, matched = int(channels["events"].sum()), int(channels["matched"].sum())
    shared = len(summary.hubs) + len(summary.contested)
    facts = [
        (
            _("Persons"),
            fmt().integer(summary.persons),
            _("Groups of identifiers that rows join, at the level looked at; a single identifier is a person too."),
        ),
        (
            _("Identifiers"),
            fmt().integer(summary.identifiers),
            _("Different phone numbers, e-mail addresses, member numbers, WeChat ids, devices and cookies, each kept "
              "as a keyed hash and a mask. Blocked values such as “unknown” name nobody and are not counted."),
        ),
        (
            _("Identified events"),
            fmt().percent(matched / events) if events else _("n/a"),
            _("Events that belong to a person / all events. The rest names nobody, or only a shared or blocked value."),
        ),
        (
            _("Shared identifiers"),
            fmt().integer(shared),
            _("Identifiers of several people, such as a shop's tablet or a family's phone. They join nobody at this "
              "level; they are listed below."),
        ),
    ]  # fmt: skip
    with st.grid(4, min_column_width=150):
        for number, (label, value, meaning) in enumerate(facts):
            origin = _MATCHED if number == _IDENTIFIED else Origin()
            figure(label, value, key=f"identity_{number}", origin=origin, help=meaning, border=True, height="stretch")


def _match(screen: Screen, channels: pl.DataFrame) -> None:
    shown = pl.DataFrame(
        {
            _("Channel"): [screen.name(channel) for channel in channels["channel"]],
            _("Match rate"): channels["match_rate"] * 100,
            _("Events"): channels["events"],
            _("Persons"): channels["persons"],
        }
    )
    worst = channels.sort("match_rate", "channel").row(0, named=True)
    title = (
        _("Every event of every channel belongs to a known person")
        if worst["match_rate"] == 1
        else _(
            "{channel} is matched least: over all days, {rate} of its events belong to a known person",
            channel=screen.name(worst["channel"]),
            rate=fmt().percent(worst["match_rate"]),
        )
    )
    with evidence_card(
        title,
        _named_channels(screen, channels),
        key="match",
        explanation=_(
            "Match rate: events of the channel that belong to a person / all its events. An event without any "
            "identifier, or with only a shared or blocked one, belongs to nobody. Events are all rows of files of "
            "touches, events and orders that are in use, also those that are neither touch nor conversion."
        ),
        origin=_MATCHED,
    ):
        st.dataframe(
            shown.to_arrow(),  # as a frame it would pass through pandas
            hide_index=True,
            key="match_table",
            height="content",
            column_config={
                _("Events"): st.column_config.NumberColumn(format="localized"),
                _("Persons"): st.column_config.NumberColumn(format="localized"),
                _("Match rate"): st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.1f%%"),
            },
        )


def _named_channels(screen: Screen, channels: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "channel": [screen.name(channel) for channel in channels["channel"]],
            _("Events"): channels["events"],
            _("Events with an identifier"): channels["identified"],
            _("Events of a person"): channels["matched"],
            _("Match rate"): channels["match_rate"],
            "persons": channels["persons"],
            _("Persons also met elsewhere"): channels["persons_elsewhere"],
            "share": channels["elsewhere_rate"],
        }
    )


def _elsewhere(screen: Screen, channels: pl.DataFrame) -> None:
    known = channels.drop_nulls("elsewhere_rate").sort("elsewhere_rate", "channel", descending=[True, False])
    title = _("No channel has met anybody yet")
    chart = None
    if len(known):
        first = known.row(0, named=True)
        title = _(
            "{channel} shares most persons: over all days, {share} of them were met on another channel too",
            channel=screen.name(first["channel"]),
            share=fmt().percent(first["elsewhere_rate"]),
        )
        chart = labelled_bars(
            [screen.label(channel) for channel in known["channel"]],
            known["elsewhere_rate"].to_list(),
            [fmt().percent(rate) for rate in known["elsewhere_rate"]],
            [screen.colors.of_channel(channel) for channel in known["channel"]],
            colors=screen.colors,
        )
    chart_card(
        title,
        chart,
        _named_channels(screen, channels),
        key="elsewhere",
        explanation=_(
            "Of the persons of a channel, those who also have an event on another channel, over all days. It is what "
            "the joining of identifiers makes visible."
        ),
        empty=_("No event belongs to a person yet."),
    )


def _sizes(screen: Screen, sizes: pl.DataFrame) -> None:
    counts = {int(size): int(count) for size, count in sizes.rows()}
    total = sum(counts.values())
    alone = counts.get(1, 0) / total if total else 0.0
    chart_card(
        _("Over all days, {share} of persons are known by a single identifier", share=fmt().percent(alone)),
        sizes_columns(
            list(counts),
            list(counts.values()),
            [fmt().compact(count) for count in counts.values()],
            colors=screen.colors,
            axis=_("identifiers per person"),
        )
        if counts
        else None,
        sizes.rename({"identifiers": _("Identifiers")}),
        key="sizes",
        explanation=_(
            "How many persons have how many identifiers. A long tail of persons with very many identifiers would hint "
            "at people who were joined by mistake."
        ),
        empty=_("No event belongs to a person yet."),
    )


def _types(screen: Screen, types: pl.DataFrame) -> None:
    names = [type_title(name) for name in types["type"]]
    total = int(types["identifiers"].sum())
    first = types.row(0, named=True)
    chart_card(
        _(
            "{type} is the most frequent identifier: {share} of all",
            type=type_title(first["type"]),
            share=fmt().percent(first["identifiers"] / total),
        ),
        labelled_bars(
            chart_labels(names),
            types["identifiers"].to_list(),
            [fmt().integer(count) for count in types["identifiers"]],
            [screen.colors.accent if trust == "strong" else screen.colors.rest for trust in types["trust"]],
            colors=screen.colors,
        ),
        pl.DataFrame(
            {
                _("Type"): names,
                _("Trust"): [_("strong") if trust == "strong" else _("weak") for trust in types["trust"]],
                _("Identifiers"): types["identifiers"],
                _("of a person"): types["with_person"],
                _("blocked values"): types["blocked"],
            }
        ),
        key="types",
        explanation=_("Coloured: strong identifiers, which name a person. Grey: weak ones, which name a device."),
    )


def _shared(screen: Screen, found: cached.Identities) -> None:
    summary = found.summary
    kinds: dict[str, Sequence[Mapping[str, Any]]] = {
        "hub": summary.hubs,
        "decision": summary.blocked_by_decision,
        "blocked": summary.blocked,
        "contested": summary.contested,
    }
    rows = [
        (SHARED_TITLES[why], type_title(row["type"]), row["hint"], row["count"])
        for why, listed in kinds.items()
        for row in listed
    ]
    listed = pl.DataFrame(
        [(_(why), name, hint, count) for why, name, hint, count in rows],
        schema={
            _("Why"): pl.String,
            _("Type"): pl.String,
            _("Identifier"): pl.String,
            _("Neighbours or events"): pl.Int64,
        },
        orient="row",
    )
    hubs = n_("{count} hub", "{count} hubs", len(summary.hubs))
    contested = n_("{count} contested device or order contact", "{count} contested devices or order contacts",
                   len(summary.contested))  # fmt: skip
    blocked = n_("{count} blocked value", "{count} blocked values", len(summary.blocked))
    with evidence_card(
        _("{hubs}, {contested} and {blocked} join nobody", hubs=hubs, contested=contested, blocked=blocked)
        if rows
        else _("No identifier is shared or blocked"),
        listed,
        key="shared",
        explanation=_(
            "Hub: seen with more than {limit} distinct phone numbers, member numbers and the like (the count), as a "
            "shop's tablet is. Contested: a device, or the recipient's phone of an order, that would join people who "
            "contradict each other, such as two phone numbers. Blocked value: a word such as “unknown” that stands for "
            "nobody; the count is of the events that name it.",
            limit=screen.workspace.settings.hub_limit,
        ),
    ):
        if not rows:
            st.caption(_("Every identifier was seen with few enough others to be one person's."))
            return
        st.markdown("\n\n".join(_in_sight(why, of_kind) for why, of_kind in kinds.items() if of_kind))


def _in_sight(why: str, listed: Sequence[Mapping[str, Any]]) -> str:
    """The first of a kind as Markdown: one element for all kinds is drawn at once, a grid for each is felt."""
    counted = _("Events") if why == "blocked" else _("Strong neighbours")
    lines = [
        f"**{_(SHARED_TITLES[why])}** · {fmt().integer(len(listed))}",
        "",
        f"| {_('Type')} | {_('Identifier')} | {counted} |",
        "| :-- | :-- | --: |",
        *(
            f"| {type_title(row['type'])} | {plain(row['hint'])} | {fmt().integer(row['count'])} |"
            for row in listed[:_MOST_IN_SIGHT]
        ),
    ]
    if len(listed) > _MOST_IN_SIGHT:
        lines += ["", f":small[:gray[{_('The rest is behind the three dots.')}]]"]
    return "\n".join(lines)
