"""Persons against the truth: the sample world, which knows whose every identifier is, and a small one made here.

Pairs of identifiers are compared, as in the literature on record linkage: precision is the part of the pairs found that
are one person's, recall the part of one person's pairs that are found. A pair that no chain of the person's own rows
joins (a second phone that never signs in) cannot be found by anybody, and counts as missed all the same.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from omnidash.identity.components import components_of
from omnidash.identity.hashing import identifier_id, pads
from omnidash.identity.normalise import TYPES, normalised, prepared, trimmed
from omnidash.identity.persons import persons
from omnidash.identity.resolve import set_rules
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from sample_data.exports import files
from sample_data.truth import person_of_identifiers
from sample_data.world import make_world
from tests.made_once import copied
from tests.unit.ingest_files import write

WITH_IDENTIFIERS = ("touchpoints", "youzan", "pos", "tmall_Export")  # the sample's files that hold identifiers


def owners_of(workspace: Workspace, truth: pl.DataFrame) -> pl.DataFrame:
    """[identifier_id, person] of identifiers that one person owns, from [type, identifier, person] as people write."""
    of_type = " union all ".join(
        f"select person, {identifier_id(t, 'value')} as identifier_id"
        f" from (select person, {normalised(t, 'ready', 'CN')} as value"
        f" from (select person, {prepared(t, 'bare')} as ready"
        f" from (select person, {trimmed('identifier')} as bare from truth where type = '{t}')))"
        for t in TYPES
    )
    with workspace.reading() as cursor:
        cursor.register("truth", truth)
        owned = cursor.sql(of_type, params={"hmac_inner": pads(workspace.key)["hmac_inner"]}).pl()
    alone = owned.drop_nulls().unique().group_by("identifier_id").agg(pl.len(), pl.col("person").first())
    return alone.filter(pl.col("len") == 1).select("identifier_id", "person")


def pairs(frame: pl.DataFrame, *by: str) -> float:
    """How many pairs of rows have the same values."""
    sizes = frame.group_by(by).len()["len"].cast(pl.Float64)
    return float((sizes * (sizes - 1) / 2).sum())


def found_and_true(workspace: Workspace, owners: pl.DataFrame) -> pl.DataFrame:
    """[identifier_id, person_id (found), person (true)] of identifiers that occur and have one owner."""
    return workspace.frame("select identifier_id, person_id from person").join(owners, on="identifier_id")


def precision_of(scored: pl.DataFrame) -> float:
    return pairs(scored, "person", "person_id") / pairs(scored, "person_id")


def linkable(workspace: Workspace, owners: pl.DataFrame) -> pl.DataFrame:
    """[identifier_id, chain]: what the person's own rows join, whatever else stands on rows."""
    links = workspace.frame("select distinct a, b from link")
    own = (
        links.join(owners.rename({"identifier_id": "a", "person": "of_a"}), on="a")
        .join(owners.rename({"identifier_id": "b", "person": "of_b"}), on="b")
        .filter(pl.col("of_a") == pl.col("of_b"))
    )
    ids, chain = components_of(own["a"].to_numpy(), own["b"].to_numpy())
    return pl.DataFrame({"identifier_id": ids, "chain": chain})


def test_in_the_sample_world_persons_are_those_who_they_are(sample, tmp_path: Path) -> None:
    workspace = copied(sample[0] / "sample", tmp_path / "workspace")
    owners = owners_of(workspace, person_of_identifiers(make_world()))
    scored = found_and_true(workspace, owners)
    assert precision_of(scored) >= 0.999
    assert pairs(scored, "person", "person_id") / pairs(scored, "person") >= 0.98
    set_rules(workspace, level="loose")
    assert precision_of(found_and_true(workspace, owners)) < 0.99  # what the normal level is for


