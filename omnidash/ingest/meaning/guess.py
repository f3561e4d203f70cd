"""What may this file mean? A mapping guessed from header words and from the values below them.

Every guess has a confidence in 0..1: 0.95 the header is a word we know, 0.6 it contains one, 0.7 the values alone say
it (e-mails, mobile phones). A column of rates or averages is never mapped to something that is added up. A field goes
to the column of the highest confidence (the leftmost of equals); every column means one thing at most.
"""

import re
import unicodedata
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass

from omnidash.ingest.meaning.fields import FIELDS, KINDS, Field, header_key, is_ratio
from omnidash.ingest.meaning.mapping import GUESSED, Mapping
from omnidash.ingest.reading.dialect import clean_cell

KNOWN_WORD, PART_OF_HEADER, BY_VALUES = 0.95, 0.6, 0.7
_ADDED_UP = ("amount", "count")
_OF_REFUND = re.compile(r"refund|退款")
_NOT_OF_REFUNDS = ("revenue", "time", "paid_time", "cost", "claimed_revenue")  # what 退款金额 and 退款时间 are not


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A guessed mapping. ``confidence``: source column -> 0..1 for every mapped column."""

    mapping: Mapping
    confidence: AnyMapping[str, float]


def guess(header: Sequence[str], sample: Sequence[Sequence[str]], kind: str | None = None) -> Guess:
    """The most plausible mapping of a table, of ``kind`` if that is known already."""
    columns = _columns(header, sample)
    tried = [_guess_kind(columns, k) for k in ([kind] if kind else ("events", "orders", "spend"))]
    return max(tried, key=_plausibility)


def has_decimal_commas(values: Sequence[str]) -> bool:
    """Whether a column's numbers say that commas are decimal: ``1 234,56`` or ``1,5`` and nothing with a decimal point.

    ``1,234`` alone says nothing; the comma then groups thousands.
    """
    plain = [re.sub(r"[^\d.,\s]", "", unicodedata.normalize("NFKC", v)).strip() for v in values]
    commas = sum(1 for v in plain if re.fullmatch(r"\d+,\d{1,2}|\d{1,3}([. \u202f]\d{3})+,\d+|\d+,\d{4,}|0,\d+", v))
    points = sum(1 for v in plain if re.fullmatch(r"\d+\.\d{1,2}|\d{1,3}(,\d{3})+\.\d+|\d+\.\d{4,}|0\.\d+", v))
    return commas > 0 and points == 0


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    key: str
    is_ratio: bool
    values: list[str]

    def share(self, pattern: str) -> float:
        """Share of its filled cells that match."""
        if not self.values:
            return 0.0
        return sum(1 for v in self.values if re.fullmatch(pattern, v)) / len(self.values)


_EMAIL = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"
_PHONE = r"(\+|00)?(86)?[ -]?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\+\d[\d -]{8,16}"
_DATE = (
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|20\d{6}|\d{10}|\d{13}|\d{14}"
    r"|([A-Za-z]{3,9},? )?\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}.*|([A-Za-z]{3,9},? )?[A-Za-z]{3,9} \d{1,2},? \d{4}.*"
)
_NUMBER = r"[(]?[-+]?\s*[A-Z]{0,3}[^\w\s]?\s*[-+]?\d[\d.,'\s]*\s*[万亿元%]?[)]?"
_FLAG = r"(?i)0|1|0\.0|1\.0|true|false|yes|no|是|否"


def _columns(header: Sequence[str], sample: Sequence[Sequence[str]]) -> list[_Column]:
    columns = []
    for position, name in enumerate(header):
        cells = [unicodedata.normalize("NFKC", clean_cell(row[position])) for row in sample if position < len(row)]
        values = [c for c in cells if c and c not in ("-", "--")]
        columns.append(_Column(name, header_key(name), is_ratio(name), values))
    return columns


def _guess_kind(columns: list[_Column], kind: str) -> Guess:
    scored = sorted(
        (-likely, position, order, column.name, field.name)
        for position, column in enumerate(columns)
        for order, field in enumerate(FIELDS[kind])
        if (likely := _confidence(column, field)) > 0
    )
    meaning: dict[str, str] = {}
    confidence: dict[str, float] = {}
    for negative, _, _, column_name, field_name in scored:
        if column_name not in meaning and field_name not in meaning.values():
            meaning[column_name], confidence[column_name] = field_name, -negative
    ordered = {c.name: meaning[c.name] for c in columns if c.name in meaning}
    mapping = Mapping(kind=kind, columns=ordered, profile=GUESSED, conversion_is_touch="channel" in ordered.values())
    return Guess(mapping=mapping, confidence=confidence)


def _confidence(column: _Column, field: Field) -> float:
    """How likely the column means the field; 0 where its values contradict."""
    if field.value in (*_ADDED_UP, "flag") and column.is_ratio:
        return 0.0
    if field.name in _NOT_OF_REFUNDS and _OF_REFUND.search(column.key):
        return 0.0
    words = [header_key(w) for w in field.words]
    if column.key in words:
        by_header = KNOWN_WORD - 0.01 * min(words.index(column.key), 20)
    elif any(_names(word, column.key) for word in words) or (
        field.name == "refund_time" and _OF_REFUND.search(column.key)
    ):
        by_header = PART_OF_HEADER
    else:
        by_header = 0.0
    return _judged_by_values(column, field, by_header)


def _names(word: str, key: str) -> bool:
    """Whether a header contains a word: as a whole word in Latin script, anywhere in Chinese (from two letters on)."""
    if re.fullmatch(r"[ -~]+", word):
        return len(word) > 3 and re.search(rf"\b{re.escape(word)}\b", key) is not None
    return len(word) > 1 and word in key


def _judged_by_values(column: _Column, field: Field, by_header: float) -> float:
    if field.name == "email" and column.share(_EMAIL) > 0.8:
        return max(by_header, BY_VALUES)
    if field.name == "phone" and column.share(_PHONE) > 0.8:
        return max(by_header, BY_VALUES)
    if not by_header or not column.values:
        return by_header
    fits = {
        "time": _DATE,
        "day": _DATE,
        "amount": _NUMBER,
        "count": _NUMBER,
        "flag": _FLAG,
        "currency": r"[A-Za-z]{3}",
    }.get(field.value)
    if fits is not None:
        return by_header if column.share(fits) > 0.5 else 0.0
    if field.value == "text" and field.name in ("channel", "action") and column.share(_NUMBER) > 0.8:
        return 0.0
    return by_header


def _plausibility(guessed: Guess) -> tuple[float, int]:
    """Which kind explains a file best: what it cannot do without must be there; then, the more it explains."""
    kind, meanings = guessed.mapping.kind, set(guessed.mapping.columns.values())
    needed = [f.name for f in FIELDS[kind] if f.needed]
    missing = guessed.mapping.missing_fields()
    complete = sum(1 for name in needed if name not in missing) / len(needed)
    is_worth = bool(meanings & {"revenue", "refund"}) or {"quantity", "unit_price"} <= meanings
    telling = {
        "spend": {"cost"} | ({"impressions", "clicks"} if "cost" in meanings else set()),
        "orders": {"order_id", "paid_time", "refund", "status"} if is_worth else set(),
        "events": {"action", "conversion_flag", *(f.name for f in FIELDS["events"] if f.value == "identifier")},
        "reports": set(),
    }[kind]
    confidence = sum(guessed.confidence.values())
    return complete + 0.5 * len(telling & meanings) + 0.05 * confidence, -KINDS.index(kind)
