"""The overview names a channel that loses over four weeks without an alarm, and does not call it within its limits."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.pages.driving import own_workspace_with, run, sentences

DAYS = [date(2026, 4, 1) + timedelta(days=number) for number in range(40)]


def exports() -> dict[str, str]:
    """Ten sales a day on two channels that spend 1,000 each: Meta brings 740 on three days of four, Baidu 1,500."""
    touches, spend = ["customer_id,time,interaction,conversion,conversion_value,channel"], ["day,channel,cost"]
    for number, day in enumerate(DAYS):
        for channel, revenue in (("Meta", 1100 if number % 4 == 3 else 740), ("Baidu", 1500)):
            spend.append(f"{day},{channel},1000")
            touches += [
                f"{channel}{number}-{sale},{day}T0{sale % 9}:10:00Z,conversion,1,{revenue / 10},{channel}"
                for sale in range(10)
            ]
            touches += [f"{channel}{number},{day}T15:50:00Z,click,0,0,{channel}"]
    return {"touches.csv": "\n".join(touches) + "\n", "spend.csv": "\n".join(spend) + "\n"}


def test_a_channel_below_its_threshold_over_weeks_is_in_title_text_and_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_workspace_with(tmp_path, exports())
    app = run("app.py", monkeypatch, tmp_path)
    assert app.title[0].value == "No alarm, but 1 paid channel is below its ROI threshold over four weeks"
    assert "Meta: ROI -17.0% over the last 28 days" in sentences(app).replace("\\", "").replace("−", "-")
    assert "below:meta" in app.session_state["collected_for_report"].pieces
    others = run("app.py", monkeypatch, tmp_path, channels="baidu")
    assert others.title[0].value.replace("\\", "") == "No alarm: 1 paid channel within its limits"
    assert "over the last 28 days" not in sentences(others)
