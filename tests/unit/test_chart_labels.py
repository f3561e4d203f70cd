"""Names from outside beside a chart: nothing in them is markup, none takes all the room, none stands for another."""

from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.ui import screen as screen_module
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels, plain


def test_markup_is_text_and_quotes_are_quotes():
    assert chart_labels(['A & B <b>"x"</b>']) == ['A &amp; B &lt;b&gt;"x"&lt;/b&gt;']


def test_addresses_are_no_links_where_markdown_is_read():
    """They become links without any mark: a joint that nobody sees parts them, and nothing else changes."""
    for text in ("noreply@shop.example", "www.shop.example", "https://shop.example"):
        shown = plain(f"官网{text}")
        assert shown.replace("\u2060", "").replace("\\", "") == f"官网{text}"
        assert "\u2060" in shown
    assert plain("@home 5 @ 3, wwwhatever") == "@home 5 @ 3, wwwhatever"


def test_a_long_name_loses_its_middle():
    (latin, chinese) = chart_labels(["2026 summer campaign for new customers in all large cities, part 7", "渠" * 40])
    assert latin == "2026 summer campaign fo…ties, part 7" and len(latin) == 36
    assert chinese == "渠" * 11 + "…" + "渠" * 6


def test_names_that_differ_in_the_middle_only_stay_whole():
    names = ["x" * 30 + middle + "y" * 30 for middle in ("1", "2")]
    assert chart_labels(names) == names
    assert chart_labels([names[0], names[0]]) == ["x" * 23 + "…" + "y" * 12] * 2


def test_a_page_shortens_its_channels_once_and_an_unknown_one_with_them(monkeypatch):
    taken = []
    monkeypatch.setattr(screen_module, "chart_labels", lambda names: taken.append(names) or chart_labels(names))
    names = {f"c{k}": f"Channel {k} " + "x" * 40 for k in range(30)}
    of_page = dict.fromkeys(("workspace", "facts", "span", "bar", "filters", "colors"))
    screen = Screen(**of_page, names=names, currency="EUR")  # type: ignore[arg-type]
    assert [screen.label(c) for c in names] == chart_labels(list(names.values()))
    assert len(taken) == 1
    assert screen.label("new & <b>") == "new &amp; &lt;b&gt;"
    assert len(taken) == 2


@settings(deadline=None, derandomize=True)
@given(st.lists(st.text("ab 渠", max_size=60).map(lambda text: " ".join(text.split())), unique=True, max_size=8))
def test_other_names_have_other_labels(names):
    assert len(set(chart_labels(names))) == len(names)
