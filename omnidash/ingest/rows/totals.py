"""Which rows sum up the others? Judged by what they count, where words alone do not settle it.

Asked are rows that say so by a word (``total_words``), rows without a day where others have one, and rows that leave a
label blank that most others fill. Such a row is a total where it counts what the rows it stands for count together:
those of its day and of the labels it names, of all days, or all rows (an average: their mean).

    2026-07-01  抖音   夏季   100
    2026-07-01  抖音   品牌    50
    2026-07-01  抖音   合计   150      the sum of 抖音 on that day: a total
    2026-07-01  抖音   Sum     20      no sum of anything: a campaign of that name

Totals of totals are found in rounds. A row whose words say *total* and whose figures do not is taken as it stands, and
said (``kept_notes``). Rows without such words are totals only where every one of them that could be taken is one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from omnidash.ingest.meaning.formula import SUM
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.totals import (
    CELL_MARK,
    LIKE_CELL,
    MEAN_CELL,
    NAME_OF_TOTAL,
    SUM_CELL,
    TOTAL_CELL,
    names_total,
)
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Staging

TOTAL = "total"
_KEYS = {  # what rows are about
    "spend": ("date", "channel", "account", "campaign", "ad"),
    "reports": ("date", "channel", "section", "item"),
    "orders": ("order_id",),
}
_COUNTED = {  # what adds up over rows without doubt
    "spend": ("cost", "impressions", "clicks"),
    "reports": ("cost", "impressions", "clicks", "views", "revenue"),
    "orders": ("revenue", "refund", "quantity"),
}
_CLAIMED = {  # what platforms count once for several rows
    "spend": ("claimed_conversions", "claimed_revenue"),
    "reports": ("conversions", "refund", "visitors", "buyers"),
    "orders": (),
}
_MOST_FIGURES = 8
_MOSTLY = 0.6
_ROUNDS = 4
_NAMED = 3  # rows that a warning names
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """The columns of ``parsed`` that matter: ``keys`` say what a row is about and are filled in most rows; ``measures``
    are what is counted, SQL by name, with ``params``. ``number``: SQL for a row's number."""

    number: str
    keys: Keys
    measures: dict[str, str]
    params: dict[str, str] = field(default_factory=dict)


def skip_totals(
    staging: Staging, mapping: Mapping, number: str, *, header: Sequence[str], is_asked: bool = True
) -> None:
    """Mark the totals of ``parsed`` that its column ``summing`` and its figures show. ``number``: SQL for the number of
    a row; ``header``: of the file. ``is_asked``: not where the rows are only some of a table's."""
    staging.cursor.execute("create or replace table kept_total (row_number bigint, line varchar)")
    if mapping.kind not in _KEYS or mapping.is_refunds or not is_asked:
        return
    table = _table(staging, mapping, number)
    if table.measures and _ask(staging, table):
        for nth in range(_ROUNDS):
            if not _find(staging, table, is_first=nth == 0) and nth:
                break
        _mark(
            staging, table, [header.index(c) for k in _KEYS[mapping.kind] for c in mapping.columns_of(k) if c in header]
        )
    staging.cursor.execute("drop table if exists asked")


def kept_notes(staging: Staging) -> list[Message]:
    """What to say of rows that are called totals and are taken."""
    rows = staging.cursor.execute("select row_number, line from kept_total order by 1").fetchall()
    if not rows:
        return []
    named = ", ".join(f"{number} ({_word(line)})" for number, line in rows[:_NAMED])
    one = N_(
        "1 row is called a total but is no sum of other rows, so it is counted (row {rows}); take it out of the file if"
        " it is one"
    )
    many = N_(
        "{count} rows are called totals but are no sum of other rows, so they are counted (row {rows});"
        " take them out of the file if they are totals"
    )
    return [counted(one, many, len(rows), rows=named + (" …" if len(rows) > _NAMED else ""))]


def _word(line: str) -> str:
    return next((cell for cell in line.split(CELL_MARK) if names_total(cell)), "")


