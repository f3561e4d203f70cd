"""One statement from text cells to typed rows: the staging table ``parsed``.

Columns of ``parsed``: one per field of the kind (typed, null where not mapped or blank), ``id0`` … per identifier
column (the identifier's id; the raw value is gone), ``key`` (64-bit hash of the row's content), ``n`` (row number where
the file was mended, else null), and of rows not taken ``problem``, ``culprit`` (field), ``culprit_text`` and ``raw``.

Numbers straight from a file are ``rowid + first_row``: DuckDB keeps the order of a file through a parallel read, so
numbering costs nothing. Read rows from the view ``numbered``.
"""

from dataclasses import dataclass
from typing import Any

from omnidash.identity.hashing import hash_hex, identifier_id, pads
from omnidash.identity.normalise import is_blocked, masked, normalised, prepared
from omnidash.ingest.meaning.fields import FIELDS, IDENTIFIER_TYPES, Field
from omnidash.ingest.meaning.mapping import JOINT, Mapping, currencies
from omnidash.ingest.reading.reader import RawTable, Source, count_flaws, may_be_straight, opened
from omnidash.ingest.reading.totals import FOOTER_ROW, TOTAL_ROW
from omnidash.ingest.rows.cells import STEP_COUNT, STEPS, install, zone_params
from omnidash.store.workspace import Staging, Workspace

