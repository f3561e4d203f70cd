"""Numbers, money, shares and dates as the reader's language writes them (Babel)."""

import math
from collections.abc import Sequence
from datetime import date, timedelta

from babel.core import Locale
from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)

from omnidash.model.period import Period

_MOST = 1e21  # nothing that is counted is more; a quotient by almost nothing is no figure, and Babel has no room for it
_MINUS = "−"  # one sign for all money and shares
BOUND = "\u2060"  # no line break between a sign and the currency that follows it


class Formats:
    """Formatters of one language. ``None``, NaN and what has no bounds are shown as ``missing``, never as 0."""

    def __init__(self, language: str) -> None:
        self.locale = Locale.parse(language)
        self.is_chinese = language.startswith("zh")
        self.missing = "–"

    def integer(self, value: float | None) -> str:
        """12,345"""
        return self.missing if _absent(value) else format_decimal(round(value), locale=self.locale)  # type: ignore[arg-type]

    def decimal(self, value: float | None, digits: int = 2) -> str:
        """1,234.50 with the given number of digits."""
        if _absent(value):
            return self.missing
        return format_decimal(_rounded(value, digits), format=_pattern(digits), locale=self.locale)

    def compact(self, value: float | None) -> str:
        """12.3K in English, 1.2万 in Chinese; small numbers as they are."""
        if _absent(value):
            return self.missing
        if abs(value) < 10_000:  # type: ignore[arg-type]
            return self.integer(value)
        return format_compact_decimal(value, locale=self.locale, fraction_digits=1)

    def money(self, value: float | None, currency: str) -> str:
        """¥12,345: whole units from 1,000 on, cents below 100, and nothing is ¥0."""
        if _absent(value):
            return self.missing
        size = abs(value)  # type: ignore[arg-type]
        digits = 0 if size >= 1000 or size < 0.005 else (1 if size >= 100 else 2)
        pattern = f"¤{_pattern(digits)};-¤{_pattern(digits)}"
        text = format_currency(
            _rounded(value, digits), currency, format=pattern, locale=self.locale, currency_digits=False
        )
        return _as_money(text)

    def money_compact(self, value: float | None, currency: str) -> str:
        """¥1.2万 / ¥12.3K for cards and axes."""
        if _absent(value):
            return self.missing
        if abs(value) < 10_000:  # type: ignore[arg-type]
            return self.money(value, currency)
        text = format_compact_currency(value, currency, locale=self.locale, fraction_digits=2 if self.is_chinese else 1)
        return _as_money(text)

    def money_tick(self, value: float, currency: str) -> str:
        """A round amount beside an axis: ¥500, ¥2,000, ¥50K / ¥5万."""
        if abs(value) >= 10_000 or value != round(value):
            return self.money_compact(value, currency)
        text = format_currency(value, currency, format="¤#,##0;-¤#,##0", locale=self.locale, currency_digits=False)
        return _as_money(text)

    def symbol(self, currency: str) -> str:
        """The sign of a currency, e.g. ¥."""
        return get_currency_symbol(currency, locale=self.locale).replace("CN¥", "¥")

    def percent(self, value: float | None, digits: int = 1) -> str:
        """0.4567 → 45.7%"""
        if _absent(value):
            return self.missing
        text = format_percent(_rounded(value, digits + 2), format=_pattern(digits) + "%", locale=self.locale)
        return text.replace("-", _MINUS)

    def chosen_percent(self, value: float | None) -> str:
        """A limit or another share that somebody chose, without a digit that says nothing: 0.15 → 15%, 0.125 → 12.5%"""
        return self.percent(value, 0 if value is not None and round(value * 100, 4).is_integer() else 1)

    def signed_percent(self, value: float | None, digits: int = 1) -> str:
        """0.08 → +8.0%; a change that rounds to nothing is 0%, never -0.0%."""
        if _absent(value):
            return self.missing
        rounded = _rounded(value, digits + 2)
        sign = "+" if rounded > 0 else (_MINUS if rounded < 0 else "")
        return sign + format_percent(abs(rounded), format=_pattern(digits) + "%", locale=self.locale)

    def day(self, value: date | None, *, with_year: bool = False) -> str:
        """24 Jun / 6月24日; with the year when asked."""
        if value is None:
            return self.missing
        pattern = "M月d日" if self.is_chinese else "d MMM"
        if with_year:
            pattern = "y年M月d日" if self.is_chinese else "d MMM y"
        return format_date(value, pattern, locale=self.locale)

    def ago(self, days: int) -> str:
        """5 days ago / 5天前; weeks, months or years where that says it better."""
        return format_timedelta(timedelta(days=-days), granularity="day", add_direction=True, locale=self.locale)

    def period(self, period: Period) -> str:
        """1 Jun – 30 Jun 2026"""
        same_year = period.first_day.year == period.last_day.year
        first = self.day(period.first_day, with_year=not same_year or self.is_chinese)
        last = self.day(period.last_day, with_year=not (same_year and self.is_chinese))
        return f"{first} – {last}"

    def territory(self, code: str) -> str:
        """Name of a country by its ISO 3166 code."""
        return str(self.locale.territories.get(code, code))

    def weekday(self, number: int) -> str:
        """Short name of weekday 0 (Monday) … 6."""
        return self.locale.days["format"]["abbreviated"][number]

    def month(self, number: int) -> str:
        """Short name of month 1 … 12."""
        return self.locale.months["format"]["abbreviated"][number]

    def listing(self, parts: list[str]) -> str:
        """a, b and c / a、b和c"""
        return format_list(parts, locale=self.locale) if parts else self.missing

    def sentences(self, said: Sequence[str]) -> str:
        """One after the other; Chinese leaves no space after its full stop."""
        return ("" if self.is_chinese else " ").join(said)

    def duration(self, seconds: float | None) -> str:
        """3 h 20 min, 2.4 d: the two largest units that matter."""
        if _absent(seconds):
            return self.missing
        words = ("天", "小时", "分钟", "秒") if self.is_chinese else (" d", " h", " min", " s")
        for unit, word in zip((86_400, 3_600, 60), words, strict=False):
            if seconds >= unit:  # type: ignore[operator]
                return f"{self.decimal(seconds / unit, 1)}{word}"  # type: ignore[operator]
        return f"{self.integer(seconds)}{words[3]}"


def _absent(value: float | None) -> bool:
    return value is None or (isinstance(value, float) and not (math.isfinite(value) and abs(value) < _MOST))


def _as_money(text: str) -> str:
    return text.replace("CN¥", "¥").replace("-", _MINUS + BOUND)


def _rounded(value: float | None, digits: int) -> float:
    return round(float(value or 0), digits) + 0.0  # + 0.0: no negative zero


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")
