"""Models side by side: who gets how much, how sure that is, and what last touch does not see."""

import polars as pl
import streamlit as st

from omnidash.charts.attribution import against_last_touch, models_side_by_side
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.ui.attribution import cached
from omnidash.ui.attribution.choices import (
    against,
    asked,
    chosen_models,
    included,
    name_of,
    show_against_choice,
    show_models_choice,
    title_of,
)
from omnidash.ui.cards import chart_card, draw, evidence_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_, sentences
from omnidash.ui.journeys.without_time import say_of_paths
from omnidash.ui.screen import Screen
from omnidash.ui.tables import name_column
from omnidash.ui.text import chart_labels, plain

_MOST_LINES = 16
_NOTABLE_SHARE = 0.02  # of all conversions: a channel below it is no headline
_NOTABLE_DIFFERENCE = 0.1
_WORTH_A_SENTENCE = 0.05


def models_title(screen: Screen) -> str:
    """The channel that last touch undervalues most of those drawn below, as far as that is sure."""
    model = against(screen)
    rows = _against(screen, model)
    total = float(rows["conversions"].sum())
    notable = (
        _drawn(rows)
        .filter(
            pl.col("is_sure")
            & (pl.col("conversions") >= _NOTABLE_SHARE * total)
            & (pl.col("relative") >= _NOTABLE_DIFFERENCE)
            & ~pl.col("channel").is_in([DIRECT, UNKNOWN])
        )
        .sort("relative", "channel", descending=[True, False])
    )
    order = _found(screen).order
    if notable.is_empty():
        return _("Last touch and {model} largely agree", model=title_of(model, order))
    return _(
        "Last touch undervalues {channel} by {share}",
        channel=name_of(screen, asked(screen).by, notable["channel"][0]),
        share=fmt().percent(notable["relative"][0], 0),
    )


def show_models(screen: Screen) -> None:
    """The section below the title."""
    say_of_paths(screen)
    _dots(screen)
    _last_touch(screen)
    if screen.bar.segment:
        st.caption(_("Spend is nobody's in particular, so ROI and CAC stand only where everybody is looked at."))
        return
    _economics(screen)


def _found(screen: Screen):  # type: ignore[no-untyped-def]
    return cached.comparison(screen.workspace, screen.filters.period, asked(screen))


def _dots(screen: Screen) -> None:
    found, now = _found(screen), asked(screen)
    credit = included(screen, found.frame())
    shown = chosen_models(screen)
    ranked = (
        credit.filter(pl.col("model").is_in(shown))
        .group_by("channel")
        .agg(pl.col("share").max())
        .sort("share", "channel", descending=[True, False])["channel"]
        .to_list()
    )
    largest = ranked[:_MOST_LINES]
    values = {
        model: {
            channel: (share, low, high)
            for channel, share, low, high in credit.filter(pl.col("model") == model)
            .select("channel", "share", "share_low", "share_high")
            .iter_rows()
        }
        for model in shown
    }
    labels = chart_labels([name_of(screen, now.by, label) for label in largest])
    chart_card(
        _dots_title(values, dict(zip(largest, labels, strict=True)), now.by),
        models_side_by_side(
            largest,
            values,
            titles={model: title_of(model, found.order) for model in shown},
            chosen=screen.filters.model,
            colors=screen.colors,
            name=dict(zip(largest, labels, strict=True)).__getitem__,
            tick_format=".0%",
        ),
        _credit_table(screen, credit),
        origin=Origin(addends=("conversions", "net_revenue"), lookback_days=now.lookback_days),
        key="models",
        explanation=_(
            "All models share out the same conversions of the period, with a lookback of {days}. First, last and "
            "position-based go by the order of touches; Markov by how many conversions would be missing without the "
            "channel; Shapley by an even split over the distinct channels of a path; Shapley of the conversion rate by "
            "what a channel adds to the rate of the paths it joins, which may be less than nothing. Whiskers: persons "
            "are drawn anew {draws} times, and nine results in ten lie between their ends.",
            days=n_("{count} day", "{count} days", now.lookback_days),
            draws=len(found.resampled.weights),
        ),
        controls=lambda: show_models_choice(screen),
    )
    _say_not_drawn(screen, len(ranked) - len(largest))
    st.caption(_alike(screen))


def _dots_title(values: dict[str, dict[str, tuple[float, float, float]]], names: dict[str, str], by: str) -> str:
    """Where the models shown lie furthest apart; one model alone has nothing to disagree with."""
    shares = {channel: [of[channel][0] if channel in of else 0.0 for of in values.values()] for channel in names}
    apart = {channel: max(of) - min(of) for channel, of in shares.items() if of}
    most = max(apart, key=lambda channel: apart[channel], default=None)
    if most is None or not apart[most]:
        if by == "channel":
            return _("Share of conversions credited to each channel, by model")
        return _("Share of conversions credited to each campaign, by model")
    return _(
        "Models disagree most about {channel}: from {low} to {high} of conversions",
        channel=names[most],
        low=fmt().percent(min(shares[most]), 0),
        high=fmt().percent(max(shares[most]), 0),
    )


