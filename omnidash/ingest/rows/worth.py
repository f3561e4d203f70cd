"""In which currency is a row, and in which units are its amounts? SQL between the cells' values and the checks.

The currency of a row is that of its currency column, else the one written beside its amounts (``€5``, ``12 MXN``), else
null: the file's. A sign that several currencies share (``$``, ``kr``) is that of the row's column or of the file where
it can be, see ``money``. A row whose amounts and column name different currencies is set aside (problem ``sign``).

Amounts under a header such as 花费(万元) are multiplied by what the mapping says; counts come out whole.
"""

from collections.abc import Iterable, Sequence

from omnidash.ingest.meaning.fields import MONEY, Field, field_of
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.money import FAMILIES, resolved
from omnidash.ingest.rows.rates import file_currency
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Staging, Workspace

_OF_A_UNIT = "decimal(20, 10)"  # 1.23456789万元 is 12345.6789


def money_of(mapping: Mapping) -> list[str]:
    """The fields of a row that are money, the one that decides first; none where the kind has no currency."""
    given = {*mapping.columns.values(), *mapping.constants}
    return [name for name in MONEY if name in given] if field_of(mapping.kind, "currency") else []


def cell_types(mapping: Mapping, field: Field) -> tuple[str, str, str]:
    """How the cells of a field are read (``cells.STEPS``): as what, in which type, and what the value is of then. Finer
    than they are kept where they are still multiplied."""
    if field.name in _sizes(mapping):
        return "amount", _OF_A_UNIT, _OF_A_UNIT
    return field.value, field.stored, "decimal(24, 6)"


def worth_steps(mapping: Mapping, fields: Iterable[Field], before: str) -> str:
    """Common table expressions from ``before`` to ``worth``: amounts in units of one, ``currency``, and ``contrary``:
    the currencies of a row that names several, as text."""
    sizes, money = _sizes(mapping), money_of(mapping)
    stored = {f.name: f for f in fields if f.name in sizes}
    scaled = [_scaled(f, sizes[f.name]) for f in stored.values()]
    if not money:
        return f"worth as (select * {_replacing(scaled)} from {before}),"  # noqa: S608  (our field names)
    is_named = "currency" in {*mapping.columns.values(), *mapping.constants}
    column = _of_sign("currency") if is_named else "cast(null as varchar)"
    signs = ", ".join(f"nullif({name}_mark, '') as {name}_sign" for name in money)
    first = f"coalesce({', '.join(f'{name}_sign' for name in money)})"
    others = [f"{name}_sign <> written" for name in money]
    return f"""
        signed as (select *, {column} as named, {signs} from {before}),
        written as (select *, {first} as written from signed),
        agreed as (select *,
            case when written is null then null
                 when {" or ".join(others)} then concat_ws(' / ', {", ".join(f"{name}_sign" for name in money)})
                 when strlen(written) = 3 and named <> written then concat_ws(' / ', named, written)
                 when strlen(written) < 3 and not list_contains($in_families, written || named)
                     then concat_ws(' / ', named, written) end as contrary
            from written),
        worth as (
            select * {_replacing([*scaled, f"coalesce(named, {_of_sign('written')}) as currency"])} from agreed),
    """  # noqa: S608  (our field names)


def sign_params(ws: Workspace, mapping: Mapping) -> dict[str, object]:
    """What the steps above bind: which currency of its family a shared sign means here, and all of its family."""
    contexts = (mapping.currency, mapping.constants.get("currency"), ws.settings.currency)
    return {
        "families": list(FAMILIES),
        "of_families": [resolved(sign, contexts) or sign for sign in FAMILIES],
        "in_families": [f"{sign}{code}" for sign, family in FAMILIES.items() for code in family if code],
    }


def said_currency(ws: Workspace, staging: Staging, mapping: Mapping, name: str) -> list[Message]:
    """What to say where some amounts of ``parsed`` name a currency and others none. Raises BadInput where nothing says
    which one those are in: they would silently become the workspace's."""
    money = money_of(mapping)
    if not money or "currency" in {*mapping.columns.values(), *mapping.constants}:
        return []
    is_money = " or ".join(f"{field} <> 0" for field in money)
    named, nameless, codes = staging.cursor.execute(
        f"""
        select count(*) filter (currency is not null), count(*) filter (currency is null),
            list_sort(list(distinct currency) filter (currency is not null))
        from parsed where problem is null and ({is_money})
        """  # noqa: S608  (our field names)
    ).fetchall()[0]
    of_file = file_currency(ws, mapping)
    if not named or not nameless or codes == [of_file]:
        return []
    values = {"currencies": ", ".join(codes)}
    if mapping.currency is None:
        one = N_("{file}: 1 amount names no currency while others are in {currencies}; say which one it is in")
        many = N_(
            "{file}: {count} amounts name no currency while others are in {currencies}; say which one they are in"
        )
        raise BadInput(one if nameless == 1 else many, file=name, count=nameless, **values)
    one = N_("1 amount names no currency while others are in {currencies}; it is taken as {currency}")
    many = N_("{count} amounts name no currency while others are in {currencies}; they are taken as {currency}")
    return [counted(one, many, nameless, currency=of_file, **values)]


def refuse_mixed_orders(staging: Staging, mapping: Mapping) -> None:
    """Set aside, with problem ``currencies``, every line of an order whose amounts are in several currencies: they
    cannot be added to each other, and which one the order was paid in nobody knows. A line that names none is in that
    of the others (Shopify writes it on the first line only)."""
    money = money_of(mapping)
    if not money:
        return
    is_worth = " or ".join(f"coalesce({name}, 0) <> 0" for name in money)
    staging.cursor.execute(
        f"""
        update parsed set problem = 'currencies', culprit = 'currency', culprit_text = mixed.codes
        from (
            select order_id, array_to_string(list_sort(list(distinct currency)), ' / ') as codes from parsed
            where problem is null and currency is not null and ({is_worth})
            group by order_id having count(distinct currency) > 1) mixed
        where parsed.order_id = mixed.order_id and problem is null
        """  # noqa: S608  (our field names)
    )


def _sizes(mapping: Mapping) -> dict[str, str]:
    return {mapping.columns[column]: size for column, size in mapping.multipliers.items() if column in mapping.columns}


def _scaled(field: Field, size: str) -> str:
    value = f"{field.name} * cast('{size}' as decimal(16, 6))"
    whole = f"round({value})" if field.value == "count" else value
    return f"cast(try_cast({whole} as {field.stored}) as decimal(24, 6)) as {field.name}"


def _replacing(columns: Sequence[str]) -> str:
    return f"replace ({', '.join(columns)})" if columns else ""


def _of_sign(sign: str) -> str:
    return f"case when strlen({sign}) < 3 then coalesce(map($families, $of_families)[{sign}], {sign}) else {sign} end"
