"""The analyses on the command line: channels, alerts, funnels, paths, credits, overlap."""

from pathlib import Path

import pytest


def test_channels_are_the_sums_of_the_shop(run) -> None:
    data = run("channels", "--json").data
    rows = {row["channel"]: row for row in data["rows"]}
    assert rows["bing"]["spend"] == pytest.approx(6000)
    assert rows["bing"]["revenue"] == pytest.approx(60 * 50)
    # The last sale falls on the local day after the last spend: it is revenue, but no day that ROI can judge yet.
    assert rows["bing"]["roi"] == pytest.approx((59 * 50 - 6000) / 6000)
    assert rows["bing"]["streak_below"] >= 58
    assert rows["email"]["revenue"] == pytest.approx(60 * 200)  # last touch
    assert rows["email"]["roi"] is None  # no spend
    assert (rows["meta"]["touches"], rows["meta"]["persons"]) == (180, 180)
    assert rows["bing"]["verdict"] == "fix"  # loses half of its spend, its buyers met no other
    assert sorted(row["priority"] for row in rows.values() if row["priority"]) == [1, 2, 3]
    assert data["totals"]["conversions"] == pytest.approx(120)
    assert data["totals"]["persons"] == 240
    assert data["hhi"] == pytest.approx(0.6**2 + 2 * 0.2**2)
    assert (data["first_day"], data["last_day"], data["currency"]) == ("2026-06-01", "2026-07-31", "EUR")


def test_a_period_and_a_model_narrow_the_table(run) -> None:
    words = ("--from", "2026-06-11", "--to", "2026-06-20", "--model", "linear", "--json")
    data = run("channels", *words).data
    rows = {row["channel"]: row for row in data["rows"]}
    assert rows["bing"]["spend"] == pytest.approx(1000)
    assert rows["meta"]["revenue"] == pytest.approx(10 * 100)
    assert rows["email"]["revenue"] == pytest.approx(10 * 100)


def test_share_follows_the_basis_asked_for(run) -> None:
    rows = {row["channel"]: row for row in run("channels", "--basis", "revenue", "--json").data["rows"]}
    assert rows["email"]["share"] == pytest.approx(0.8)


def test_alerts_name_the_channel_that_loses_money(run) -> None:
    answer = run("alerts", "--json")
    (streak,) = [a for a in answer.data["alerts"] if a["rule"] == "roi_streak" and a["channel"] == "bing"]
    assert (streak["state"], streak["since"], streak["fired_on"]) == ("open", "2026-06-01", "2026-06-07")
    assert len(streak["evidence"]) >= 7
    assert streak["actions"] and all(isinstance(action, str) for action in streak["actions"])
    assert answer.code == 0
    assert run("alerts", "--fail").code == 1


def test_alerts_as_of_an_earlier_day_know_nothing_later(run) -> None:
    answer = run("alerts", "--as-of", "2026-06-06", "--json")
    assert answer.data["closed_through"] == "2026-06-06"
    assert not [a for a in answer.data["alerts"] if a["rule"] == "roi_streak"]


def test_a_funnel_counts_persons_step_by_step(run) -> None:
    data = run("funnel", "--steps", "click@meta > click@email > purchase", "--window", "2d", "--json").data
    assert [step["persons"] for step in data["steps"]] == [180, 60, 60]
    assert [step["step"] for step in data["steps"]] == ["click @ meta", "click @ email", "purchase"]
    assert data["steps"][2]["from_first"] == pytest.approx(1 / 3)
    assert data["steps"][2]["median_seconds"] == 86_400
    assert data["lost"] + data["still_open"] == 120


def test_a_period_selects_the_entries_of_a_funnel(run) -> None:
    """Those who clicked on the last of ten days buy on the eleventh, and count."""
    words = ("--steps", "click@meta>purchase", "--from", "2026-06-11", "--to", "2026-06-20")
    assert [s["persons"] for s in run("funnel", *words, "--json").data["steps"]] == [30, 10]


def test_funnel_steps_may_be_stages_or_other_names_of_actions(run) -> None:
    by_stage = run("funnel", "--steps", "interest>purchase", "--json").data
    by_alias = run("funnel", "--steps", "click>conversion", "--json").data
    assert [s["persons"] for s in by_stage["steps"]] == [240, 120] == [s["persons"] for s in by_alias["steps"]]


