"""The statements that make typed rows of text cells, composed from our own field names; users' values are bound.

Steps are common table expressions, one after the other: cells, texts, typed values, faults. A macro writes its argument
out wherever it uses it, so what is used twice becomes a column first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from omnidash.ingest.meaning.fields import FIELDS, IDENTIFIER_TYPES, Field
from omnidash.ingest.meaning.mapping import JOINT, Mapping
from omnidash.ingest.reading.reader import RawTable, Source
from omnidash.ingest.rows.cells import STEP_COUNT, STEPS, day_and_clock
from omnidash.ingest.rows.faults import fault_of
from omnidash.ingest.rows.plain import is_plain
from omnidash.ingest.rows.returned import is_returned, returned_of, unguarded_sql
from omnidash.ingest.rows.row_key import SHORT_KEY, hash_64, id_text, key_of_cells, key_of_values, short_key_of_event
from omnidash.ingest.rows.spans import first_day, last_day
from omnidash.ingest.rows.total_words import TotalWords
from omnidash.ingest.rows.totals import TOTAL
from omnidash.ingest.rows.worth import cell_types, money_of, worth_steps

_ADDRESS = ("page", "referrer", "utm_source", "utm_medium")  # what says where a visit came from
OF_ACCOUNT = "of_account_of_row"  # whose the identifiers of a row are, where a column says so
_TYPES = {
    "time": "timestamp",
    "day": "date",
    "amount": "decimal(24, 6)",
    "count": "decimal(24, 6)",
    "flag": "boolean",
    "currency": "varchar",
    "text": "varchar",
    "id": "varchar",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """One identifier column of the file: ``parsed.id{position}``, strong types first.

    ``contact``: the phone of an order's recipient is looked at once more, as a phone, and linked with the contact at
    this position only: who sent the parcel is not thereby who has that phone (identity/partition.py).
    """

    position: int
    type: str
    column: int
    contact: int | None = None


def identifiers_of(source: Source, mapping: Mapping) -> list[Identified]:
    """Identifier columns, strong types first; the order in which a row's main identifier is chosen."""
    header = source.dialect.header
    wanted = [
        (IDENTIFIER_TYPES.index(meaning), header.index(column), meaning)
        for column, meaning in mapping.columns.items()
        if meaning in IDENTIFIER_TYPES and column in header
    ]
    found = [
        Identified(position=i, type=meaning, column=column) for i, (_, column, meaning) in enumerate(sorted(wanted))
    ]
    if mapping.kind == "orders" and not is_returned(header):
        contacts = [i for i in found if i.type == "order_contact"]
        found += [
            Identified(position=place, type="phone", column=i.column, contact=i.position)
            for place, i in enumerate(contacts, start=len(found))
        ]
    return found


def linked_pairs(identified: Sequence[Identified]) -> list[tuple[int, int]]:
    """Positions of the identifier columns that a row links with each other. The phone that a contact is has no other
    link by its row than the one with the contact."""
    return [
        (one.position, other.position)
        for one in identified
        for other in identified
        if one.position < other.position
        and ((one.contact is None and other.contact is None) or one.position == other.contact)
    ]