def _table(staging: Staging, mapping: Mapping, number: str) -> _Table:
    kind, columns = mapping.kind, set(mapping.columns.values())
    named = [name for name in _KEYS[kind] if name in columns]
    rows, *filled = staging.cursor.execute(
        f"select {', '.join(['count(*)', *(f'count({name})' for name in named)])} from parsed where problem is null"  # noqa: S608
    ).fetchall()[0]
    keys = tuple(name for name, told in zip(named, filled, strict=True) if told > _MOSTLY * rows)
    counted = [name for name in _COUNTED[kind] if name in columns]
    counted = counted or [name for name in _CLAIMED[kind] if name in columns]
    if counted:
        return _Table(number=number, keys=keys, measures={name: name for name in counted})
    figures = [name for name, rule in mapping.figures.items() if rule == SUM][:_MOST_FIGURES]
    params = {f"figure{i}": name for i, name in enumerate(figures)}
    return _Table(number=number, keys=keys, measures={name: f"figures[${name}]" for name in params}, params=params)


def _ask(staging: Staging, table: _Table) -> bool:
    """Table ``asked``: the rows that may sum up others, with the keys they name; whether there are any. A row of which
    more is wrong than that it leaves a key blank is not asked."""
    is_asked = " or ".join(["summing is not null", *(f"{key} is null" for key in table.keys)])
    keys = "".join(f", {_named(key)} as {key}, {key} as own_{key}" for key in table.keys)
    measures = "".join(f", {sql} as {name}" for name, sql in table.measures.items())
    staging.cursor.execute(
        f"""
        create table asked as
        select {table.number} as place, summing, problem, line, false as is_total,
            coalesce(regexp_matches(line, $mean_cell), false) as is_mean {keys} {measures}
        from parsed
        where ({is_asked}) and (problem is null or problem = 'missing' or (problem = 'day' and culprit = 'date'))
        """,  # noqa: S608  (our field names)
        {"mean_cell": MEAN_CELL, **({"name": NAME_OF_TOTAL} if "$name" in keys else {}), **table.params},
    )
    return bool(staging.cursor.execute("select 1 from asked limit 1").fetchall())


def _named(key: str) -> str:
    """A key that a row names; the word *total* names nothing, ``抖音 合计`` names 抖音."""
    return key if key == "date" else f"nullif(regexp_replace({key}, $name, '', 'i'), '')"


def _find(staging: Staging, table: _Table, *, is_first: bool) -> bool:
    """One round: mark rows of ``asked`` that count what others count together; whether there were any.

    In the first round the others are those that are not asked themselves, afterwards all that are no totals.
    """
    staging.cursor.execute("create or replace table matched (place bigint, is_worded boolean)")
    for keys in _scopes(staging, table):
        _compare(staging, table, keys, is_first=is_first)
    others = "select place from asked where summing is null and problem is null except select place from matched"
    is_regular = is_first and not staging.cursor.execute(others).fetchall()
    found = staging.cursor.execute(
        f"""
        update asked set is_total = true
        where place in (select place from matched where is_worded or {str(is_regular).lower()})
        """  # noqa: S608  (a word of our own)
    ).fetchall()[0][0]
    return bool(found)


def _scopes(staging: Staging, table: _Table) -> list[Keys]:
    """By which keys the rows that are asked and those they stand for belong together."""
    told = ", ".join(["summing is not null", *(f"{key} is not null" for key in table.keys)])
    found: set[Keys] = set()
    for is_worded, *named in staging.cursor.execute(f"select distinct {told} from asked where not is_total").fetchall():  # noqa: S608
        own = tuple(key for key, is_told in zip(table.keys, named, strict=True) if is_told)
        found |= {own, *(_wider(own) if is_worded else ())}
    return sorted(found)


def _wider(keys: Keys) -> Iterator[Keys]:
    """A total may carry the last day, or the name of an account: it is of all days, or of all that is."""
    yield tuple(key for key in keys if key != "date")
    yield tuple(key for key in keys if key == "date")
    yield ()