def test_a_funnel_saves_persons_as_a_segment_and_counts_among_them(run, tmp_path) -> None:
    steps = ("funnel", "--steps", "click > purchase", "--window", "3d")
    everybody = run(*steps, "--json").data
    saved = run(*steps, "--part", "lost:1", "--save", "gave up", "--json").data
    assert saved["saved"] == "gave up"
    (listed,) = run("segments", "--json").data["segments"]
    assert listed == {"segment": "gave up", "persons": everybody["lost"]}
    among = run(*steps, "--segment", "gave up", "--by", "segment", "--compare", "gave up", "--json").data
    assert (among["lost"], among["steps"][-1]["persons"]) == (everybody["lost"], 0)
    assert among["groups"][0]["entered"] == everybody["lost"]
    assert among["compared"][-1]["difference"] == 0
    out = tmp_path / "persons.csv"
    assert len(run("segments", "gave up", "--out", str(out), "--json").data["rows"]) == everybody["lost"]
    assert len(out.read_text().splitlines()) == everybody["lost"] + 1
    run("segments", "gave up", "--drop")
    assert run("segments", "--json").data["segments"] == []


def test_a_funnel_answers_every_choice_of_the_app(run) -> None:
    words = ("funnel", "--steps", "click > click > purchase", "--count", "entries", "--within", "2=1d", "--json")
    data = run(*words, "--trend", "--next", "1", "--compare", "previous", "--by", "channel", "--of", "last").data
    entries = data["steps"][0]["persons"]
    assert entries == sum(day["entered"] for day in data["trend"])
    over = sum(day["entered"] for day in data["trend"] if day["is_over"])  # groups are compared by days that are over
    assert over == sum(g["entered"] for g in data["groups"]) < entries
    assert {g["key"]: g["rate"] for g in data["groups"]} == {
        g["key"]: g["converted"] / g["entered"] for g in data["groups"]
    }
    once, shared = data["steps"], run(*words, "--shared-events").data["steps"]
    assert once[0]["persons"] == shared[0]["persons"] == shared[1]["persons"] > once[1]["persons"] > 0
    assert {"action", "channel", "persons", "median_seconds"} == set(data["next"][0])
    assert data["compared"][0]["persons"] <= entries
    without = run("funnel", "--steps", "click>purchase", "--exclude", "purchase", "--between", "1-2", "--json").data
    assert without["steps"] == run("funnel", "--steps", "click>purchase", "--json").data["steps"]


def test_a_funnel_breaks_down_by_the_channel_of_its_entry(run) -> None:
    rows = run("funnel", "--steps", "click>purchase", "--by", "channel", "--json").data["breakdown"]
    entered = {row["key"]: row["persons"] for row in rows if row["step"] == 1}
    assert sum(entered.values()) == 240 and entered["bing"] == 60


def test_paths_are_lists_of_channels_and_can_be_credited_from_their_file(run, tmp_path: Path) -> None:
    out = tmp_path / "paths.csv"
    data = run("paths", "--top", "1", "--out", str(out), "--json").data
    assert data["totals"] == {"paths": 3, "conversions": 120, "value": 15_000.0, "nulls": 120}
    (best,) = data["rows"]
    assert best["conversions"] == 60 and best["path"] in (["bing"], ["meta", "email"])
    credited = run("attribution", "--model", "linear", "--paths", str(out), "--json").data
    rows = {row["channel"]: row for row in credited["rows"]}
    assert (rows["meta"]["conversions"], rows["meta"]["value"]) == (pytest.approx(30), pytest.approx(6000))
    assert credited["totals"] == {"conversions": 120.0, "value": 15_000.0}


@pytest.mark.parametrize("model", ["first", "last", "linear", "position", "time_decay", "markov", "shapley"])
def test_credits_of_every_model_add_up_to_what_was_observed(run, model: str) -> None:
    data = run("attribution", "--model", model, "--json").data
    assert data["totals"]["conversions"] == pytest.approx(120)
    assert sum(row["conversions"] for row in data["rows"]) == pytest.approx(120)
    assert sum(row["value"] for row in data["rows"]) == pytest.approx(15_000)


@pytest.mark.parametrize(
    "words", [("paths",), ("attribution", "--model", "last"), ("attribution", "--model", "markov")]
)
def test_where_nobody_has_bought_yet_nothing_is_credited(run, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "clicks.csv").write_text("time,phone,channel,action\n2026-06-01 10:00,13800000001,meta,click\n")
    home = ("--workspace", str(tmp_path / "clicks"))
    run("import", str(tmp_path / "clicks.csv"), *home)
    answer = run(*words, "--json", *home)
    assert answer.code == 0 and answer.data["totals"]["conversions"] == 0


def test_participation_has_no_total(run) -> None:
    data = run("attribution", "--model", "participation", "--json").data
    assert data["totals"] is None
    assert sum(row["conversions"] for row in data["rows"]) == pytest.approx(180)


def test_overlap_counts_persons_of_both_channels(run) -> None:
    rows = {(row["a"], row["b"]): row for row in run("overlap", "--json").data["rows"]}
    assert rows["email", "meta"]["persons"] == 60
    assert rows["email", "meta"]["share_of_a"] == pytest.approx(1.0)
    assert rows["meta", "email"]["share_of_a"] == pytest.approx(1 / 3)
