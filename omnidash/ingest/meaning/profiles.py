"""Known exports: one declarative file each in ``profiles/``; adding a platform is adding a file.

    title, title_zh  what a person calls this export      platform, languages
    found_at, found_at_zh   where its back end gives it (menu → button)
    row, row_zh      what one row is                      kind: events | orders | spend | reports
    requires         headers that are all there (its signature)        absent: headers that are not there
    above            a pattern that a line above the header matches    [cells] header = pattern of the cells below it
    [columns]        header = "field"                     [constants] field = "value" for every row
    [added]          header = amount that is what its own column and this one say together
    [figures]        header = how a column that is no field adds up: sum, cumulative, average, or a formula
    others           how columns add up that are named nowhere (rates and averages among them never do)
    [leaves_out]     header = pattern of the cells of rows that are none (withdrawals, test payments)
    totals           headers whose cells are all empty in a row that is a total
    section          of reports: what the table is called; "header" where only its columns tell (default: the name)
    timezone, currency, date_order, amount_level, conversion_is_touch, revenue_is_net: as in ``Mapping``

Headers are compared by ``fields.header_key``. Spellings of one thing (in other languages, or older ones) stand as
``"Day|Jour|Tag"``, everywhere; for a field the first spelling that the file has is taken, in the order of the profile.
``"field+"`` is a further column of the same field: another identifier, or more of a name (``mapping.JOINED``).
Formulas are those of ``formula``; they name columns by any of their spellings. Of several profiles that fit, the one
with most conditions is meant, then the one that knows most of the file's headers.
"""

import re
import tomllib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from omnidash.ingest.meaning.fields import FIELDS, header_key, is_ratio
from omnidash.ingest.meaning.formula import AVERAGE, is_formula, renamed
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.dialect import clean_cell
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

HOUSE = "OmniDash"  # the platform of our own formats
_OF_HEADER = "header"
_MOST = 0.6  # share of a column's filled cells that a pattern of [cells] must match


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One export format. ``name`` is the file's name without ``.toml``.

    ``columns`` and ``figures`` hold every spelling as a key of its own; ``spellings`` leads from a spelling (its
    ``header_key``) to the first one of the same thing.
    """

    name: str
    title: str
    title_zh: str = ""
    platform: str
    found_at: str = ""
    found_at_zh: str = ""
    kind: str
    languages: tuple[str, ...]
    row: str
    row_zh: str = ""
    requires: tuple[str, ...]
    absent: tuple[str, ...] = ()
    above: str | None = None
    cells: AnyMapping[str, str] = field(default_factory=dict)
    columns: AnyMapping[str, str] = field(default_factory=dict)
    figures: AnyMapping[str, str] = field(default_factory=dict)
    added: AnyMapping[str, str] = field(default_factory=dict)
    constants: AnyMapping[str, str] = field(default_factory=dict)
    totals: tuple[str, ...] = ()
    leaves_out: AnyMapping[str, str] = field(default_factory=dict)
    others: str | None = None
    section: str | None = None
    timezone: str | None = None
    currency: str | None = None
    date_order: str | None = None
    amount_level: str | None = None
    conversion_is_touch: bool = False
    revenue_is_net: bool = False
    spellings: AnyMapping[str, str] = field(default_factory=dict)

    def title_in(self, language: str) -> str:
        """What a reader of ``language`` ('zh…' or anything else) calls this export."""
        return self.title_zh if language.startswith("zh") and self.title_zh else self.title

    def found_at_in(self, language: str) -> str:
        """Where the platform's back end gives it, for a reader of ``language``; '' where we do not know."""
        return self.found_at_zh if language.startswith("zh") and self.found_at_zh else self.found_at

    def row_in(self, language: str) -> str:
        """What one row is, for a reader of ``language``."""
        return self.row_zh if language.startswith("zh") and self.row_zh else self.row

    def fits(self, header: Sequence[str], sample: Sequence[Sequence[str]] = (), preamble: Sequence[str] = ()) -> bool:
        """Whether every required header is there and no excluded one, and the cells and the lines above fit too. Our
        own formats fit no file with an amount under another name than ours: its columns are then guessed instead of
        losing the money."""
        keys = {header_key(name) for name in header}
        has_all = all(any(header_key(w) in keys for w in wanted.split("|")) for wanted in self.requires)
        if not has_all or any(header_key(word) in keys for name in self.absent for word in name.split("|")):
            return False
        if self.platform == HOUSE and self._amount_under_another_name(keys):
            return False
        if self.above is not None and not any(re.search(self.above, line) for line in preamble):
            return False
        return all(_match(header, sample, name, pattern) for name, pattern in self.cells.items())

    def _amount_under_another_name(self, keys: set[str]) -> bool:
        own = {header_key(name) for name in self.columns}
        told = {self.columns[name] for name in self.columns if header_key(name) in keys}
        others = {
            header_key(word)
            for one in FIELDS[self.kind]
            if one.value == "amount" and one.name in self.columns.values() and one.name not in told
            for word in one.words
        }
        return not others.isdisjoint(keys - own)

    def mapping(self, header: Sequence[str]) -> Mapping:
        """This profile applied to a file's header: the first spelling in the profile's order that the file has."""
        by_key: dict[str, str] = {}
        for name in header:
            by_key.setdefault(header_key(name), name)
        columns: dict[str, str] = {}
        for wanted, meaning in self.columns.items():
            name_in_file = by_key.get(header_key(wanted))
            name, is_further = meaning.removesuffix("+"), meaning.endswith("+")
            if (
                name_in_file is not None
                and name_in_file not in columns
                and (is_further or name not in columns.values())
            ):
                columns[name_in_file] = name
        constants = {k: v for k, v in self.constants.items() if k not in columns.values()}
        if self.kind == "reports" and self.section is not None:
            constants["section"] = header_section(header) if self.section == _OF_HEADER else self.section
        return Mapping(
            kind=self.kind,
            columns=columns,
            constants=constants,
            profile=self.name,
            timezone=self.timezone,
            currency=self.currency,
            date_order=self.date_order,
            amount_level=self.amount_level,
            conversion_is_touch=self.conversion_is_touch,
            revenue_is_net=self.revenue_is_net and "refund" in columns.values(),
            figures=self._figures_in(header, columns),
            added={
                name: meaning
                for words, meaning in self.added.items()
                for name in header
                if name not in columns and self._is_of(name, (words,))
            },
            totals=tuple(name for name in header if self._is_of(name, self.totals)),
            leaves_out={
                name: pattern
                for words, pattern in self.leaves_out.items()
                for name in header
                if self._is_of(name, (words,))
            },
        )

    def knows(self, header: Sequence[str]) -> int:
        """How many of a file's headers the profile names."""
        return sum(1 for name in header if header_key(name) in self.spellings)

    def _figures_in(self, header: Sequence[str], columns: AnyMapping[str, str]) -> dict[str, str]:
        """The file's figures and their rules, with formulas over the file's own names."""
        rules = {header_key(name): rule for name, rule in self.figures.items()}
        by_key: dict[str, str] = {}
        for name in header:
            by_key.setdefault(header_key(name), name)
        by_first: dict[str, str] = {}
        for spelling, first in self.spellings.items():  # in the profile's order, whatever the file's
            if spelling in by_key:
                by_first.setdefault(first, by_key[spelling])

        def own_name(name: str) -> str:
            return by_first.get(self.first_spelling(name), name)

        def rule_of(name: str) -> str | None:
            return rules.get(header_key(name)) or (AVERAGE if self.others and is_ratio(name) else self.others)

        return {
            name: renamed(rule, own_name) if is_formula(rule) else rule
            for name in header
            if name not in columns and not self._is_of(name, (*self.added,)) and (rule := rule_of(name)) is not None
        }

    def first_spelling(self, name: str) -> str:
        """The first spelling of what a column is about: ``Jour`` -> ``Day``; the name itself where it is not known."""
        return self.spellings.get(header_key(name), name)

    def _is_of(self, name: str, wanted: Sequence[str]) -> bool:
        return any(header_key(word) == header_key(name) for words in wanted for word in words.split("|"))


