"""Is the comma the decimal sign of this file, or the point? Decided once per file, by all of its amounts and counts.

    12,50   1.234,56   1.234.567   0,125        commas are decimal
    12.50   1,234.56   1,234,567   0.125        points are decimal
    1.000 clicks                                points group thousands: counts are whole
    1.234 and 2.500, and nothing else           nobody can tell: asked, never guessed

Only columns of numbers speak: those that are mapped and figures, and where these say nothing, ratios. Where the sample
leaves it open the whole column is asked. A Chinese, Japanese or Korean header says that points are decimal, and a lone
comma beside small whole numbers (``1,234`` and ``900``) groups thousands. Where some cells say one thing and some the
other, what can be read in two ways is asked about, and without such the rows of the odd ones are set aside.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from omnidash.ingest.meaning.columns import cells_of
from omnidash.ingest.meaning.fields import field_of, is_ratio
from omnidash.ingest.meaning.formula import is_formula
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.questions import Question
from omnidash.ingest.reading.reader import Source, distinct, is_all_in_sample
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

# a cell as its shape: the first digit 0 or 9, the others 9, signs as they are; '' where it is no number
_CELL = (
    r"^\s*[(]?[^\d\s.,]{0,4}\s*[-+]?\s*(\d[\d.,]*|\d{1,3}(?:[ ’''\x{a0}\x{202f}]\d{3})+(?:[.,]\d*)?)"
    r"\s*[^\d\s.,]{0,5}[)]?\s*$"
)
_SHAPE = (
    f"regexp_replace(regexp_replace(regexp_replace(regexp_extract({{cell}}, '{_CELL}', 1),"
    " '[^0-9.,]', '', 'g'), '[1-9]', '9', 'g'), '(.)0', '\\19', 'g')"
)
_COMMA = re.compile(r"\d+,\d{1,2}|\d+,\d{4,}|0,\d+|\d{4,},\d{3}|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}")
_POINT = re.compile(r"\d+\.\d{1,2}|\d+\.\d{4,}|0\.\d+|\d{4,}\.\d{3}|\d{1,3}(,\d{2,3})+\.\d+|\d{1,3}(,\d{2,3})+,\d{3}")
_EITHER = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
COMMA, POINT = "comma", "point"
SIGNS = (COMMA, POINT)
_EAST_ASIAN = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
_OPEN_TEXT = N_("is '{example}' above a thousand, or has it three decimals? Which sign is decimal, comma or point?")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether numbers say that commas, or points, are decimal, and which signs they leave open. ``small``: there are
    whole numbers below a thousand."""

    comma: bool = False
    point: bool = False
    left_open: frozenset[str] = frozenset()
    small: bool = False

    def __or__(self, other: "Evidence") -> "Evidence":
        return Evidence(
            self.comma or other.comma,
            self.point or other.point,
            self.left_open | other.left_open,
            self.small or other.small,
        )

    @property
    def is_decided(self) -> bool:
        return self.comma != self.point

    def has_decimal_comma(self, *, is_east_asian: bool = False) -> bool | None:
        """None where nothing decides and it matters."""
        if self.is_decided:
            return self.comma
        if not self.left_open or is_east_asian:
            return False
        if not self.comma and self.left_open == {","} and self.small:
            return False
        return None


def evidence_of(values: Iterable[str], *, are_counts: bool = False) -> Evidence:
    """What numbers (or their shapes) say. A count of three decimals is grouped."""
    comma = point = small = False
    left_open: set[str] = set()
    grouped: set[str] = set()
    for value in values:
        number = re.sub(r"[^\d.,]", "", unicodedata.normalize("NFKC", value)).strip(".,") if value else ""
        either = _EITHER.fullmatch(number)
        if either is not None and are_counts:
            grouped.add(either[1])
        elif either is not None:
            left_open.add(either[1])
        else:
            comma, point = comma or bool(_COMMA.fullmatch(number)), point or bool(_POINT.fullmatch(number))
            small = small or bool(re.fullmatch(r"\d{1,3}", number))
    if not comma and not point:  # a column that counts in parts (12.5 clicks) groups nothing by its sign
        comma, point = "." in grouped, "," in grouped
    return Evidence(comma, point, frozenset(left_open | grouped if comma and point else left_open), small)


def with_decimal_sign(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    """The mapping with its decimal sign; a question where nothing in the file decides."""
    header = source.dialect.header
    columns = _number_columns(source, mapping)
    found = Evidence()
    for column, are_counts in columns.items():
        found |= evidence_of(cells_of(source, column), are_counts=are_counts)
    if not found.is_decided and not is_all_in_sample(source):
        for column, are_counts in columns.items():
            found |= evidence_of(distinct(ws, source, column, _SHAPE), are_counts=are_counts)
    if found.left_open and not found.comma and not found.point:
        ratios = [c for c in header if c not in columns and is_ratio(c) and _are_numbers(cells_of(source, c))]
        for column in ratios:
            found |= evidence_of(cells_of(source, column))
    is_east_asian = any(_EAST_ASIAN.search(column) for column in header)
    has_comma = found.has_decimal_comma(is_east_asian=is_east_asian)
    mapping = replace(mapping, decimal_comma=has_comma)
    if has_comma is not None:
        return mapping, []
    example = next((v for column in columns for v in cells_of(source, column) if re.search(r"\d[.,]\d{3}", v)), "1,234")
    return mapping, [Question(field="decimal_comma", text=Message(_OPEN_TEXT, {"example": example}), options=SIGNS)]


def _number_columns(source: Source, mapping: Mapping) -> dict[str, bool]:
    """Column of amounts, counts or figures -> whether its numbers are whole by nature."""
    columns = {}
    for column, meaning in mapping.columns.items():
        field = field_of(mapping.kind, meaning)
        if field is not None and field.value in ("amount", "count") and column in source.dialect.header:
            columns[column] = field.value == "count" and column not in mapping.multipliers
    figures = [c for c, rule in mapping.figures.items() if not is_formula(rule) and c in source.dialect.header]
    return columns | dict.fromkeys(figures, False)


def _are_numbers(cells: list[str]) -> bool:
    told = [cell for cell in cells if cell not in ("-", "--")]
    return bool(told) and all(re.fullmatch(r"[^\d]{0,4}\d[\d.,'’ \u00a0\u202f]*[^\d]{0,4}", cell) for cell in told)
