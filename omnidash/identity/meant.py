"""As what an identifier is meant: one text may be a phone number, and the member number of somebody else.

Who asks for a record, a story or to be forgotten must get their own, so such a text is refused until it is said what it
is meant as (its type).
"""

import polars as pl

from omnidash.identity.lookup import of_several_systems, readings
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

ONE_VALUE = (("phone", "order_contact"), ("email",))
"""Types between which a person's value may wander."""


def meant(found: pl.DataFrame, kind: str | None) -> pl.DataFrame:
    """Readings (``lookup.readings``) as identifiers of a type; all of them where none is given."""
    if kind is None:
        return found
    return found.filter(pl.col("type").is_in(next((types for types in ONE_VALUE if kind in types), (kind,))))


def of_persons(found: pl.DataFrame) -> pl.DataFrame:
    """Readings that stand for persons. The contact of an order whose number is a phone as well does not: whoever sent a
    parcel to that phone is somebody else."""
    known = found.filter(pl.col("is_known") & ~pl.col("is_blocked"))
    has_phone = (pl.col("type") == "phone").any().over("position")
    return known.filter(~((pl.col("type") == "order_contact") & has_phone))


def of_several(ws: Workspace, found: pl.DataFrame) -> set[int]:
    """Positions of texts that are known identifiers of several persons."""
    known = of_persons(found).select("position", "identifier_id")
    several = known.filter(pl.len().over("position") > 1)
    if several.is_empty():
        return set()
    persons = ws.frame(
        "select identifier_id, person_id from person where list_contains($ids, identifier_id)",
        {"ids": several["identifier_id"].unique().to_list()},
    )
    whose = several.join(persons, on="identifier_id", how="left").with_columns(
        pl.col("person_id").fill_null(-pl.col("identifier_id"))
    )
    return set(
        whose.group_by("position").agg(pl.col("person_id").n_unique()).filter(pl.col("person_id") > 1)["position"]
    )


def refuse_several(ws: Workspace, found: pl.DataFrame) -> None:
    """Raises BadInput where the readings of one text are identifiers of several persons."""
    if not of_several(ws, found):
        return
    types = of_persons(found)["type"].to_list()
    if len(set(types)) == 1:
        raise of_several_systems(ws)
    raise BadInput(
        N_("this is an identifier of several persons; say as what it is meant: {types}"), types=", ".join(types)
    )


def identifier_meant(ws: Workspace, raw_identifier: str, kind: str | None) -> int:
    """The id of the identifier that a text is, as of type ``kind`` where one is given. Raises BadInput where it occurs
    in no imported file, and where it is of several persons and no ``kind`` says which."""
    found = meant(readings(ws, [raw_identifier]), kind).filter("is_known")
    if found.is_empty():
        raise BadInput(N_("this identifier occurs in no imported file; see what was imported (omnidash batches)"))
    refuse_several(ws, found)
    return int(found["identifier_id"][0])
