"""The experiments page without a browser: a test of the data, one from a file, the size of the next."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from omnidash.experiments.sample_size import Wanted, persons_for_share
from omnidash.store import Workspace
from tests.pages.driving import assert_sound, own_workspace_with, run, sentences

PAGE = "pages/experiments.py"
PERSONS = 600
# In B half as many again like the page; every tenth of A likes it before seeing it, which counts not.
SEEN = "time,phone,experiment,variant\n" + "".join(
    f"2026-06-{1 + n % 20:02} 10:00:00,1390012{n:04},promo,{'AB'[n % 2]}\n" for n in range(PERSONS)
)
BOTH = "2026-06-25 10:00:00,13900120000,promo,B\n"
DID = "time,phone,channel,action\n" + "".join(
    f"2026-06-{1 + n % 20:02} {'12' if n % 2 or n % 20 else '09'}:00:00,1390012{n:04},meta,like\n"
    for n in range(PERSONS)
    if (n % 2 and n % 3) or (n % 2 == 0 and n % 5 == 0)
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return own_workspace_with(tmp_path, {"seen.csv": SEEN + BOTH, "did.csv": DID + "2026-06-30 23:00:00,,meta,click\n"})


def title(app: AppTest) -> str:
    return app.title[0].value.replace("\\", "")


def arms_of(app: AppTest) -> pd.DataFrame:
    """The table of the variants as it is shown."""
    return next(frame.value for frame in app.dataframe if "Interval (95%)" in frame.value.columns)


def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **address: str) -> AppTest:
    return run(PAGE, monkeypatch, tmp_path, period="all", **address)


def test_a_test_of_the_data_is_read_and_its_link_reproduces_it(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(tmp_path, monkeypatch, outcome="like")
    # The first person of A saw both variants. Who of A liked it before (multiples of 20) does not count.
    liked = {
        "A": sum(n % 10 == 0 and n % 20 != 0 for n in range(2, PERSONS, 2)),
        "B": sum(n % 3 != 0 for n in range(1, PERSONS, 2)),
    }
    arms = arms_of(app)
    assert arms["Persons"].to_list() == ["299", "300"]
    assert arms["with an outcome"].to_list() == [str(liked["A"]), str(liked["B"])]
    assert title(app).startswith("“B” brings more: 66.7% against 10.0%, +56.63 pts")
    assert "1 person saw more than one variant (0.2% of all) and is left out" in [e.label for e in app.expander]
    app.selectbox(key="choice_within").select(7).run()
    assert_sound(app)
    assert app.query_params["within"] == "7"
    assert app.query_params["test"] == "promo"
    again = page(tmp_path, monkeypatch, test="promo", outcome="like", within="7")
    assert title(again) == title(app)


def test_read_once_the_interval_is_narrower_and_another_control_turns_it_round(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert title(page(tmp_path, monkeypatch, outcome="like", lang="zh-CN")).startswith("“B”更好：66.7%，对照 10.0%")
    app = page(tmp_path, monkeypatch, outcome="like")
    any_day = arms_of(app)
    app.segmented_control(key="test_mode").set_value("once").run()
    assert_sound(app)
    once = arms_of(app)
    assert any_day.iloc[1].to_list()[:5] == once.iloc[1].to_list()[:5]
    assert any_day.iloc[1, 5] != once.iloc[1, 5]
    app.selectbox(key="test_control").select("B").run()
    assert title(app).startswith("“A” brings less: 10.0% against 66.7%")


def test_a_link_to_a_test_that_is_not_there_says_so(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(tmp_path, monkeypatch, test="chekout", outcome="like")
    assert "chekout" in sentences(app)
    assert title(app).startswith("“B” brings more")


def test_groups_that_cannot_be_chance_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = "time,phone,experiment,variant\n" + "".join(
        f"2026-06-01 10:00:00,1390012{n:04},promo,{'A' if n < 400 else 'B'}\n" for n in range(PERSONS)
    )
    own_workspace_with(tmp_path, {"seen.csv": lost, "did.csv": DID})
    app = page(tmp_path, monkeypatch, outcome="like")
    assert title(app) == "Do not read this test yet: its groups are not as large as they should be"
    assert "(A: 400 and B: 200" in app.error[0].value.replace("\\", "")


def test_without_a_test_the_page_says_what_to_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_workspace_with(tmp_path, {"did.csv": DID})
    app = page(tmp_path, monkeypatch)
    assert title(app) == "No test in the data yet"
    assert "time, a person's identifier, experiment, variant" in sentences(app)


def test_a_file_of_one_row_per_person_is_read_and_a_wrong_cell_is_named(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(tmp_path, monkeypatch, section="file")
    assert title(app) == "Read a test from a file"
    rows = "".join(f"{n},{'new' if n % 2 else 'control'},{int(n % 2 == 1 and n % 3 > 0)}\n" for n in range(300))
    app.file_uploader(key="test_file").upload("shop.csv", ("id,version,bought\n" + rows).encode(), "text/csv").run()
    assert_sound(app)
    assert title(app).startswith("“new” brings more: 66.7% against 0.0%")
    assert app.selectbox(key="file_variant").value == "version"
    app.file_uploader(key="test_file").upload("bad.csv", b"id,version,bought\n1,a,1\n2,b,2x\n3,b,1\n", "text/csv").run()
    assert_sound(app)
    assert title(app) == "This file cannot be read as a test"


def test_the_size_of_a_test_starts_from_the_workspace(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(tmp_path, monkeypatch, section="size")
    assert "Enter what is today" in sentences(app)  # nobody has bought: there is no share to start from
    share = next(number for number in app.number_input if number.label == "Share today, %")
    share.set_value(20.0).run()
    app.number_input(key="size_effect").set_value(25.0).run()
    app.segmented_control(key="size_mode").set_value("once").run()
    assert_sound(app)
    assert app.metric[0].value == "1,031"
    app.segmented_control(key="size_mode").set_value("any_day").run()
    assert app.metric[0].value == f"{persons_for_share(0.2, 0.05, Wanted(is_any_day=True)):,}"
