"""Tests whose exposures were imported: choose one and an outcome, read it, see it day by day and who saw both."""

import polars as pl
import streamlit as st

from omnidash.charts.experiments import difference_by_day
from omnidash.engine.segments import identifiers_of
from omnidash.experiments.of_workspace import DAYS_BEFORE, Experiment
from omnidash.experiments.reading import Asked, Reading, usual_control
from omnidash.model.errors import WrongUse
from omnidash.ui import compute
from omnidash.ui.cards import chart_card
from omnidash.ui.customers.wording import identifier_text
from omnidash.ui.experiments import cached
from omnidash.ui.experiments.choice import chosen_question, show_question
from omnidash.ui.experiments.reading import asked_for, show_reading
from omnidash.ui.experiments.wording import Unit, verdict
from omnidash.ui.i18n import _, date_format, fmt, n_, words
from omnidash.ui.needed import to_upload
from omnidash.ui.screen import Screen
from omnidash.ui.tables import downloads
from omnidash.ui.tables import table as show_table
from omnidash.ui.text import plain

_SHOWN_CROSSED = 200


def show_tests(screen: Screen) -> str:
    """Draw the section; returns its finding."""
    if cached.all_experiments(screen.workspace).is_empty():
        return _nothing()
    show_question(screen)
    question = chosen_question(screen)
    unit = Unit(is_share=question.measure == "share", currency=screen.currency if question.measure == "revenue" else "")
    try:
        with st.spinner(_("Reading the test …")):
            found = _gathered(screen, days_before=None)
    except WrongUse as early:
        st.info(plain(words().render(early.message)))
        return _("Too few persons or outcomes so far to tell anything")
    variants = found.persons["variant"].unique().sort().to_list()
    if len(variants) < 2:
        if variants:
            st.info(_("So far one variant only was seen by persons whose days are over: there is nothing to compare."))
        else:
            st.info(_("Nobody can be compared yet: see who is left out."))
        _about(screen, found)
        if found.crossed.height:
            _crossed(screen, found)
        return _("Too few persons or outcomes so far to tell anything")
    asked = asked_for("test", variants, usual_control(variants), can_use_before=True, is_amount=not found.is_share)
    days_before = DAYS_BEFORE if asked.uses_before else None
    if days_before:
        with st.spinner(_("Reading what was before …")):
            found = _gathered(screen, days_before=days_before)
    reading = found.read(asked)
    _about(screen, found)
    show_reading(screen, reading, unit, key="test_reading", more=lambda: _rows(screen, found))
    if reading.is_enough and not reading.sample_ratio.is_mismatch and asked.is_any_day:  # else it would be peeking
        _by_day(screen, reading, unit, asked, days_before)
    if found.crossed.height:
        _crossed(screen, found)
    return verdict(reading, unit)


def _gathered(screen: Screen, *, days_before: int | None) -> Experiment:
    return cached.experiment(screen.workspace, chosen_question(screen), screen.span.closed_through, days_before)


def _nothing() -> str:
    st.info(
        _(
            "Upload the exposure log of your test tool: who saw which variant of which experiment, and when. Columns: "
            "time, a person's identifier, experiment, variant. Outcomes come from the events and orders that are here "
            "already."
        ),
        icon=":material/science:",
    )
    to_upload()
    return _("No test in the data yet")


def _about(screen: Screen, found: Experiment) -> None:
    """Which days, and who is left out."""
    days = found.persons["day"]
    first, last = days.min(), days.max()
    parts = (
        []
        if first is None
        else [
            _(
                "First seen {first} – {last}, outcomes until {until}; the period above does not apply",
                first=fmt().day(first, with_year=True),  # type: ignore[arg-type]
                last=fmt().day(last, with_year=True),  # type: ignore[arg-type]
                until=fmt().day(screen.span.closed_through, with_year=True),
            )
        ]
    )
    if found.still_open:
        parts.append(
            n_("{count} person whose days are not over is left out",
               "{count} persons whose days are not over are left out", found.still_open)
        )  # fmt: skip
    if found.nobody:
        parts.append(n_("{count} exposure names nobody", "{count} exposures name nobody", found.nobody))
    st.caption(plain(" · ".join(parts)))


