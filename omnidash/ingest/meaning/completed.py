"""Does a recognised export have a figure that its profile does not know and that the guess would?

Platforms add columns and rename them. A column that is called exactly as people call a field, alone among those that
the profile says nothing of, is that field: so a profile never knows less than the guess. Only figures a platform
counts or claims are taken so: what a row is about and what it cost is the profile's to say.
"""

from collections.abc import Sequence
from dataclasses import replace

from omnidash.ingest.meaning.columns import columns_of, spelled
from omnidash.ingest.meaning.fields import field_of, header_key
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.profiles import Profile

_TAKEN = ("impressions", "clicks", "claimed_conversions", "claimed_revenue")


def completed(known: Profile, mapping: Mapping, header: Sequence[str], sample: Sequence[Sequence[str]]) -> Mapping:
    """The mapping of a profile with the claimed figures it leaves unmapped and the file has."""
    if mapping.kind != "spend":
        return mapping
    told = {header_key(name) for name in known.spellings}
    free = [c for c in columns_of(header, sample) if c.name not in mapping.columns and header_key(c.name) not in told]
    found: dict[str, str] = {}
    for name in _TAKEN:
        field = field_of("spend", name)
        if field is None or name in mapping.columns.values():
            continue
        words = {spelled(header_key(word)) for word in field.words}
        fitting = [c.name for c in free if c.key in words and c.is_numeric and not c.is_ratio and not c.are_percentages]
        if len(fitting) == 1:
            found[fitting[0]] = name
    figures = {column: rule for column, rule in mapping.figures.items() if column not in found}
    return replace(mapping, columns={**mapping.columns, **found}, figures=figures)
