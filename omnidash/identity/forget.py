"""Forget a person: nothing in the workspace leads to them any more, and no import brings them back.

What happened stays as *anonymous* facts, so that sums stay right: a purchase is revenue of its day and channel, a touch
is traffic, and both belong to nobody. Deleting them would change figures of closed months that the books agree with.

    event, event_restated       identifier taken off; the order number replaced by a keyed token, one for the purchase,
                                the refunds and the lines of an order, so that net revenue stays on its day
    order_line, …_restated      order number replaced by the token
    identifier, person, links   deleted, also those of undone and replaced imports and of rows set aside
    reject                      rows set aside that name the person: deleted
    identity_decision           what it was about and its reason: emptied; a *block* of each identifier that was shared
                                with others (contested, hub), which would be the other person's alone now
    forgotten                   hashes of all identifiers of the person, which every import asks (ingest/keep_out.py),
                                and whether others stood with it (beside_forgotten.py)

So the same file again finds its rows anonymous and says the same of them (a duplicate), and an undo brings back no more
than anonymous rows. Who the person is at the workspace's level counts, at the normal one where it is strict: all that
is forgotten together. What stays is the content of rows (time, channel, campaign, page, product, amount) and the key of
a row, a one-way hash that recognises it when the file comes again. Copies outside of the workspace (backups, the
exports themselves) are not touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from omnidash.identity.anonymous import take_away
from omnidash.identity.beside_forgotten import note_beside
from omnidash.identity.decisions import overrides_in_force, without_identifiers
from omnidash.identity.forgotten_texts import clear_texts
from omnidash.identity.graph import Cursor
from omnidash.identity.hashing import pads
from omnidash.identity.lookup import readings
from omnidash.identity.meant import ONE_VALUE, meant, of_persons, of_several, refuse_several
from omnidash.identity.partition import Rules
from omnidash.identity.resolve import Tell, persons_under, resolve, silent
from omnidash.identity.shared_by_forgotten import add_left_alone, keep_shared
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.snapshots import drop_all
from omnidash.store.workspace import DATABASE, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was taken away. ``events``: rows made anonymous; ``unknown``: identifiers asked for that no imported file
    names (phone numbers and e-mail addresses among them are kept out of later imports all the same); ``already``: those
    that were forgotten before; ``ambiguous``: those that are identifiers of several persons, such as a phone number
    that is somebody else's member number: nobody is forgotten for them; ``left_copies``: files of the workspace that
    may still hold the persons, for they could not be removed."""

    persons: int
    identifiers: int
    events: int
    order_lines: int
    links: int
    rejects: int
    decisions: int
    unknown: int
    already: int
    ambiguous: int = 0
    left_copies: tuple[Path, ...] = ()


def forget(
    ws: Workspace,
    raw_identifier: str,
    *,
    kind: str | None = None,
    by: str = "",
    reason: str = "",
    wait_seconds: float = 0.0,
    tell: Tell = silent,
) -> Forgotten:
    """Forget the person of one identifier; ``kind``: its type, where the text can be several. ``by`` and ``reason``
    are for the history of decisions.

    Raises BadInput where no imported file names it and it was not forgotten before, where it is a word that many
    strangers share, or identifiers of several persons and no ``kind`` is given; WorkspaceProblem while another writer
    is at work for longer than ``wait_seconds``. Then nothing has changed."""
    found = readings(ws, [raw_identifier])
    if found.filter("is_known").is_empty() and not _already(ws, found):
        raise BadInput(N_("this identifier occurs in no imported file; see what was imported (omnidash batches)"))
    if found.filter(pl.col("is_known") & ~pl.col("is_blocked")).is_empty() and found["is_blocked"].any():
        raise BadInput(N_("this value names nobody: it is one that many persons share"))
    refuse_several(ws, meant(found, kind))
    return forget_all(ws, [raw_identifier], kind=kind, by=by, reason=reason, wait_seconds=wait_seconds, tell=tell)


def forget_all(
    ws: Workspace,
    raw_identifiers: Sequence[str],
    *,
    kind: str | None = None,
    by: str = "",
    reason: str = "",
    wait_seconds: float = 0.0,
    tell: Tell = silent,
) -> Forgotten:
    """Forget the persons of many identifiers in one transaction. Unknown ones are counted, and phone numbers and e-mail
    addresses among them are kept out of later imports; those of several persons are counted and left alone. ``kind``:
    the type of all of them. Raises WorkspaceProblem while another writer is at work for longer than
    ``wait_seconds``."""
    with ws.writing("forget", wait_seconds=wait_seconds) as cursor:
        # read here: an import that was waited for may have brought somebody of the list
        found = meant(readings(ws, raw_identifiers), kind)
        ambiguous = of_several(ws, found)
        found = found.filter(~pl.col("position").is_in(list(ambiguous)))
        already, known = _already(ws, found), of_persons(found)
        rules = Rules.of(ws.settings)
        reason = without_identifiers(ws, reason)
        _find_members(cursor, known["identifier_id"].unique().to_list(), rules)
        add_left_alone(cursor)
        _add_contacts(cursor, found.join(known.select("position").unique(), on="position", how="semi"))
        tell(0.1, Message(N_("taking the identifiers away")))
        clear_texts(ws, cursor, raw_identifiers)
        note_beside(cursor, pads(ws.key))
        blocked = keep_shared(cursor, rules, by)
        touched = touched_by(cursor, blocked)
        counts = take_away(cursor, pads(ws.key))
        _keep_out(cursor, _hashes_of(found), by, reason)
        resolve(cursor, rules, touched=touched, tell=lambda part, message: tell(0.3 + 0.7 * part, message))
    copies = remove_copies(ws)
    names = set(found["position"].to_list())
    unknown = names - set(known["position"].to_list()) - already
    return Forgotten(**counts, unknown=len(unknown), already=len(already), ambiguous=len(ambiguous), left_copies=copies)


