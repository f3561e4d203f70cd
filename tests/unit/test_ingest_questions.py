"""What a file does not say is asked; what was answered is remembered for its header, but for the facts of one file."""

from pathlib import Path

import pytest

from omnidash.ingest.meaning.file_name import suggested_channels
from omnidash.ingest.meaning.mapping import Mapping, signature
from omnidash.ingest.run import commit, corrected, history, import_file, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import EVENTS, SPEND, write


def test_mappings_survive_json() -> None:
    mapping = Mapping(kind="spend", columns={"日": "date", "费": "cost"}, constants={"channel": "x"}, date_order="dmy")
    assert Mapping.from_json({**mapping.to_json(), "of a later version": 1}) == mapping


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": "gossip"}, "kind 'gossip'"),
        ({"columns": {"a": "colour"}}, "'colour' is no field of spend"),
        ({"columns": {"a": "cost", "b": "cost"}}, "both mapped to 'cost'"),
        ({"currency": "EU"}, "currency 'EU' is unknown"),
        ({"timezone": "Mars/Olympus"}, "timezone 'Mars/Olympus'"),
        ({"date_order": "ydm"}, "date order 'ydm'"),
    ],
)
def test_impossible_mappings_are_refused(changed: dict[str, object], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Mapping(**{"kind": "spend", "columns": {}, **changed})  # type: ignore[arg-type]


def test_a_confirmed_mapping_is_remembered_for_its_header(workspace: Workspace, tmp_path: Path) -> None:
    file = "wann,wo,wieviel\n2026-07-01,douyin,5\n"
    path = write(tmp_path, file)
    mapping = corrected(
        inspect(workspace, path, kind="spend").mapping,
        columns={"wann": "date", "wo": "channel", "wieviel": "cost"},
    )
    commit(workspace, path, mapping)
    later = write(tmp_path, file.replace("2026-07-01", "2026-07-02").replace("wann", " WANN "), "later.csv")
    result = import_file(workspace, later)
    assert (result.added, result.sums) == (1, {"cost": "5"})
    assert signature(["Wann", "wo"]) == signature([" wann ", "WO"]) != signature(["wo", "wann"])


def test_an_ambiguous_date_is_asked_about_and_never_guessed(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n03/04/2026,douyin,5\n05/06/2026,douyin,6\n")
    questions = inspect(workspace, path).questions
    assert [(q.field, q.options) for q in questions] == [("date_order", ("dmy", "mdy"))]
    with pytest.raises(BadInput, match="03/04/2026"):
        import_file(workspace, path)
    with pytest.raises(BadInput, match="03/04/2026"):
        commit(workspace, path, inspect(workspace, path).mapping)


def test_one_telling_row_anywhere_decides_the_dates_of_its_column(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n" + "03/04/2026,douyin,5\n" * 300 + "25/04/2026,douyin,6\n")
    assert inspect(workspace, path).mapping.date_order == "dmy"
    import_file(workspace, path)
    assert workspace.rows("select min(day)::varchar, max(day)::varchar from spend") == [("2026-04-03", "2026-04-25")]


def test_what_nothing_provides_is_a_question(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "day,campaign,cost\n2026-07-01,Brand,5\n")
    assert [q.field for q in inspect(workspace, path).questions] == ["channel"]
    with pytest.raises(BadInput, match="which channel"):
        import_file(workspace, path)
    import_file(workspace, path, channel="Bilibili")
    assert workspace.rows("select channel from spend") == [("bilibili",)]


def test_inspection_shows_how_the_file_is_written(workspace: Workspace, tmp_path: Path) -> None:
    seen = inspect(workspace, write(tmp_path, "Report\n" + SPEND.replace(",", "\t"), encoding="utf-16"))
    assert (seen.encoding, seen.delimiter, seen.header_row, seen.preamble) == ("utf-16-le", "\t", 2, ("Report",))
    assert (seen.profile, seen.kind, seen.questions) == ("plain_spend", "spend", ())
    assert inspect(workspace, write(tmp_path, EVENTS)).profile == "plain_events"


def test_a_profile_that_does_not_fit_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not look like 'taobao_orders'"):
        inspect(workspace, write(tmp_path, SPEND), profile="taobao_orders")
    with pytest.raises(BadInput, match="profile 'nope' is unknown"):
        inspect(workspace, write(tmp_path, SPEND), profile="nope")


@pytest.mark.parametrize(
    ("file_name", "channels"),
    [
        ("google_ads_july.csv", ("google_ads",)),
        ("小红书_7月.csv", ("xiaohongshu",)),
        ("腾讯广告0601.csv", ("wechat_ads",)),
        ("FB 202607.xlsx › Sheet 1", ("meta",)),
        ("redcross.csv", ()),
        ("costs.csv", ()),
    ],
)
def test_the_name_of_a_file_suggests_its_channel(file_name: str, channels: tuple[str, ...]) -> None:
    assert suggested_channels(file_name) == channels


def test_a_channel_of_the_workspace_is_suggested_by_its_own_name() -> None:
    assert suggested_channels("Messe Köln 2026.csv", {"Messe Köln": "fair"}) == ("fair",)


def test_a_channel_is_suggested_and_never_taken_silently(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "day,campaign,cost\n2026-07-01,Brand,5\n", "bilibili_july.csv")
    seen = inspect(workspace, path)
    assert [(q.field, q.options) for q in seen.questions] == [("channel", ("bilibili",))]
    assert "channel" not in seen.mapping.constants


def test_the_days_a_file_states_are_those_of_its_rows(workspace: Workspace, tmp_path: Path) -> None:
    text = "Report\n2026年6月1日至6月10日\ncampaign,cost,clicks\nBrand,5,1\n"
    seen = inspect(workspace, write(tmp_path, text, "抖音.csv"))
    assert seen.mapping.constants == {"date": "2026-06-01", "end_date": "2026-06-10"}
    assert [q.field for q in seen.questions] == ["channel"]
    assert [w.template for w in seen.warnings] == ["rows cover several days; their cost is spread evenly over them"]


def test_a_file_that_states_no_days_is_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "channel,cost,clicks\n抖音,5,1\n")
    seen = inspect(workspace, path)
    assert [(q.field, q.text.english()) for q in seen.questions] == [("date", "which days does this file cover?")]
    with pytest.raises(BadInput, match="which days"):
        import_file(workspace, path)


def test_the_days_of_one_file_are_not_remembered_for_its_header(workspace: Workspace, tmp_path: Path) -> None:
    july = write(tmp_path, "channel,cost,clicks\n抖音,5,1\n", "costs_2026-07-01_2026-07-02.csv")
    commit(workspace, july, inspect(workspace, july).mapping)
    august = write(tmp_path, "Channel,Cost,Clicks\n抖音,6,1\n", "costs_2026-08-01_2026-08-02.csv")
    assert inspect(workspace, august).mapping.constants == {"date": "2026-08-01", "end_date": "2026-08-02"}
    nameless = write(tmp_path, "channel,cost,clicks\n抖音,7,1\n", "costs.csv")
    assert [q.field for q in inspect(workspace, nameless).questions] == ["date"]


def test_a_remembered_mapping_keeps_its_figures_under_the_new_spelling(workspace: Workspace, tmp_path: Path) -> None:
    first = write(tmp_path, "日期,渠道,花费(元),互动量,互动成本\n2026-07-01,抖音,5,3,1.67\n")
    commit(workspace, first, inspect(workspace, first).mapping)
    later = write(tmp_path, "日期,渠道,花费,互动量 ,互动成本\n2026-07-02,抖音,6,3,2\n", "b.csv")
    assert inspect(workspace, later).mapping.figures == {"互动量": "sum", "互动成本": "average"}


def test_a_list_without_any_time_is_asked_for_one_and_its_name_suggests_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, "email,phone\na@b.com,13812345678\n", "members-2026-06-30.csv")
    seen = inspect(workspace, path, kind="events")
    assert [(q.field, q.options) for q in seen.questions] == [("time", ("2026-06-30",))]


def test_the_lines_above_a_table_decide_the_order_of_its_dates(workspace: Workspace, tmp_path: Path) -> None:
    table = "date,channel,cost\n3/4/2026,抖音,5\n5/4/2026,抖音,6\n"
    for above, order in (
        ("Report Start: 1/4/2026 Report End: 30/4/2026\n\n", "dmy"),
        ("April 1, 2026 - April 30, 2026\n\n", "dmy"),
        ("1 March 2026 - 30 June 2026\n\n", None),  # both readings lie within
    ):
        seen = inspect(workspace, write(tmp_path, above + table))
        assert seen.mapping.date_order == order
        assert [q.field for q in seen.questions] == ([] if order else ["date_order"])


LINKEDIN = "Start Date (in UTC),Account Name,Campaign Name,Campaign ID,Currency,Total Spent,Impressions,Clicks\n"


def test_a_platform_that_always_writes_one_order_is_not_asked_but_its_dates_have_the_last_word(
    workspace: Workspace, tmp_path: Path
) -> None:
    plain = write(tmp_path, LINKEDIN + "3/4/2026,A,B,1,CNY,5,1,1\n")
    assert inspect(workspace, plain).mapping.date_order == "mdy"
    other = write(tmp_path, LINKEDIN + "3/4/2026,A,B,1,CNY,5,1,1\n25/4/2026,A,B,1,CNY,5,1,1\n")
    assert inspect(workspace, other).mapping.date_order == "dmy"


def test_all_times_of_an_order_are_asked_about_together(workspace: Workspace, tmp_path: Path) -> None:
    text = "order_id,time,paid_time,refund_time,revenue\n1,03/04/2026,03/04/2026,05/04/2026,9\n"
    assert [q.field for q in inspect(workspace, write(tmp_path, text)).questions] == ["date_order"]
    told = text + "2,03/04/2026,03/04/2026,25/04/2026,9\n"
    assert inspect(workspace, write(tmp_path, told)).mapping.date_order == "dmy"


def test_a_mapping_of_another_export_with_the_same_header_is_not_remembered(
    workspace: Workspace, tmp_path: Path
) -> None:
    card = write(tmp_path, "Day,Impressions\nMonday,5\nTuesday,6\n", "Day(2026.06.01-2026.06.10).csv")
    commit(workspace, card, inspect(workspace, card).mapping)
    days = write(tmp_path, "Day,Impressions\n2026-07-01,5\n2026-07-02,6\n", "days.csv")
    assert inspect(workspace, days).mapping.column_of("date") == "Day"


def test_an_export_that_names_no_currency_says_how_it_is_taken(workspace: Workspace, tmp_path: Path) -> None:
    text = "{},Impressions,Clicks (destination),By Day\n5,10,1,2026-07-01\n"
    unnamed = inspect(workspace, write(tmp_path, text.format("Cost")))
    assert [w.english() for w in unnamed.warnings] == ["the file names no currency; its amounts are taken as CNY"]
    assert inspect(workspace, write(tmp_path, text.format("Cost (USD)"))).warnings == ()


def test_an_import_says_what_the_first_look_pointed_out(workspace: Workspace, tmp_path: Path) -> None:
    header = "Cost,Impressions,Clicks (destination),Campaign name,Primary status"
    path = write(tmp_path, f"{header}\n5,10,1,A,Active\n", "TikTok_2026-07-01_2026-07-05.csv")
    seen = inspect(workspace, path)
    result = import_file(workspace, path)
    told = [w.english() for w in result.warnings]
    assert told == [w.english() for w in seen.warnings]
    assert "column Primary status is not used" in told
    assert "rows cover several days; their cost is spread evenly over them" in told
    assert "the file names no currency; its amounts are taken as CNY" in told
    assert [w.english() for w in history(workspace)[0]["warnings"]] == told


def test_a_column_of_days_alone_is_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    seen = inspect(workspace, write(tmp_path, "date\n2026-07-01\n2026-07-02\n"))
    assert [q.field for q in seen.questions] == ["action"]