def _compare(staging: Staging, table: _Table, keys: Keys, *, is_first: bool) -> None:
    """Add to ``matched`` the rows that are the sum of those that say the same in ``keys``."""
    left_out = "" if is_first else "where is_total"
    sums = ", ".join(f"sum({sql}) as {name}" for name, sql in table.measures.items())
    group = f"group by {', '.join(keys)}" if keys else ""
    same = " and ".join(["true", *(f"a.{key} = s.{key}" for key in keys)])
    itself = "0"
    if not is_first:
        own = " and ".join(["a.problem is null", *(f"a.own_{key} is not distinct from s.{key}" for key in keys)])
        itself = f"case when {own} then 1 else 0 end"
    expected = ", ".join(f"s.{name} - itself * coalesce(a.{name}, 0) as sum_{name}" for name in table.measures)
    agrees, differs = _agreement(table)
    staging.cursor.execute(
        f"""
        insert into matched
        with others as (
            select {"".join(f"{key}, " for key in keys)} count(*) as rows, {sums} from parsed
            where problem is null and {table.number} not in (select place from asked {left_out}) {group}),
        beside as (
            select a.*, {itself} as itself, s.rows - itself as rows, {expected}
            from asked a join others s on {same}
            where not a.is_total and {_stands_for(table, keys)}),
        compared as (select *, {agrees} as agrees, {differs} as differs from beside where rows > 0)
        select place, summing is not null or problem is not null from compared
        where agrees > differs and (differs = 0 or {str(bool(table.params)).lower()})
            and (summing = 'total' or rows > 1 or agrees > 1)
        """,  # noqa: S608  (our field names)
        table.params,
    )


def _stands_for(table: _Table, keys: Keys) -> str:
    """Whether a row may be the sum over rows that share ``keys``: without words, over exactly what it names."""
    others = [key for key in table.keys if key not in keys]
    of_words = [] if set(keys) <= {"date"} else [key for key in others if key != "date"]
    exact, worded = (" and ".join(["true", *(f"a.{key} is null" for key in told)]) for told in (others, of_words))
    return f"case when a.summing is null then {exact} else {worded} end"


def _agreement(table: _Table) -> tuple[str, str]:
    """How many measures are what they should be, and how many are not; what is rounded in every row is off a little."""
    agrees, differs = [], []
    for name in table.measures:
        is_amount = name in ("cost", "revenue", "refund", "claimed_revenue")
        expected = f"(case when is_mean then sum_{name} / rows else coalesce(sum_{name}, 0) end)"
        slack = f"0.01 + abs({expected}) / 2000 + case when is_mean then {0 if is_amount else 0.5} else 0 end"
        is_near = f"abs({name} - {expected}) <= {slack}"
        agrees.append(f"case when {name} <> 0 and {is_near} then 1 else 0 end")
        differs.append(f"case when {is_near} or {name} is null then 0 else 1 end")
    return " + ".join(agrees), " + ".join(differs)


def _mark(staging: Staging, table: _Table, named: Sequence[int]) -> None:
    """Skip the totals that were found, and note rows that only say so: in a column of what rows are about (``named``:
    their positions), or by a word that means a sum anywhere. *Average* or *all* in another column is a value of it."""
    staging.cursor.execute(
        f"""
        update parsed set problem = $total, culprit = '', culprit_text = null
        where {table.number} in (select place from asked where is_total)
        """,  # noqa: S608  (a number)
        {"total": TOTAL},
    )
    cells = ", ".join(f"string_split(line, chr(31))[{position + 2}]" for position in named)
    about = f"concat_ws(chr(31), '', {cells}, '')" if cells else "''"
    staging.cursor.execute(
        f"""
        insert into kept_total
        select place, line from asked
        where summing in ('total', 'like') and problem is null and not is_total
            and (regexp_matches(line, $sum_cell) or regexp_matches({about}, $total_cell)
                or regexp_matches({about}, $like_cell))
            and exists (select 1 from parsed where problem is null and {table.number} not in (select place from asked))
        """,  # noqa: S608  (a number)
        {"sum_cell": SUM_CELL, "total_cell": TOTAL_CELL, "like_cell": LIKE_CELL},
    )
