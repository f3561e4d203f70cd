"""Reading a geo test on screen: a file of regions and days, the regions with the change, the days; then the finding."""

import io
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import streamlit as st

from omnidash.attribution.geo_lift import FEWEST_DAYS_BEFORE, GeoLift, one_per_day, read_geo_lift, repeated
from omnidash.charts.attribution import geo_test
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.ui.attribution.keeping import keep, source_input
from omnidash.ui.cards import chart_card
from omnidash.ui.day_notes import with_notes
from omnidash.ui.i18n import _, date_format, fmt, n_, words
from omnidash.ui.screen import Screen
from omnidash.ui.style import translate_uploader
from omnidash.ui.text import plain

_UTF8_WITH_MARK, _CHINESE = "utf-8-sig", "gb18030"
_USUAL = {
    "day": ("date", "day", "日期", "time"),
    "geo": ("geo", "region", "city", "地区", "城市", "省份", "store"),
    "revenue": ("revenue", "sales", "gmv", "销售额", "收入", "成交金额"),
    "cost": ("cost", "spend", "花费", "消耗"),
    "group": ("group", "geo.group", "assignment", "分组", "组别"),
}

_REPEATED = {
    "parts": N_("Parts of the day, to be added up"),
    "copies": N_("Copies: only the first of each counts"),
}


def show_geo_reader(screen: Screen) -> None:
    """Upload, choose, read, keep."""
    st.caption(
        _(
            "A CSV with one row per region and day: day, region, revenue, and the channel's spend if known. The "
            "regions without the change say what the others would have earned; {days} days before the test are the "
            "least to learn that from.",
            days=FEWEST_DAYS_BEFORE,
        )
    )
    translate_uploader()
    file = st.file_uploader(_("Geo test"), type=["csv", "txt"], key="geo_file", label_visibility="collapsed")
    if file is None:
        return
    table = _table(file.getvalue())
    if table is None or table.width < 3:
        st.error(_("The file is no table of regions and days; it needs at least three columns."))
        return
    rows = _columns(table)
    rows = None if rows is None else _one_per_day(rows)
    if rows is None:
        return
    chosen = _test(rows)
    if chosen is None:
        return
    treated, before, test = chosen
    try:
        reading = read_geo_lift(rows, treated=treated, before=before, test=test)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    _show(screen, reading)
    _keep(screen, reading, test, file.name, len(treated))