TOTAL = "total"
LONGEST_RANGE_DAYS = 3 * 366
_TYPES = {
    "time": "timestamp",
    "day": "date",
    "amount": "decimal(24, 6)",
    "count": "decimal(24, 6)",
    "flag": "boolean",
    "currency": "varchar",
    "text": "varchar",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """One identifier column of the file: ``parsed.id{position}``."""

    position: int
    type: str
    column: int


def parse(ws: Workspace, staging: Staging, source: Source, mapping: Mapping) -> list[Identified]:
    """Fill ``parsed``, ``numbered`` and ``identifier`` of the staging database; returns the identifier columns."""
    with opened(ws, staging, source, mend=not may_be_straight(source)) as raw:
        identified = _parse(ws, staging, source, raw, mapping)
    if identified is None:  # a row that does not fit was met: once more, mended
        with opened(ws, staging, source, mend=True) as raw:
            identified = _parse(ws, staging, source, raw, mapping)
    return identified or []


def _parse(ws: Workspace, staging: Staging, source: Source, raw: RawTable, mapping: Mapping) -> list[Identified] | None:
    """None where DuckDB met a row it cannot read straight; the tables then hold nothing that counts."""
    install(staging.cursor)
    identified = _identified(source, mapping)
    plan = _Plan(source, raw, mapping, identified, ws.settings.country)
    params: dict[str, Any] = {
        **raw.params,
        **plan.constants,
        **zone_params("zone", mapping.timezone or ws.settings.timezone),
        "day_order": mapping.date_order or "undecided",
        "decimal_comma": mapping.decimal_comma,
        "width": raw.width,
        "currencies": sorted(currencies()),
        "delimiter": source.dialect.delimiter,
        "total_row": TOTAL_ROW,
        "footer_row": FOOTER_ROW,
    }
    key_pads = pads(ws.key)
    statement = plan.statement()
    staging.cursor.execute("drop view if exists numbered")
    staging.cursor.execute("drop table if exists parsed")
    needed = {name: value for name, value in {**params, **key_pads}.items() if f"${name}" in statement}
    staging.cursor.execute(statement, needed)
    if not raw.is_mended and count_flaws(staging) > 0:
        return None
    number = "n" if raw.is_mended else f"rowid + {raw.first_row}"
    staging.cursor.execute(f"create view numbered as select * replace ({number} as n) from parsed")  # noqa: S608 (int)
    _collect_identifiers(staging, raw, identified, ws.settings.country, key_pads)
    return identified


def _identified(source: Source, mapping: Mapping) -> list[Identified]:
    """Identifier columns, strong types first; the order in which a row's main identifier is chosen."""
    header = source.dialect.header
    wanted = [
        (IDENTIFIER_TYPES.index(meaning), header.index(column), meaning)
        for column, meaning in mapping.columns.items()
        if meaning in IDENTIFIER_TYPES and column in header
    ]
    return [
        Identified(position=i, type=meaning, column=column) for i, (_, column, meaning) in enumerate(sorted(wanted))
    ]


def _figures(source: Source, mapping: Mapping) -> tuple[Field, ...]:
    """The columns that are figures and add up, as fields ``figure<position>``."""
    header = source.dialect.header
    return tuple(
        Field(name=f"figure{header.index(column)}", value="amount", words=(column,))
        for column, rule in mapping.figures.items()
        if column in header and rule in ("sum", "cumulative")
    )


class _Plan:
    """Composes the statement from our own field names; every value of the user is bound."""

    def __init__(
        self, source: Source, raw: RawTable, mapping: Mapping, identified: list[Identified], country: str
    ) -> None:
        self.raw, self.mapping, self.identified, self.country = raw, mapping, identified, country
        self.header = source.dialect.header
        self.figures = _figures(source, mapping)
        self.fields = [f for f in FIELDS[mapping.kind] if f.value != "identifier"] + list(self.figures)
        self.mapped = {*mapping.columns.values(), *mapping.constants, *(f.name for f in self.figures)}
        self.constants = {f"constant_{name}": value for name, value in mapping.constants.items()}
        self.constants |= {f"header{i}": self.header[i] for i in self._counted()}

    def statement(self) -> str:
        width = self.raw.width
        cells = ", ".join(f"c{i}" for i in range(width))
        position = "row_number as n, cells" if self.raw.is_mended else "null::bigint as n, $width as cells"
        texts = ", ".join(f"{self._text(f)} as {f.name}_text" for f in self.fields)
        used = sorted({self.header.index(c) for c in self.mapping.columns if c in self.header} | set(self._counted()))
        bare = "".join(f", trimmed(c{i}) as t{i}" for i in used)
        prepare = "".join(f", {prepared(i.type, f't{i.column}')} as given{i.position}" for i in self.identified)
        identifiers = "".join(
            f", {normalised(i.type, f'given{i.position}', self.country)} as value{i.position}" for i in self.identified
        )
        ids = "".join(f", {identifier_id(i.type, f'value{i.position}')} as id{i.position}" for i in self.identified)
        plain = [f.name for f in self.fields if f not in self.figures]
        kept = ", ".join([*plain, self._figures(), *(f"id{i.position}" for i in self.identified)])
        return f"""
            create table parsed as
            with raw as (select {position}, {cells} from {self.raw.relation}),
            bare as (select * {bare} from raw),
            texts as (select *, {texts} {prepare} from bare),
            step0 as (select * {identifiers} from texts),
            {self._steps()},
            typed as (select * {ids}, {self._first_filled()} from step{STEP_COUNT}),
            judged as (select *, {self._problem()} from typed)
            select n, {kept}, {self._key()} as key,
                fault.problem as problem, fault.culprit as culprit,
                left(fault.culprit_text, 200) as culprit_text,
                case when fault.problem <> '{TOTAL}' or {self._may_fail_later()} then {self._raw_text()} end as raw
            from judged
        """  # noqa: S608  (column numbers, our field names)

    def _steps(self) -> str:
        """The projections that make typed values of texts; fields that nobody mapped are null without any work."""
        steps: list[list[str]] = [[] for _ in range(STEP_COUNT)]
        for f in self.fields:
            if f.name in self.mapped:
                for at, step in enumerate(STEPS[f.value]):
                    steps[at].append(step.replace("{x}", f.name))
            else:
                steps[0].append(f"cast(null as {_TYPES[f.value]}) as {f.name}")
        return ", ".join(
            f"step{at} as (select {', '.join(['*', *step])} from step{at - 1})"  # noqa: S608  (our field names)
            for at, step in enumerate(steps, start=1)
        )

    def _counted(self) -> list[int]:
        """Positions of the columns that are figures."""
        return [int(f.name.removeprefix("figure")) for f in self.figures]

    def _figures(self) -> str:
        """What the row counts beside its fields, as a map from header to number; null where nothing was declared."""
        if not self.figures:
            return "cast(null as map(varchar, decimal(24, 6))) as figures"
        names = ", ".join(f"$header{i}" for i in self._counted())
        values = ", ".join(f.name for f in self.figures)
        return f"map_from_entries(list_filter(list_zip([{names}], [{values}]), lambda e: e[2] is not null)) as figures"

    def _text(self, field: Field) -> str:
        if field in self.figures:
            return f"told(t{field.name.removeprefix('figure')})"
        columns = [self.header.index(c) for c in self.mapping.columns_of(field.name) if c in self.header]
        if len(columns) > 1:
            return f"nullif(concat_ws('{JOINT}', {', '.join(f'told(t{i})' for i in columns)}), '')"
        if columns:
            return f"told(t{columns[0]})"
        return f"$constant_{field.name}" if field.name in self.mapping.constants else "cast(null as varchar)"

    def _first_filled(self) -> str:
        """What a row without a time begins with, and whether that is all it says: totals and footers look so."""
        time = {"events": "time", "orders": "time", "spend": "date", "reports": "date"}[self.mapping.kind]
        no_time = "true" if time in self.mapping.constants else f"{time} is null"
        first = ", ".join(f"nullif(trim(c{i}), '')" for i in range(min(self.raw.width, 6)))
        others = ", ".join(f"c{i}" for i in range(1, self.raw.width)) or "''"
        return (
            f"case when {no_time} then lower(coalesce({first})) end as first_filled,"
            f" case when {no_time} then regexp_full_match(concat_ws('', {others}), '[\\s-]*') end as is_alone"
        )

    def _problem(self) -> str:
        """The first thing wrong with a row, as a struct; a total is recognised only where no time can be read."""
        cases = [
            f"when regexp_matches(first_filled, $total_row) then {_fault(TOTAL, '', 'null')}",
            f"when is_alone and regexp_matches(first_filled, $footer_row) then {_fault(TOTAL, '', 'null')}",
            f"when cells <> $width then {_fault('cells', '', 'cast(cells as varchar)')}",
            *self._nameless(),
        ]
        for f in self.fields:
            text = f"{f.name}_text"
            if f.name not in self.mapped or f in self.figures:  # a figure that is no number is left out, not refused
                continue
            if f.needed and not (self.mapping.kind == "orders" and f.name == "time"):
                cases.append(f"when {text} is null then {_fault('missing', f.name, 'null')}")
            if f.value in ("time", "day", "amount", "count"):
                cases.append(f"when {text} is not null and {f.name} is null then {_fault(f.value, f.name, text)}")
            if f.value == "currency" and self.mapping.column_of(f.name):
                cases.append(
                    f"when {text} is not null and not list_contains($currencies, {f.name})"
                    f" then {_fault('currency', f.name, text)}"
                )
        if self.mapping.kind == "spend":
            cases.append(f"when channel_text is null then {_fault('missing', 'channel', 'null')}")
        if "end_date" in self.mapped:
            cases.append(
                f"when end_date < date or end_date - date >= {LONGEST_RANGE_DAYS}"
                f" then {_fault('range', 'end_date', 'end_date_text')}"
            )
        if "day_number" in self.mapped:
            cases.append(
                f"when day_number not between 0 and {LONGEST_RANGE_DAYS}"
                f" then {_fault('range', 'day_number', 'day_number_text')}"
            )
        return f"case {' '.join(cases)} end as fault"

    def _nameless(self) -> list[str]:
        """A row that names none of what the others are about sums them up."""
        named = [self.header.index(c) for c in self.mapping.totals if c in self.header]
        empty = " and ".join(f"coalesce(trimmed(c{i}), '') = ''" for i in named)
        return [f"when {empty} then {_fault(TOTAL, '', 'null')}"] if named else []

    def _may_fail_later(self) -> str:
        """An order's lines may be found without any time only when all of them are seen."""
        return "(time is null and paid_time is null)" if self.mapping.kind == "orders" else "false"

    def _key(self) -> str:
        """Hash of what the row says: of all cells for orders (lines differ in columns nobody mapped), else fields."""
        if self.mapping.kind == "orders":
            said = [f"coalesce(c{i}, '')" for i in range(self.raw.width)]
        else:
            said = [f"'{f.name}=' || coalesce({_said(f)}, '')" for f in self.fields if f.name in self.mapped]
            said += [f"coalesce(cast(id{i.position} as varchar), '')" for i in self.identified]
        return hash_64(f"concat_ws(chr(31), {', '.join(said)})")

    def _raw_text(self) -> str:
        """The row as text. Identifier cells are masked, and so is all that nobody mapped (names, addresses, notes);
        in a row of the wrong length any cell may hold an identifier."""
        hides = bool(self.identified) or self.mapping.kind != "spend"
        shown = {c for c, meaning in self.mapping.columns.items() if meaning not in IDENTIFIER_TYPES}
        parts = []
        for i, name in enumerate(self.header):
            hidden = f"case when coalesce(c{i}, '') = '' then '' else '***' end"
            if hides and name not in shown:
                parts.append(hidden)
            elif hides:
                parts.append(f"case when cells <> $width then {hidden} else coalesce(c{i}, '') end")
            else:
                parts.append(f"coalesce(c{i}, '')")
        return f"left(concat_ws($delimiter, {', '.join(parts)}), 4000)"


def hash_64(text: str) -> str:
    """SQL: 64 bits of MD5 as ubigint; unlike DuckDB's own ``hash`` the same in every version."""
    return f"cast('0x' || substr(md5({text}), 1, 16) as ubigint)"


def _said(field: Field) -> str:
    """A field as text for its row's hash: one text per value, however it was written."""
    return f"cast(epoch_us({field.name}) as varchar)" if field.value == "time" else f"cast({field.name} as varchar)"


def _fault(problem: str, culprit: str, text: str) -> str:
    return f"{{'problem': '{problem}', 'culprit': '{culprit}', 'culprit_text': cast({text} as varchar)}}"


def _collect_identifiers(
    staging: Staging, raw: RawTable, identified: list[Identified], country: str, key_pads: dict[str, bytes]
) -> None:
    """Table ``identifier``: every identifier of a row that was taken, hashed once per distinct value.

    A blocked value is shown as it is: it is a word that many strangers share, and its owner wants to see which.
    """
    staging.cursor.execute(
        "create table identifier (identifier_id bigint, type varchar, hash blob, hint varchar, blocked boolean)"
    )
    if not identified:
        return
    # one more reading of the file for all of its identifier columns; what is kept in memory are their distinct values
    cells = ", ".join(f"c{i.column}" for i in identified)
    positions = ", ".join(str(i.position) for i in identified)
    staging.cursor.execute(
        f"""
        create temp table raw_identifier as
        select distinct unnest([{positions}]) as position, unnest([{cells}]) as cell from {raw.relation}
        """,  # noqa: S608  (column numbers)
        raw.params,
    )
    for i in identified:
        staging.cursor.execute(
            f"""
            insert into identifier
            with bare as (select trimmed(cell) as text from raw_identifier where position = {i.position}),
            given as (select {prepared(i.type, "text")} as text from bare),
            seen as (select distinct {normalised(i.type, "text", country)} as value from given),
            hashed as (
                select {identifier_id(i.type, "value")} as identifier_id, {hash_hex(i.type, "value")} as hex,
                    {masked(i.type, "value")} as mask, {is_blocked("value")} as blocked, value
                from seen where value is not null)
            select identifier_id, '{i.type}', unhex(hex), case when blocked then value else mask end, blocked
            from hashed
            where identifier_id in (select id{i.position} from parsed where problem is null)
                and identifier_id not in (select identifier_id from identifier)
            """,  # noqa: S608  (our field names, column numbers)
            key_pads,
        )
    staging.cursor.execute("drop table raw_identifier")
