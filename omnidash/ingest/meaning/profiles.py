"""Known exports: one declarative file each in ``profiles/``; adding a platform is adding a file.

    title     what a person calls this export             platform, languages, row (what one row is)
    kind      events | orders | spend                     requires: headers that are all there (its signature)
    [columns] header = "field"                            [constants] field = "value"
    and optionally  timezone, currency, conversion_is_touch, revenue_is_net, absent (headers that are not there)

Headers are compared by ``fields.header_key``; an alternative spelling is another entry of ``[columns]``, and in
``requires`` alternatives stand as ``"展现|展现量"``. The profile whose signature names most of the file's headers wins.
"""

import tomllib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One export format. ``name`` is the file's name without ``.toml``."""

    name: str
    title: str
    platform: str
    kind: str
    languages: tuple[str, ...]
    row: str
    requires: tuple[str, ...]
    absent: tuple[str, ...] = ()
    columns: AnyMapping[str, str] = field(default_factory=dict)
    constants: AnyMapping[str, str] = field(default_factory=dict)
    ratios: tuple[str, ...] = ()
    timezone: str | None = None
    currency: str | None = None
    conversion_is_touch: bool = False
    revenue_is_net: bool = False

    def fits(self, header: Sequence[str]) -> bool:
        """Whether every required header is there and no excluded one."""
        keys = {header_key(name) for name in header}
        has_all = all(any(header_key(w) in keys for w in wanted.split("|")) for wanted in self.requires)
        return has_all and not any(header_key(name) in keys for name in self.absent)

    def mapping(self, header: Sequence[str]) -> Mapping:
        """This profile applied to a file's header: the first spelling in the profile's order that the file has."""
        by_key: dict[str, str] = {}
        for name in header:
            by_key.setdefault(header_key(name), name)
        columns: dict[str, str] = {}
        for wanted, meaning in self.columns.items():
            name_in_file = by_key.get(header_key(wanted))
            if name_in_file is not None and meaning not in columns.values():
                columns[name_in_file] = meaning
        return Mapping(
            kind=self.kind,
            columns=columns,
            constants={k: v for k, v in self.constants.items() if k not in columns.values()},
            profile=self.name,
            timezone=self.timezone,
            currency=self.currency,
            conversion_is_touch=self.conversion_is_touch,
            revenue_is_net=self.revenue_is_net and "refund" in columns.values(),
        )


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


def recognised(header: Sequence[str]) -> Profile | None:
    """The profile that fits a header best, or None: most required headers, then most mapped ones, then the name."""
    keys = {header_key(name) for name in header}
    fitting = [p for p in profiles() if p.fits(header)]
    return max(
        fitting,
        key=lambda p: (len(p.requires), sum(1 for c in p.columns if header_key(c) in keys), p.name),
        default=None,
    )


def _profile(name: str, data: dict[str, Any]) -> Profile:
    known = {f.name for f in fields(Profile)}
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k in known}
    return Profile(name=name, **values)
