"""The digest counts what it lists, and a name is text in it."""

import json
from collections.abc import Callable
from datetime import date, timedelta

from omnidash.cli.digest import Digest, Section
from omnidash.cli.main import main
from tests.made_once import workspace_with

FIRST = date(2026, 3, 2)


def test_names_make_no_tag_no_link_and_no_bold_type_in_markdown():
    page = Digest(
        language="en",
        title="<b>Shop</b>",
        subtitle="a & b",
        sections=(
            Section(
                title="Channels",
                items=("<img src=x> fell, [free](http://x) rose, **all** of `it`",),
                rows=(("Channel", "Share"), ("a|b <i>", "1%")),
            ),
        ),
    )
    markdown = page.as_markdown()
    assert "<" not in markdown and "&lt;b&gt;Shop&lt;/b&gt;" in markdown and "a &amp; b" in markdown
    assert r"\[free\](http://x)" in markdown and r"\*\*all\*\*" in markdown and r"\`it\`" in markdown
    assert r"a\|b &lt;i&gt;" in markdown
    assert "<b>" not in page.as_html()


def test_what_needs_somebody_is_counted_apart_from_what_is_close_to_a_limit(tmp_path, capsys):
    """Meta at a loss since the first day; Douyin carries 38 % of the touches."""
    days = [FIRST + timedelta(days=i) for i in range(40)]
    touches = {"meta": 31, "google_ads": 31, "douyin": 38}
    rows = [
        f"{day} 1{n % 10}:00:00,{channel}{day}{n},{channel},{'purchase' if n == 0 else 'click'},{20 if n == 0 else ''}"
        for day in days
        for channel, count in touches.items()
        for n in range(count)
    ]
    workspace = workspace_with(
        tmp_path / "own",
        {
            "spend.csv": "\n".join(["date,channel,cost,currency", *[f"{day},meta,50,CNY" for day in days]]),
            "events.csv": "\n".join(["time,customer_id,channel,action,revenue", *rows]),
        },
    )
    assert main(["--workspace", str(workspace.folder), "digest", "--json"]) == 0
    sections = json.loads(capsys.readouterr().out)["markdown"].split("\n## ")
    of: Callable[[str], str] = lambda title: next(part for part in sections if part.startswith(title))  # noqa: E731
    alarms, close = of("1 thing needs somebody"), of("Close to a limit")
    assert alarms.count("\n- ") == 1 and "Meta has been below break-even" in alarms
    assert close.count("\n- ") == 1 and "Douyin carries" in close