def _table(content: bytes) -> pl.DataFrame | None:
    try:
        text = content.decode(_UTF8_WITH_MARK)
    except UnicodeDecodeError:
        text = content.decode(_CHINESE, errors="replace")
    separator = max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        return pl.read_csv(io.StringIO(text), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None


def _columns(table: pl.DataFrame) -> pl.DataFrame | None:
    """[row, day, geo, revenue, cost?, group?] as chosen; None (and said why) where a column cannot be read so."""
    titles = {
        "day": _("Day"),
        "geo": _("Region"),
        "revenue": _("Revenue"),
        "cost": _("Spend"),
        "group": _("Group"),
    }
    places = st.columns(len(titles))
    picked: dict[str, str] = {}
    for place, (field, title) in zip(places, titles.items(), strict=True):
        guess = _guess(field, table.columns)
        options = table.columns if field in ("day", "geo", "revenue") else ["", *table.columns]
        picked[field] = place.selectbox(
            title,
            options,
            index=options.index(guess) if guess in options else 0,
            format_func=lambda column: column or _("none"),
            key=f"geo_{field}",
        )
    number = {
        name: pl.col(picked[name]).str.replace_all(",", "").cast(pl.Float64, strict=False) for name in _amounts(picked)
    }
    day = pl.col(picked["day"]).str.replace_all("/", "-").str.slice(0, 10).str.to_date(strict=False)
    group = {"group": pl.col(picked["group"])} if picked["group"] else {}
    rows = table.with_row_index("row", offset=2).select("row", day=day, geo=pl.col(picked["geo"]), **number, **group)
    unread = rows.filter(pl.col("day").is_null() | pl.col("revenue").is_null()).height
    if unread == rows.height:
        st.error(_("No row has a day and a number in these columns; choose others."))
        return None
    if unread:
        st.warning(_("{count} rows have no day or no revenue and are left out.", count=fmt().integer(unread)))
    return rows.drop_nulls(["day", "revenue", "geo"])


def _one_per_day(rows: pl.DataFrame) -> pl.DataFrame | None:
    """The rows where each is of another region or day; else, once the reader has said what the others are, one of
    each; None until then."""
    again = repeated(rows)
    if again.is_empty():
        return rows
    row, first_row, geo, day, _is_copy = again.row(0)
    st.warning(
        plain(
            n_(
                "Row {row} of the file is of the same region and day as row {first_row}: {geo}, {day}. {count} such "
                "row in all, {copies} with the same amounts.",
                "Row {row} of the file is of the same region and day as row {first_row}: {geo}, {day}. {count} such "
                "rows in all, {copies} with the same amounts.",
                len(again),
                row=fmt().integer(row),
                first_row=fmt().integer(first_row),
                geo=geo,
                day=fmt().day(day, with_year=True),
                copies=fmt().integer(int(again["is_copy"].sum())),
            )
        )
    )
    answer = st.radio(
        _("What are these rows?"),
        list(_REPEATED),
        index=None,
        key="geo_repeated",
        format_func=lambda a: _(_REPEATED[a]),
    )
    return None if answer is None else one_per_day(rows, adds=answer == "parts")


def _amounts(picked: dict[str, str]) -> list[str]:
    return ["revenue", "cost"] if picked["cost"] else ["revenue"]


def _guess(field: str, columns: Sequence[str]) -> str:
    for word in _USUAL[field]:
        for column in columns:
            if column.strip().casefold() == word:
                return column
    return ""


def _test(rows: pl.DataFrame) -> tuple[set[str], Period, Period] | None:
    """The regions with the change, the days before, the days of the test."""
    geos = rows["geo"].unique().sort().to_list()
    days = rows["day"].unique().sort().to_list()
    if "group" in rows.columns:
        groups = rows["group"].drop_nulls().unique().sort().to_list()
        which = st.selectbox(_("Group with the change"), groups, index=len(groups) - 1, key="geo_treated_group")
        treated = set(rows.filter(pl.col("group") == which)["geo"].to_list())
    else:
        treated = set(st.multiselect(_("Regions with the change"), geos, key="geo_treated"))
    begin = _first_cost_day(rows, treated) or days[len(days) * 2 // 3]
    left, right = st.columns(2)
    before = left.date_input(
        _("Days before the test"),
        (days[0], max(begin - timedelta(days=1), days[0])),
        key=f"geo_before_{days[0]}_{begin}",  # other regions may have another first day with spend
    )
    test = right.date_input(_("Days of the test"), (begin, days[-1]), key=f"geo_test_{begin}_{days[-1]}")
    if not treated:
        st.info(_("Choose the regions in which the channel was changed."))
        return None
    if not all(isinstance(part, tuple) and len(part) == 2 for part in (before, test)):
        return None
    return treated, Period(first_day=before[0], last_day=before[1]), Period(first_day=test[0], last_day=test[1])


def _first_cost_day(rows: pl.DataFrame, treated: set[str]) -> date | None:
    """The first day with spend in the treated regions: where the test probably begins."""
    if "cost" not in rows.columns or not treated:
        return None
    first = rows.filter(pl.col("geo").is_in(sorted(treated)) & (pl.col("cost") > 0))["day"].min()
    return first if isinstance(first, date) and first > rows["day"].min() else None  # type: ignore[operator]


def _show(screen: Screen, reading: GeoLift) -> None:
    money = screen.currency
    ends = f"{fmt().money_compact(reading.low, money)} … {fmt().money_compact(reading.high, money)}"
    title = _(
        "The test brought {revenue} ({level}: {ends})",
        revenue=fmt().money_compact(reading.incremental, money),
        level=fmt().percent(reading.level, 0),
        ends=ends,
    )
    if reading.iroas is not None and reading.iroas_interval is not None:
        low, high = reading.iroas_interval
        title = _(
            "The test brought {revenue} ({level}: {ends}), {iroas} per unit of spend ({low} … {high})",
            revenue=fmt().money_compact(reading.incremental, money),
            level=fmt().percent(reading.level, 0),
            ends=ends,
            iroas=fmt().decimal(reading.iroas, 2),
            low=fmt().decimal(low, 2),
            high=fmt().decimal(high, 2),
        )
    if reading.low <= 0 <= reading.high:
        title = _("The test found no effect that can be told from none ({level}: {ends})",
                  level=fmt().percent(reading.level, 0), ends=ends)  # fmt: skip
    chart_card(
        title,
        with_notes(
            screen,
            geo_test(
                reading.days,
                colors=screen.colors,
                observed=_("Regions with the change"),
                expected=_("Expected without it"),
                date_format=date_format(),
            ),
            reading.days["day"].min(),  # type: ignore[arg-type]
            reading.days["day"].max(),  # type: ignore[arg-type]
        ),
        reading.days.rename(
            {
                "is_test": _("In the test"),
                "observed": _("Regions with the change"),
                "expected": _("Expected without it"),
                "low": _("Low (90%)"),
                "high": _("High (90%)"),
            }
        ),
        key="geo_reading",
        explanation=_(
            "Time-based regression (Kerman, Wang and Vaver 2017): before the test, the revenue of the regions with the "
            "change is a line of that of the others; in the test, what lies above the line is what the change brought. "
            "Sound only where regions were assigned by chance or by matching, and nothing else changed in one group "
            "alone."
        ),
    )
    st.caption(
        _(
            "Before the test the other regions explain {r2} of the ups and downs. The chance that the effect is above "
            "zero is {probability}.",
            r2=fmt().percent(reading.r2, 0),
            probability=fmt().percent(reading.probability, 1),
        )
    )


def _keep(screen: Screen, reading: GeoLift, test: Period, file_name: str, regions: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        channel = st.selectbox(
            _("The change was in"),
            list(screen.names),
            format_func=screen.name,
            key="geo_channel",
            width=240,
        )
        source = source_input(
            n_("geo test, {count} region, {file}", "geo test, {count} regions, {file}", regions, file=file_name),
            key="geo_source",
        )
        is_kept = st.button(_("Keep as evidence"), type="primary", key="geo_keep")
    if not is_kept:
        return
    keep(
        screen,
        channel=channel or "",
        method="geo_lift",
        first_day=test.first_day,
        last_day=test.last_day,
        incremental_revenue=reading.incremental,
        low=reading.low,
        high=reading.high,
        level=reading.level,
        spend=reading.spend if reading.spend and reading.spend > 0 else None,
        source=source,
    )