class Plan:
    """Composes the statement from our own field names; every value of the user is bound."""

    def __init__(
        self,
        source: Source,
        raw: RawTable,
        mapping: Mapping,
        identified: list[Identified],
        country: str,
        *,
        by_row: Sequence[str] = (),
        event_key: int = SHORT_KEY,
    ) -> None:
        """``by_row``: types of identifiers that the account of a row parts (``customer_spaces``). ``event_key``: by
        what the workspace knows events (``rows.row_key``)."""
        self.raw, self.mapping, self.identified, self.country = raw, mapping, identified, country
        self.by_row = by_row
        self.is_short = mapping.kind == "events" and event_key == SHORT_KEY
        self.header = source.dialect.header
        self.has_broken_lines = source.scan.broken_lines > 0
        self.figures = _figures(source, mapping)
        self.added = _added(source, mapping)
        beside = (*self.figures, *self.added)
        self.fields = [f for f in FIELDS[mapping.kind] if f.value != "identifier"] + list(beside)
        self.mapped = {*mapping.columns.values(), *mapping.constants, *(f.name for f in beside)}
        self.mapped |= {"end_date"} if mapping.span else set()
        self.signed = {"currency"} if money_of(mapping) else set()  # a column of the rows even where none is mapped
        self.constants = {f"constant_{name}": value for name, value in mapping.constants.items()}
        self.constants |= {f"header{i}": self.header[i] for i in self._counted()}
        left_out = mapping.leaves_out.items()
        self.constants |= {f"left_out{self.header.index(name)}": p for name, p in left_out if name in self.header}
        self.constants["namespace"] = f"event{mapping.namespace}\x1f"
        self.returned = returned_of(source)
        self.own = self.returned.own if self.returned else tuple(range(len(self.header)))
        self.words = TotalWords(source, mapping, self.own)

    def statement(self, table: str = "parsed", *, keeps_text: bool = False) -> str:
        """``create table parsed as …``; bind ``constants`` and what ``parse`` knows. ``keeps_text``: of every row.

        Identifiers stand in it as they are written, ``value0`` …: people come back, so each distinct spelling is looked
        at once (``identifiers``), for a hash costs as much as the rest of a row.
        """
        cells = ", ".join(f"c{i}" for i in range(self.raw.width))
        position = ", ".join([*self._number(), "cells" if self.raw.is_mended else "$width as cells"])
        texts = ", ".join(f"{self._text(f)} as {f.name}_text" for f in self.fields if f.name in self.mapped)
        of_texts = self._text_columns()
        look = is_plain([f"c{i}" for i in of_texts])
        bare = self._list(f"case when is_plain then c{i} else trimmed(c{i}) end as t{i}" for i in of_texts)
        if self.returned:
            look, bare = "false", self._list(f"{unguarded_sql(f'trimmed(c{i})')} as t{i}" for i in of_texts)
        # of rows set aside as well: corrected, they may name their identifiers by the id alone
        readable = f"coalesce(fault.problem not in ('{TOTAL}', 'cells'), true)"
        said = ", ".join(f"cast({name} as varchar)" for name in self.said())
        is_odd = f"fault is not null or {keeps_text or self._may_fail_later()} or {self.words.may_sum_up()}"
        values = self._of_identifiers(lambda i: f"case when {readable} then c{i.column} end as value")
        return f"""
            create table {table} as
            with raw as (select {position}, {cells} from {self.raw.relation}),
            looked as (select *, {look} as is_plain from raw),
            bare as (select * {bare} from looked),
            step0 as (select *, {texts} from bare),
            {self._steps()},
            {self._sums()}
            {worth_steps(self.mapping, self.fields, "summed" if self.added else f"step{STEP_COUNT}")}
            typed as (select *, {self._first_filled()} from worth),
            worded as (select *, {self.words.class_of_row()} from typed),
            judged as (select *, {fault_of(self)} from worded)
            select {", ".join([*self._kept(), *self._key()])} {values},
                fault.problem as problem, fault.culprit as culprit,
                left(fault.culprit_text, 200) as culprit_text,
                summing, {self.words.line()} as line, case when {is_odd} then [{said}] end as said,
                cast(null as varchar) as raw
            from judged
        """  # noqa: S608  (column numbers, our field names)

    def said(self) -> list[str]:
        """What is kept of a row that may be shown as text, all as text in a list ``said``."""
        cells = [f"c{i}" for i in range(self.raw.width)]
        return ["cells", *cells]

    def view(self) -> str:
        """``create view numbered as …``: every row with its number ``n`` and every field, also those nobody mapped."""
        number = "" if self._number() else f", rowid + {self.raw.first_row} as n"
        absent = self._list(f"cast(null as {_TYPES[f.value]}) as {f.name}" for f in self._absent())
        figures = ", cast(null as map(varchar, decimal(24, 6))) as figures" if not self.figures else ""
        return f"create view numbered as select * {number} {absent} {figures} from parsed"  # noqa: S608  (our names)

    def view_with_ids(self) -> str:
        """``create view with_ids as …``: the rows of ``numbered`` with ids ``id0`` … instead of values, and the key. A
        view of its own: the joins are costly, and few ask for ids."""
        ids, joins = self.ids()
        left_out = [f"value{i.position}" for i in self.identified] + ([OF_ACCOUNT] if self.by_row else [])
        key = ""
        if self._is_keyed_by_ids:
            ids += self._of_identifiers(lambda i: f"hashed{i.position}.id_text as id_text")
            left_out += [f"id_text{i.position}" for i in self.identified]
            has_own = "event_id" in self.mapped
            left_out += ["key"] if has_own else []
            key = f", coalesce(key, {self._content()}) as key" if has_own else f", {self._content()} as key"
        return f"""
            create view with_ids as
            with identified as (select numbered.* {ids} from numbered {joins})
            select * {f"exclude ({', '.join(left_out)})" if left_out else ""} {key} from identified
        """  # noqa: S608  (our names)

    def ids(self) -> tuple[str, str]:
        """SQL: columns ``, id0`` … for a query over rows with values, and the joins they need."""
        joins = " ".join(
            f"left join hashed{i.position} on hashed{i.position}.value = value{i.position}"
            + (f" and hashed{i.position}.of_account is not distinct from {OF_ACCOUNT}" if i.type in self.by_row else "")
            for i in self.identified
        )
        return self._of_identifiers(lambda i: f"hashed{i.position}.identifier_id as id"), joins

    @property
    def number(self) -> str:
        """SQL: the number of a row of ``parsed``."""
        return "n" if self._number() else f"rowid + {self.raw.first_row}"

    def _number(self) -> list[str]:
        """The row number as a column ``n``; a table read straight is numbered afterwards."""
        if self.returned:
            return [f"try_cast(trim(c{self.returned.row}) as bigint) as n"]
        return ["row_number as n"] if self.raw.is_mended else []

    def _kept(self) -> list[str]:
        number = ["n"] if self._number() else []
        absent = self._absent()
        plain = [f.name for f in self.fields if f not in (*self.figures, *self.added) and f not in absent]
        figures = [self._figures()] if self.figures else []
        day = "cast(wall_of_utc(time, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset) as date) as day"
        days = [day] if self.mapping.kind == "events" else []
        accounts = (
            [f"account as {OF_ACCOUNT}"] if self.by_row else []
        )  # as it is written: what is kept of it may be less
        return [*number, *plain, *days, *accounts, *self._address(), *figures, *self._rounded()]

    def _address(self) -> list[str]:
        """One number for all that says where a visit came from, so that each such address is looked at once. The
        campaign of a row that names its channel says nothing of that."""
        told = [name for name in _ADDRESS if name in self.mapped]
        if not told or self.mapping.kind not in ("events", "orders"):
            return []
        if "campaign" in self.mapped:
            told.append("case when channel is null then campaign end" if "channel" in self.mapped else "campaign")
        return [f"hash({', '.join(told)}) as address"]

    def _absent(self) -> list[Field]:
        """Fields nobody mapped, left out of the table: a column of nulls costs as much as a short one to write. Rows
        of other kinds are few, and what stages them asks for any field."""
        filled = self.mapped | self.signed
        return [f for f in self.fields if f.name not in filled] if self.mapping.kind == "events" else []

    def columns(self) -> list[int]:
        """Positions of the columns that mean something."""
        own = {self.header.index(c) for c in self.mapping.columns if c in self.header}
        return sorted(own | {*self._counted(), *self.added.values()})

    def _text_columns(self) -> list[int]:
        """The same without identifiers."""
        return sorted(set(self.columns()) - {i.column for i in self.identified})

    def _of_identifiers(self, column: Callable[[Identified], str]) -> str:
        """One column per identifier, named by what ``column`` ends with and the identifier's position."""
        return self._list(f"{column(i)}{i.position}" for i in self.identified)

    @staticmethod
    def _list(columns: Iterable[str]) -> str:
        return "".join(f", {column}" for column in columns)

    def _steps(self) -> str:
        """The projections that make typed values of texts; fields that nobody mapped are null without any work."""
        steps: list[list[str]] = [[] for _ in range(STEP_COUNT)]
        absent = self._absent()
        for f in self.fields:
            if f.name in self.mapped:
                value, read_as, kept_as = cell_types(self.mapping, f)
                for at, step in enumerate(STEPS[value]):
                    steps[at].append(step.replace("{x}", f.name).replace("{type}", read_as).replace("{kept}", kept_as))
            elif f not in absent:
                steps[0].append(f"cast(null as {_TYPES[f.value]}) as {f.name}")
        return ", ".join(
            f"step{at} as (select {', '.join(['*', *step])} from step{at - 1})"  # noqa: S608  (our field names)
            for at, step in enumerate(steps, start=1)
        )

    def _sums(self) -> str:
        """Amounts that stand in several columns, added; what none of them states is not stated."""
        sums: dict[str, str] = {}
        for part in self.added:
            name = part.words[0]
            sums[name] = f"coalesce({sums.get(name, name)} + coalesce({part.name}, 0), {part.name})"
        replaced = ", ".join(f"{said} as {name}" for name, said in sums.items())
        return f"summed as (select * replace ({replaced}) from step{STEP_COUNT})," if sums else ""  # noqa: S608

    def _counted(self) -> list[int]:
        """Positions of the columns that are figures."""
        return [int(f.name.removeprefix("figure")) for f in self.figures]

    def _figures(self) -> str:
        """What the row counts beside its fields, as a map from header to number."""
        names = ", ".join(f"$header{i}" for i in self._counted())
        values = ", ".join(f.name for f in self.figures)
        texts = ", ".join(f"{f.name}_text" for f in self.figures)
        unread = f"list_filter(list_zip([{names}], [{texts}], [{values}]), lambda e: e[2] is not null and e[3] is null)"
        return (
            f"map_from_entries(list_filter(list_zip([{names}], [{values}]), lambda e: e[2] is not null)) as figures,"
            f" list_transform({unread}, lambda e: {{'figure': e[1], 'said': left(e[2], 40)}}) as unread"
        )

    def _text(self, field: Field) -> str:
        if field in self.figures:
            return self._told(int(field.name.removeprefix("figure")))
        if field in self.added:
            return self._told(self.added[field])
        columns = [self.header.index(c) for c in self.mapping.columns_of(field.name) if c in self.header]
        if self.mapping.span and field.value == "day":
            told = self._told(self.header.index(self.mapping.columns_of("date")[0]))
            return (last_day if field.name == "end_date" else first_day)(self.mapping.span, told)
        if len(columns) > 1 and field.value == "time":
            return day_and_clock(*map(self._told, columns[:2]))
        if len(columns) > 1:
            return f"nullif(concat_ws('{JOINT}', {', '.join(map(self._told, columns))}), '')"
        return self._told(columns[0]) if columns else f"$constant_{field.name}"

    @staticmethod
    def _told(column: int) -> str:
        return f"case when is_plain then c{column} else told(t{column}) end"

    def _first_filled(self) -> str:
        """What a row without a time begins with, and whether that is all it says: footers look so."""
        no_time = "true" if self.words.time in self.mapping.constants else f"{self.words.time} is null"
        first = ", ".join(f"nullif(trim(c{i}), '')" for i in self.own[:6])
        others = ", ".join(f"c{i}" for i in self.own[1:]) or "''"
        return (
            f"case when {no_time} then lower(coalesce({first})) end as first_filled,"
            f" case when {no_time} then regexp_full_match(concat_ws('', {others}), '[\\s-]*') end as is_alone"
        )

    def _rounded(self) -> list[str]:
        """Whether a count of the row was not whole."""
        counts = [f.name for f in self.fields if f.name in self.mapped and cell_types(self.mapping, f)[0] == "count"]
        return [f"coalesce({' or '.join(f'{c}_number <> {c}' for c in counts)}, false) as rounded"] if counts else []

    def _may_fail_later(self) -> str:
        """An order's lines may be found without any time only when all of them are seen; a returning row may name an
        identifier nobody knows."""
        if self.returned:
            return "true"
        return "(time is null and paid_time is null)" if self.mapping.kind == "orders" else "false"

    @property
    def _is_keyed_by_ids(self) -> bool:
        """Whether what a row says includes its identifiers; then it has its key where it has its ids."""
        return bool(self.identified) and self.mapping.kind != "orders"

    def _key(self) -> list[str]:
        """Column ``key``: hash of an event's own id (and of the account whose id it is, where a column says so), else
        of what the row says."""
        of_account = "coalesce(account || chr(30), '') || " if "account" in self.mapped else ""
        own = hash_64(f"$namespace || {of_account}event_id")
        if self._is_keyed_by_ids:
            return [f"case when event_id is not null then {own} end as key"] if "event_id" in self.mapped else []
        if self.mapping.kind == "events" and "event_id" in self.mapped:
            return [f"case when event_id is null then {self._content()} else {own} end as key"]
        return [f"{self._content()} as key"]

    def _content(self) -> str:
        """Hash of what a row says: of all cells for orders (lines differ in columns nobody mapped), else of its values
        (``rows.row_key``)."""
        if self.mapping.kind == "orders":
            return key_of_cells(self.own)
        fields = [f for f in FIELDS[self.mapping.kind] if f.value != "identifier"]
        if self.is_short:
            return short_key_of_event(fields, self.mapped, self.identified)
        return key_of_values(fields, self.mapped, self.identified, self.figures)

    def id_text(self, identified: Identified, identifier_id: str) -> str:
        """SQL: an id as the key of its row has it."""
        before = [i for i in self.identified if i.type == identified.type and i.position < identified.position]
        return id_text(identifier_id, identified.type, nth=len(before), is_short=self.is_short)


def _figures(source: Source, mapping: Mapping) -> tuple[Field, ...]:
    """The columns that are figures and add up, as fields ``figure<position>``."""
    header = source.dialect.header
    return tuple(
        Field(name=f"figure{header.index(column)}", value="amount", words=(column,))
        for column, rule in mapping.figures.items()
        if column in header and rule in ("sum", "cumulative")
    )


def _added(source: Source, mapping: Mapping) -> dict[Field, int]:
    """Fields ``added<position>`` for the columns that are added to an amount, whose name is their word; with their
    positions."""
    header = source.dialect.header
    found = {header.index(column): name for column, name in mapping.added.items() if column in header}
    return {Field(name=f"added{at}", value="amount", words=(name,)): at for at, name in sorted(found.items())}
