"""Whose customer numbers a file has: customer 1001 of the shop is not customer 1001 of the CRM.

A customer id identifies within its *space*: the platform that gave it, and the account or shop where one is named.
Files of our own format, and of headers that no profile knows, have the numbers of the house itself (the space ``''``),
so what a business feeds itself is joined by them. A file whose owner says so (``Mapping.ids_of``) has other numbers:
``--ids-of own`` those of the house, ``--ids-of CRM`` those of whatever else is called CRM.

    Shopify customers        Shopify           1001 of it is one person with no other 1001
    the same, account B      Shopify / B
    plain and guessed files  ''                joined by 1001

Member numbers are the house's, whichever of its stores has the till, unless the file's owner names whose they are: an
account (``--account``, a column of accounts) or ``--ids-of``. So are openids, which an app gives anyway: for them a
column says nothing, but an account or a name given for the whole file does.

What was imported before spaces were told apart has its numbers in the house's, and files of the same exports go on so
(``customer_space.is_of_old``; for accounts: imports of the same account or header whose line in the history holds no
``spaces``): else nobody would be met again in the next month's file.
"""

import json
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from typing import Any

from omnidash.identity.lookup import OWN_SPACE
from omnidash.identity.personal import unpersonal
from omnidash.ingest.meaning.accounts import names_owner
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.profiles import profiles
from omnidash.store.workspace import Workspace

_HOUSE = "OmniDash"  # platform of our own formats
_BY_COLUMN = ("customer_id", "member_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spaces:
    """``of``: type of identifier -> the space of the file's; ``''`` or none: the house's. ``by_row``: types that the
    account of each row parts further. ``is_of_old``: as an earlier version did, for it has met these before."""

    of: AnyMapping[str, str] = field(default_factory=dict)
    by_row: tuple[str, ...] = ()
    is_of_old: bool = False


def spaces_of(ws: Workspace, mapping: Mapping, source: str) -> Spaces:
    """Whose the identifiers of a file are. ``source``: what delivers it (``batch.source_of``)."""
    customers = {"customer_id": customer_space(ws, mapping)}
    named = unpersonal(mapping.account or "") if mapping.ids_of is None else mapping.ids_of
    types = set(mapping.columns.values())
    owners = (column for column, meaning in mapping.columns.items() if meaning == "account" and names_owner(column))
    owner = next(owners, None) if mapping.kind == "events" and not named else None
    by_row = tuple(t for t in _BY_COLUMN if t in types) if owner is not None else ()
    of_file: dict[str, str] = {t: named for t in ("member_id", "openid") if t in types and named not in ("", OWN_SPACE)}
    if not (by_row or of_file):
        return Spaces(of=customers)
    if _were_one(ws, mapping, source, owner if by_row else None):
        return Spaces(of=customers, is_of_old=True)
    return Spaces(of={**customers, **of_file}, by_row=by_row)


def _were_one(ws: Workspace, mapping: Mapping, source: str, owner: str | None) -> bool:
    """Whether an import in use had such identifiers of this account, or a column ``owner`` of accounts, before those
    were parted."""
    of_kind = "select mapping, source from batch where state = 'active' and kind in ('events', 'orders')"
    for text, delivered_by in ws.rows(of_kind):
        told = json.loads(text)
        types = set(told.get("columns", {}).values())
        if "spaces" in told or not types & {"customer_id", "member_id", "openid"}:
            continue
        if owner is not None and delivered_by == source and owner in told.get("header", ()):
            return True
        if owner is None and (told.get("ids_of"), told.get("account")) == (mapping.ids_of, mapping.account):
            return True
    return False


def customer_space(ws: Workspace, mapping: Mapping) -> str:
    """The space of a file's customer ids; ``''``: those of the house."""
    if mapping.ids_of is not None:
        return "" if mapping.ids_of == OWN_SPACE else mapping.ids_of
    platform = _platform_of(mapping.profile)
    of_old = {system for (system,) in ws.rows("select system from customer_space where is_of_old")}
    if mapping.profile in of_old or (platform and any(_platform_of(system) == platform for system in of_old)):
        return ""
    return " / ".join(part for part in (platform, unpersonal(mapping.account or "")) if part)


def note_spaces(cursor: Any, mapping: Mapping, spaces: Spaces, types: set[str]) -> None:
    """Keep in mind that there are people of these spaces, so that they can be looked up by their numbers. ``types``: of
    the file's identifiers."""
    found = {space for kind, space in spaces.of.items() if kind in types}
    if spaces.by_row:
        found |= {space for (space,) in cursor.execute("select space from staged.row_space").fetchall()}
    cursor.execute(
        "insert into customer_space select $system, space, false from (select unnest($spaces) as space)"
        " where space not in (select space from customer_space)",
        {"system": mapping.profile, "spaces": sorted(found)},
    )


def _platform_of(profile: str) -> str:
    """'' for our own formats and for what no profile knows."""
    platform = next((p.platform for p in profiles() if p.name == profile), _HOUSE)
    return "" if platform == _HOUSE else platform