def _say_not_drawn(screen: Screen, count: int) -> None:
    if not count:
        return
    if asked(screen).by == "channel":
        said = n_(
            "{count} channel with less credit is not drawn; the table behind the three dots has all of them.",
            "{count} channels with less credit are not drawn; the table behind the three dots has all of them.",
            count,
        )
    else:
        said = n_(
            "{count} campaign with less credit is not drawn; the table behind the three dots has all of them.",
            "{count} campaigns with less credit are not drawn; the table behind the three dots has all of them.",
            count,
        )
    st.caption(said)


def _alike(screen: Screen) -> str:
    """Which channels the model cannot tell apart, in words."""
    found, model = _found(screen), against(screen)
    by = asked(screen).by
    title = title_of(model, found.order)
    groups = [fmt().listing([name_of(screen, by, c) for c in group]) for group in found.alike(model)[:4]]
    if not groups:
        return plain(_("{model} tells all of them apart.", model=title))
    told = [_("{channels} cannot be told apart.", channels=group) for group in groups]
    return plain(_("Under {model}: {findings}", model=title, findings=sentences(*told)))


def _against(screen: Screen, model: str) -> pl.DataFrame:
    return included(screen, _found(screen).against_last(model))


def _drawn(rows: pl.DataFrame) -> pl.DataFrame:
    """The channels with most credit, of which a part can be told; most undervalued first."""
    return (
        rows.filter(pl.col("relative").is_not_null() & (pl.col("conversions") > 0))
        .sort("conversions", "channel", descending=[True, False])
        .head(_MOST_LINES)
        .sort("relative", "channel", descending=[True, False])
    )


def _last_touch(screen: Screen) -> None:
    found, now, model = _found(screen), asked(screen), against(screen)
    credited = (
        _against(screen, model)
        .join(found.roles(), on="channel", how="left", maintain_order="left")
        .filter((pl.col("conversions") != 0) | (pl.col("last") != 0))
        .sort("relative", "channel", descending=[True, False], nulls_last=True)
    )
    rows = _drawn(credited)
    title = title_of(model, found.order)
    names = [name_of(screen, now.by, channel) for channel in rows["channel"]]
    texts = [fmt().signed_percent(value, 0) for value in rows["relative"]]
    ends = credited.select("relative_low", "relative_high").iter_rows()
    table = pl.DataFrame(
        {
            _("Channel") if now.by == "channel" else _("Campaign"): [
                name_of(screen, now.by, channel) for channel in credited["channel"]
            ],
            _("Last touch"): credited["last"].round(1),
            title: credited["conversions"].round(1),
            _("Undervalued by last touch"): [fmt().signed_percent(value, 0) for value in credited["relative"]],
            "90 %": [_ends(low, high) for low, high in ends],
            _("Why"): [_why(row) for row in credited.iter_rows(named=True)],
        }
    )
    sure = credited.filter("is_sure", pl.col("channel") != DIRECT)
    said = _(
        "Held against {model}, last touch undervalues {under} and overvalues {over} of {all}",
        model=title,
        under=fmt().integer(sure.filter(pl.col("relative") > 0).height),
        over=fmt().integer(sure.filter(pl.col("relative") < 0).height),
        all=fmt().integer(credited.filter(pl.col("channel") != DIRECT).height),
    )
    with evidence_card(
        said,
        table,
        origin=Origin(addends=("conversions", "net_revenue"), lookback_days=now.lookback_days),
        key="against_last",
        explanation=_(
            "To the right: last touch gives the channel less than {model} does. “Assists” are conversions the channel "
            "touched and another closed. The position of a touch on its path runs from 0, first, to 1, last. The "
            "removal effect is the part of all conversions that would be missing if the channel were taken out of "
            "every path and its visitors were lost.",
            model=title,
        ),
        has_picture=True,
    ):
        show_against_choice(screen)
        draw(
            against_last_touch(
                chart_labels(names),
                list(rows.select("relative", "relative_low", "relative_high").fill_null(0.0).iter_rows()),
                texts,
                colors=screen.colors,
            ),
            card="against_last",
            words=said,
        )
        _say_not_drawn(screen, credited.height - rows.height)
        st.markdown(
            "\n".join(
                f"- **{plain(name)}** · {sentences(_off_by(row['relative']), plain(_why(row)))}"
                for row, name in _most_telling(rows, names)
            )
        )


def _most_telling(rows: pl.DataFrame, names: list[str]) -> list[tuple[dict[str, float], str]]:
    """The channels most under- and most overvalued, three of each at most, ``(direct)`` left out."""
    told = [
        (row, name) for row, name in zip(rows.iter_rows(named=True), names, strict=True) if row["channel"] != DIRECT
    ]
    sure = [pair for pair in told if pair[0]["is_sure"] and abs(pair[0]["relative"]) >= _WORTH_A_SENTENCE]
    under = [pair for pair in sure if pair[0]["relative"] > 0][:3]
    over = [pair for pair in sure if pair[0]["relative"] < 0][-3:]
    return under + over


