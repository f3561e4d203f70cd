"""What stands below a header: the values of one column, and what they look like."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from omnidash.identity.nobody import is_placeholder
from omnidash.identity.personal import EMAIL, PHONE
from omnidash.ingest.meaning.fields import header_key, is_ratio
from omnidash.ingest.meaning.money import mark_of
from omnidash.ingest.reading.dialect import clean_cell
from omnidash.ingest.reading.period import MONTH_OF
from omnidash.ingest.reading.reader import Source

# a cell that names more than a day; written for Python's re and DuckDB's RE2 alike
_ONE_DAY = (
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:\d{2})?"
    r"|[A-Za-z]{3,9}\.? \d{1,2}, \d{4}|\d{1,2} [A-Za-z]{3,9}\.? \d{4}"
)
_TO = r"\s*(?:-|–|—|~|～|至|到|to)\s*"
_AT = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
# midnight ends the day before, whichever that is: such a range is set aside, not taken for a day more
_UNTIL = r"(?:[ T](?:0?[1-9]|[12]\d):\d{2}(?::\d{2})?|[ T]0?0:(?:0[1-9]|[1-5]\d)(?::\d{2})?)?"
RANGE = rf"({_ONE_DAY}){_AT}{_TO}({_ONE_DAY}){_UNTIL}"  # of days, or of hours within them
LAST_HOUR = rf"({_ONE_DAY})[ T]23:00(?::00)?{_TO}(?:{_ONE_DAY})[ T]0?0:00(?::00)?"  # ends where the next day begins
MONTH = r"\d{4}[-/.年]\s?\d{1,2}月?|(?:19|20)\d{2}(?:0[1-9]|1[0-2])|[A-Za-z]{3,9}\.? \d{4}"
# 'Jul 8 - 14, 2026', 'Jun 29 - Jul 5, 2026'
SHORT_RANGE = r"([A-Za-z]{3,9}\.?) (\d{1,2})\s*(?:-|–|—)\s*(?:([A-Za-z]{3,9}\.?) )?(\d{1,2}), (\d{4})"
WEEK = r"(\d{4})(?:-|年| )?(?:[Ww]|第)\s?(\d{1,2})周?"  # of ISO 8601
QUARTER = r"(\d{4})(?:-|/|年| )?\s?(?:[Qq][1-4]|第?[1-4一二三四]季度?)|[Qq][1-4](?:-|/| )?(\d{4})"
# with those that a platform has masked
_EMAIL = re.compile(EMAIL + r"|[^@\s]*\*[^@\s]*@[^@\s]+")
_PHONE = re.compile(PHONE + r"|(?:\+?86)?1[3-9]\d\*{2,6}\d{2,4}")
_DIGITS_OF_PHONE = re.compile(r"[+(]?[\d*][\d*\s()./+-]{5,20}")
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}([-/.月]\d{1,2})?.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|(199\d|20\d\d)[01]\d[0-3]\d|\d{10}|\d{13}|\d{14}|1\d{15}|1\d{18}"
    r"|\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{4} \d\d:.*"
    rf"|{WEEK}|{QUARTER}|{SHORT_RANGE}"
    r"|([A-Za-z]{3,9},? )?\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}.*|([A-Za-z]{3,9},? )?[A-Za-z]{3,9} \d{1,2},? \d{4}.*"
    r"|[A-Z][a-z]{2}-\d{1,2}-\d{2,4}.*|[A-Za-z]{3,9}\.? \d{4}|20\d\d(0[1-9]|1[0-2])"
    rf"|(?i:\d{{1,2}}(?:er)?\.? (?:de )?(?:{'|'.join(MONTH_OF)})\.? (?:de )?\d{{4}}.*)"
)
_DATE_ONLY = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}.*|(199\d|20\d\d)[01]\d[0-3]\d"
)
_MIDNIGHT = r"[ T]0?0:00(:00(\.0+)?)?$"
_CLOCK = re.compile(r"(?i)\d{1,2}:\d{2}(:\d{2})?(\s*[ap]\.?m\.?)?")
_NUMBER = re.compile(
    r"[(]?[-+]?\s*([A-Z]{0,3}[^\w\s]|[A-Z]{3} ?|(?:Rs|kr)\.? ?)?\s*[-+]?\d[\d.,'’\s]*\s*"
    r"([kKMwW千万亿]\+?|[千万亿]?元|[^\w\s]|[A-Z]{3}|kr\.?)?[-)]?"
)
_PERCENTAGE = re.compile(r"[-+]?\d[\d.,]*\s*%")
_FLAG = re.compile(r"(?i)0|1|0\.0|1\.0|true|false|yes|no|是|否")
_ORDER_NUMBER = re.compile(r"#[A-Za-z]{0,4}-?\d+|[A-Z]{1,4}-?\d{3,}|\d{4,}")
_NUMBERED = re.compile(r"[A-Za-z]{1,4}[-_ ]?\d+")
_SERIAL_DAY = re.compile(r"(?:3[7-9]|4\d|5[0-7])\d{3}(?:\.0+)?")
_ID = re.compile(r"(?=.*\d)[\w-]{4,}|[\w-]{12,}|\d+(\.0)?")


@dataclass(frozen=True)
class Column:
    """A column of the sample: ``values`` are its filled cells."""

    name: str
    key: str
    is_ratio: bool
    values: tuple[str, ...]

    def share(self, pattern: re.Pattern[str]) -> float:
        """Share of its filled cells that match; 0 where none is filled."""
        return sum(1 for v in self.values if pattern.fullmatch(v)) / len(self.values) if self.values else 0.0

    @cached_property
    def _of_somebody(self) -> "Column":
        """The column without what stands where nobody is known: tills write 无 or / on most of their lines."""
        return replace(self, values=tuple(value for value in self.values if not is_placeholder(value)))

    @cached_property
    def names_anybody(self) -> bool:
        """Whether it holds anything but such words and marks."""
        return bool(self._of_somebody.values)

    @cached_property
    def parted_key(self) -> str:
        """The key of a name that programs write as one word, ``InvoiceNumber`` -> ``invoice number``."""
        return spelled(header_key(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name)))

    @cached_property
    def is_distinct(self) -> bool:
        """Whether hardly any value repeats."""
        return len(set(self.values)) >= 0.95 * len(self.values) > 0

    @cached_property
    def is_constant(self) -> bool:
        """Whether many rows all say the same."""
        return len(self.values) >= 10 and len(set(self.values)) == 1

    @cached_property
    def are_order_numbers(self) -> bool:
        """Whether the values are written as shops number their orders: ``#1001``, ``SO-1001``."""
        return self.share(_ORDER_NUMBER) > 0.8

    @cached_property
    def are_ids(self) -> bool:
        """Whether the values look like ids: no blanks in them, and digits or great length."""
        return self.share(_ID) > 0.8

    @cached_property
    def are_numbered(self) -> bool:
        """Whether the values are short words with a number: ``D1``, ``SO-7``."""
        return self.share(_NUMBERED) > 0.8

    @cached_property
    def are_serial_days(self) -> bool:
        """Whether the values may be a spreadsheet's own days, 2000 to 2058; only a header can say that they are."""
        return self.share(_SERIAL_DAY) > 0.8

    @cached_property
    def are_emails(self) -> bool:
        return self._of_somebody.share(_EMAIL) > 0.5

    @cached_property
    def are_phones(self) -> bool:
        return self._of_somebody.share(_PHONE) > 0.8

    @cached_property
    def may_be_phones(self) -> bool:
        """Digits of the length of phones, or masked ones."""
        return self._of_somebody.share(_DIGITS_OF_PHONE) > 0.3

    @cached_property
    def are_dates(self) -> bool:
        return self.share(_DATE) > 0.5

    @cached_property
    def are_dates_only(self) -> bool:
        """Whether the values are dates that are no likely numbers."""
        return self.share(_DATE_ONLY) > 0.8

    @cached_property
    def are_days_only(self) -> bool:
        """Whether the values are dates, none of which says at what hour (midnight says nothing)."""
        return self.are_dates and not any(re.search(r"\d:\d", re.sub(_MIDNIGHT, "", v)) for v in self.values)

    @cached_property
    def are_clocks(self) -> bool:
        """Whether the values are times of a day: ``10:30``, ``9:05:00 PM``."""
        return self.share(_CLOCK) > 0.8

    @cached_property
    def are_numbers(self) -> bool:
        return self.share(_NUMBER) > 0.5

    @cached_property
    def is_numeric(self) -> bool:
        """Whether nearly all values are numbers, and not dates."""
        return self.share(_NUMBER) > 0.8 and not self.are_dates_only

    @cached_property
    def are_percentages(self) -> bool:
        """Whether the values are shares, which are never added up."""
        return self.share(_PERCENTAGE) > 0.5

    @cached_property
    def are_flags(self) -> bool:
        return self.share(_FLAG) > 0.5

    @cached_property
    def are_all_flags(self) -> bool:
        return self.share(_FLAG) == 1

    @cached_property
    def are_currencies(self) -> bool:
        """Whether the values name currencies: codes, or words such as 人民币."""
        told = [v for v in self.values if re.fullmatch(r"[A-Za-z]{3}", v) or mark_of(v) is not None]
        return len(told) > 0.5 * len(self.values)


def spelled(key: str) -> str:
    """A header key with blanks for hyphens and without the signs that systems put before names."""
    return re.sub(r"(?<=[a-z])-(?=[a-z])", " ", key).lstrip("$#*~_ ")


def columns_of(header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[Column]:
    """The columns of a table with the values of its first rows, cleaned of blanks, protection and full width."""
    columns = []
    for position, name in enumerate(header):
        cells = (unicodedata.normalize("NFKC", clean_cell(row[position])) for row in sample if position < len(row))
        values = tuple(c for c in cells if c and c not in ("-", "--"))
        columns.append(Column(name, spelled(header_key(name)), is_ratio(name), values))
    return columns


def cells_of(source: Source, column: str) -> list[str]:
    """The filled cells of one column of a file's sample, cleaned."""
    position = source.dialect.header.index(column)
    return [clean_cell(row[position]) for row in source.dialect.sample if position < len(row) and row[position].strip()]
