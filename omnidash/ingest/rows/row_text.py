"""What is kept of the text of rows that are set aside: column ``raw`` of ``parsed``.

One line of CSV: what was mapped as its meaning allows (``kept_text``), identifiers as mask and id, all else (names,
addresses, notes) hidden.
"""

from omnidash.ingest.meaning.fields import IDENTIFIER_TYPES
from omnidash.ingest.rows.kept_text import has_odd_value, is_astray, shown_cells, shown_text
from omnidash.ingest.rows.labels import insert_rows, known_labels
from omnidash.ingest.rows.plan import Plan
from omnidash.ingest.rows.returned import csv_text, hidden, shown_identifier, unguarded_sql
from omnidash.store.workspace import Staging, Workspace


def find_told_texts(ws: Workspace, staging: Staging, plan: Plan, table: str) -> None:
    """Temp table ``told_text(field, text)``: what may be shown of a text column in a row that is perhaps shifted,
    because others say it too: a row that is taken (its text is in the workspace anyway), or the names of channels and
    actions that are known. Empty where no row may be shifted."""
    staging.cursor.execute("create or replace temp table told_text (field varchar, text varchar)")
    is_odd = has_odd_value("problem")
    if not staging.cursor.execute(f"select 1 from {table} where {is_odd} limit 1").fetchall():  # noqa: S608  (ours)
        return
    for field in (f.name for f in plan.fields if f.value == "text" and plan.mapping.column_of(f.name)):
        staging.cursor.execute(
            f"""
            insert into told_text
            select distinct '{field}', {field} from {table}
            where problem is null and {field} in (select {field} from {table} where {is_odd})
            """  # noqa: S608  (our field names)
        )
        if field in ("channel", "action"):
            said = staging.cursor.execute(f"select distinct {field} from {table} where {is_odd}").fetchall()  # noqa: S608
            known = known_labels(ws, plan.mapping, field, [label for (label,) in said if label])
            insert_rows(staging, "told_text", [(field, label) for label in known])


def texts(plan: Plan, table: str) -> list[str]:
    """Statements that fill column ``raw`` from the cells of the rows that keep them (column ``said``). Apart from the
    plan's: for a single row this is as much to plan and to prepare as all the rest, and few files have such a row."""
    names = plan.said()
    said = ", ".join(f"said[{at}] as {name}" for at, name in enumerate(names, start=1) if name != "cells")
    ids, joins = plan.ids()
    hints = "".join(f", hashed{i.position}.hint as hint{i.position}" for i in plan.identified)
    bare = "".join(f", trimmed(c{i}) as t{i}" for i in plan.columns())
    if plan.returned:
        bare = "".join(f", {unguarded_sql(f'trimmed(c{i})')} as t{i}" for i in plan.columns())
    return [
        f"""
        create temp table text as
        with kept as (select rowid as place, * from {table} where said is not null),
        odd as (
            select place, cast(said[1] as integer) as cells, {said}, {is_astray("problem", "culprit_text")} as is_astray
                {ids} {hints}
            from kept {joins}),
        bare as (select *, {shown_cells([f"c{i}" for i in range(plan.raw.width)])} as shown {bare} from odd)
        select place, {_raw_text(plan)} as raw from bare
        """,  # noqa: S608  (column numbers)
        f"update {table} set raw = text.raw from text where {table}.rowid = place",  # noqa: S608  (our own word)
        "drop table text",
    ]


def _raw_text(plan: Plan) -> str:
    """In a row of the wrong length any cell may hold an identifier, so all are hidden."""
    of_column = {i.column: i for i in plan.identified if i.contact is None}
    meanings = dict.fromkeys(plan.mapping.totals, "campaign") | dict.fromkeys(plan.mapping.figures, "cost")
    meanings |= {c: m for c, m in plan.mapping.columns.items() if m not in IDENTIFIER_TYPES}
    cells, texts = [], []
    for i in plan.own:
        name = plan.header[i]
        if i in of_column:
            one = of_column[i]
            texts.append(shown_identifier(f"t{i}", f"hint{one.position}", f"id{one.position}"))
        elif name in meanings:
            value = f"shown[{i + 1}]"
            texts.append(shown_text(plan.mapping.kind, meanings[name], f"c{i}", value) or value)
        else:
            texts.append(hidden(f"c{i}"))
        cells.append(hidden(f"c{i}"))
    written = len(plan.header) - len(plan.own)  # cells of ours in front
    last = f"string_split(coalesce(c{plan.own[-1]}, ''), $delimiter)"
    rest = f"list_transform({last}, lambda part: {hidden('part')})"
    short = f"[{', '.join(cells)}][1:cells - {written}]"
    wide = f"list_concat(cast([{', '.join(cells[:-1])}] as varchar[]), {rest})"
    odd = csv_text(f"case when cells < $width then {short} else {wide} end")
    whole = csv_text(f"[{', '.join(texts)}]")
    return f"case when cells <> $width then {odd} else {whole} end"