def touched_by(cursor: Cursor, blocked: Sequence[int]) -> list[int]:
    """Whose links go: the identifiers of ``member``, those ``blocked`` with them, and their neighbours."""
    rows = cursor.execute(
        """
        with going as (select identifier_id from member union select unnest($blocked)),
        pair as (select a, b from link union all select a, b from probable_link)
        select identifier_id from going
        union select b from pair where a in (select identifier_id from going)
        union select a from pair where b in (select identifier_id from going)
        """,
        {"blocked": list(blocked)},
    ).fetchall()
    return [identifier for (identifier,) in rows]


def _already(ws: Workspace, found: pl.DataFrame) -> set[int]:
    """Positions of texts that were forgotten before."""
    gone = ws.frame("select hash from forgotten")["hash"]
    return set(found.filter(pl.col("hash").is_in(gone.implode()) & ~pl.col("is_known"))["position"].to_list())


def _find_members(cursor: Cursor, known: list[int], rules: Rules) -> None:
    """Temp table ``member(identifier_id, person_id, hash)``: all identifiers of the persons."""
    if rules.level == "strict":
        normal = Rules(level="normal", hub_limit=rules.hub_limit)
        cursor.register("omnidash_person", persons_under(cursor, normal, overrides_in_force(cursor), None))
    persons = "omnidash_person" if rules.level == "strict" else "person"
    cursor.execute(
        f"""
        create or replace temp table member as
        with asked as (select unnest($known) as identifier_id),
        together as (
            select identifier_id from {persons}
            where person_id in (select person_id from {persons} semi join asked using (identifier_id))
            union select identifier_id from asked)
        select i.identifier_id, p.person_id, i.hash, i.type
        from identifier i semi join together using (identifier_id) left join {persons} p using (identifier_id)
        """,  # noqa: S608  (our own table names)
        {"known": known},
    )
    if rules.level == "strict":
        cursor.unregister("omnidash_person")


def _add_contacts(cursor: Cursor, asked: pl.DataFrame) -> None:
    """Add to ``member``: the numbers of its phones as contacts of orders, whoever sent the orders there. ``asked``: all
    readings of the texts asked for; of the persons' other phones that is the contact that shares a row and the mask
    with the phone, for its value is not known here."""
    contacts = asked.filter((pl.col("type") == "order_contact") & ~pl.col("is_blocked"))
    cursor.register("omnidash_contact", contacts.select("identifier_id", "hash", "type"))
    try:
        cursor.execute(
            """
            insert into member (identifier_id, person_id, hash, type)
            with paired as (
                select a, b from link union select a, b from link_restated),
            sides as (select a as phone, b as contact from paired union all select b, a from paired),
            twin as (
                select c.identifier_id, c.hash, c.type
                from member m join identifier p using (identifier_id) join sides s on s.phone = p.identifier_id
                join identifier c on c.identifier_id = s.contact
                where p.type = 'phone' and c.type = 'order_contact' and c.hint = p.hint and not c.blocked)
            select distinct identifier_id, cast(null as bigint), hash, type
            from (select * from omnidash_contact union all select * from twin)
            where identifier_id not in (select identifier_id from member)
            """
        )
    finally:
        cursor.unregister("omnidash_contact")


def _hashes_of(found: pl.DataFrame) -> list[bytes]:
    """What the texts asked for are to be known by from now on, beside the persons' own identifiers.

    A phone number may come as the contact of an order later. A text of which nothing is known is taken for a phone
    number or an e-mail address where it reads like one, but for no member's number: somebody else may have that.
    """
    wanted: list[bytes] = []
    for (_position,), texts in found.group_by("position"):
        known = set(texts.filter("is_known")["type"])
        for types in ONE_VALUE:
            if not known or known & set(types):
                wanted += texts.filter(pl.col("type").is_in(types))["hash"].to_list()
    return wanted


def _keep_out(cursor: Cursor, more: list[bytes], by: str, reason: str) -> None:
    cursor.register("omnidash_hash", pl.DataFrame({"hash": more}, schema={"hash": pl.Binary}))
    try:
        cursor.execute(
            """
            insert into forgotten (hash, forgotten_at, forgotten_by, reason, is_shared)
            select distinct hash, $now, $by, $reason,
                hash in (select hash from member semi join member_shared using (identifier_id))
            from (select hash from member union select hash from omnidash_hash)
            where hash not in (select hash from forgotten)
            """,
            {"now": datetime.now(UTC).replace(tzinfo=None), "by": by, "reason": reason},
        )
    finally:
        cursor.unregister("omnidash_hash")


def remove_copies(ws: Workspace) -> tuple[Path, ...]:
    """Journey tables of before, snapshots, and the copies that updates of the program leave beside the database;
    returns those that could not be removed."""
    left = list(drop_all(ws.folder))
    for copy in [*(ws.folder / "cache").glob("*"), *ws.folder.glob(f"{DATABASE}.before-*")]:
        try:
            copy.unlink(missing_ok=True)
        except OSError:
            left.append(copy)
    return tuple(left)
