"""Tables behind charts and cases: titles and formats by what a column's name says it holds."""

from collections.abc import Callable, Collection
from typing import Any, Literal

import polars as pl
import streamlit as st

from omnidash.charts.theme import text_width
from omnidash.locale import Translator
from omnidash.model.messages import N_
from omnidash.ui.export import XLSX_TYPE, csv_bytes, xlsx_bytes
from omnidash.ui.i18n import _, in_this_language, words

_TITLES = {
    "day": N_("Day"),
    "channel": N_("Channel"),
    "campaign": N_("Campaign"),
    "touches": N_("Touches"),
    "amount": N_("In the window"),
    "total": N_("All channels in the window"),
    "share": N_("Share"),
    "spend": N_("Spend"),
    "revenue": N_("Net revenue"),
    "gross_profit": N_("Gross profit"),
    "conversions": N_("Conversions"),
    "roi": N_("ROI"),
    "status": N_("Against threshold"),
    "over_days": N_("Judged over days with spend"),
    "window_roi": N_("ROI of these days"),
    "step": N_("Step"),
    "persons": N_("Persons"),
    "from_previous": N_("From previous step"),
    "from_first": N_("From first step"),
    "median_seconds": N_("Median time from the first step"),
    "key": N_("Group"),
    "entered": N_("Entered"),
    "converted": N_("Converted"),
    "rate": N_("Conversion rate"),
    "path": N_("Path"),
    "value": N_("Net revenue"),
    "now": N_("Net revenue now"),
    "before": N_("Net revenue before"),
    "change": N_("Change"),
    "expected": N_("Expected"),
    "lower_bound": N_("Lower bound"),
    "change_3_days": N_("Change, mean of three days"),
    "bound_3_days": N_("Its lower bound"),
    "cac": N_("CAC"),
    "cac_to_ltv": N_("CAC / LTV"),
    "new_customers": N_("New customers"),
    "volatility": N_("Volatility"),
    "conversion_rate": N_("Conversion rate"),
    "streak_below": N_("Days below"),
    "ltv": N_("LTV"),
    "roas": N_("ROAS"),
    "verdict": N_("Verdict"),
    "priority": N_("Priority"),
    "health": N_("Health, of 100"),
    "rows": N_("Rows"),
    "source": N_("Source"),
    "label": N_("What"),
    "what": N_("What"),
    "still_open": N_("Still open"),
    "lost": N_("Lost"),
    "later_seconds": N_("Median time until then"),
    "from_seconds": N_("From"),
    "to_seconds": N_("To"),
    "other_persons": N_("Persons, other side"),
    "other_rate": N_("Conversion rate, other side"),
    "difference": N_("Difference"),
    "low_95": N_("Low (95%)"),
    "high_95": N_("High (95%)"),
    "low": N_("Low (80%)"),
    "high": N_("High (80%)"),
    "model": N_("Model"),
    "conversions_low": N_("Conversions, low (90%)"),
    "conversions_high": N_("Conversions, high (90%)"),
    "value_low": N_("Net revenue, low (90%)"),
    "value_high": N_("Net revenue, high (90%)"),
    "new_customers_low": N_("New customers, low (90%)"),
    "new_customers_high": N_("New customers, high (90%)"),
    "share_low": N_("Share, low (90%)"),
    "share_high": N_("Share, high (90%)"),
    "roi_low": N_("ROI, low (90%)"),
    "roi_high": N_("ROI, high (90%)"),
    "cac_low": N_("CAC, low (90%)"),
    "cac_high": N_("CAC, high (90%)"),
    "lift_low": N_("Together / independent, low (90%)"),
    "lift_high": N_("Together / independent, high (90%)"),
}
STATUS_TITLES = {
    "below": N_("below"),
    "below_window": N_("below, with the days before it"),
    "above": N_("at or above"),
    "above_window": N_("at or above, with the days before it"),
    "no_spend": N_("no spend"),
    "spread": N_("share of a longer range"),
    "missing": N_("data missing"),
    "immature": N_("not complete yet"),
    "too_few": N_("too little spend so far to tell"),
    "not_closed": N_("day not closed"),
}
_ROW_PIXELS = 33  # Streamlit's, at the font size of our theme
_PATH_PIXELS = 210  # three or four channels; Streamlit measures the first rows only, which are the short ones
_LEAST_NAME_PIXELS, _MOST_NAME_PIXELS = 90, 230
_DURATIONS = ("median_seconds", "later_seconds", "from_seconds", "to_seconds")
SHARES = {
    "share",
    "roi",
    "window_roi",
    "from_previous",
    "from_first",
    "rate",
    "conversion_rate",
    "other_rate",
    "difference",
    "low_95",
    "high_95",
    "cac_to_ltv",
    "share_low",
    "share_high",
    "roi_low",
    "roi_high",
}


