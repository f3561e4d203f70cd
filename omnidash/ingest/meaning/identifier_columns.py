"""Which columns of a list name people, by the header words that imports know them by."""

from collections.abc import Sequence

from omnidash.ingest.meaning.columns import spelled
from omnidash.ingest.meaning.fields import IDENTIFIERS, header_key

_OTHERS = "order_contact"  # whoever a parcel went to is not the one a list is about
_WORDS = {spelled(header_key(w)) for field in IDENTIFIERS if field.name != _OTHERS for w in field.words}


def identifier_columns(header: Sequence[str]) -> list[int]:
    """Places of the columns that are called as identifiers of persons are, in any language that imports read."""
    return [place for place, name in enumerate(header) if spelled(header_key(name)) in _WORDS]