def header_section(header: Sequence[str]) -> str:
    """What a report is called where nothing but its columns tells: their names."""
    return ", ".join(header)[:200]


@cache
def profiles() -> tuple[Profile, ...]:
    """All known profiles, by name."""
    folder = files("omnidash.ingest").joinpath("profiles")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return tuple(
        _profile(entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8")))
        for entry in sorted(found, key=lambda e: e.name)
    )


def profile(name: str) -> Profile:
    """The profile of that name. Raises BadInput, listing the known ones."""
    for known in profiles():
        if known.name == name:
            return known
    raise BadInput(
        N_("profile '{name}' is unknown; known are {names}"), name=name, names=", ".join(p.name for p in profiles())
    )


def recognised(
    header: Sequence[str], sample: Sequence[Sequence[str]] = (), preamble: Sequence[str] = ()
) -> Profile | None:
    """The profile that fits a table best, or None: most conditions, then most headers known, then the name."""
    fitting = [p for p in profiles() if p.fits(header, sample, preamble)]
    return max(
        fitting,
        key=lambda p: (len(p.requires) + len(p.cells) + (p.above is not None), p.knows(header), p.name),
        default=None,
    )


def _match(header: Sequence[str], sample: Sequence[Sequence[str]], name: str, pattern: str) -> bool:
    """Whether most filled cells of a column match; a column that is not there or is empty does not."""
    wanted = {header_key(word) for word in name.split("|")}
    for position, column in enumerate(header):
        if header_key(column) in wanted:
            filled = [text for row in sample if position < len(row) and (text := clean_cell(row[position]))]
            return sum(1 for text in filled if re.fullmatch(pattern, text)) > _MOST * len(filled)
    return False


def _profile(name: str, data: dict[str, Any]) -> Profile:
    known = {f.name for f in fields(Profile)} - {"name", "spellings"}
    unknown = set(data) - known
    if unknown:
        raise ValueError(f"profile {name}: unknown keys {sorted(unknown)}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    spellings: dict[str, str] = {}
    for words in (*data.get("leaves_out", {}), *data.get("added", {})):
        spellings.update((header_key(word), words.split("|")[0]) for word in words.split("|"))
    for table in ("columns", "figures"):
        for words in data.get(table, {}):
            for word in words.split("|"):
                spellings.setdefault(header_key(word), words.split("|")[0])
        values[table] = {word: rule for words, rule in data.get(table, {}).items() for word in words.split("|")}
    return Profile(name=name, **values, spellings=spellings)
