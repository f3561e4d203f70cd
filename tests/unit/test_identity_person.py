"""One person's timeline, record and requests: a runner who meets the shop on five channels."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.engine.timeline import timeline
from omnidash.identity.person_record import export_person
from omnidash.identity.preview import Proposal, apply
from omnidash.identity.requests import identifiers_in
from omnidash.ingest.run import import_file
from omnidash.journeys.credit import MODELS, credit_by_day
from omnidash.journeys.notation import journeys
from omnidash.journeys.touch_credit import touch_credits
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.made_once import workspace_with
from tests.unit.ingest_files import write

# a post on 小红书, a search on 百度, an ad in WeChat, a trial in the store, the purchase, the community
RUNNER = """\
time,channel,action,openid,phone,device_id,store_id,order_id,revenue
2026-07-01 20:00:00,小红书,view,,,D-1,,,
2026-07-03 21:00:00,百度,search,,,D-1,,,
2026-07-05 12:00:00,微信,click,oRunner1,,D-1,,,
2026-07-08 15:00:00,门店,trial,oRunner1,13800000001,,S01,,
2026-07-08 15:30:00,门店,purchase,,13800000001,,S01,A-1,400
2026-07-09 10:00:00,企业微信,join_community,oRunner1,,,,,
2026-07-09 11:00:00,抖音,click,,13800000002,,,,
yesterday,抖音,click,,13800000001,,,,
"""
REFUND = "order_id,refund,refund_time\nA-1,100,2026-07-10 10:00:00\n"


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    return workspace_with(tmp_path / "workspace", {"runner.csv": RUNNER, "refund.csv": REFUND})


def test_a_timeline_tells_channels_stages_and_credit_in_order(shop: Workspace) -> None:
    found = timeline(shop, "138-0000-0001", model="linear")
    assert [(e.action, e.stage) for e in found.events] == [
        ("view", "awareness"), ("search", "interest"), ("click", "interest"), ("trial", "consideration"),
        ("purchase", "purchase"), ("join_community", "loyalty"),
    ]  # fmt: skip
    earned = [(e.action, e.credit, e.credited_revenue) for e in found.events if e.credit]
    touches = [e.action for e in found.events if e.is_touch and not e.is_conversion and e.action != "join_community"]
    assert {action for action, _, _ in earned} >= set(touches)
    assert sum(credit for _, credit, _ in earned) == pytest.approx(1)
    assert sum(revenue for _, _, revenue in earned) == pytest.approx(300)  # 400 less 100 given back
    assert found.direct == ()
    assert len(found.identifiers) == 3 and all("***" in name for name in found.identifiers)
    assert found.events[0].file == "runner.csv" and found.events[0].row_number == 2


def test_the_rule_decides_who_earns(shop: Workspace) -> None:
    for model, action in (("first", "view"), ("last", None)):
        earned = [e for e in timeline(shop, "13800000001", model=model).events if e.credit]
        assert [e.credit for e in earned] == [1.0]
        assert action is None or earned[0].action == action
    nothing = timeline(shop, "13800000001", lookback_days=0.001, model="first")
    assert len(nothing.direct) + len([e for e in nothing.events if e.credit]) == 1


@pytest.mark.parametrize("model", sorted(MODELS))
@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(["search", "email", "direct", "purchase"]), st.integers(0, 60)),
        min_size=1,
        max_size=12,
    )
)
def test_touch_by_touch_adds_up_to_the_credit_by_channel(model: str, events: list[tuple[str, int]]) -> None:
    said = " ".join(f"{what}@{at}" + ("=10" if what == "purchase" else "") for what, at in events)
    table = journeys({"ana": said, "bo": "email@2 purchase@3=5"})
    parts = touch_credits(table, model=model)
    by_channel: dict[str, float] = {}
    for _, touch, share, _ in parts.iter_rows():
        name = table.channels[int(table.channel[touch])]
        by_channel[name] = by_channel.get(name, 0.0) + share
    expected = credit_by_day(table, model=model).frame().group_by("channel").sum()
    for channel, total in zip(expected["channel"], expected["conversions"], strict=True):
        if channel != "(direct)":
            assert by_channel.pop(channel) == pytest.approx(total)
    assert not by_channel


def test_a_record_holds_all_that_is_known_and_no_raw_identifier(shop: Workspace) -> None:
    (link,) = shop.rows("select a, b from link where (a, b) in (select a, b from link) order by 1, 2 limit 1")
    apply(shop, Proposal(cuts=(link,)), reason="wrong")
    apply(shop, Proposal(restores=(1,)), reason="right after all")
    record = export_person(shop, "13800000001")
    sizes = {name: len(rows) for name, rows in record.tables.items()}
    assert sizes == {
        "identifiers": 3, "events": 6, "replaced_events": 0, "order_lines": 0, "replaced_order_lines": 0,
        "links": 2, "links_by_likeness": 0, "rows_set_aside": 1, "decisions": 2,
    }  # fmt: skip
    text = record.as_json()
    assert set(json.loads(text)) == set(sizes)
    files = record.as_csv()
    assert set(files) == {f"{name}.csv" for name, size in sizes.items() if size}
    for raw in ("13800000001", "oRunner1", "D-1"):
        assert raw not in text and not any(raw in content for content in files.values())
    with pytest.raises(BadInput):
        export_person(shop, "nobody@x.example")


def test_a_record_tells_what_later_files_replaced_in_full(workspace: Workspace, tmp_path: Path) -> None:
    row = "event_id,time,channel,action,phone,page,store_id\nE-1,2026-07-01 10:00:00,抖音,click,13800000001,"
    order = "订单编号,订单创建时间,手机号,商品编码,数量,单价\n1001,2026-07-01 10:00:00,13800000001,S-1,"
    for name, text in (("a", f"{row}/shoes,S01\n"), ("b", f"{row}/hats,S02\n"), ("c", f"{order}1,10\n"),
                       ("d", f"{order}2,10\n")):  # fmt: skip
        import_file(workspace, write(tmp_path, text, f"{name}.csv"))
    tables = export_person(workspace, "13800000001").tables
    click = next(event for event in tables["replaced_events"] if event["action"] == "click")
    assert (click["page"], click["store_id"], click["by_batch_id"]) == ("/shoes", "S01", 2)
    assert set(tables["replaced_events"][0]) >= set(tables["events"][0]) - {"stage"}
    (line,) = tables["replaced_order_lines"]
    assert (line["sku"], line["quantity"], line["file"]) == ("S-1", 1, "c.csv")


@pytest.mark.parametrize(
    ("data", "column", "expected"),
    [
        ("13800000001\n\n ana@x.example \n13800000001\n", None, ["13800000001", "ana@x.example"]),
        ("phone\n13800000001\n", None, ["13800000001"]),
        ("name,phone,email\nAna,138,a@x\nBo,139,\n", None, ["138", "a@x", "139"]),
        ("姓名;手机;城市\n安娜;138;上海\n", "手机", ["138"]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_a_list_of_requests_is_one_per_line_or_a_column(
    data: str, column: str | None, expected: list[str], encoding: str
) -> None:
    assert identifiers_in(data.encode(encoding), columns=[column] if column else ()) == expected


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"13800000001,ana@x.example\n13800000002,bo@x.example\n", "the list has ***, ***"),
        (b'phone\n"138' + b"1\n" * 70_000, "quotation mark"),
        (b"\xff\xfe\x00\xd8\x00", "begins as UTF-16"),
    ],
)
def test_what_is_no_list_is_refused_and_names_nobody(data: bytes, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        identifiers_in(data)
    assert said in str(refused.value)


def test_a_list_that_does_not_say_where_its_identifiers_are_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="say which column"):
        identifiers_in(b"order,city\n1,Bonn\n")
    with pytest.raises(BadInput, match="no column 'phone'"):
        identifiers_in(write(tmp_path, "order,city\n1,Bonn\n"), columns=["phone"])
    with pytest.raises(BadInput, match="holds no identifier"):
        identifiers_in(b" \n")
