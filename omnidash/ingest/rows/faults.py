"""What is wrong with a row of cells, as SQL: the first fault of each row, a struct ``problem, culprit, culprit_text``.

Rows that sum up others are told by their words alone here; by their figures they are found afterwards (``totals``).
"""

from typing import TYPE_CHECKING

from omnidash.identity.personal import HIDDEN
from omnidash.ingest.reading.encoding import BROKEN
from omnidash.ingest.rows.returned import COLUMNS
from omnidash.ingest.rows.totals import TOTAL

if TYPE_CHECKING:
    from omnidash.ingest.rows.plan import Plan

LEFT_OUT = "left out"  # the culprit of a row that says of itself that it is none
LONGEST_RANGE_DAYS = 3 * 366


def fault_of(plan: "Plan") -> str:
    """The first thing wrong with a row, as a struct. Rows whose words alone do not make them totals are judged by
    their figures afterwards (``totals``)."""
    cases = [
        *_astray(plan),
        *_broken(plan),
        f"when {plan.words.are_enough()} then {_fault(TOTAL, '', 'null')}",
        f"when is_alone and regexp_matches(first_filled, $footer_row) then {_fault(TOTAL, '', 'null')}",
        f"when is_alone and regexp_full_match(first_filled, '[\\s—–-]*') then {_fault(TOTAL, '', 'null')}",  # dashes
        f"when cells <> $width then {_fault('cells', '', 'cast(cells as varchar)')}",
        *_nameless(plan),
        *_left_out(plan),
    ]
    for f in plan.fields:
        text = f"{f.name}_text"
        if f.name not in plan.mapped or f in plan.figures:  # a figure that is no number is left out, not refused
            continue
        if f.needed and not (plan.mapping.kind == "orders" and f.name == "time"):
            cases.append(f"when {text} is null then {_fault('missing', f.name, 'null')}")
        if f.value in ("time", "day", "amount", "count"):
            culprit = f.words[0] if f in plan.added else f.name
            cases.append(f"when {text} is not null and {f.name} is null then {_fault(f.value, culprit, text)}")
        if f.value in ("time", "day") and not (plan.mapping.is_deals and f.name == "paid_time"):  # a day to close it
            cases.append(f"when {f.name} > $latest then {_fault('future', f.name, text)}")
        if f.value == "currency" and plan.mapping.column_of(f.name):
            cases.append(
                f"when {text} is not null and not list_contains($currencies, {f.name})"
                f" then {_fault('currency', f.name, text)}"
            )
        if f.value == "id" and f.name != "sku":
            cases.append(f"when {_is_shortened(text)} then {_fault('shortened', f.name, text)}")
    for i in plan.identified:
        cases.append(f"when {_is_shortened(f'c{i.column}')} then {_fault('shortened', i.type, f'c{i.column}')}")
    cases += _hidden(plan)
    cases += _of_money(plan)
    if plan.mapping.kind == "spend":
        cases.append(f"when channel_text is null then {_fault('missing', 'channel', 'null')}")
    if "end_date" in plan.mapped:
        cases.append(
            f"when end_date < date or end_date - date >= {LONGEST_RANGE_DAYS}"
            f" then {_fault('range', 'end_date', 'end_date_text')}"
        )
    if "day_number" in plan.mapped:
        cases.append(
            f"when day_number not between 0 and {LONGEST_RANGE_DAYS}"
            f" then {_fault('range', 'day_number', 'day_number_text')}"
        )
    return f"case {' '.join(cases)} end as fault"


def _hidden(plan: "Plan") -> list[str]:
    """A row of which a text was hidden when it was set aside, and comes back hidden; an identifier as well where the
    file brings rows back: elsewhere a platform hides people so, and the cell names nobody."""
    texts = [(f"{f.name}_text", f.name) for f in plan.fields if f.name in plan.mapped and f.value in ("text", "id")]
    if plan.returned:
        texts += [(f"trim(c{i.column})", i.type) for i in plan.identified]
    return [f"when {text} = '{HIDDEN}' then {_fault('masked', name, 'null')}" for text, name in texts]


def _of_money(plan: "Plan") -> list[str]:
    """A row that names several currencies or one nobody knows, or is worth more than can be reckoned with."""
    cases = []
    if plan.signed:
        cases.append(f"when contrary is not null then {_fault('sign', 'currency', 'contrary')}")
    if plan.signed and "currency" not in plan.mapped:
        is_unknown = "currency is not null and not list_contains($currencies, currency)"
        cases.append(f"when {is_unknown} then {_fault('currency', 'currency', 'currency')}")
    if {"quantity", "unit_price"} <= plan.mapped:
        worth = "abs(cast(quantity as double) * cast(unit_price as double))"
        cases.append(f"when {worth} >= 1e13 then {_fault('amount', 'unit_price', 'unit_price_text')}")
    return cases


def _astray(plan: "Plan") -> list[str]:
    """A returning row that does not say where it comes from, or comes from another import than the others."""
    if plan.returned is None:
        return []
    batch = f"trim(coalesce(c{plan.returned.batch}, ''))"
    return [
        f"when {batch} <> $returned_batch then {_fault('batch', COLUMNS[0], batch)}",
        f"when n is null then {_fault('missing', COLUMNS[1], 'null')}",
    ]


def _broken(plan: "Plan") -> list[str]:
    """A row with bytes that are no text, where the file was read in spite of some."""
    cells = ", ".join(f"c{i}" for i in range(plan.raw.width))
    is_broken = f"contains(concat_ws('', {cells}), '{BROKEN}')"
    return [f"when {is_broken} then {_fault('broken', '', 'null')}"] if plan.has_broken_lines else []


def _nameless(plan: "Plan") -> list[str]:
    """A row that names none of what the others are about sums them up."""
    named = [plan.header.index(c) for c in plan.mapping.totals if c in plan.header]
    empty = " and ".join(f"coalesce(trimmed(c{i}), '') = ''" for i in named)
    return [f"when {empty} then {_fault(TOTAL, '', 'null')}"] if named else []


def _left_out(plan: "Plan") -> list[str]:
    """A row that says of itself that it is none of what the file is about."""
    cells = {name: f"trimmed(c{plan.header.index(name)})" for name in plan.mapping.leaves_out if name in plan.header}
    return [
        f"when regexp_full_match({cell}, $left_out{plan.header.index(name)}, 'i') then {_fault(TOTAL, LEFT_OUT, cell)}"
        for name, cell in cells.items()
    ]


def _is_shortened(text: str) -> str:
    """SQL: whether a spreadsheet has written a long number as 1.01712E+12, which many ids become alike. It begins with
    a digit or a blank, which most ids are told from at once."""
    return (
        f"ord({text}) <= 57 and contains({text}, 'E+') and regexp_full_match({text}, '\\s*\\d([.,]\\d+)?E\\+\\d+\\s*')"
    )


def _fault(problem: str, culprit: str, text: str) -> str:
    return f"{{'problem': '{problem}', 'culprit': '{culprit}', 'culprit_text': cast({text} as varchar)}}"
