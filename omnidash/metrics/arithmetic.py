"""A small arithmetic for the formulas of exports: names, numbers, ``+ - * / ( )``, and nothing else.

What a name stands for is looked up, never executed. Decimal arithmetic, so that 1.18 is 1.18; null (None) goes through
every operation, and a division by zero gives null.

>>> evaluated("cost / impressions * 1000", {"cost": Decimal("12.84"), "impressions": Decimal(1212)})
Decimal('10.59405940594059405940594059')
"""

from collections.abc import Mapping
from decimal import Decimal

from omnidash.ingest.meaning.formula import OPERATORS, Token, tokens
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_


def evaluated(formula: str, values: Mapping[str, Decimal | None]) -> Decimal | None:
    """The value of ``formula`` where names stand for ``values``; None where one of them is missing or null.

    Raises BadInput where the formula is none.
    """
    reading = _Reading(formula, tokens(formula), values)
    value = reading.sum()
    reading.expect_end()
    return value


class _Reading:
    """Recursive descent: a sum of products of numbers, names and brackets."""

    def __init__(self, formula: str, found: list[Token], values: Mapping[str, Decimal | None]) -> None:
        self.formula, self.tokens, self.values, self.at = formula, found, values, 0

    def sum(self) -> Decimal | None:
        value = self.product()
        while self._next() in ("+", "-"):
            operator, other = self._take(), self.product()
            if value is not None:
                value = None if other is None else value + other if operator == "+" else value - other
        return value

    def product(self) -> Decimal | None:
        value = self.factor()
        while self._next() in ("*", "/"):
            operator, other = self._take(), self.factor()
            if value is None or other is None or (operator == "/" and other == 0):
                value = None
            else:
                value = value * other if operator == "*" else value / other
        return value

    def factor(self) -> Decimal | None:
        token = self._take()
        if token == "-":
            value = self.factor()
            return None if value is None else -value
        if token == "(":
            value = self.sum()
            if self._take() != ")":
                raise self._error()
            return value
        if isinstance(token, float):
            return Decimal(str(token))
        if token is None or token in OPERATORS:
            raise self._error()
        return self.values.get(token)

    def expect_end(self) -> None:
        if self._next() is not None:
            raise self._error()

    def _next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self) -> Token | None:
        token = self._next()
        self.at += 1
        return token

    def _error(self) -> BadInput:
        return BadInput(N_("the formula '{formula}' cannot be read"), formula=self.formula)
