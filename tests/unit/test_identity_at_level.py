"""What is looked at another level is what the workspace would say were it set to it, and nothing is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omnidash.engine.timeline import timeline_of
from omnidash.identity.at_level import Seen, at_level
from omnidash.identity.contested_persons import contested_of, contested_persons
from omnidash.identity.examples import examples
from omnidash.identity.lookup import identifier_ids
from omnidash.identity.parting import parting, still_joined
from omnidash.identity.person_record import is_of_a_person, members_of
from omnidash.identity.persons import identifier_types, identifiers_per_person, match_rates, persons
from omnidash.identity.preview import Proposal, preview
from omnidash.identity.resolve import set_rules
from omnidash.identity.why import why_of
from omnidash.store import Workspace
from omnidash.store.settings import IDENTITY_LEVELS
from tests.made_once import workspace_with

# Ana's phone and mail meet on her laptop; a tablet is of two phones; two member numbers are on one phone; seven phones
# were seen on a till.
ROWS = "\n".join(
    [
        "time,channel,action,member_id,phone,email,device_id",
        "2026-07-01 10:00,抖音,click,,13800000001,,laptop",
        "2026-07-02 10:00,百度,click,,,ana@x.example,laptop",
        "2026-07-03 10:00,门店,purchase,,,ana@x.example,",
        "2026-07-04 10:00,抖音,click,,13800000002,,tablet",
        "2026-07-05 10:00,百度,click,,13800000003,,tablet",
        "2026-07-06 10:00,企业微信,click,M-1,13800000003,,",
        "2026-07-07 10:00,企业微信,click,M-2,13800000003,,",
        "2026-07-07 10:30,企业微信,click,M-3,13800000002,,",
        "2026-07-07 11:00,企业微信,click,,unknown,,alone",
        *(f"2026-07-08 1{n}:00,门店,store_visit,,1390000000{n},,till" for n in range(1, 8)),
    ]
)


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return workspace_with(tmp_path / "workspace", {"rows.csv": ROWS + "\n"})


def whole(seen: Seen, ids: list[int]) -> dict[str, Any]:
    """All that a page says of who is who."""
    said: dict[str, Callable[..., Any]] = {
        "why": why_of,
        "members": members_of,
        "contradicts": contested_of,
        "is of a person": is_of_a_person,
        "events": lambda seen, one: (timeline_of(seen, one).events, timeline_of(seen, one).identifiers),
    }
    frames = (match_rates, identifiers_per_person, identifier_types)
    return {
        "persons": persons(seen),
        "contested": contested_persons(seen),
        "examples": examples(seen),
        **{frame.__name__: frame(seen).to_dicts() for frame in frames},
        **{name: [of(seen, one) for one in ids] for name, of in said.items()},
    }


@pytest.mark.parametrize("own", IDENTITY_LEVELS)
@pytest.mark.parametrize("level", IDENTITY_LEVELS)
def test_a_level_looked_at_says_what_the_workspace_says_at_it(own: str, level: str, shop: Workspace) -> None:
    ids = [one for (one,) in shop.rows("select identifier_id from identifier order by 1")]
    set_rules(shop, level=own)
    stored = shop.rows("select * from person order by all"), shop.version
    looked_at = whole(at_level(shop, level), ids)
    assert (shop.rows("select * from person order by all"), shop.version) == stored
    set_rules(shop, level=level)
    assert looked_at == whole(shop, ids)


def test_the_levels_differ_where_devices_join(shop: Workspace) -> None:
    counted = {level: persons(at_level(shop, level)) for level in IDENTITY_LEVELS}
    # strictly: ten phones, a mail, and each by itself the laptop, the tablet and the device that met nobody
    assert {level: found.persons for level, found in counted.items()} == {"strict": 14, "normal": 12, "loose": 10}
    assert {level: len(found.contested) for level, found in counted.items()} == {"strict": 0, "normal": 1, "loose": 0}
    assert {found.identifiers for found in counted.values()} == {18}  # of all but "unknown", which names nobody


def test_a_decision_is_previewed_at_the_level_looked_at(shop: Workspace) -> None:
    (phone,), (mail,) = identifier_ids(shop, "13800000001")[:1], identifier_ids(shop, "ana@x.example")[:1]
    laptop = identifier_ids(shop, "laptop")[0]
    cut = Proposal(cuts=((phone, laptop),))
    seen = {level: preview(at_level(shop, level), cut) for level in IDENTITY_LEVELS}
    changes = {level: (would.persons_before, would.persons_after) for level, would in seen.items()}
    assert changes == {"strict": (14, 14), "normal": (12, 13), "loose": (10, 11)}
    tablet = [identifier_ids(shop, number)[0] for number in ("13800000002", "13800000003")]
    loose = at_level(shop, "loose")
    cuts = parting(loose, *tablet)
    assert len(cuts) == 1 and not still_joined(loose, Proposal(cuts=cuts))
    assert parting(shop, phone, mail)