def made_up(people: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A file of events, and whose each identifier is: 5 % of the persons share a device with another one, 2 % of all
    identifiers in the file are damaged (a placeholder, a wrong last digit, one too many)."""
    rng = np.random.default_rng(seed)
    number = np.arange(people)
    devices = np.array([f"dev-{n:07d}x{rng.integers(10**6):06d}" for n in number])
    sharing = rng.permutation(people)[: people // 20 * 2 // 2].reshape(-1, 2)
    devices[sharing[:, 1]] = devices[sharing[:, 0]]
    owned = {
        "phone": np.array([f"13{n * 97 % 10**9:09d}" for n in number]),
        "email": np.array([f"p{n}.{rng.integers(10**4)}@mail.example" for n in number]),
        "member_id": np.array([f"MB{n * 7919 % 10**7:07d}" for n in number]),
        "device_id": devices,
    }
    truth = pl.concat(
        [pl.DataFrame({"type": kind, "identifier": values, "person": number}) for kind, values in owned.items()]
    )
    who = np.repeat(number, 12)
    shown = {kind: values[who].astype(object) for kind, values in owned.items()}
    places = np.argsort(rng.random((len(who), len(owned))), axis=1)[:, :2]  # every row shows two of them
    for place, kind in enumerate(owned):
        shown[kind][~(places == place).any(axis=1)] = ""
        damaged = np.flatnonzero((shown[kind] != "") & (rng.random(len(who)) < 0.02))
        for row, how in zip(damaged, rng.integers(3, size=len(damaged)), strict=True):
            value = shown[kind][row]
            shown[kind][row] = (
                rng.choice(["unknown", "000000", "N/A"]),
                value[:-1] + str(rng.integers(10)),
                value + value[-1],
            )[how]
    order = rng.permutation(len(who))
    seconds = pl.Series(np.arange(len(who)), dtype=pl.Int64)
    rows = pl.DataFrame({kind: pl.Series(values[order].tolist(), dtype=pl.String) for kind, values in shown.items()})
    moment = pl.from_epoch(seconds + 1_782_864_000, time_unit="s").dt.strftime("%Y-%m-%d %H:%M:%S")
    return rows.select(
        time=moment, channel=pl.lit("抖音"), action=pl.lit("click"), **{k: pl.col(k) for k in owned}
    ), truth


@pytest.mark.parametrize("seed", [1, 2])
def test_shared_devices_and_damaged_identifiers_do_not_mislead(workspace: Workspace, tmp_path: Path, seed: int) -> None:
    rows, truth = made_up(2_000, seed)
    import_file(workspace, write(tmp_path, rows.write_csv(), "events.csv"))
    scored = found_and_true(workspace, owners_of(workspace, truth))
    assert scored["person"].n_unique() == 2_000
    assert precision_of(scored) >= 0.999
    assert pairs(scored, "person", "person_id") / pairs(scored, "person") >= 0.98


def test_a_shop_tablet_that_scanned_3000_phones_joins_nobody(workspace: Workspace, tmp_path: Path) -> None:
    lines = [f"2026-07-01 10:00:00,门店,trial,13{n:09d},p{n}@x.example,TABLET-1\n" for n in range(1, 3_001)]
    path = write(tmp_path, "time,channel,action,phone,email,device_id\n" + "".join(lines), "store.csv")
    import_file(workspace, path)
    for level in ("strict", "normal", "loose"):
        set_rules(workspace, level=level)
        sizes = workspace.rows("select count(*), count(distinct person_id) from person")
        assert sizes == [(6_000, 3_000)], level
        assert [(h["type"], h["count"]) for h in persons(workspace).hubs] == [("device_id", 6_000)]


def test_where_people_seldom_sign_in_what_their_rows_join_is_found_and_nothing_else(
    workspace: Workspace, tmp_path: Path
) -> None:
    world = make_world(500, signs_in_everywhere=0.0)
    for name, content in files(world):
        if name.startswith(WITH_IDENTIFIERS):
            (tmp_path / name).write_bytes(content)
            import_file(workspace, tmp_path / name)
    owners = owners_of(workspace, person_of_identifiers(world))
    scored = found_and_true(workspace, owners)
    assert precision_of(scored) >= 0.999
    assert pairs(scored, "person", "person_id") / pairs(scored, "person") < 0.95
    reachable = scored.join(linkable(workspace, owners), on="identifier_id")
    assert pairs(reachable, "person_id", "chain") / pairs(reachable, "chain") >= 0.98
