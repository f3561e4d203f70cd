"""How figures of an export add up: the rules that profiles declare and mappings carry.

    sum         counts and amounts: added over items and over days
    cumulative  a running total (月累计支付金额): added over the items of one day, never over days
    average     neither added nor averaged (平均停留时长, Reach): of several rows there is no such figure
    a formula   a ratio, recomputed from sums: ``花费 / 展现量 * 1000``

A formula is made of column names, numbers and ``+ - * / ( )``. A name stands as the header says it, blanks included;
one that holds an operator or a bracket itself stands in double quotes: ``cost / "Clicks (all)"``. A formula gives the
number as the export prints it: where the export prints ``0.67%`` it says ``* 100``. Dividing by zero gives nothing.

>>> tokens('花费 / 展现量 * 1000')
['花费', '/', '展现量', '*', 1000.0]
"""

import re
from collections.abc import Callable

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

SUM, CUMULATIVE, AVERAGE = "sum", "cumulative", "average"
PLAIN_RULES = (SUM, CUMULATIVE, AVERAGE)
OPERATORS = "+-*/()"
_NUMBER = re.compile(r"\d+(\.\d+)?")
_PIECE = re.compile(r'"([^"]+)"|([-+*/()])|([^-+*/()"]+)')

Token = str | float


def is_formula(rule: str) -> bool:
    """Whether a rule is computed from other figures."""
    return rule not in PLAIN_RULES


def tokens(formula: str) -> list[Token]:
    """Operators and names as text, numbers as float. Raises BadInput on a quote that does not close."""
    found: list[Token] = []
    at = 0
    while at < len(formula):
        piece = _PIECE.match(formula, at)
        if piece is None:
            raise BadInput(N_("the formula '{formula}' has a quote that does not close"), formula=formula)
        quoted, operator, plain = piece.groups()
        text = quoted or operator or plain.strip()
        if text:
            found.append(float(text) if plain and _NUMBER.fullmatch(text) else text)
        at = piece.end()
    return found


def names_in(formula: str) -> list[str]:
    """The column names of a formula, in its order, each once."""
    return list(dict.fromkeys(t for t in tokens(formula) if isinstance(t, str) and t not in OPERATORS))


def renamed(formula: str, name_of: Callable[[str], str]) -> str:
    """The same formula over other names."""
    parts = []
    for token in tokens(formula):
        if isinstance(token, float):
            parts.append(f"{token:.15g}")
        elif token in OPERATORS:
            parts.append(token)
        else:
            name = name_of(token)
            parts.append(f'"{name}"' if set(name) & set(OPERATORS) or _NUMBER.fullmatch(name) else name)
    return " ".join(parts)
