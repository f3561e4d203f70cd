"""The report of a page: everything the page showed, in one file that fetches nothing."""

import json
import re
from datetime import date

import plotly.graph_objects as go
import polars as pl
import pytest

from omnidash.charts.theme import ChannelColors
from omnidash.locale import translator
from omnidash.ui.report.collected import Chart, Collected, Evidence, Figure, Sentence, add, part
from omnidash.ui.report.html_page import html_page, markdown

MADE = date(2026, 6, 30)


def collected(language: str = "en", **pieces: object) -> Collected:
    return Collected(
        page="overview",
        page_title="Channel health",
        words=translator(language),
        colors=ChannelColors.of(["search"]),
        title="2 things need you today",
        about=("1 Jun – 30 Jun", "All channels"),
        pieces=pieces,  # type: ignore[arg-type]
    )


def text_of(report: bytes) -> str:
    return report.decode("utf-8")


SHARE = Evidence(
    title="Search carries half",
    explanation="touches of the channel / **all** touches",
    table=pl.DataFrame({"channel": ["搜索", "<b>x</b>"], "share": [0.5, None], "spend": [12345.6, 1.25]}),
)


def test_the_report_says_what_the_page_said_with_its_filters_and_its_day():
    report = text_of(
        html_page(
            collected(
                alert=Sentence(text="Search is too large", color="#c8322b"),
                roi=Figure(label="ROI", value="12%", change="-3 pts", is_good=False, meaning="what comes back"),
                share=SHARE,
            ),
            made=MADE,
        )
    )
    for said in (
        "<h1>2 things need you today</h1>", "1 Jun – 30 Jun · All channels", "Made on 30 Jun 2026", "Search is too large",
        "12%", '<span class="change bad">-3 pts</span>', "what comes back", "<h2>Search carries half</h2>", "搜索",
        "touches of the channel / <b>all</b> touches", "<td class=n>50.0%</td>", "<td class=n>12,346</td>", "<td class=n>1.25</td>",
    ):  # fmt: skip
        assert said in report


def test_text_from_files_stays_text():
    report = text_of(html_page(collected(share=SHARE), made=MADE))
    assert "<b>x</b>" not in report
    assert "&lt;b&gt;x&lt;/b&gt;" in report


def test_a_missing_number_is_a_dash_and_never_a_zero():
    report = text_of(html_page(collected(share=SHARE), made=MADE))
    assert "<td class=n>–</td>" in report


def test_the_report_of_a_chinese_page_is_chinese():
    report = text_of(html_page(collected("zh_CN", share=SHARE), made=MADE))
    assert '<html lang="zh-CN">' in report
    for said in ('<th scope="col">渠道</th>', "生成于 2026年6月30日", "定义"):
        assert said in report


def test_a_chart_comes_whole_with_its_words_and_the_library_only_once():
    figure = go.Figure(go.Bar(x=["</script><script>alert(1)"], y=[3]), layout={"height": 210})
    both = {
        "share": SHARE,
        "a": Chart(card="share", figure=figure, words="Search leads"),
        "b": Chart(card="share", figure=figure, words="again"),
    }
    report = text_of(html_page(collected(**both), made=MADE))
    specs = re.findall(r'<script type="application/json" id="share-\d">(.*?)</script>', report)
    assert [json.loads(spec)["data"][0]["x"] for spec in specs] == [["</script><script>alert(1)"]] * 2
    assert report.count('id="plotly"') == 1
    assert 'aria-label="Search leads"' in report
    assert len(report) < 2_500_000


def test_a_report_without_a_chart_carries_no_script():
    report = text_of(html_page(collected(share=SHARE), made=MADE))
    assert "<script" not in report
    assert len(report) < 10_000


def test_nothing_in_the_report_points_outside_and_it_forbids_its_browser_to_fetch():
    figure = go.Figure(go.Bar(x=["a"], y=[3]))
    report = text_of(html_page(collected(share=SHARE, c=Chart(card="share", figure=figure, words="w")), made=MADE))
    assert "default-src 'none'" in report
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", report)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("one **two**", "<p>one <b>two</b></p>"),
        ("a\n\nb", "<p>a</p><p>b</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        (r"100\% \*\*not bold\*\* \[x\]", r"<p>100\% **not bold** [x]</p>"),
        ("a < b", "<p>a &lt; b</p>"),
        (r"a \> b", "<p>a &gt; b</p>"),
    ],
)
def test_explanations_read_as_on_the_page(written, read):
    assert markdown(written) == read


def test_a_fragment_that_runs_again_leaves_nothing_of_before_and_keeps_its_place(monkeypatch):
    page = collected()
    monkeypatch.setattr("streamlit.session_state", {"collected_for_report": page})
    shown = ["one", "two"]

    @part
    def fragment() -> None:
        for key in shown:
            add(key, Sentence(text=key))

    add("above", Sentence(text="above"))
    fragment()
    add("below", Sentence(text="below"))
    assert list(page.pieces) == ["above", "one", "two", "below"]
    shown[:] = ["two", "three", "four"]
    fragment()
    assert list(page.pieces) == ["above", "two", "three", "four", "below"]
    shown.clear()
    fragment()
    assert list(page.pieces) == ["above", "below"]