def _off_by(relative: float) -> str:
    share = fmt().percent(abs(relative), 0)
    return _("undervalued by {share}.", share=share) if relative > 0 else _("overvalued by {share}.", share=share)


def _why(row: dict[str, float]) -> str:
    """One sentence from the channel's place on paths, and what would be missing."""
    touched, relative = row["touched"] or 0.0, row["relative"] or 0.0
    opens = fmt().percent(row["opens"] / touched if touched else None, 0)
    closes = fmt().percent(row["closes"] / touched if touched else None, 0)
    effect = fmt().percent(row["removal_effect"], 0)
    if not touched:
        return _("It is on no path that converted.")
    if relative > 0 and row["closes"] < row["opens"]:
        return _(
            "It opens {opens} of the sales it touches and closes {closes}: others take the last step. Without it "
            "{effect} of all conversions would be missing.",
            opens=opens, closes=closes, effect=effect,
        )  # fmt: skip
    if relative < 0 and row["closes"] > row["opens"]:
        return _(
            "It closes {closes} of the sales it touches and opens {opens}: others led the way. Without it {effect} of "
            "all conversions would be missing.",
            opens=opens, closes=closes, effect=effect,
        )  # fmt: skip
    return _(
        "It opens {opens} and closes {closes} of the sales it touches; without it {effect} of all conversions would be "
        "missing.",
        opens=opens, closes=closes, effect=effect,
    )  # fmt: skip


def _economics(screen: Screen) -> None:
    now = asked(screen)
    rows = included(screen, cached.economics(screen.workspace, screen.filters.period, now))
    found = _found(screen)
    shown = chosen_models(screen)
    first = _("Channel") if now.by == "channel" else _("Campaign")
    money = screen.currency
    order = found.order
    sections = []
    for model in shown:
        part = rows.filter(pl.col("model") == model).filter((pl.col("conversions") != 0) | (pl.col("spend") > 0))
        sections.append(
            pl.DataFrame(
                {
                    first: [name_of(screen, now.by, channel) for channel in part["channel"]],
                    _("Model"): [title_of(model, order)] * part.height,
                    _("Credit"): [_with_ends(r, "conversions") for r in part.iter_rows(named=True)],
                    _("Share"): [fmt().percent(value) for value in part["share"]],
                    _("Net revenue"): [fmt().money_compact(value, money) for value in part["value"]],
                    _("Spend"): [fmt().money_compact(value, money) if value else None for value in part["spend"]],
                    _("ROI"): [_roi(r) for r in part.iter_rows(named=True)],
                    _("CAC"): [_cac(r, money) for r in part.iter_rows(named=True)],
                },
                strict=False,
            )
        )
    table = pl.concat(sections, how="vertical_relaxed")
    with evidence_card(
        _("Credit, ROI and CAC under each model"),
        _credit_table(screen, rows),
        origin=Origin(addends=("net_revenue", "spend", "new_customers"), lookback_days=now.lookback_days),
        key="economics",
        explanation=_(
            "ROI = (net revenue × margin − spend) / spend; CAC = spend / new customers; both over the days with spend "
            "delivered. In brackets the ends of the 90 % interval: the spend is known, the credit is not."
        ),
    ):
        by_channel = st.toggle(_("Models of one channel below each other"), key="economics_by_channel")
        st.dataframe(
            (table.sort(first, maintain_order=True) if by_channel else table).to_arrow(),
            hide_index=True,
            key="economics_rows",
            placeholder="–",
            column_config={
                first: name_column(table[first]),
                **{name: st.column_config.TextColumn(alignment="right") for name in table.columns[2:]},
            },
        )


def _credit_table(screen: Screen, credit: pl.DataFrame) -> pl.DataFrame:
    """For the download: every number of every model."""
    by, order = asked(screen).by, _found(screen).order
    named = credit.with_columns(
        pl.Series(
            "model",
            [title_of(model, order) if model != "participation" else _("Participation") for model in credit["model"]],
            dtype=pl.String,
        ),
        pl.Series("channel", [name_of(screen, by, channel) for channel in credit["channel"]], dtype=pl.String),
    )
    return named if by == "channel" else named.rename({"channel": "campaign"})


def _ends(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "–"
    return f"{fmt().signed_percent(low, 0)} … {fmt().signed_percent(high, 0)}"


def _with_ends(row: dict[str, float], name: str) -> str:
    value, low, high = (fmt().decimal(row[f"{name}{end}"], 0) for end in ("", "_low", "_high"))
    return f"{value} ({low} … {high})"


def _roi(row: dict[str, float | None]) -> str | None:
    if row["roi"] is None:
        return None
    ends = f"{fmt().percent(row['roi_low'], 0)} … {fmt().percent(row['roi_high'], 0)}"
    return f"{fmt().percent(row['roi'], 0)} ({ends})"


def _cac(row: dict[str, float | None], currency: str) -> str | None:
    if row["cac"] is None:
        return None
    low, high = (None if row[name] is None else fmt().compact(row[name]) for name in _CAC_ENDS)
    return f"{fmt().money_compact(row['cac'], currency)} ({low or '–'} … {high or '–'})"


_CAC_ENDS = ("cac_low", "cac_high")
