"""Whose customer numbers a file has: customer 1001 of the shop is not customer 1001 of the CRM.

A customer id identifies within its *space*: the platform that gave it, and the account or shop where one is named.
Files of our own format, and of headers that no profile knows, have the numbers of the house itself (the space ``''``),
so what a business feeds itself is joined by them. A file whose owner says so (``Mapping.ids_of``) has other numbers:
``--ids-of own`` those of the house, ``--ids-of CRM`` those of whatever else is called CRM.

    Shopify customers        Shopify           1001 of it is one person with no other 1001
    the same, account B      Shopify / B
    plain and guessed files  ''                joined by 1001

What was imported before spaces were told apart has its numbers in the house's, and files of the same exports go on so
(``customer_space.is_of_old``): else nobody would be met again in the next month's file.
"""

from typing import Any

from omnidash.identity.lookup import OWN_SPACE
from omnidash.identity.personal import unpersonal
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.profiles import profiles
from omnidash.store.workspace import Workspace

_HOUSE = "OmniDash"  # platform of our own formats


def customer_space(ws: Workspace, mapping: Mapping) -> str:
    """The space of a file's customer ids; ``''``: those of the house."""
    if mapping.ids_of is not None:
        return "" if mapping.ids_of == OWN_SPACE else mapping.ids_of
    platform = _platform_of(mapping.profile)
    of_old = {system for (system,) in ws.rows("select system from customer_space where is_of_old")}
    if mapping.profile in of_old or (platform and any(_platform_of(system) == platform for system in of_old)):
        return ""
    return " / ".join(part for part in (platform, unpersonal(mapping.account or "")) if part)


def note_space(cursor: Any, mapping: Mapping, space: str) -> None:
    """Keep in mind that there are customers of this space, so that people can be looked up by their numbers."""
    cursor.execute(
        "insert into customer_space select $system, $space, false"
        " where not exists (select 1 from customer_space where space = $space)",
        {"system": mapping.profile, "space": space},
    )


def _platform_of(profile: str) -> str:
    """'' for our own formats and for what no profile knows."""
    platform = next((p.platform for p in profiles() if p.name == profile), _HOUSE)
    return "" if platform == _HOUSE else platform