def titled(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as it is shown and exported: known columns titled in the reader's language."""
    say = words()
    return with_words(frame, say).rename({name: title_of_column(name, say) for name in frame.columns})


def title_of_column(name: str, say: Translator) -> str:
    """A column's title; a column without one is named by itself (its page has translated it)."""
    return say.text(_TITLES[name]) if name in _TITLES else name


def with_words(frame: pl.DataFrame, say: Translator) -> pl.DataFrame:
    """The frame with codes and seconds spelled out; columns keep their names."""
    ready = frame
    if "status" in ready.columns:
        ready = ready.with_columns(
            pl.col("status").replace({key: say.text(text) for key, text in STATUS_TITLES.items()})
        )
    return ready.with_columns(
        pl.col(name).map_elements(say.formats.duration, return_dtype=pl.String, skip_nulls=True)
        for name in _DURATIONS
        if name in ready.columns
    )


def downloads(frame: pl.DataFrame | Callable[[], pl.DataFrame], *, name: str, key: str) -> None:
    """The whole table as CSV and as XLSX; a frame that is dear to make is given as how to make it."""

    def whole() -> pl.DataFrame:
        return frame if isinstance(frame, pl.DataFrame) else frame()

    with st.container(horizontal=True):
        for label, ending, kind, make in (
            (_("Download CSV"), "csv", "text/csv", lambda: csv_bytes(titled(whole()))),
            (_("Download XLSX"), "xlsx", XLSX_TYPE, lambda: _workbook(whole())),
        ):
            st.download_button(
                label,
                data=in_this_language(make),
                file_name=f"omnidash-{name}.{ending}",
                mime=kind,
                icon=":material/download:",
                on_click="ignore",
                key=f"download_{key}" if ending == "csv" else f"download_{key}_{ending}",
            )


def _workbook(frame: pl.DataFrame) -> bytes:
    ready = titled(frame)
    percents = {title for column, title in zip(frame.columns, ready.columns, strict=True) if column in SHARES}
    return xlsx_bytes(ready, percents=percents)


def to_cents(frame: pl.DataFrame, *, keep: Collection[str] = ()) -> pl.DataFrame:
    """Float64 columns as they are read: two decimals from 1 upwards, four below; columns of ``keep`` stay as they are
    (ratios shown as percentages)."""
    numbers = [name for name, kind in frame.schema.items() if kind == pl.Float64 and name not in keep]
    return frame.with_columns(
        pl.when(pl.col(name).abs() >= 1).then(pl.col(name).round(2)).otherwise(pl.col(name).round(4)).alias(name)
        for name in numbers
    )


def decimals(values: pl.Series) -> str:
    """The format of a column of decimals: as many digits in every row, so that they stand one below another."""
    known = values.drop_nulls()
    if known.is_empty() or (known == known.round(0)).all():
        return "%,.0f"
    return "%,.2f" if float(known.abs().max() or 0.0) >= 1 else "%,.4f"  # type: ignore[arg-type]


def rows_high(count: int, *, most: int) -> int | Literal["content"]:
    """The height of a table: all its rows, or ``most`` and half of the next one, which says that there are more."""
    return "content" if count <= most else round((most + 1.5) * _ROW_PIXELS)


def name_column(names: pl.Series, **config: Any) -> Any:
    """The column of names, as wide as the longest: Streamlit measures the first rows only."""
    longest = max((text_width(str(name)) for name in names.drop_nulls()), default=0)
    return st.column_config.TextColumn(width=min(max(_LEAST_NAME_PIXELS, longest + 20), _MOST_NAME_PIXELS), **config)


def small_table(frame: pl.DataFrame, *, key: str) -> None:
    """A few rows that are read one by one: texts that wrap, titles too, so that it fits a narrow card and a phone.
    What follows the first column stands to the right, as numbers do."""
    with st.container(key=f"small_table_{key}"):
        st.table(frame.to_arrow(), border="horizontal", hide_index=True)


def table(frame: pl.DataFrame, *, key: str, rows: int = 500, most: int = 9) -> None:
    """Show a frame with titles, whole days, percentages and grouped numbers; from more than ``most`` rows on it
    scrolls."""
    shown = titled(frame.head(rows))
    configs: dict[str, Any] = {}
    percents = {title for name, title in zip(frame.columns, shown.columns, strict=True) if name in SHARES}
    for name, title, kind in zip(frame.columns, shown.columns, frame.dtypes, strict=True):
        if kind == pl.Date:
            configs[title] = st.column_config.DateColumn(format="YYYY-MM-DD")
        elif name == "path":
            configs[title] = st.column_config.TextColumn(width=_PATH_PIXELS)
        elif name in SHARES:
            configs[title] = st.column_config.NumberColumn(format="%,.1f%%")
        elif kind.is_integer():
            configs[title] = st.column_config.NumberColumn(format="localized")
        elif kind.is_numeric():
            configs[title] = st.column_config.NumberColumn(format=decimals(frame[name]))
    st.dataframe(
        to_cents(shown.with_columns(pl.col(*percents) * 100) if percents else shown).to_arrow(),  # not through pandas
        hide_index=True,
        key=key,
        height=rows_high(len(shown), most=most),
        column_config=configs,
        placeholder="–",
    )
