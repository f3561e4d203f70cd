"""What do header and lines above it state for all rows? The currency, the time zone, the unit of the amounts.

    Currency: EUR    币种：人民币    单位：万元    (in thousands of USD)    Time zone: (GMT-08:00) Pacific Time

What a column's header states beats the lines above; both are facts of one file. Amounts of a second currency than that
of the deciding column (cost, revenue) cannot stand in the same row: such a column is left out, and said so.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from omnidash.ingest.meaning.columns import cells_of
from omnidash.ingest.meaning.fields import MONEY, field_of, header_key, header_unit
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.money import mark_of, resolved
from omnidash.ingest.meaning.questions import Question
from omnidash.ingest.meaning.units import ZONES_OF_CLOCKS, Unit, said_unit, zone_of
from omnidash.ingest.reading.reader import Source, distinct, is_all_in_sample
from omnidash.model.messages import N_, Message
from omnidash.store.settings import currencies
from omnidash.store.workspace import Workspace

_CURRENCY_LINE = re.compile(
    r"\W*(?:(?:account|report|reporting|display|base)\s+)?(?:currency(?:\s+code)?|币种|货币(?:单位)?|结算币种|währung|devise|moneda)"
    r"\s*[:：,;\t|=]\s*(.+)",
    re.IGNORECASE,
)
_ZONE_LINE = re.compile(
    r"\W*(?:(?:account|report|reporting)\s+)?(?:time\s?zone|时区|zeitzone|fuseau horaire|zona horaria)"
    r"\s*[:：,;\t|=]\s*(.+)",
    re.IGNORECASE,
)
_UNIT_LINE = re.compile(
    r"\W*(?:金额|数据)?单位\s*[:：,;\t|=]?\s*(.+)|\W*units?\s*[:：,;\t|=]\s*(.+)"
    r"|\W*((?:all )?(?:amounts|figures|values)? ?\(?in (?:thousands|millions|'000s?)\b.*)",
    re.IGNORECASE,
)
_ZONE_COLUMN = re.compile(r"time ?zone|zeitzone|fuseau horaire|zona horaria|时区")
_LAST_WORD_OF_CELL = r"regexp_extract({cell}, '\d\s*(?:[AaPp]\.?[Mm]\.? )?([A-Z]{3,4})\s*$', 1)"
_BESIDE_NUMBER = re.compile(r"[\d.,'’\s()+%\-]+")


def with_stated(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    """The mapping with currency, zone and multipliers; questions where the file contradicts itself."""
    mapping = _with_units(source, mapping)
    mapping, questions = _with_currency(ws, source, mapping)
    mapping, of_zone = _with_zone(ws, source, mapping)
    return mapping, [*questions, *of_zone]


def notes_of_stated(ws: Workspace, source: Source, mapping: Mapping) -> list[Message]:
    """By what amounts are multiplied, and which columns of another currency are left out."""
    size = N_("{column}: amounts are multiplied by {size}")
    other = N_("'{column}' is in {currency}, other amounts of the row are in {other}: it is left out")
    notes = [Message(size, {"column": c, "size": f"{Decimal(by):,f}"}) for c, by in mapping.multipliers.items()]
    if mapping.currency is None or not set(MONEY) & set(mapping.columns.values()):
        return notes
    for column in source.dialect.header:
        code = resolved(header_unit(column).mark, (mapping.currency, ws.settings.currency))
        if code not in (None, mapping.currency) and column not in {*mapping.columns, *mapping.figures}:
            notes.append(Message(other, {"column": column, "currency": code, "other": mapping.currency}))
    return notes


def _with_units(source: Source, mapping: Mapping) -> Mapping:
    above = next((unit for line in source.dialect.preamble if (unit := _unit_above(line)) is not None), None)
    sizes = {}
    for column, meaning in mapping.columns.items():
        field = field_of(mapping.kind, meaning)
        if field is None or field.value not in ("amount", "count") or column not in source.dialect.header:
            continue
        own = header_unit(column)
        unit = own if own.size != 1 or own.mark is not None or above is None else above
        if unit.size != 1 and (meaning in MONEY or not unit.is_money):
            sizes[column] = f"{unit.size:f}"
    return replace(mapping, multipliers=sizes)


def _unit_above(line: str) -> Unit | None:
    found = _UNIT_LINE.match(_plain(line))
    unit = said_unit(next(text for text in found.groups() if text).strip(' ,;|()"')) if found else None
    return unit if unit is not None and (unit.size != 1 or unit.mark is not None) else None


def _with_currency(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    """Stated by headers, by the lines above, or by what stands beside the amounts of the sample; the rows themselves
    may still name others (``rows.worth``)."""
    if field_of(mapping.kind, "currency") is None:
        return mapping, []
    columns = {m: c for c, m in mapping.columns.items() if m in MONEY and c in source.dialect.header}
    money = [name for name in MONEY if name in columns]
    contexts = (mapping.currency, mapping.constants.get("currency"), ws.settings.currency)
    of_header = {name: resolved(header_unit(columns[name]).mark, contexts) for name in money}
    mapping = _without_other_currencies(mapping, columns, of_header)
    if "currency" in mapping.columns.values() or not money:
        return mapping, []
    stated = next((code for code in of_header.values() if code), None) or _currency_above(source, contexts)
    if stated is not None and stated in currencies():
        constants = {k: v for k, v in mapping.constants.items() if k != "currency"}
        return replace(mapping, currency=stated, constants=constants), []
    if mapping.currency or "currency" in mapping.constants:
        return mapping, []
    # where all amounts of the deciding column name one, the others of the row need not
    marks, has_nameless = _marks_beside(cells_of(source, columns[money[0]]))
    if not marks or has_nameless:
        marks, has_nameless = _marks_beside([cell for name in money for cell in cells_of(source, columns[name])])
    codes = {code for mark in marks if (code := resolved(mark, contexts)) is not None}
    if len(codes) == 1 and (not has_nameless or codes == {ws.settings.currency}):
        return replace(mapping, currency=codes.pop()), []
    if (codes and has_nameless) or (marks and not codes):
        text = N_("some amounts are in {currencies}, others name no currency; which one are those in?")
        options = tuple(sorted(codes)) or ("SEK", "NOK", "DKK")
        named = ", ".join(sorted(codes or marks))
        return mapping, [Question(field="currency", text=Message(text, {"currencies": named}), options=options)]
    return mapping, []


def _without_other_currencies(mapping: Mapping, columns: dict[str, str], of_header: dict[str, str | None]) -> Mapping:
    """The mapping without money in another currency than that of the deciding column."""
    first = next((code for code in of_header.values() if code), None)
    others = {columns[name] for name, code in of_header.items() if code and code != first}
    return replace(mapping, columns={c: m for c, m in mapping.columns.items() if c not in others})


def _currency_above(source: Source, contexts: Sequence[str | None]) -> str | None:
    for line in source.dialect.preamble:
        plain = _plain(line)
        found = _CURRENCY_LINE.fullmatch(plain)
        mark = mark_of(re.split(r"[,;\t|(（]", found.group(1).strip(' "'))[0]) if found else None
        unit = _unit_above(line)
        if mark or (unit and unit.mark):
            return resolved(mark or (unit.mark if unit else None), contexts)
    return None


def _marks_beside(cells: Sequence[str]) -> tuple[set[str], bool]:
    """Currencies written beside amounts, and whether others than zero stand without."""
    marks, has_nameless = set(), False
    for cell in cells:
        if not re.search(r"\d", cell):
            continue  # a word is no amount
        word = _BESIDE_NUMBER.sub("", unicodedata.normalize("NFKC", cell))
        mark = mark_of(word) or mark_of(re.sub(r"^(?:[kKMBwW]|千万|百万|[千万亿]|mn|bn)", "", word)) if word else None
        if mark is not None:
            marks.add(mark)
        elif re.search(r"[1-9]", cell):
            has_nameless = True
    return marks, has_nameless


def _with_zone(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    times = [
        c
        for c, m in mapping.columns.items()
        if c in source.dialect.header and (field := field_of(mapping.kind, m)) is not None and field.value == "time"
    ]
    if not times:
        return mapping, []
    stated = {zone for column in times if (zone := header_unit(column).zone) is not None}
    stated = stated or _zones_beside(ws, source, mapping, times)
    if not stated:
        lines = (_ZONE_LINE.fullmatch(_plain(line)) for line in source.dialect.preamble)
        stated = {zone for found in lines if found and (zone := zone_of(found.group(1).strip(' ",;|'))) is not None}
    if len(stated) == 1:
        return replace(mapping, timezone=stated.pop()), []
    if stated:
        text = N_("the file states several time zones: {zones}; which one are its times in?")
        message = Message(text, {"zones": ", ".join(sorted(stated))})
        return replace(mapping, timezone=None), [
            Question(field="timezone", text=message, options=tuple(sorted(stated)))
        ]
    return mapping, []


def _zones_beside(ws: Workspace, source: Source, mapping: Mapping, times: Sequence[str]) -> set[str]:
    """The zones that the rows name: in a column of zones, or behind the clock (``1:00:00 AM PDT``)."""
    header = source.dialect.header
    columns = [c for c in header if c not in mapping.columns and _ZONE_COLUMN.fullmatch(header_key(c))]
    said = {text for column in columns for text in _all_of(ws, source, column, "{cell}", lambda cell: cell)}
    for column in times:
        said |= _all_of(ws, source, column, _LAST_WORD_OF_CELL, _last_word)
    return {zone for text in said if (zone := zone_of(text) or ZONES_OF_CLOCKS.get(text.strip().upper())) is not None}


def _all_of(
    ws: Workspace, source: Source, column: str, expression: str, of_cell: Callable[[str], str | None]
) -> set[str]:
    """What the cells of a column say, of all rows: of the sample first, for most columns say nothing."""
    said = {text for cell in cells_of(source, column) if (text := of_cell(cell))}
    return said | distinct(ws, source, column, expression) if said and not is_all_in_sample(source) else said


def _last_word(cell: str) -> str | None:
    found = re.search(r"\d\s*(?:[AaPp]\.?[Mm]\.? )?([A-Z]{3,4})$", cell)
    return found[1] if found else None


def _plain(line: str) -> str:
    return unicodedata.normalize("NFKC", line).strip()
