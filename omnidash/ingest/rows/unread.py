"""What rows that are taken lose: figures that are no numbers are left out, counts that are not whole are rounded,
identifiers that cannot be read identify nobody.

All are counted and said. A figure is shown where it is a short number with something around it (``1.2 mil``); other
texts may hold anything. Of an identifier its shape is shown: ``***********;***********`` for two phones in one cell.
"""

from collections.abc import Sequence

from omnidash.ingest.meaning.fields import field_of
from omnidash.ingest.meaning.formula import CUMULATIVE, SUM
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.rows.plan import Identified
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Staging


def rounded_counts(staging: Staging, mapping: Mapping) -> list[Message]:
    """How many rows have a count that was not whole."""
    counts = {c for c, m in mapping.columns.items() if (f := field_of(mapping.kind, m)) and f.value == "count"}
    if not counts - set(mapping.multipliers):
        return []
    rows = staging.cursor.execute("select count(*) from parsed where problem is null and rounded").fetchall()[0][0]
    one = N_("1 row counts in parts (12.7 clicks): it is rounded to whole numbers")
    many = N_("{count} rows count in parts (12.7 clicks): they are rounded to whole numbers")
    return [Message(one if rows == 1 else many, {"count": rows})] if rows else []


def unread_figures(staging: Staging, source: Source, mapping: Mapping) -> list[Message]:
    """Which figures of the rows that are taken could not be read, and how often."""
    rules = [rule for column, rule in mapping.figures.items() if column in source.dialect.header]
    if not {SUM, CUMULATIVE} & set(rules):
        return []
    found = staging.cursor.execute(
        r"""
        with cells as (select unnest(unread) as cell from parsed where problem is null)
        select cell.figure, count(*),
            min(cell.said) filter (regexp_full_match(cell.said, '\D{0,4}\d[\d.,]{0,8}\D{0,4}'))
        from cells group by cell.figure order by cell.figure
        """
    ).fetchall()
    bare = (
        N_("{column}: 1 cell is no number and is left out"),
        N_("{column}: {count} cells are no numbers and are left out"),
    )
    shown = (
        N_("{column}: 1 cell is no number and is left out: '{example}'"),
        N_("{column}: {count} cells are no numbers and are left out, such as '{example}'"),
    )
    return [
        counted(*(shown if example else bare), count, column=column, example=example)
        for column, count, example in found
    ]


def unread_identifiers(staging: Staging, source: Source, identified: Sequence[Identified]) -> list[Message]:
    """How many cells of each identifier column, in rows that are taken, identify nobody though something stands in
    them. Those that a platform has hidden (138****1234) and dashes are no news."""
    notes = []
    for i in identified:
        if i.contact is not None:  # the same cells once more
            continue
        count, example = _cells(
            staging,
            i,
            "identifier_id is null and not contains(value, '**') and regexp_matches(value, '[\\p{L}\\p{N}]')",
        )
        if count:
            column = source.dialect.header[i.column]
            notes.append(counted(_ONE_UNREAD, _MANY_UNREAD, count, column=column, example=_shape(example)))
    return notes


def foreign_phones(staging: Staging, source: Source, identified: Sequence[Identified], country: str) -> list[Message]:
    """How many phones of each column are written as in North America, and were read as those of another country."""
    if country in _NORTH_AMERICA:
        return []
    notes = []
    for i in identified:
        if i.type not in ("phone", "order_contact") or i.contact is not None:
            continue
        count, example = _cells(
            staging, i, f"identifier_id is not null and regexp_full_match(trim(value), '{_AS_IN_NORTH_AMERICA}')"
        )
        if count:
            column, shape = source.dialect.header[i.column], _shape(example)
            notes.append(counted(_ONE_FOREIGN, _MANY_FOREIGN, count, column=column, example=shape, country=country))
    return notes


def _cells(staging: Staging, i: Identified, condition: str) -> tuple[int, str]:
    """How many cells of a column, in rows that are taken, are such (SQL over table ``hashed``), and the shortest."""
    value = f"value{i.position}"
    staging.cursor.execute(
        f"create or replace temp table such as select distinct value from hashed{i.position} where {condition}"  # noqa: S608
    )
    count, example = staging.cursor.execute(
        f"""
        select count(*), min_by({value}, (length({value}), {value}))
        from parsed where problem is null and {value} in (select value from such)
        """  # noqa: S608  (a number)
    ).fetchall()[0]
    return int(count), str(example)


_NORTH_AMERICA = ("US", "CA")
_AS_IN_NORTH_AMERICA = (  # 400-812-3456 is a Chinese service number
    r"\([2-9][0-9]{2}\) ?[0-9]{3}[-. ][0-9]{4}|[2-9][0-9]{2}\.[0-9]{3}\.[0-9]{4}"
    r"|([235679][0-9]{2}|[48]0[1-9]|[48][1-9][0-9])-[0-9]{3}-[0-9]{4}"
)
_ONE_FOREIGN = N_(
    "{column}: 1 phone number is written as in North America and was read as one of {country}: '{example}'; the country"
    " of numbers without a code is a setting (--country for a new workspace)"
)
_MANY_FOREIGN = N_(
    "{column}: {count} phone numbers are written as in North America and were read as those of {country}, such as"
    " '{example}'; the country of numbers without a code is a setting (--country for a new workspace)"
)
_ONE_UNREAD = N_("{column}: 1 cell cannot be read and identifies nobody: '{example}' (a digit is *, a letter x)")
_MANY_UNREAD = N_(
    "{column}: {count} cells cannot be read and identify nobody, such as '{example}' (a digit is *, a letter x)"
)
_LONGEST_SHAPE = 40  # characters


def _shape(text: str) -> str:
    """What a text looks like, without what it says.

    >>> _shape("13812345678 or Ann")
    '*********** xx xxx'
    """
    shape = "".join("*" if c.isnumeric() else "x" if c.isalpha() else c for c in text.strip())
    return shape[:_LONGEST_SHAPE] + (" …" if len(shape) > _LONGEST_SHAPE else "")