def _by_day(screen: Screen, reading: Reading, unit: Unit, asked: Asked, days_before: int | None) -> None:
    with st.spinner(_("Reading the test …")):
        days = cached.by_day(screen.workspace, chosen_question(screen), screen.span.closed_through, days_before, asked)
    for number, one in enumerate(reading.differences):
        own = days.filter(pl.col("variant") == one.variant).drop("variant")
        if own.height < 2:
            continue
        texts = [
            f"{unit.difference(value)} ({unit.ends(low, high)})"
            for value, low, high in own.select("difference", "low", "high").iter_rows()
        ]
        chart_card(
            _clear_since(own, one.variant),
            difference_by_day(
                own, colors=screen.colors, texts=texts, tick_format=unit.tick_format, date_format=date_format()
            ),
            own.rename({"difference": _("Difference to the control"), "low": _("Low"), "high": _("High")}),
            key=f"test_days_{number}",
            explanation=_(
                "The difference to the control as it would have been read at the end of each day, from who had been "
                "seen and what had happened by then, with its interval. It widens where few were seen, and settles as "
                "more come."
            ),
        )


def _clear_since(days: pl.DataFrame, variant: str) -> str:
    """Since when the interval has left out 0 without a break."""
    since = None
    for day, low, high in days.select("day", "low", "high").iter_rows():
        is_clear = not low <= 0 <= high
        since = (since or day) if is_clear else None
    if since is None:
        return _("“{variant}” day by day: it cannot be told from the control yet", variant=variant)
    return _(
        "“{variant}” day by day: told from the control since {day}", variant=variant,
        day=fmt().day(since, with_year=True),
    )  # fmt: skip


def _named(screen: Screen, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with each person's masked identifier in place of its number."""
    known = identifiers_of(
        screen.workspace, rows["person"].to_numpy(), persons=compute.persons_looked_at(screen.workspace)
    )
    texts = [
        identifier_text(f"{kind} {hint or ''}") if kind else "" for kind, hint in known.select("type", "hint").rows()
    ]
    return rows.drop("person").insert_column(0, pl.Series(_("Person"), texts, dtype=pl.String))


def _rows(screen: Screen, found: Experiment) -> None:
    """The persons behind the reading, for a download."""
    st.markdown(f"**{_('Persons of the test')}**")
    downloads(
        lambda: _named(screen, found.rows()).rename(
            {"variant": _("Variant"), "day": _("First seen"), "value": _("Outcome")}
        ),
        name="test-persons",
        key="test_persons",
    )


def _crossed(screen: Screen, found: Experiment) -> None:
    """Who saw more than one variant."""
    count, everybody = found.crossed.height, found.crossed.height + found.persons.height + found.still_open
    title = n_(
        "{count} person saw more than one variant ({share} of all) and is left out",
        "{count} persons saw more than one variant ({share} of all) and are left out",
        count,
        share=fmt().percent(count / everybody),
    )
    with st.expander(plain(title), icon=":material/shuffle:", on_change="rerun", key="test_crossed") as shown:
        if not shown.open:
            return
        st.caption(
            _(
                "Found by who is one person across devices and accounts. More than one in a hundred means that the "
                "tool tosses again for every device or visit: let it remember by person."
            )
        )
        listed = _named(screen, found.crossed.head(_SHOWN_CROSSED)).rename(
            {"variant": _("Seen first"), "day": _("First seen"), "variants": _("Variants seen")}
        )
        show_table(listed, key="test_crossed_rows")
        downloads(
            lambda: _named(screen, found.crossed).rename(
                {"variant": _("Seen first"), "day": _("First seen"), "variants": _("Variants seen")}
            ),
            name="test-crossed",
            key="test_crossed_file",
        )
